"""Who led the cases of each category so far, for the page that shows where suggestions come from."""

import asyncpg


async def by_category(pool: asyncpg.Pool, programme: str) -> dict[str, asyncpg.Record]:
    """Per category the unit that led most of its cases, with how many of how many."""
    rows = await pool.fetch(
        """SELECT DISTINCT ON (category) category, lead_unit, n, whole FROM (
               SELECT category, lead_unit, count(*)::int AS n,
                      (sum(count(*)) OVER (PARTITION BY category))::int AS whole
                 FROM case_board WHERE programme = $1 AND category IS NOT NULL AND lead_unit IS NOT NULL
                GROUP BY category, lead_unit) led
            ORDER BY category, n DESC, lead_unit""",
        programme,
    )
    return {row["category"]: row for row in rows}
