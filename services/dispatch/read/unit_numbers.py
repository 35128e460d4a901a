"""How one unit's orders stand: open, overdue, signed and finished in time; by person and by category."""

from datetime import datetime

import asyncpg


async def of_unit(pool: asyncpg.Pool, unit: str, now: datetime) -> asyncpg.Record:
    """All orders the unit ever had; those cancelled count only as returned."""
    row = await pool.fetchrow(
        """SELECT count(*) FILTER (WHERE status IN ('open', 'returned')) AS open,
                  count(*) FILTER (WHERE status = 'open' AND signed_at IS NULL) AS unsigned,
                  count(*) FILTER (WHERE status = 'open' AND finish_by < $2) AS overdue,
                  count(*) FILTER (WHERE status = 'completed') AS completed,
                  count(*) FILTER (WHERE status = 'completed' AND completed_at <= finish_by) AS finished_in_time,
                  count(*) FILTER (WHERE status = 'completed' AND result = 'solved') AS solved,
                  count(*) FILTER (WHERE signed_at IS NOT NULL) AS signed,
                  count(*) FILTER (WHERE signed_at IS NOT NULL AND NOT sign_late) AS signed_in_time,
                  coalesce(sum(return_n), 0)::int AS returned,
                  coalesce(sum(extensions), 0)::int AS extended
             FROM case_order WHERE unit = $1""",
        unit,
        now,
    )
    assert row is not None, "an aggregate answers one row"
    return row


async def of_persons(pool: asyncpg.Pool, unit: str, now: datetime) -> list[asyncpg.Record]:
    """Per responsible person, whoever has most open first."""
    rows = await pool.fetch(
        """SELECT person, count(*) FILTER (WHERE status IN ('open', 'returned')) AS open,
                  count(*) FILTER (WHERE status = 'open' AND finish_by < $2) AS overdue,
                  count(*) FILTER (WHERE status = 'completed') AS completed
             FROM case_order WHERE unit = $1 AND status <> 'cancelled'
            GROUP BY person ORDER BY open DESC, completed DESC, person""",
        unit,
        now,
    )
    return list(rows)


async def of_categories(pool: asyncpg.Pool, unit: str) -> list[asyncpg.Record]:
    """Per category, what comes most first."""
    rows = await pool.fetch(
        """SELECT b.category, count(*) FILTER (WHERE o.status IN ('open', 'returned')) AS open,
                  count(*) FILTER (WHERE o.status = 'completed') AS completed
             FROM case_order o JOIN case_board b USING (case_id)
            WHERE o.unit = $1 AND o.status <> 'cancelled'
            GROUP BY b.category ORDER BY count(*) DESC, b.category LIMIT 20""",
        unit,
    )
    return list(rows)
