"""Who answers for an order where nobody was named: the unit's own leader (HA-14, LT-42); the desk names the lead's."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

LEADER = """
SELECT p.person_id FROM person p JOIN person_role r USING (person_id)
 WHERE r.unit_id = $1 AND r.role = 'unit_leader' ORDER BY p.person_id LIMIT 1"""
"""Of several leaders the first by id, always the same."""


@dataclass(frozen=True, slots=True)
class Answering:
    """Person, leader and department of one order; None where the unit has nobody."""

    person: str | None = None
    leader: str | None = None
    dept: str | None = None


async def answering(pool: asyncpg.Pool, asked: Sequence[str], unit: str) -> Answering:
    """What the pack asks for (`asked` are its required fields), from the directory."""
    required = {name.removesuffix("_id") for name in asked}
    if not required & {"responsible_person", "responsible_leader", "responsible_dept"}:
        return Answering()
    leader: str | None = await pool.fetchval(LEADER, unit)
    return Answering(leader if "responsible_person" in required else None, leader, unit)
