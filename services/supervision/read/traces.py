"""What the records of cases and visits leave behind for the rules that look for made-up ones: one row per trace.

A reply's words are kept as a hash only, and that goes with the key of the words.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from contracts.dispatch import (
    CaseClassified,
    CaseOpened,
    CaseReopened,
    CaseStruckOff,
    FindingsReported,
    HandlingPlanFiled,
    MilestoneReached,
    OrderCompleted,
    ProgressReported,
    RequesterContacted,
    SiteVerified,
)
from contracts.intake import RequestRegistered, VisitRecorded
from contracts.sealed import Sealed
from services.chassis.facts import Fact
from services.chassis.keys import Arrival
from services.chassis.read_model import Connection, Context, Projection, Tables
from services.supervision.domain.draw import source_key

LEAST_WORDS = 12
"""A shorter answer, as 已办结，感谢反映, is nobody's own wording."""

DDL = """
CREATE TABLE {t} (
    seq bigint NOT NULL,
    record text NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    programme text,
    case_id text,
    unit text,
    person text,
    occurred timestamptz,
    key text,
    place text,
    visit_id text,
    key_id text
);
CREATE INDEX ON {t} (case_id, seq) WHERE case_id IS NOT NULL;
CREATE INDEX ON {t} (kind, key) WHERE key IS NOT NULL;
CREATE INDEX ON {t} (place, kind) WHERE place IS NOT NULL;
CREATE INDEX ON {t} (unit, at) WHERE kind = 'completed';
CREATE INDEX ON {t} (person, occurred) WHERE kind = 'visit';
CREATE INDEX ON {t} (person, at) WHERE kind = 'visit';
CREATE INDEX ON {t} (person, seq) WHERE kind = 'struck_off';
CREATE INDEX ON {t} (key_id) WHERE key_id IS NOT NULL"""

HANDLED = (
    CaseOpened,
    CaseClassified,
    RequesterContacted,
    HandlingPlanFiled,
    ProgressReported,
    SiteVerified,
    MilestoneReached,
    FindingsReported,
    OrderCompleted,
    CaseStruckOff,
    CaseReopened,
    VisitRecorded,
    RequestRegistered,
)


class Row(NamedTuple):
    """One trace as it lies in the table."""

    seq: int
    record: str
    kind: str
    at: datetime
    programme: str | None
    case_id: str | None = None
    unit: str | None = None
    person: str | None = None
    occurred: datetime | None = None
    key: str | None = None
    place: str | None = None
    visit_id: str | None = None
    key_id: str | None = None


def record_of(fact: Fact) -> str:
    """How a signal names a record."""
    return f"{source_key(fact.source, fact.epoch)}:{fact.position}"


def traces(fact: Fact) -> Iterator[Row]:
    """The traces that one event leaves; a reply's hash is filled in where its key is at hand."""
    meta = fact.envelope.meta
    row = Row(
        fact.seq,
        record_of(fact),
        "",
        fact.time,
        meta.programme,
        getattr(fact.event, "case_id", None),
        meta.actor.unit,
        meta.actor.person,
    )
    match fact.event:
        case CaseOpened() as e:
            yield row._replace(kind="opened", place=e.subject_id or e.requester_ref)
        case CaseClassified() as e:
            yield row._replace(kind="classified", key=e.category)
        case RequesterContacted() as e:
            yield row._replace(kind="contact" if e.reached else "tried", occurred=e.at)
        case HandlingPlanFiled():
            yield row._replace(kind="plan")
        case MilestoneReached():
            yield row._replace(kind="milestone")
        case FindingsReported():
            yield row._replace(kind="findings")
        case ProgressReported() as e:
            yield row._replace(kind="progress")
            yield from (row._replace(kind="file", key=one.sha256) for one in e.evidence)
        case SiteVerified() as e:
            yield row._replace(kind="site")
            yield from (row._replace(kind="file", key=one.sha256) for one in e.evidence)
        case OrderCompleted() as e:
            yield row._replace(kind="completed", occurred=e.replied_at)
            yield row._replace(kind="text", key_id=e.reply.key_id)
            yield from (row._replace(kind="file", key=one.sha256) for one in e.evidence)
        case CaseStruckOff() as e:
            yield row._replace(kind="struck_off", unit=e.by_unit)
        case CaseReopened():
            yield row._replace(kind="reopened")
        case RequestRegistered(caller_ref=caller) as e if caller:
            yield row._replace(kind="request", key=caller, place=e.subject_id, visit_id=e.visit_id)
        case VisitRecorded() as e:
            took_place = meta.occurred_at or fact.time
            seen = row._replace(kind="visit", key=e.visit_id, place=e.territory_unit, occurred=took_place)
            yield from (seen._replace(person=visitor) for visitor in e.visitors)
        case _:
            pass  # a request without a number; no other type arrives


def wording(text: str) -> str | None:
    """The hash of a reply's words without its spaces and stops; None for one too short to be anybody's own."""
    words = re.sub(r"[\W_]+", "", text)
    return sha256(words.encode()).hexdigest() if len(words) >= LEAST_WORDS else None


async def _apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    rows = [row for fact in batch for row in traces(fact)]
    replies = {fact.seq: fact.event.reply for fact in batch if isinstance(fact.event, OrderCompleted)}
    hashes = await _hashes(replies, ctx)
    told = [row._replace(key=hashes.get(row.seq)) if row.kind == "text" else row for row in rows]
    await db.copy_records_to_table(t["trace"], records=told, columns=Row._fields)


async def _hashes(replies: dict[int, Sealed], ctx: Context) -> dict[int, str | None]:
    if ctx.keys is None or not replies:
        return {}
    opened = await ctx.keys.opened_many(list(replies.values()))
    return {seq: wording(text) if isinstance(text, str) else None for seq, text in zip(replies, opened, strict=True)}


async def _on_keys(db: Connection, arrivals: Sequence[Arrival], t: Tables, ctx: Context) -> None:
    """With the words their hash goes. One whose key came late is not compared: nobody is suspected afterwards."""
    erased = [one.key_id for one in arrivals if one.erased]
    if erased:
        await db.execute(f"UPDATE {t['trace']} SET key = NULL WHERE key_id = ANY ($1)", erased)  # noqa: S608


TRACES = Projection(name="traces", version=2, handles=HANDLED, ddl={"trace": DDL}, apply=_apply, on_keys=_on_keys)
