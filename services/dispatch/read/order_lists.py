"""清单: the orders of a programme by their official numbers, filtered, a page at a time (JW-08)."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import asyncpg

from services.dispatch.read.cases import LONGEST_PAGE, PAGE, Found, Where

_STATES = {
    "unsigned": "o.status = 'open' AND o.signed_at IS NULL",
    "open": "o.status = 'open' AND o.signed_at IS NOT NULL",
    "overdue": "o.status = 'open' AND o.finish_by < $1",
    "returned": "o.status = 'returned'",
    "completed": "o.status = 'completed'",
    "cancelled": "o.status = 'cancelled'",
}


@dataclass(frozen=True, slots=True)
class Orders:
    """What the list is narrowed to; empty means all. `since` and `until` are instants of the issue."""

    programme: str
    unit: str = ""
    role: str = ""
    state: Literal["", "unsigned", "open", "overdue", "returned", "completed", "cancelled"] = ""
    since: datetime | None = None
    until: datetime | None = None
    cursor: str = ""
    limit: int = PAGE


async def orders(pool: asyncpg.Pool, asked: Orders, now: datetime) -> Found:
    """One page, the latest issued first."""
    where = _where(asked, now)
    if asked.state:
        where.parts.append(f"({_STATES[asked.state]})")
    if place := _place(asked.cursor):
        where.add("(o.issued_at, coalesce(n.order_no, 0), o.order_id) < ({}, {}, {})", *place)
    limit = min(asked.limit, LONGEST_PAGE)
    where.values.append(limit + 1)
    rows = await pool.fetch(
        f"""SELECT o.*, n.order_no, b.title, b.title_state, b.complained FROM case_order o
            JOIN case_board b USING (case_id) LEFT JOIN order_number n USING (order_id)
            WHERE {where.sql}
            ORDER BY o.issued_at DESC, coalesce(n.order_no, 0) DESC, o.order_id DESC LIMIT ${len(where.values)}""",  # noqa: S608
        *where.values,
    )
    return Found(rows[:limit], _cursor(rows[limit - 1]) if len(rows) > limit else None)


async def counts(pool: asyncpg.Pool, asked: Orders, now: datetime) -> dict[str, int]:
    """How many stand in each state, under every other filter."""
    where = _where(asked, now)
    tallies = ", ".join(f'count(*) FILTER (WHERE {condition}) AS "{name}"' for name, condition in _STATES.items())
    row = await pool.fetchrow(
        f"SELECT count(*) AS whole, {tallies} FROM case_order o WHERE {where.sql}",  # noqa: S608
        *where.values,
    )
    assert row is not None, "an aggregate answers one row"
    return dict(row)


def _where(asked: Orders, now: datetime) -> Where:
    where = Where(now)
    where.add("o.programme = {}", asked.programme)
    for column, value in (("unit", asked.unit), ("role", asked.role)):
        if value:
            where.add(f"o.{column} = {{}}", value)
    if asked.since:
        where.add("o.issued_at >= {}", asked.since)
    if asked.until:
        where.add("o.issued_at < {}", asked.until)
    return where


def _cursor(row: asyncpg.Record) -> str:
    return base64.urlsafe_b64encode(
        f"{row['issued_at'].isoformat()} {row['order_no'] or 0} {row['order_id']}".encode()
    ).decode()


def _place(cursor: str) -> tuple[datetime, int, str] | None:
    try:
        moment, number, order_id = base64.urlsafe_b64decode(cursor).decode().split(" ")
        return datetime.fromisoformat(moment), int(number), order_id
    except (binascii.Error, ValueError):
        return None
