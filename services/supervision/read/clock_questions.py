"""Questions about watched deadlines: the wall by unit and step, its list, and what a unit is reminded of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

PAGE = 50
"""Rows of the wall's list on one page: each can be chosen for a reminder."""

LIGHTS = ("red", "pending", "yellow", "green", "paused")

_OPEN = "k.status IN ('running', 'paused')"
_LIGHT = """CASE WHEN k.breached_due IS NOT NULL THEN 'red' WHEN k.status = 'paused' THEN 'paused'
     WHEN k.due < $1 THEN 'pending' WHEN k.yellow_at <= $1 THEN 'yellow' ELSE 'green' END"""
"""A due instant that passed is red only once it is judged; until then it is waiting (待核)."""

_CHOSEN = "($2::text IS NULL OR k.unit = $2) AND ($3::text IS NULL OR k.kind = $3)"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the wall is narrowed to."""

    unit: str | None = None
    kind: str | None = None
    light: str | None = None


async def matrix(pool: asyncpg.Pool, now: datetime, unit: str | None = None) -> list[asyncpg.Record]:
    """Per unit and step how many deadlines show which light."""
    counts = ", ".join(f"count(*) FILTER (WHERE light = '{light}') AS {light}" for light in LIGHTS)
    rows = await pool.fetch(
        f"""SELECT unit, kind, {counts} FROM (SELECT k.unit, k.kind, {_LIGHT} AS light FROM clock_board k
             WHERE {_OPEN} AND ($2::text IS NULL OR k.unit = $2)) lit
            GROUP BY unit, kind ORDER BY unit, kind""",  # noqa: S608 - words from code
        now,
        unit,
    )
    return list(rows)


async def listed(pool: asyncpg.Pool, now: datetime, asked: Asked, offset: int = 0) -> list[asyncpg.Record]:
    """Open deadlines with their case's title, the longest overdue first; one more than a page tells of a next one."""
    rows = await pool.fetch(
        f"""SELECT k.*, {_LIGHT} AS light, c.title
              FROM clock_board k LEFT JOIN followup_case c USING (case_id)
             WHERE {_OPEN} AND {_CHOSEN} AND ($4::text IS NULL OR {_LIGHT} = $4)
             ORDER BY coalesce(k.breached_due, k.due), k.clock_id LIMIT $5 OFFSET $6""",  # noqa: S608 - words from code
        *(now, asked.unit, asked.kind, asked.light, PAGE + 1, offset),
    )
    return list(rows)


async def by_id(pool: asyncpg.Pool, clock_ids: Sequence[str]) -> list[asyncpg.Record]:
    """Some clocks, for whoever reminds of them."""
    return list(await pool.fetch("SELECT * FROM clock_board WHERE clock_id = ANY ($1)", list(clock_ids)))


async def clocks(
    pool: asyncpg.Pool,
    *,
    unit: str | None = None,
    kind: str | None = None,
    overdue_at: datetime | None = None,
    case_id: str | None = None,
    limit: int,
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


async def reminded(pool: asyncpg.Pool, unit: str) -> int:
    """How many deadlines a unit is reminded of and has not kept yet."""
    found: int = await pool.fetchval(
        "SELECT count(*) FROM clock_board WHERE unit = $1 AND status = 'running' AND reminders > 0", unit
    )
    return found
