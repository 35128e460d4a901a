"""Questions about orders: a unit's inbox and a stand-in's, the dockets of returns and extensions, one case's orders."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from contracts.codec import decode
from contracts.dispatch import Evidence, OrderReturned

INBOX = 100
"""More than a unit's clerk looks through; the case list finds the rest."""

_JOINED = """
SELECT o.*, b.title, b.title_state, b.category, b.territory, b.step, b.review_on, b.complained,
       b.sort_group AS case_group
  FROM case_order o JOIN case_board b USING (case_id)
"""


async def of_unit(pool: asyncpg.Pool, unit: str, limit: int = INBOX) -> list[asyncpg.Record]:
    """What a unit has to do: what is not signed first, then by deadline."""
    rows = await pool.fetch(
        f"""{_JOINED} WHERE o.unit = $1 AND o.status IN ('open', 'returned')
            ORDER BY (o.signed_at IS NULL AND o.status = 'open') DESC,
                     CASE WHEN o.signed_at IS NULL THEN coalesce(o.sign_by, o.finish_by) ELSE o.finish_by END,
                     o.order_id LIMIT $2""",
        unit,
        limit,
    )
    return list(rows)


async def counts_of_unit(pool: asyncpg.Pool, unit: str) -> tuple[int, int]:
    """How many orders wait for a signature, and how many others a unit has to do, however many are listed."""
    row = await pool.fetchrow(
        """SELECT count(*) FILTER (WHERE signed_at IS NULL AND status = 'open') AS unsigned, count(*) AS every
             FROM case_order JOIN case_board USING (case_id) WHERE unit = $1 AND status IN ('open', 'returned')""",
        unit,
    )
    assert row is not None, "counts are always one row"
    return row["unsigned"], row["every"] - row["unsigned"]


async def of_absent(pool: asyncpg.Pool, persons: Sequence[str], limit: int = INBOX) -> list[asyncpg.Record]:
    """Orders addressed to persons who are away, for whoever stands in (SH-39)."""
    rows = await pool.fetch(
        f"""{_JOINED} WHERE o.person = ANY ($1) AND o.status IN ('open', 'returned')
            ORDER BY (o.signed_at IS NULL AND o.status = 'open') DESC, o.finish_by, o.order_id LIMIT $2""",
        list(persons),
        limit,
    )
    return list(rows)


async def unsigned_of_units(pool: asyncpg.Pool, units: Sequence[str], limit: int = INBOX) -> list[asyncpg.Record]:
    """What waits for a signature in units where somebody is away, for whoever stands in there."""
    rows = await pool.fetch(
        f"""{_JOINED} WHERE o.unit = ANY ($1) AND o.status = 'open' AND o.signed_at IS NULL
            ORDER BY coalesce(o.sign_by, o.finish_by), o.order_id LIMIT $2""",
        list(units),
        limit,
    )
    return list(rows)


async def extensions(pool: asyncpg.Pool, limit: int = INBOX) -> list[asyncpg.Record]:
    """Extensions that wait for a decision, what is due first first."""
    rows = await pool.fetch(
        f"{_JOINED} WHERE o.asked_at IS NOT NULL AND o.status = 'open' ORDER BY o.finish_by, o.order_id LIMIT $1",
        limit,
    )
    return list(rows)


async def extensions_of(pool: asyncpg.Pool, case_id: str) -> list[asyncpg.Record]:
    """Every extension asked for in a case, with the old and the new deadline."""
    rows = await pool.fetch("SELECT * FROM case_extension WHERE case_id = $1 ORDER BY asked_at, order_id, n", case_id)
    return list(rows)


async def milestones_of(pool: asyncpg.Pool, case_id: str) -> list[asyncpg.Record]:
    """The timetables in force in a case."""
    rows = await pool.fetch("SELECT * FROM case_milestone WHERE case_id = $1 ORDER BY order_id, n", case_id)
    return list(rows)


async def pending_extensions(pool: asyncpg.Pool) -> int:
    """How many extensions wait for a decision."""
    found: int = await pool.fetchval("SELECT count(*) FROM case_order WHERE asked_at IS NOT NULL AND status = 'open'")
    return found


async def done_by(pool: asyncpg.Pool, unit: str, limit: int = 10) -> list[asyncpg.Record]:
    """What a unit completed last; what it led and may strike off is among it."""
    rows = await pool.fetch(
        f"{_JOINED} WHERE o.unit = $1 AND o.status = 'completed' ORDER BY o.completed_at DESC LIMIT $2",
        unit,
        limit,
    )
    return list(rows)


async def taken_back(pool: asyncpg.Pool, unit: str, since: datetime, limit: int = 10) -> list[asyncpg.Record]:
    """Orders of a unit that others ended since a moment; what it returned itself it was told by the ruling."""
    rows = await pool.fetch(
        f"""{_JOINED} WHERE o.unit = $1 AND o.status = 'cancelled' AND o.cancel_cause IS NOT NULL
              AND o.cancelled_at >= $2 ORDER BY o.cancelled_at DESC, o.order_id LIMIT $3""",
        unit,
        since,
        limit,
    )
    return list(rows)


async def to_strike_off(pool: asyncpg.Pool, unit: str, limit: int = INBOX) -> list[asyncpg.Record]:
    """Completed cases that this unit led and that are still on the list."""
    rows = await pool.fetch(
        f"""{_JOINED} WHERE b.lead_unit = $1 AND b.step = 'completed' AND o.order_id = b.lead_order
            ORDER BY o.completed_at LIMIT $2""",
        unit,
        limit,
    )
    return list(rows)


async def returns(pool: asyncpg.Pool, limit: int = INBOX) -> list[asyncpg.Record]:
    """Returns that wait for a ruling, the oldest first."""
    rows = await pool.fetch(
        f"{_JOINED} WHERE o.status = 'returned' ORDER BY o.returned_at, o.order_id LIMIT $1",
        limit,
    )
    return list(rows)


async def return_evidence(pool: asyncpg.Pool, case_id: str, order_id: str) -> list[Evidence]:
    """What the unit attached to its latest return of the order."""
    payload = await pool.fetchval(
        """SELECT payload FROM event WHERE stream = $1 AND type = $2
              AND convert_from(payload, 'UTF8')::json -> 'data' ->> 'order_id' = $3 ORDER BY version DESC LIMIT 1""",
        f"case-{case_id}",
        OrderReturned.TYPE,
        order_id,
    )
    event = decode(payload).event if payload else None
    return list(event.evidence) if isinstance(event, OrderReturned) else []


async def of_case(pool: asyncpg.Pool, case_id: str) -> list[asyncpg.Record]:
    """All orders of a case, in the order they were issued."""
    rows = await pool.fetch("SELECT * FROM case_order WHERE case_id = $1 ORDER BY issued_at, order_id", case_id)
    return list(rows)


async def to_do(pool: asyncpg.Pool, unit: str) -> int:
    """How many open orders a unit has."""
    found: int = await pool.fetchval("SELECT count(*) FROM case_order WHERE unit = $1 AND status = 'open'", unit)
    return found


async def pending_returns(pool: asyncpg.Pool) -> int:
    """How many returns wait for a ruling."""
    found: int = await pool.fetchval("SELECT count(*) FROM case_order WHERE status = 'returned'")
    return found
