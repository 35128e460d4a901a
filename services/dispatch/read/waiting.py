"""Questions about what waits for the desk, for handing over several cases of one category together."""

import asyncpg

MOST = 50
"""Cases handed over together: more nobody checks one by one."""


async def by_category(pool: asyncpg.Pool, programme: str) -> list[tuple[str, int]]:
    """Categories of which cases wait, with how many, the most first."""
    rows = await pool.fetch(
        """SELECT category, count(*) AS n FROM case_board
           WHERE programme = $1 AND step = 'registered' AND category IS NOT NULL
           GROUP BY category ORDER BY n DESC, category""",
        programme,
    )
    return [(row["category"], row["n"]) for row in rows]


async def most_of_one_category(pool: asyncpg.Pool, programme: str) -> tuple[str, int] | None:
    """The category of which most cases wait."""
    found = await by_category(pool, programme)
    return found[0] if found else None


async def of_category(pool: asyncpg.Pool, programme: str, category: str) -> list[asyncpg.Record]:
    """The waiting cases of one category, the oldest first."""
    rows = await pool.fetch(
        """SELECT b.*, n.case_no FROM case_board b JOIN case_number n USING (case_id)
           WHERE b.programme = $1 AND b.step = 'registered' AND b.category = $2
           ORDER BY b.opened_at, b.case_id LIMIT $3""",
        programme,
        category,
        MOST,
    )
    return list(rows)


async def chosen(pool: asyncpg.Pool, case_ids: list[str]) -> list[asyncpg.Record]:
    """The chosen cases that still wait, the oldest first."""
    rows = await pool.fetch(
        """SELECT b.*, n.case_no FROM case_board b JOIN case_number n USING (case_id)
           WHERE b.case_id = ANY ($1) AND b.step = 'registered' ORDER BY b.opened_at, b.case_id""",
        case_ids,
    )
    return list(rows)


async def known(pool: asyncpg.Pool, case_ids: list[str]) -> list[asyncpg.Record]:
    """Cases by their ids, wherever they stand."""
    rows = await pool.fetch(
        "SELECT b.*, n.case_no FROM case_board b JOIN case_number n USING (case_id) WHERE b.case_id = ANY ($1)",
        case_ids,
    )
    return list(rows)
