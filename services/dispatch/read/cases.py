"""Questions about cases: the filtered list with its lights, one case, the desk's queue, who should lead."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

import asyncpg
from pydantic import Field

from services.dispatch.read.board_row import CLOSED, DONE, PAUSED, RUNNING, WAITING

PAGE = 30
"""Rows of a list: two screens; more is another page."""

LONGEST_PAGE = 200
"""What a script may ask for at once."""

LONGEST_NUMBER = 8
"""Digits of a case's number; longer ones are no number."""

LONGEST_DUE = 3
"""Digits of a number of days to look ahead."""

LIGHTS = ("red", "yellow", "green", "paused", "waiting", "closed")

_LIGHT = {
    "red": f"(sort_group = {RUNNING} AND finish_by < $1)",
    "yellow": f"(sort_group = {RUNNING} AND finish_by >= $1 AND yellow_from <= $1)",
    "green": f"((sort_group = {RUNNING} AND finish_by >= $1 AND yellow_from > $1) OR sort_group = {DONE})",
    "paused": f"(sort_group = {PAUSED})",
    "waiting": f"(sort_group = {WAITING})",
    "closed": f"(sort_group = {CLOSED})",
}


CELLS_BELOW = """WITH RECURSIVE down AS (
    SELECT {}::text AS grid_id UNION SELECT g.grid_id FROM grid_cell g JOIN down ON g.parent = down.grid_id
) SELECT grid_id FROM down"""
"""A cell of the grid and all below it."""

UNDECIDED = "(b.failed_followup IS NOT NULL AND b.step IN ('completed', 'verifying', 'struck_off'))"


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; empty means all."""

    programme: str = ""
    category: str = ""
    territory: str = ""
    unit: str = ""
    step: str = ""
    light: str = ""
    due: str = ""
    """What runs out within so many days, and what has run out."""

    again: str = ""
    """Anything: only what is handled again."""

    extending: str = ""
    """Anything: only what waits for more time to be granted."""

    undecided: str = ""
    """Anything: only what failed its last follow-up with its rounds spent, for the leading group."""

    showcase: str = ""
    """Anything: only what the office holds up as an example."""

    line: str = ""
    """For a village, an enterprise or a community (HA-02)."""

    cell: str = ""
    """A cell of the grid; what came from a cell below it counts too (HA-27)."""

    review: str = ""
    """Anything: only what is suspended and whose day of review has come."""

    q: str = ""
    cursor: str = ""
    limit: Annotated[int, Field(ge=1, le=LONGEST_PAGE)] = PAGE

    @property
    def query(self) -> str:
        """The same list as an address asks for it."""
        kept = {name: value for name, value in asdict(self).items() if value and name != "limit"}
        return urlencode(kept)

    @property
    def narrowed(self) -> bool:
        """Whether anything but the programme is asked for."""
        known = (self.category, self.territory, self.unit, self.step, self.light)
        signs = (self.again, self.extending, self.undecided, self.review, self.showcase)
        return any((*known, *signs, self.line, self.cell, self.due, self.q))


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a list, and where the next begins."""

    rows: Sequence[asyncpg.Record]
    next: str | None


class Where:
    """Conditions with their numbered values; the first value is the moment the lights are told for."""

    def __init__(self, now: datetime) -> None:
        self.values: list[Any] = [now]
        self.parts: list[str] = []

    def add(self, condition: str, *values: Any) -> None:
        """`{}` in the condition stands for the next value."""
        places = [f"${len(self.values) + n}" for n in range(1, len(values) + 1)]
        self.parts.append(condition.format(*places))
        self.values += values

    @property
    def sql(self) -> str:
        return " AND ".join(["$1::timestamptz IS NOT NULL", *self.parts])


def light_of(row: Any, now: datetime) -> str:
    """Red means overdue and nothing else; what is done is green, what waits for the desk has no light yet."""
    match row["sort_group"]:
        case 4:
            return "closed"
        case 3:
            return "green"
        case 2:
            return "paused"
        case 1:
            return "waiting"
        case _ if now > row["finish_by"]:
            return "red"
        case _:
            return "yellow" if now >= row["yellow_from"] else "green"


async def find(pool: asyncpg.Pool, asked: Filter, now: datetime) -> Found:
    """One page, what is due first first."""
    where = _where(asked, now)
    if asked.light in _LIGHT:
        where.add(_LIGHT[asked.light])
    if place := _place(asked.cursor):
        where.add("(sort_group, sort_key, b.case_id) > ({}, {}, {})", *place)
    limit = asked.limit
    where.values.append(limit + 1)
    rows = await pool.fetch(
        f"SELECT b.*, n.case_no FROM case_board b LEFT JOIN case_number n USING (case_id) WHERE {where.sql}"  # noqa: S608
        f" ORDER BY sort_group, sort_key, b.case_id LIMIT ${len(where.values)}",
        *where.values,
    )
    more = len(rows) > limit
    return Found(rows[:limit], _cursor(rows[limit - 1]) if more else None)


