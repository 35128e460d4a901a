"""Who belongs to which unit and holds which role today, as what is owed asks for it."""

import asyncpg

from services.reference.ledger import Member

PEOPLE = """
SELECT p.person_id, p.unit_id, p.rank, u.level FROM person p JOIN unit u ON u.unit_id = p.unit_id
 ORDER BY p.person_id"""
HOLDERS = "SELECT person_id, unit_id, role FROM person_role ORDER BY person_id, role"


async def members(pool: asyncpg.Pool) -> list[Member]:
    """Everybody of every unit, and every holder of a role."""
    people = [
        Member(row["person_id"], row["unit_id"], row["level"], rank=row["rank"]) for row in await pool.fetch(PEOPLE)
    ]
    return people + [Member(row["person_id"], row["unit_id"], "", row["role"]) for row in await pool.fetch(HOLDERS)]
