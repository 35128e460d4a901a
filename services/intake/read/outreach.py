"""Questions about pairs and activities: lists with the names that only intake has, and who may be paired."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg

PAGE = 200
"""Pairs, activities or candidates in one answer; a cadre has a dozen, a unit some hundreds."""

PAIRS = """
SELECT g.*, s.name, s.address, r.visited_at FROM pairing g
  LEFT JOIN subject_particulars s ON g.target_kind = 'subject' AND s.subject_id = g.target
  LEFT JOIN subject_row r ON g.target_kind = 'subject' AND r.subject_id = g.target
 WHERE g.programme = $1 AND ($2::text IS NULL OR g.kind = $2) AND ($3::text IS NULL OR g.owner = $3)
   AND (g.until IS NULL OR g.until >= $4)
 ORDER BY g.kind, g.owner, g.since, g.target LIMIT $5 OFFSET $6"""

PAIRS_COUNT = """
SELECT count(*) FROM pairing
 WHERE programme = $1 AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR owner = $3)
   AND (until IS NULL OR until >= $4)"""

PAIR = """
SELECT g.*, s.name, s.address, r.visited_at FROM pairing g
  LEFT JOIN subject_particulars s ON g.target_kind = 'subject' AND s.subject_id = g.target
  LEFT JOIN subject_row r ON g.target_kind = 'subject' AND r.subject_id = g.target
 WHERE g.pairing_id = $1"""

COUNTS = """
SELECT kind, owner, count(*) AS n, count(card_on) AS cards FROM pairing
 WHERE programme = $1 AND (until IS NULL OR until >= $2) GROUP BY kind, owner"""

TAKEN = """
SELECT owner FROM pairing
 WHERE programme = $1 AND kind = $2 AND target = $3 AND (until IS NULL OR until >= $4) ORDER BY since LIMIT 1"""

TAKEN_UNTIL = "SELECT max(until) FROM pairing WHERE programme = $1 AND kind = $2 AND target = $3"

PAIRED_SINCE = """
SELECT since FROM pairing
 WHERE programme = $1 AND kind = $2 AND owner = $3 AND target = $4 AND (until IS NULL OR until >= $5)
 ORDER BY since DESC LIMIT 1"""

ACTIVITIES = """
SELECT * FROM activity
 WHERE programme = $1 AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR $3 = ANY (persons))
   AND ($4::text IS NULL OR unit = $4) AND ($5::text IS NULL OR $5 = ANY (also_counts_for))
 ORDER BY held_on DESC, position DESC LIMIT $6 OFFSET $7"""

ACTIVITIES_COUNT = """
SELECT count(*) FROM activity
 WHERE programme = $1 AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR $3 = ANY (persons))
   AND ($4::text IS NULL OR unit = $4) AND ($5::text IS NULL OR $5 = ANY (also_counts_for))"""

CANDIDATES = """
SELECT s.subject_id, s.kind, s.tags, s.territory_unit, p.name, p.address FROM subject_row s
  LEFT JOIN subject_particulars p USING (subject_id)
 WHERE s.registered AND s.kind = ANY ($1) AND (cardinality($2::text[]) = 0 OR s.tags && $2)
   AND ($3::text IS NULL OR s.territory_unit = $3 OR s.community_unit = $3)
   AND ($4 = '' OR p.name LIKE '%' || $4 || '%' OR p.address LIKE '%' || $4 || '%' OR s.subject_id = $4)
 ORDER BY s.territory_unit, s.community_unit, p.group_name, p.address, s.subject_id LIMIT $5"""


async def pairs(
    pool: asyncpg.Pool,
    programme: str,
    kind: str | None,
    owner: str | None,
    day: date,
    limit: int = PAGE,
    offset: int = 0,
) -> list[Any]:
    """Those that stand on a day, or begin to be over only later."""
    return list(await pool.fetch(PAIRS, programme, kind, owner, day, limit, offset))


async def pairs_count(pool: asyncpg.Pool, programme: str, kind: str | None, owner: str | None, day: date) -> int:
    """How many of them there are."""
    found: int = await pool.fetchval(PAIRS_COUNT, programme, kind, owner, day)
    return found


async def pair(pool: asyncpg.Pool, pairing_id: str) -> Any | None:
    return await pool.fetchrow(PAIR, pairing_id)


async def counts(pool: asyncpg.Pool, programme: str, day: date) -> dict[tuple[str, str], tuple[int, int]]:
    """(pairs, cards) by kind and owner."""
    rows = await pool.fetch(COUNTS, programme, day)
    return {(row["kind"], row["owner"]): (row["n"], row["cards"]) for row in rows}


async def taken_by(pool: asyncpg.Pool, programme: str, kind: str, target: str, day: date) -> str | None:
    """Who has a target already."""
    found: str | None = await pool.fetchval(TAKEN, programme, kind, target, day)
    return found


async def taken_until(pool: asyncpg.Pool, programme: str, kind: str, target: str) -> date | None:
    """The last day of the last pair with a target that is over."""
    found: date | None = await pool.fetchval(TAKEN_UNTIL, programme, kind, target)
    return found


async def paired_since(
    pool: asyncpg.Pool, programme: str, kind: str, owner: str, target: str, day: date
) -> date | None:
    """Since when two are paired that still are on a day."""
    found: date | None = await pool.fetchval(PAIRED_SINCE, programme, kind, owner, target, day)
    return found


@dataclass(frozen=True, slots=True)
class Which:
    """Which activities; `other` asks for those that count for another programme too."""

    programme: str
    kind: str | None = None
    person: str | None = None
    unit: str | None = None
    other: str | None = None

    @property
    def values(self) -> tuple[str | None, ...]:
        return self.programme, self.kind, self.person, self.unit, self.other


async def activities(pool: asyncpg.Pool, which: Which, limit: int, offset: int) -> tuple[list[Any], int]:
    """The latest first, and how many there are in all."""
    rows = await pool.fetch(ACTIVITIES, *which.values, limit, offset)
    return list(rows), await pool.fetchval(ACTIVITIES_COUNT, *which.values)


async def activity(pool: asyncpg.Pool, activity_id: str) -> Any | None:
    return await pool.fetchrow("SELECT * FROM activity WHERE activity_id = $1", activity_id)


async def candidates(
    pool: asyncpg.Pool, kinds: Sequence[str], tags: Sequence[str], place: str | None, q: str, limit: int = PAGE
) -> list[Any]:
    """Subjects of a population, in the order of the street."""
    plain = q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return list(await pool.fetch(CANDIDATES, list(kinds), list(tags), place, plain, limit))


async def subject_names(pool: asyncpg.Pool, ids: Sequence[str]) -> dict[str, str]:
    """What subjects are called here; one whose particulars were erased has no name."""
    rows = await pool.fetch("SELECT subject_id, name FROM subject_particulars WHERE subject_id = ANY ($1)", list(ids))
    return {row["subject_id"]: row["name"] for row in rows if row["name"]}