async def count(pool: asyncpg.Pool, asked: Filter, now: datetime) -> dict[str, int]:
    """Cases per light, under every filter but the light's own."""
    where = _where(replace(asked, light="", step=""), now)
    tallies = ", ".join(f"count(*) FILTER (WHERE {condition}) AS {light}" for light, condition in _LIGHT.items())
    row = await pool.fetchrow(
        f"SELECT {tallies} FROM case_board b LEFT JOIN case_number n USING (case_id) WHERE {where.sql}"  # noqa: S608
        if asked.q
        else f"SELECT {tallies} FROM case_board b WHERE {where.sql}",  # noqa: S608
        *where.values,
    )
    assert row is not None, "an aggregate answers one row"
    return dict(row)


def _where(asked: Filter, now: datetime) -> Where:
    where = Where(now)
    for column in ("programme", "category", "territory", "step"):
        if value := getattr(asked, column):
            where.add(f"b.{column} = {{}}", value)
    if asked.unit:
        where.add("(b.lead_unit = {} OR {} = ANY (b.co_units))", asked.unit, asked.unit)
    if asked.due.isascii() and asked.due.isdigit() and len(asked.due) <= LONGEST_DUE:
        where.add(f"b.sort_group = {RUNNING} AND b.finish_by <= {{}}", now + timedelta(days=int(asked.due)))
    if asked.again:
        where.add("b.round > 1")
    if asked.extending:
        where.add("cardinality(b.extending) > 0")
    if asked.undecided:
        where.add(UNDECIDED)
    if asked.showcase:
        where.add("b.showcased")
    if asked.line:
        where.add("b.service_line = {}", asked.line)
    if asked.cell:
        where.add(f"b.cells && ARRAY({CELLS_BELOW})", asked.cell)
    if asked.review:
        where.add("b.step = 'suspended' AND b.review_on <= $1")
    if asked.q:
        number = asked.q.rsplit("-", 1)[-1]
        where.add(
            "(b.title ILIKE {} OR n.case_no = {})",
            f"%{_literal(asked.q)}%",
            int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 0,
        )
    return where


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _cursor(row: asyncpg.Record) -> str:
    plain = f"{row['sort_group']} {row['sort_key']!r} {row['case_id']}"
    return base64.urlsafe_b64encode(plain.encode()).decode()


def _place(cursor: str) -> tuple[int, float, str] | None:
    """Where a list goes on; nonsense begins at the beginning."""
    try:
        group, key, case_id = base64.urlsafe_b64decode(cursor).decode().split(" ")
        return int(group), float(key), case_id
    except (binascii.Error, ValueError):
        return None


async def one(pool: asyncpg.Pool, case_id: str) -> asyncpg.Record | None:
    """The case's row with its number."""
    row: asyncpg.Record | None = await pool.fetchrow(
        "SELECT b.*, n.case_no FROM case_board b LEFT JOIN case_number n USING (case_id) WHERE b.case_id = $1",
        case_id,
    )
    return row


async def by_number(pool: asyncpg.Pool, programme: str, case_no: int) -> str | None:
    """The case that has a number."""
    found: str | None = await pool.fetchval(
        "SELECT case_id FROM case_number WHERE programme = $1 AND case_no = $2", programme, case_no
    )
    return found


async def queue(pool: asyncpg.Pool, programme: str, limit: int = PAGE) -> list[asyncpg.Record]:
    """What waits for the desk, the oldest first; what came back goes before, what waits for a signature behind."""
    rows = await pool.fetch(
        "SELECT b.*, n.case_no FROM case_board b LEFT JOIN case_number n USING (case_id)"
        " WHERE b.programme = $1 AND b.step = 'registered'"
        " ORDER BY b.prepared_rule IS NOT NULL, b.returns = 0, b.opened_at, b.case_id LIMIT $2",
        programme,
        limit,
    )
    return list(rows)


async def waiting(pool: asyncpg.Pool, programme: str | None = None) -> int:
    """How many cases wait for the desk."""
    found: int = await pool.fetchval(
        "SELECT count(*) FROM case_board WHERE step = 'registered' AND ($1::text IS NULL OR programme = $1)",
        programme,
    )
    return found


async def to_review(pool: asyncpg.Pool, now: datetime, programme: str | None = None) -> int:
    """How many suspended cases have come to their day of review."""
    found: int = await pool.fetchval(
        "SELECT count(*) FROM case_board"
        " WHERE step = 'suspended' AND review_on <= $1 AND ($2::text IS NULL OR programme = $2)",
        now,
        programme,
    )
    return found


async def undecided(pool: asyncpg.Pool) -> int:
    """How many cases wait for the leading group's word on another round."""
    found: int = await pool.fetchval(f"SELECT count(*) FROM case_board b WHERE {UNDECIDED}")  # noqa: S608 - ours
    return found


async def handed_over_since(pool: asyncpg.Pool, programme: str, moment: datetime) -> int:
    """How many cases were handed over since a moment."""
    found: int = await pool.fetchval(
        "SELECT count(*) FROM case_order WHERE programme = $1 AND role = 'lead' AND issued_at >= $2",
        programme,
        moment,
    )
    return found
