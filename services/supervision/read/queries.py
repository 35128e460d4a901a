"""Questions that supervision's pages and programs ask of its read models."""

from datetime import datetime
from typing import Any, Literal

import asyncpg

PAGE = 100
"""Rows of one page of a list."""

_FOLLOW_UP = """
SELECT q.*, c.title, c.text, c.requester_ref, c.key_id
  FROM followup_queue q JOIN followup_case c USING (case_id)
"""


async def followup(pool: asyncpg.Pool, followup_id: str) -> asyncpg.Record | None:
    """One follow-up with the case's sealed words."""
    return await pool.fetchrow(f"{_FOLLOW_UP} WHERE q.followup_id = $1", followup_id)


async def followups(
    pool: asyncpg.Pool,
    state: Literal["due", "done"],
    *,
    programme: str | None = None,
    limit: int = PAGE,
    offset: int = 0,
) -> list[asyncpg.Record]:
    """What is still to be asked, by deadline; or what was heard, the latest first."""
    order = "q.due, q.followup_id" if state == "due" else "q.concluded_at DESC, q.followup_id"
    rows = await pool.fetch(
        f"""{_FOLLOW_UP} WHERE (q.verdict IS NULL) = $1 AND ($2::text IS NULL OR q.programme = $2)
            ORDER BY {order} LIMIT $3 OFFSET $4""",
        *(state == "due", programme, limit, offset),
    )
    return list(rows)


async def open_followups(pool: asyncpg.Pool) -> int:
    found: int = await pool.fetchval("SELECT count(*) FROM followup_queue WHERE verdict IS NULL")
    return found


async def other_legs_passed(pool: asyncpg.Pool, row: Any) -> bool:
    """Whether every other leg of this round has already passed (双向回访 closes with its last one).

    A dissatisfaction that was explained and ruled on counts as its ruling says; for the explanation itself the
    follow-up that it explains is no other leg.
    """
    found: bool = await pool.fetchval(
        """SELECT coalesce(bool_and(q.verdict IS NOT DISTINCT FROM 'pass' OR EXISTS (
                      SELECT FROM followup_queue x WHERE x.explains = q.followup_id AND x.verdict = 'pass')), true)
             FROM followup_queue q
            WHERE q.case_id = $1 AND q.round = $2 AND q.followup_id <> $3 AND q.followup_id IS DISTINCT FROM $4""",
        *(row["case_id"], row["round"], row["followup_id"], row["explains"]),
    )
    return found


async def clocks(
    pool: asyncpg.Pool,
    *,
    unit: str | None = None,
    kind: str | None = None,
    overdue_at: datetime | None = None,
    case_id: str | None = None,
    limit: int = PAGE,
) -> list[asyncpg.Record]:
    """Open clocks by due instant, breached ones first; with `case_id` every clock of that case."""
    rows = await pool.fetch(
        """SELECT * FROM clock_board
            WHERE ($5::text IS NOT NULL AND case_id = $5 OR $5::text IS NULL AND status IN ('running', 'paused'))
              AND ($1::text IS NULL OR unit = $1) AND ($2::text IS NULL OR kind = $2)
              AND ($3::timestamptz IS NULL OR due < $3)
            ORDER BY breached_due IS NULL, due, clock_id LIMIT $4""",
        *(unit, kind, overdue_at, limit, case_id),
    )
    return list(rows)


async def breached(pool: asyncpg.Pool, now: datetime, limit: int) -> list[asyncpg.Record]:
    """Open clocks past their instant with their case's title: breached ones first, then those not yet judged."""
    rows = await pool.fetch(
        """SELECT k.*, c.title FROM clock_board k JOIN followup_case c USING (case_id)
            WHERE k.status IN ('running', 'paused')
              AND (k.breached_due IS NOT NULL OR k.status = 'running' AND k.due < $1)
            ORDER BY k.breached_due IS NULL, coalesce(k.breached_due, k.due), k.clock_id LIMIT $2""",
        *(now, limit),
    )
    return list(rows)


async def wall(pool: asyncpg.Pool, now: datetime, soon: datetime) -> list[asyncpg.Record]:
    """Per unit and kind of deadline: breached, waiting for judgement, due before `soon`, and in time."""
    rows = await pool.fetch(
        """SELECT unit, kind,
                  count(*) FILTER (WHERE breached_due IS NOT NULL) AS red,
                  count(*) FILTER (WHERE breached_due IS NULL AND status = 'running' AND due < $1) AS pending,
                  count(*) FILTER (WHERE breached_due IS NULL AND status = 'running' AND due >= $1 AND due < $2)
                      AS yellow,
                  count(*) FILTER (WHERE breached_due IS NULL AND status = 'running' AND due >= $2) AS green,
                  count(*) FILTER (WHERE breached_due IS NULL AND status = 'paused') AS paused
             FROM clock_board WHERE status IN ('running', 'paused')
            GROUP BY unit, kind ORDER BY red DESC, pending DESC, yellow DESC, unit, kind""",
        now,
        soon,
    )
    return list(rows)


async def breaches(pool: asyncpg.Pool) -> int:
    """Open clocks that were breached."""
    found: int = await pool.fetchval(
        "SELECT count(*) FROM clock_board WHERE breached_due IS NOT NULL AND status IN ('running', 'paused')"
    )
    return found
