"""Whose people are where since when, and who was away: what duties of persons are judged by."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.intake import AbsenceDeclared, AbsenceEnded, PersonRegistered
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables
from services.chassis.rows import Rows

MEMBER_DDL = """
CREATE TABLE {t} (
    person text PRIMARY KEY,
    unit text NOT NULL,
    since timestamptz,
    earlier text NOT NULL
);
CREATE INDEX ON {t} (unit)"""

AWAY_DDL = """
CREATE TABLE {t} (
    absence_id text PRIMARY KEY,
    person text NOT NULL,
    starts_at timestamptz,
    ends_at timestamptz
);
CREATE INDEX ON {t} (person)"""


@dataclass(frozen=True, slots=True)
class MemberRow:
    """The unit that somebody belongs to, and since when; registered again in the same unit changes nothing."""

    person: str
    unit: str = ""
    since: datetime | None = None
    earlier: str = "[]"
    """[unit, since, until] of every unit before, in order, as JSON."""


@dataclass(frozen=True, slots=True)
class AwayRow:
    """A declared absence as it came to be; one that ended early stays on record up to then."""

    absence_id: str
    person: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def _member(row: MemberRow, fact: Fact) -> MemberRow:
    match fact.event:
        case PersonRegistered(unit_id=unit) if unit != row.unit:
            return MemberRow(row.person, unit, fact.time, _earlier(row, fact.time))
        case _:
            return row


def _earlier(row: MemberRow, until: datetime) -> str:
    known = json.loads(row.earlier)
    left = [[row.unit, row.since.isoformat(), until.isoformat()]] if row.since is not None else []
    return json.dumps([*known, *left])


def _away(row: AwayRow, fact: Fact) -> AwayRow:
    match fact.event:
        case AbsenceDeclared() as e:
            return AwayRow(e.absence_id, e.person_id, e.starts_at, e.ends_at)
        case AbsenceEnded():
            return replace(row, ends_at=min(row.ends_at, fact.time) if row.ends_at else fact.time)
        case _:
            return row


def _member_key(fact: Fact) -> str | None:
    return fact.event.person_id if isinstance(fact.event, PersonRegistered) else None


def _away_key(fact: Fact) -> str | None:
    return fact.event.absence_id if isinstance(fact.event, AbsenceDeclared | AbsenceEnded) else None


MEMBER_ROWS: Rows[MemberRow] = Rows("unit_member", MemberRow, _member_key, _member)
AWAY_ROWS: Rows[AwayRow] = Rows("away", AwayRow, _away_key, _away)


async def _apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    await MEMBER_ROWS.apply(db, batch, t, ctx)
    await AWAY_ROWS.apply(db, batch, t, ctx)


ATTENDANCE = Projection(
    name="attendance",
    version=2,
    handles=(PersonRegistered, AbsenceDeclared, AbsenceEnded),
    ddl={"unit_member": MEMBER_DDL, "away": AWAY_DDL},
    apply=_apply,
)
