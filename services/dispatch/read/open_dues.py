"""What a calendar says of deadlines that were computed before it was known."""

from collections.abc import Mapping
from datetime import datetime

import asyncpg

from contracts.dispatch import Dues, Durations
from services.chassis.deadlines import Calendar, DueInPast, due

OPEN = """
SELECT o.* FROM case_order o JOIN case_board b USING (case_id)
 WHERE o.programme = $1 AND o.status IN ('open', 'returned') AND o.round = b.round
   AND b.struck_off_at IS NULL AND b.ended_at IS NULL
 ORDER BY o.case_no, o.issued_at, o.order_id
"""


async def open_orders(pool: asyncpg.Pool, programme: str) -> dict[str, list[asyncpg.Record]]:
    """The orders of a programme that somebody still has to do, by case."""
    found: dict[str, list[asyncpg.Record]] = {}
    for row in await pool.fetch(OPEN, programme):
        found.setdefault(row["case_id"], []).append(row)
    return found


def by_calendar(rows: list[asyncpg.Record], durations: Durations | None, calendar: Calendar) -> Mapping[str, Dues]:
    """Each order's deadlines counted anew from its issue by the limits it was issued with.

    What was not counted by rule stays as it is in force: an extension, what a pause or a refused return left, and the
    deadlines of a consultation, a meeting or a common list.
    """
    return {row["order_id"]: _dues(row, durations, calendar) for row in rows}


def _dues(row: asyncpg.Record, durations: Durations | None, calendar: Calendar) -> Dues:
    kept = Dues(
        sign_by=row["sign_by"], contact_by=row["contact_by"], plan_by=row["plan_by"], finish_by=row["finish_by"]
    )
    if durations is None or _decided(row) or row["return_n"]:
        return kept
    ruled = row["finish_by"] == row["ruled_finish_by"]
    finish_by = _counted(row, durations.finish, calendar) if ruled else None
    return Dues(
        sign_by=_counted(row, durations.sign, calendar) if kept.sign_by else None,
        contact_by=_counted(row, durations.contact, calendar) if kept.contact_by else None,
        plan_by=_counted(row, durations.plan, calendar) if kept.plan_by and ruled else kept.plan_by,
        finish_by=finish_by or kept.finish_by,
    )


def _decided(row: asyncpg.Record) -> bool:
    """People set its deadlines, together or in a list: no limit of the rules gave them."""
    return any(row[name] is not None for name in ("consult_id", "common_id", "meeting_id"))


def _counted(row: asyncpg.Record, limit: str | None, calendar: Calendar) -> datetime | None:
    """None where there is no such limit, or a fixed day had gone by when the order was issued."""
    try:
        return due(row["issued_at"], limit, calendar) if limit else None
    except DueInPast:
        return None
