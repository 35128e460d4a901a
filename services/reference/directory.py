"""Who is who: units, persons and roles, as this service's own read models know them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import asyncpg

from contracts.sealed import Sealed
from services.chassis.keys import KeyRing


@dataclass(frozen=True, slots=True)
class Unit:
    unit_id: str
    name: str
    level: str
    parent: str | None
    duties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    person_id: str
    unit_id: str
    name: str
    rank: str
    backup_id: str | None


_ABOVE = """
WITH RECURSIVE up AS (
    SELECT unit_id, parent FROM unit WHERE unit_id = $1
    UNION SELECT u.unit_id, u.parent FROM unit u JOIN up ON u.unit_id = up.parent
) SELECT unit_id FROM up"""
_BELOW = """
WITH RECURSIVE down AS (
    SELECT unit_id FROM unit WHERE unit_id = ANY ($1)
    UNION SELECT u.unit_id FROM unit u JOIN down ON u.parent = down.unit_id
) SELECT unit_id FROM down"""


async def units_below(pool: asyncpg.Pool, unit_ids: Iterable[str]) -> frozenset[str]:
    """These units and all that stand below them."""
    wanted = list(set(unit_ids))
    rows = await pool.fetch(_BELOW, wanted) if wanted else []
    return frozenset((*wanted, *(row["unit_id"] for row in rows)))


class Directory:
    """Queries over the views `unit`, `person` and `person_role`."""

    def __init__(self, pool: asyncpg.Pool, keys: KeyRing) -> None:
        self._pool, self._keys = pool, keys

    async def unit(self, unit_id: str) -> Unit | None:
        row = await self._pool.fetchrow("SELECT * FROM unit WHERE unit_id = $1", unit_id)
        return _unit(row) if row else None

    async def units(self, *levels: str) -> list[Unit]:
        """All units, or those of the given levels, by name."""
        rows = await self._pool.fetch(
            "SELECT * FROM unit WHERE cardinality($1::text[]) = 0 OR level = ANY ($1) ORDER BY level, unit_id",
            list(levels),
        )
        return [_unit(row) for row in rows]

    async def above(self, unit_id: str) -> frozenset[str]:
        """The unit and all that stand above it."""
        rows = await self._pool.fetch(_ABOVE, unit_id)
        return frozenset((unit_id, *(row["unit_id"] for row in rows)))

    async def below(self, unit_ids: Iterable[str]) -> frozenset[str]:
        """These units and all that stand below them."""
        return await units_below(self._pool, unit_ids)

    async def unit_names(self) -> dict[str, str]:
        """Every unit's name by its id; a district has hundreds, not thousands."""
        return {row["unit_id"]: row["name"] for row in await self._pool.fetch("SELECT unit_id, name FROM unit")}

    async def known_units(self, ids: Iterable[str]) -> frozenset[str]:
        """Those of these units that the directory has."""
        wanted = list(set(ids))
        rows = await self._pool.fetch("SELECT unit_id FROM unit WHERE unit_id = ANY ($1)", wanted) if wanted else []
        return frozenset(row["unit_id"] for row in rows)

    async def person(self, person_id: str) -> Person | None:
        row = await self._pool.fetchrow("SELECT * FROM person WHERE person_id = $1", person_id)
        return (await self._persons([row]))[0] if row else None

    async def person_names(self, ids: Iterable[str]) -> dict[str, str]:
        """Names of the given persons; unknown ones are absent."""
        rows = await self._pool.fetch("SELECT * FROM person WHERE person_id = ANY ($1)", list(set(ids)))
        return {person.person_id: person.name for person in await self._persons(rows)}

    async def units_of(self, ids: Iterable[str]) -> dict[str, frozenset[str]]:
        """The units that each of these persons belongs to or acts in a role for; unknown persons are absent."""
        rows = await self._pool.fetch(
            """SELECT p.person_id, array_agg(r.unit_id) FILTER (WHERE r.unit_id IS NOT NULL) || p.unit_id AS units
                 FROM person p LEFT JOIN person_role r USING (person_id)
                WHERE p.person_id = ANY ($1) GROUP BY p.person_id, p.unit_id""",
            list(set(ids)),
        )
        return {row["person_id"]: frozenset(row["units"]) for row in rows}

    async def persons_by_name(self) -> dict[str, list[str]]:
        """Whom a name may mean; an id means itself."""
        named: dict[str, list[str]] = defaultdict(list)
        persons = await self._persons(await self._pool.fetch("SELECT * FROM person ORDER BY person_id"))
        for person in persons:
            named[person.name].append(person.person_id)
        return {**named, **{person.person_id: [person.person_id] for person in persons}}

    async def persons_of(self, unit_id: str, role: str | None = None) -> list[Person]:
        """Who belongs to a unit, or who acts in a role for it."""
        rows = await self._pool.fetch(
            """SELECT DISTINCT p.* FROM person p LEFT JOIN person_role r USING (person_id)
               WHERE ($2::text IS NULL AND p.unit_id = $1) OR (r.unit_id = $1 AND r.role = $2)
               ORDER BY p.person_id""",
            unit_id,
            role,
        )
        return await self._persons(rows)

    async def in_role(self, role: str) -> list[Person]:
        """Who acts in a role for whichever unit."""
        rows = await self._pool.fetch(
            "SELECT DISTINCT p.* FROM person p JOIN person_role r USING (person_id) WHERE r.role = $1"
            " ORDER BY p.person_id",
            role,
        )
        return await self._persons(rows)

    async def _persons(self, rows: Sequence[asyncpg.Record]) -> list[Person]:
        names = await self._keys.opened_many([Sealed.model_validate(json.loads(row["name"])) for row in rows])
        return [
            Person(
                row["person_id"],
                row["unit_id"],
                name if isinstance(name, str) else row["person_id"],
                row["rank"],
                row["backup_id"],
            )
            for row, name in zip(rows, names, strict=True)
        ]


def _unit(row: asyncpg.Record) -> Unit:
    return Unit(row["unit_id"], row["name"], row["level"], row["parent"], tuple(row["duties"]))
