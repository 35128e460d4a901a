"""清单: the ledger of what was struck off (R02's filters), and the common matters that wait for a list (R20)."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import asyncpg
from pydantic import Field

from services.chassis.web.inputs import AskedMoment
from services.dispatch.read.cases import LONGEST_PAGE, PAGE, Found, Where


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the ledger is narrowed to; empty means all. Days are local days of the strike-off."""

    programme: str = ""
    category: str = ""
    unit: str = ""
    territory: str = ""
    basis: Literal["", "unit_self", "office", "follow_up"] = ""
    result: str = ""
    report: Literal["", "due", "overdue", "reported", "late"] = ""
    """上报: still to be reported, overdue, reported in time, reported late (JW-22)."""

    since: AskedMoment | None = None
    until: AskedMoment | None = None
    cursor: str = ""
    limit: Annotated[int, Field(ge=1, le=LONGEST_PAGE)] = PAGE


_REPORT = {
    "due": "b.report_up_by >= $1 AND b.reported_up_at IS NULL",
    "overdue": "b.report_up_by < $1 AND b.reported_up_at IS NULL",
    "reported": "b.reported_up_at IS NOT NULL AND NOT b.report_late",
    "late": "b.report_late",
}


async def ledger(pool: asyncpg.Pool, asked: Ledger, now: datetime) -> Found:
    """One page of what is struck off, the latest first."""
    where = _where(asked, now)
    if place := _place(asked.cursor):
        where.add("(b.struck_off_at, b.case_id) < ({}, {})", *place)
    limit = asked.limit
    where.values.append(limit + 1)
    rows = await pool.fetch(
        f"SELECT b.*, n.case_no FROM case_board b LEFT JOIN case_number n USING (case_id) WHERE {where.sql}"  # noqa: S608
        f" ORDER BY b.struck_off_at DESC, b.case_id DESC LIMIT ${len(where.values)}",
        *where.values,
    )
    return Found(rows[:limit], _cursor(rows[limit - 1]) if len(rows) > limit else None)


async def ledger_counts(pool: asyncpg.Pool, asked: Ledger, now: datetime) -> dict[str, int]:
    """How many are struck off, and how their reports to the office stand."""
    where = _where(asked, now)
    tallies = ", ".join(f'count(*) FILTER (WHERE {condition}) AS "{name}"' for name, condition in _REPORT.items())
    row = await pool.fetchrow(
        f"SELECT count(*) AS whole, {tallies} FROM case_board b WHERE {where.sql}",  # noqa: S608 - values are numbered
        *where.values,
    )
    assert row is not None, "an aggregate answers one row"
    return dict(row)


def _where(asked: Ledger, now: datetime) -> Where:
    where = Where(now)
    where.add("b.struck_off_at IS NOT NULL")
    for column, value in (
        ("programme", asked.programme),
        ("category", asked.category),
        ("territory", asked.territory),
        ("lead_unit", asked.unit),
        ("struck_basis", asked.basis),
        ("result", asked.result),
    ):
        if value:
            where.add(f"b.{column} = {{}}", value)
    if asked.report:
        where.parts.append(f"({_REPORT[asked.report]})")
    if asked.since:
        where.add("b.struck_off_at >= {}", asked.since)
    if asked.until:
        where.add("b.struck_off_at < {}", asked.until)
    return where


async def common_matters(pool: asyncpg.Pool, programme: str, limit: int = LONGEST_PAGE) -> list[asyncpg.Record]:
    """Open cases classified as common, for the pooled list that a group leads to the office (JW-17)."""
    rows = await pool.fetch(
        """SELECT b.*, n.case_no FROM case_board b LEFT JOIN case_number n USING (case_id)
           WHERE b.programme = $1 AND b.scope = 'common' AND b.struck_off_at IS NULL AND b.ended_at IS NULL
           ORDER BY b.opened_at, b.case_id LIMIT $2""",
        programme,
        limit,
    )
    return list(rows)


async def to_report_up(pool: asyncpg.Pool, unit: str, limit: int = LONGEST_PAGE) -> list[asyncpg.Record]:
    """What a unit struck off itself and has not yet reported, the most urgent first (JW-22)."""
    rows = await pool.fetch(
        """SELECT b.*, n.case_no FROM case_board b LEFT JOIN case_number n USING (case_id)
           WHERE b.struck_by = $1 AND b.struck_off_at IS NOT NULL AND b.report_up_by IS NOT NULL
             AND b.reported_up_at IS NULL ORDER BY b.report_up_by, b.case_id LIMIT $2""",
        unit,
        limit,
    )
    return list(rows)


def _cursor(row: asyncpg.Record) -> str:
    return base64.urlsafe_b64encode(f"{row['struck_off_at'].isoformat()} {row['case_id']}".encode()).decode()


def _place(cursor: str) -> tuple[datetime, str] | None:
    """Where a list goes on; nonsense begins at the beginning."""
    try:
        moment, case_id = base64.urlsafe_b64decode(cursor).decode().split(" ")
        return datetime.fromisoformat(moment), case_id
    except (binascii.Error, ValueError):
        return None
