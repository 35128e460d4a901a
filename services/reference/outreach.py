"""Pairs, activities and visits as intake, supervision and reporting each fold them, with the places of their events.

A row keeps the place of each event that changed it, so that a report can be computed again as of any position.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from contracts.intake import VisitRecorded
from contracts.intake.outreach import (
    ActivityHeld,
    ActivityWithdrawn,
    ContactCardIssued,
    PairingEnded,
    PairingEstablished,
)
from services.chassis.clock import LOCAL
from services.chassis.facts import Fact
from services.chassis.projection import Connection, Context, Projection, Tables
from services.chassis.rows import Rows
from services.reference.place import place_of

PAIRING_DDL = """
CREATE TABLE {t} (
    pairing_id text PRIMARY KEY,
    book_id text NOT NULL,
    programme text NOT NULL,
    kind text NOT NULL,
    owner text NOT NULL,
    owner_kind text NOT NULL,
    target text NOT NULL,
    target_kind text NOT NULL,
    since date,
    basis text NOT NULL,
    until date,
    reason text NOT NULL,
    card_on date,
    receipt text NOT NULL,
    position bigint NOT NULL,
    ended_position bigint,
    card_position bigint,
    recorded_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX ON {t} (programme, owner);
CREATE INDEX ON {t} (target)"""

ACTIVITY_DDL = """
CREATE TABLE {t} (
    activity_id text PRIMARY KEY,
    programme text NOT NULL,
    kind text NOT NULL,
    held_on date,
    unit text NOT NULL,
    persons text[] NOT NULL,
    subjects text[] NOT NULL,
    joint_with text[] NOT NULL,
    topic text NOT NULL,
    topic_class text NOT NULL,
    services text[] NOT NULL,
    participants int NOT NULL,
    document text NOT NULL,
    also_counts_for text[] NOT NULL,
    recorded_at timestamptz,
    recorded_by text NOT NULL,
    withdrawn text,
    position bigint NOT NULL,
    withdrawn_position bigint,
    withdrawn_at timestamptz
);
CREATE INDEX ON {t} (programme, held_on);
CREATE INDEX ON {t} USING gin (persons)"""

VISIT_DDL = """
CREATE TABLE {t} (
    visit_id text PRIMARY KEY,
    programme text,
    subject text NOT NULL,
    visitors text[] NOT NULL,
    mode text NOT NULL,
    made_on date NOT NULL,
    met boolean NOT NULL,
    interviewees text NOT NULL,
    requests text[] NOT NULL,
    cells text[] NOT NULL,
    recorded_at timestamptz NOT NULL,
    position bigint NOT NULL
);
CREATE INDEX ON {t} (programme, made_on)"""

FOR_COVERAGE = """
SELECT visit_id, subject AS subject_id, visitors, mode,
       greatest(recorded_at, made_on::timestamp AT TIME ZONE 'Asia/Shanghai') AS at,
       cardinality(requests) AS heard, cells
  FROM visit_paid WHERE programme = $1 AND met"""
"""Visits as coverage counts them: by when they were recorded, and never before the day that they were made on."""


@dataclass(frozen=True, slots=True)
class PairingRow:
    pairing_id: str
    book_id: str = ""
    programme: str = ""
    kind: str = ""
    owner: str = ""
    owner_kind: str = "person"
    target: str = ""
    target_kind: str = "subject"
    since: date | None = None
    basis: str = ""
    until: date | None = None
    reason: str = ""
    card_on: date | None = None
    receipt: str = ""
    position: int = 0
    ended_position: int | None = None
    card_position: int | None = None
    recorded_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ActivityRow:
    activity_id: str
    programme: str = ""
    kind: str = ""
    held_on: date | None = None
    unit: str = ""
    persons: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    joint_with: tuple[str, ...] = ()
    topic: str = ""
    topic_class: str = ""
    services: tuple[str, ...] = ()
    participants: int = 0
    document: str = ""
    also_counts_for: tuple[str, ...] = ()
    recorded_at: datetime | None = None
    recorded_by: str = ""
    withdrawn: str | None = None
    """Why it counts no more."""
    position: int = 0
    withdrawn_position: int | None = None
    withdrawn_at: datetime | None = None


def _pairing(row: PairingRow, fact: Fact) -> PairingRow:
    match fact.event:
        case PairingEstablished() as e:
            return PairingRow(
                e.pairing_id,
                e.book_id,
                e.programme_id,
                e.kind,
                e.owner,
                e.owner_kind,
                e.target,
                e.target_kind,
                e.since,
                e.basis,
                position=place_of(fact),
                recorded_at=fact.time,
            )
        case PairingEnded() as e:
            return replace(row, until=e.until, reason=e.reason, ended_position=place_of(fact), ended_at=fact.time)
        case ContactCardIssued() as e:
            return replace(row, card_on=e.on, receipt=e.receipt, card_position=place_of(fact))
        case _:
            return row


def _activity(row: ActivityRow, fact: Fact) -> ActivityRow:
    match fact.event:
        case ActivityHeld() as e:
            return ActivityRow(
                e.activity_id,
                e.programme_id,
                e.kind,
                e.on,
                e.unit,
                e.persons,
                e.subjects,
                e.joint_with,
                e.topic,
                e.topic_class,
                e.services,
                e.participants,
                e.document,
                e.also_counts_for,
                fact.time,
                fact.envelope.actor.person,
                position=place_of(fact),
            )
        case ActivityWithdrawn() as e:
            return replace(row, withdrawn=e.reason, withdrawn_position=place_of(fact), withdrawn_at=fact.time)
        case _:
            return row


def _pairing_key(fact: Fact) -> str | None:
    event = fact.event
    return event.pairing_id if isinstance(event, PairingEstablished | PairingEnded | ContactCardIssued) else None


PAIRING_ROWS: Rows[PairingRow] = Rows("pairing", PairingRow, _pairing_key, _pairing)
ACTIVITY_ROWS: Rows[ActivityRow] = Rows(
    "activity", ActivityRow, lambda fact: fact.stream.removeprefix("activity-"), _activity
)

PAIRINGS = Projection(
    "pairings",
    2,
    frozenset({PairingEstablished, PairingEnded, ContactCardIssued}),
    {"pairing": PAIRING_DDL},
    PAIRING_ROWS.apply,
)
ACTIVITIES = Projection(
    "activities", 2, frozenset({ActivityHeld, ActivityWithdrawn}), {"activity": ACTIVITY_DDL}, ACTIVITY_ROWS.apply
)


def _visit(fact: Fact) -> tuple[object, ...]:
    e, envelope = fact.event, fact.envelope
    assert isinstance(e, VisitRecorded), "the only type it handles"
    made_on = envelope.occurred_at.astimezone(LOCAL).date()
    talked = json.dumps([[one.category, one.n] for one in e.interviewees], ensure_ascii=False)
    about = (e.visit_id, envelope.meta.programme, e.subject_id, list(e.visitors), e.mode)
    return (
        *about,
        made_on,
        not e.attempted_only,
        talked,
        list(e.request_ids),
        sorted(e.grid_ids.values()),
        fact.time,
        place_of(fact),
    )


async def _visits(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    await db.copy_records_to_table(t["visit_paid"], records=[_visit(fact) for fact in batch])


VISITS = Projection("visits_paid", 3, frozenset({VisitRecorded}), {"visit_paid": VISIT_DDL}, _visits)
"""Visits with who made them; for what is owed of visits, and counted of them."""
