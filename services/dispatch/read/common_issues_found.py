"""Questions about common issues: candidates, the declared, the pooled lists, what a case belongs to."""

from collections.abc import Collection, Sequence
from typing import Any

import asyncpg

from services.dispatch.domain.grouping import LIVING

ROWS = 200
"""More than one district has open at a time; older ones are found through their lists."""

ISSUE = "SELECT i.*, l.number AS list_number FROM common_issue i LEFT JOIN pooled_list l USING (list_id)"
_MEMBERS = """
SELECT b.*, n.case_no FROM case_board b LEFT JOIN case_number n USING (case_id)
 WHERE b.case_id = ANY ($1) ORDER BY b.opened_at, b.case_id
"""


async def one(pool: asyncpg.Pool, common_id: str) -> asyncpg.Record | None:
    """One common issue with its list's number."""
    row: asyncpg.Record | None = await pool.fetchrow(f"{ISSUE} WHERE i.common_id = $1", common_id)
    return row


async def find(pool: asyncpg.Pool, programme: str, stages: Sequence[str], limit: int = ROWS) -> list[asyncpg.Record]:
    """Those of a programme at the given stages, the latest first."""
    rows = await pool.fetch(
        f"{ISSUE} WHERE i.programme = $1 AND i.stage = ANY ($2) ORDER BY i.updated_at DESC, i.common_id LIMIT $3",
        programme,
        list(stages),
        limit,
    )
    return list(rows)


async def of_case(pool: asyncpg.Pool, case_id: str) -> list[asyncpg.Record]:
    """The common issues that a case is or was declared to belong to, the latest first."""
    rows = await pool.fetch(
        f"{ISSUE} WHERE i.members @> ARRAY[$1::text] AND i.stage NOT IN ('proposed', 'dismissed')"
        " ORDER BY i.declared_at DESC",
        case_id,
    )
    return list(rows)


async def elsewhere(pool: asyncpg.Pool, case_ids: Collection[str], common_id: str = "") -> list[str]:
    """Which of these cases belong to a living common issue besides this one."""
    rows = await pool.fetch(
        "SELECT DISTINCT m FROM common_issue, unnest(members) m"
        " WHERE members && $1 AND m = ANY ($1) AND common_id <> $2 AND stage = ANY ($3) ORDER BY m",
        list(case_ids),
        common_id,
        [stage.value for stage in LIVING],
    )
    return [row["m"] for row in rows]


async def put_together(pool: asyncpg.Pool, case_ids: Collection[str]) -> set[str]:
    """Which of these cases stood in any proposal or common issue before, whatever became of it."""
    rows = await pool.fetch(
        "SELECT members || proposed AS known FROM common_issue WHERE members && $1 OR proposed && $1", list(case_ids)
    )
    return {case_id for row in rows for case_id in row["known"]} & set(case_ids)


async def members(pool: asyncpg.Pool, case_ids: Sequence[str]) -> list[asyncpg.Record]:
    """The member cases with their numbers."""
    return list(await pool.fetch(_MEMBERS, list(case_ids)))


async def lists(pool: asyncpg.Pool, programme: str) -> list[asyncpg.Record]:
    """The pooled lists of a programme by number, each with what stands on it."""
    rows = await pool.fetch("SELECT * FROM pooled_list WHERE programme = $1 ORDER BY number", programme)
    return list(rows)


async def on_lists(pool: asyncpg.Pool, programme: str) -> list[asyncpg.Record]:
    """R20: every common issue on a list, with how many cases it has, where, and how many are done."""
    rows = await pool.fetch(
        f"""SELECT i.*, c.cases, c.done, c.areas FROM ({ISSUE}) i CROSS JOIN LATERAL (
                SELECT count(*) AS cases, count(b.completed_at) AS done,
                       array_agg(DISTINCT b.territory) FILTER (WHERE b.territory IS NOT NULL) AS areas
                  FROM case_board b WHERE b.case_id = ANY (i.members)) c
            WHERE i.programme = $1 AND i.list_number IS NOT NULL
            ORDER BY i.list_number, i.reported_at, i.common_id""",  # noqa: S608
        programme,
    )
    return list(rows)


async def of_unit(pool: asyncpg.Pool, unit: str) -> list[asyncpg.Record]:
    """What a department has to resolve, by deadline."""
    rows = await pool.fetch(f"{ISSUE} WHERE i.to_unit = $1 AND i.stage = 'assigned' ORDER BY i.finish_by", unit)
    return list(rows)


def complained(rows: Sequence[Any]) -> tuple[str, ...]:
    """Every unit that some member complains of: neither it nor a unit below it gets a hand in the matter."""
    return tuple(sorted({unit for row in rows for unit in row["complained"]}))
