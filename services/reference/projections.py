"""The read models that every service folds for itself: units, persons with roles and absences, and programmes."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from contracts.intake import (
    AbsenceDeclared,
    AbsenceEnded,
    PersonRegistered,
    RoleAssigned,
    RoleRevoked,
    UnitRegistered,
)
from contracts.supervision import ProgrammePackActivated
from services.chassis.facts import Fact
from services.chassis.projection import Connection, Context, Projection

UNIT_DDL = """
CREATE TABLE {t} (
    unit_id text PRIMARY KEY,
    name text NOT NULL,
    level text NOT NULL,
    parent text,
    duties text[] NOT NULL,
    size_class text
)"""

PERSON_DDL = """
CREATE TABLE {t} (
    person_id text PRIMARY KEY,
    unit_id text NOT NULL,
    name jsonb NOT NULL,
    rank text NOT NULL,
    backup_id text
);
CREATE INDEX ON {t} (unit_id)"""

ROLE_DDL = """
CREATE TABLE {t} (
    person_id text NOT NULL,
    role text NOT NULL,
    unit_id text NOT NULL,
    PRIMARY KEY (person_id, role, unit_id)
);
CREATE INDEX ON {t} (unit_id, role)"""

ABSENCE_DDL = """
CREATE TABLE {t} (
    absence_id text PRIMARY KEY,
    person_id text NOT NULL,
    backup_id text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    note text NOT NULL
);
CREATE INDEX ON {t} (backup_id, ends_at);
CREATE INDEX ON {t} (person_id, ends_at)"""
"""Only what was declared; whether it is so now is told at reading, by the clock."""

PROGRAMME_DDL = """
CREATE TABLE {t} (
    programme_id text NOT NULL,
    pack_version int NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    content text NOT NULL,
    effective_from timestamptz NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (programme_id, pack_version)
)"""


async def _units(db: Connection, batch: Sequence[Fact], t: Mapping[str, str], ctx: Context) -> None:
    latest = {fact.event.unit_id: fact.event for fact in batch if isinstance(fact.event, UnitRegistered)}
    rows = [(e.unit_id, e.name, e.level, e.parent, list(e.duties), e.size_class) for e in latest.values()]
    await db.executemany(
        f"""INSERT INTO {t["unit"]} VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (unit_id) DO UPDATE SET
            name = excluded.name, level = excluded.level, parent = excluded.parent, duties = excluded.duties,
            size_class = excluded.size_class""",  # noqa: S608
        rows,
    )


async def _persons(db: Connection, batch: Sequence[Fact], t: Mapping[str, str], ctx: Context) -> None:
    for fact in batch:
        await _person(db, fact, t)


async def _person(db: Connection, fact: Fact, t: Mapping[str, str]) -> None:
    match fact.event:
        case PersonRegistered() as e:
            await db.execute(
                f"""INSERT INTO {t["person"]} VALUES ($1, $2, $3, $4, $5) ON CONFLICT (person_id) DO UPDATE SET
                    unit_id = excluded.unit_id, name = excluded.name, rank = excluded.rank,
                    backup_id = excluded.backup_id""",  # noqa: S608
                *(e.person_id, e.unit_id, json.dumps(e.name.model_dump()), e.rank, e.backup_id),
            )
        case RoleAssigned() as e:
            await db.execute(
                f"INSERT INTO {t['person_role']} VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",  # noqa: S608
                *(e.person_id, e.role, e.unit_id),
            )
        case RoleRevoked() as e:
            await db.execute(
                f"DELETE FROM {t['person_role']} WHERE person_id = $1 AND role = $2 AND unit_id = $3",  # noqa: S608
                *(e.person_id, e.role, e.unit_id),
            )
        case AbsenceDeclared() as e:
            await db.execute(
                f"INSERT INTO {t['absence']} VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",  # noqa: S608
                *(e.absence_id, e.person_id, e.backup_id, e.starts_at, e.ends_at, e.note),
            )
        case AbsenceEnded() as e:
            await db.execute(f"DELETE FROM {t['absence']} WHERE absence_id = $1", e.absence_id)  # noqa: S608
        case _:
            pass  # another type never arrives: `handles` names these


async def _programmes(db: Connection, batch: Sequence[Fact], t: Mapping[str, str], ctx: Context) -> None:
    rows: list[tuple[Any, ...]] = [
        (e.programme_id, e.pack_version, e.name, e.sha256, e.content, e.effective_from, fact.position)
        for fact in batch
        if isinstance(e := fact.event, ProgrammePackActivated)
    ]
    await db.executemany(
        f"INSERT INTO {t['programme']} VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",  # noqa: S608
        rows,
    )


PROJECTIONS = (
    Projection(
        name="units",
        version=2,
        handles=frozenset({UnitRegistered}),
        ddl={"unit": UNIT_DDL},
        apply=_units,
    ),
    Projection(
        name="persons",
        version=2,
        handles=frozenset({PersonRegistered, RoleAssigned, RoleRevoked, AbsenceDeclared, AbsenceEnded}),
        ddl={"person": PERSON_DDL, "person_role": ROLE_DDL, "absence": ABSENCE_DDL},
        apply=_persons,
    ),
    Projection(
        name="programmes",
        version=1,
        handles=frozenset({ProgrammePackActivated}),
        ddl={"programme": PROGRAMME_DDL},
        apply=_programmes,
    ),
)
