"""Questions about watched deadlines: the wall by unit and step, its list, and what a unit is reminded of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

PAGE = 50
"""Rows of the wall's list on one page: each can be chosen for a reminder."""

LIGHTS = ("red", "pending", "yellow", "green", "paused")

_OPEN = "k.status IN ('running', 'paused')"
_LIGHT = """CASE WHEN k.breached_due IS NOT NULL THEN 'red' WHEN k.status = 'paused' THEN 'paused'
     WHEN k.due < $1 THEN 'pending' WHEN k.yellow_at <= $1 THEN 'yellow' ELSE 'green' END"""
"""A due instant that passed is red only once it is judged; until then it is waiting (待核)."""

_WAITING = "k.breached_due IS NULL AND k.status = 'running'"
_SHOWS = {
    "red": "k.breached_due IS NOT NULL",
    "pending": f"{_WAITING} AND k.due < $1",
    "yellow": f"{_WAITING} AND coalesce(k.breached_due, k.due) >= $1 AND k.yellow_at <= $1",
    "green": f"{_WAITING} AND coalesce(k.breached_due, k.due) >= $1 AND (k.yellow_at IS NULL OR k.yellow_at > $1)",
    "paused": "k.breached_due IS NULL AND k.status = 'paused'",
}
"""The same as conditions, in the words of the index that the list is read by."""

_CHOSEN = "($2::text IS NULL OR k.unit = $2) AND ($3::text IS NULL OR k.kind = $3)"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the wall is narrowed to."""

    unit: str | None = None
    kind: str | None = None
    light: str | None = None


async def matrix(pool: asyncpg.Pool, now: datetime, unit: str | None = None) -> list[dict[str, Any]]:
    """Per unit and step how many deadlines show which light. Each row's light is told once and counted here."""
    rows = await pool.fetch(
        f"""SELECT k.unit, k.kind, {_LIGHT} AS light, count(*) AS n FROM clock_board k
             WHERE {_OPEN} AND ($2::text IS NULL OR k.unit = $2) GROUP BY 1, 2, 3""",  # noqa: S608 - words from code
        now,
        unit,
    )
    table: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        key = (row["unit"], row["kind"])
        cell = table.setdefault(key, {"unit": key[0], "kind": key[1], **dict.fromkeys(LIGHTS, 0)})
        cell[row["light"]] = row["n"]
    return [table[key] for key in sorted(table)]


async def listed(pool: asyncpg.Pool, now: datetime, asked: Asked, offset: int = 0) -> list[asyncpg.Record]:
    """Open deadlines with their case's title, the longest overdue first; one more than a page tells of a next one."""
    shows = f"AND {_SHOWS[asked.light]}" if asked.light else ""
    rows = await pool.fetch(
        f"""SELECT k.*, {_LIGHT} AS light, c.title
              FROM clock_board k LEFT JOIN followup_case c USING (case_id)
             WHERE {_OPEN} AND {_CHOSEN} {shows}
             ORDER BY coalesce(k.breached_due, k.due), k.clock_id LIMIT $4 OFFSET $5""",  # noqa: S608 - words from code
        *(now, asked.unit, asked.kind, PAGE + 1, offset),
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
