"""What one unit was handed and did between two moments, counted from its orders alone (本单位办件通报)."""

from datetime import datetime

import asyncpg

LONGEST_LIST = 30
"""Orders that a bulletin names; more is a list, not a bulletin."""

_LIVED = "o.unit = $1 AND o.issued_at < $3"
_DONE = "o.completed_at >= $2 AND o.completed_at < $3"
_WAITING = """o.issued_at < $3 AND (o.completed_at IS NULL OR o.completed_at >= $3)
              AND (o.cancelled_at IS NULL OR o.cancelled_at >= $3)"""
_CARRIED = """o.issued_at < $2 AND (o.completed_at IS NULL OR o.completed_at >= $2)
              AND (o.cancelled_at IS NULL OR o.cancelled_at >= $2)"""


async def figures(pool: asyncpg.Pool, unit: str, since: datetime, until: datetime) -> asyncpg.Record:
    """Carried over at `since`, received, signed, done and returned before `until`, and what was open then.

    Deadlines are those in force now: one that was extended since counts as it stands.
    """
    row = await pool.fetchrow(
        f"""SELECT count(*) FILTER (WHERE {_CARRIED}) AS carried,
                   count(*) FILTER (WHERE o.issued_at >= $2) AS received,
                   count(*) FILTER (WHERE o.signed_at >= $2 AND o.signed_at < $3) AS signed,
                   count(*) FILTER (WHERE o.signed_at >= $2 AND o.signed_at < $3 AND NOT o.sign_late) AS signed_in_time,
                   count(*) FILTER (WHERE {_DONE}) AS completed,
                   count(*) FILTER (WHERE {_DONE} AND o.completed_at <= o.finish_by) AS finished_in_time,
                   count(*) FILTER (WHERE {_DONE} AND o.result = 'solved') AS solved,
                   count(*) FILTER (WHERE o.returned_at >= $2 AND o.returned_at < $3) AS returned,
                   count(*) FILTER (WHERE o.round > 1 AND o.issued_at >= $2) AS again,
                   count(*) FILTER (WHERE {_WAITING}) AS open,
                   count(*) FILTER (WHERE {_WAITING} AND o.finish_by < $3) AS overdue
              FROM case_order o WHERE {_LIVED}""",  # noqa: S608 - our own conditions
        unit,
        since,
        until,
    )
    assert row is not None, "an aggregate answers one row"
    return row


async def categories(pool: asyncpg.Pool, unit: str, since: datetime, until: datetime) -> list[asyncpg.Record]:
    """Per category what was received and done, what comes most first."""
    rows = await pool.fetch(
        f"""SELECT b.category, count(*) FILTER (WHERE o.issued_at >= $2) AS received,
                   count(*) FILTER (WHERE {_DONE}) AS completed
              FROM case_order o JOIN case_board b USING (case_id) WHERE {_LIVED}
             GROUP BY b.category HAVING count(*) FILTER (WHERE o.issued_at >= $2 OR ({_DONE})) > 0
             ORDER BY received DESC, completed DESC, b.category""",  # noqa: S608
        unit,
        since,
        until,
    )
    return list(rows)


async def late(pool: asyncpg.Pool, unit: str, since: datetime, until: datetime) -> list[asyncpg.Record]:
    """Orders open past their deadline at `until`, the oldest deadline first."""
    rows = await pool.fetch(
        f"""SELECT o.case_id, o.case_no, o.programme, o.finish_by, o.person, b.title, b.title_state
              FROM case_order o JOIN case_board b USING (case_id)
             WHERE o.unit = $1 AND $2::timestamptz IS NOT NULL AND {_WAITING} AND o.finish_by < $3
             ORDER BY o.finish_by, o.order_id LIMIT {LONGEST_LIST}""",  # noqa: S608
        unit,
        since,
        until,
    )
    return list(rows)
