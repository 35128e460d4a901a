"""Questions that supervision's pages and programs ask of its read models."""

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
    """What is still to be asked, by deadline; or what was heard or cancelled, the latest first."""
    order = "q.due, q.followup_id" if state == "due" else "q.concluded_at DESC, q.followup_id"
    rows = await pool.fetch(
        f"""{_FOLLOW_UP} WHERE (q.verdict IS NULL AND q.cancelled IS NULL) = $1
              AND ($2::text IS NULL OR q.programme = $2)
            ORDER BY {order} LIMIT $3 OFFSET $4""",
        *(state == "due", programme, limit, offset),
    )
    return list(rows)


async def open_followups(pool: asyncpg.Pool) -> int:
    found: int = await pool.fetchval("SELECT count(*) FROM followup_queue WHERE verdict IS NULL AND cancelled IS NULL")
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
