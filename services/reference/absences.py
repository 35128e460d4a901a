"""Who is away today and who stands in (AB岗): questions to the view `absence`, answered by the clock."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg


@dataclass(frozen=True, slots=True)
class Absence:
    """One declared absence, with the roles that the absent person holds in their own unit."""

    absence_id: str
    person_id: str
    backup_id: str
    unit_id: str
    roles: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    note: str


_SELECT = """
SELECT a.absence_id, a.person_id, a.backup_id, p.unit_id, a.starts_at, a.ends_at, a.note,
       ARRAY(SELECT r.role FROM person_role r
              WHERE r.person_id = a.person_id AND r.unit_id = p.unit_id ORDER BY r.role) AS roles
  FROM absence a JOIN person p USING (person_id)
"""


async def stood_in_for(pool: asyncpg.Pool, backup: str, now: datetime) -> list[Absence]:
    """The absences in which this person stands in now."""
    rows = await pool.fetch(
        f"{_SELECT} WHERE a.backup_id = $1 AND a.starts_at <= $2 AND a.ends_at > $2 ORDER BY a.person_id, a.absence_id",
        backup,
        now,
    )
    return [_absence(row) for row in rows]


async def of_person(pool: asyncpg.Pool, person: str, now: datetime) -> list[Absence]:
    """A person's absences that are going on or still to come, the next first."""
    rows = await pool.fetch(
        f"{_SELECT} WHERE a.person_id = $1 AND a.ends_at > $2 ORDER BY a.starts_at, a.absence_id", person, now
    )
    return [_absence(row) for row in rows]


def _absence(row: asyncpg.Record) -> Absence:
    return Absence(
        row["absence_id"],
        row["person_id"],
        row["backup_id"],
        row["unit_id"],
        tuple(row["roles"]),
        row["starts_at"],
        row["ends_at"],
        row["note"],
    )
