"""Questions about orders: a unit's inbox, the docket of returns, the orders of one case."""

import asyncpg

INBOX = 100
"""More than a unit's clerk looks through; the case list finds the rest."""

_JOINED = """
SELECT o.*, b.title, b.title_state, b.category, b.territory, b.step, b.sort_group AS case_group
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


async def done_by(pool: asyncpg.Pool, unit: str, limit: int = 10) -> list[asyncpg.Record]:
    """What a unit completed last; what it led and may strike off is among it."""
    rows = await pool.fetch(
        f"{_JOINED} WHERE o.unit = $1 AND o.status = 'completed' ORDER BY o.completed_at DESC LIMIT $2",
        unit,
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
