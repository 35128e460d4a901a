"""What coverage is reckoned from: the register, cells, calls and matters in focus; with what came of each date."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from contracts.dispatch import (
    CaseClassified,
    CaseClosedUnhandled,
    CaseMerged,
    CaseOpened,
    CaseSplit,
    MergeUndone,
    SiteVerified,
)
from contracts.intake import GridCellDefined, RequestRegistered, SubjectDataErased, SubjectRegistered
from contracts.supervision import CoverageClaimed, CoverageJudged
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables
from services.chassis.rows import Rows
from services.reference.place import place_of
from services.supervision.read.coverage_dates import DATE_DDL, DATES

SUBJECT_DDL = """
CREATE TABLE {t} (
    place bigint PRIMARY KEY,
    subject_id text NOT NULL,
    kind text NOT NULL,
    territory text NOT NULL,
    community text,
    tags text[] NOT NULL,
    listed_on date,
    known_at timestamptz,
    erased bool NOT NULL
);
CREATE INDEX ON {t} (subject_id) WHERE erased"""

CELL_DDL = """
CREATE TABLE {t} (
    grid_id text PRIMARY KEY,
    layer text NOT NULL,
    unit text,
    parent text,
    known_at timestamptz
)"""

CALL_DDL = """
CREATE TABLE {t} (
    request_id text PRIMARY KEY,
    programme text,
    caller text,
    subject_id text,
    received_at timestamptz,
    at timestamptz,
    channel text NOT NULL,
    visited bool NOT NULL,
    territory text
);
CREATE INDEX ON {t} (programme)"""

MATTER_DDL = """
CREATE TABLE {t} (
    case_id text PRIMARY KEY,
    programme text,
    territory text,
    subject_id text,
    opened_at timestamptz,
    seen_at timestamptz,
    focus bool NOT NULL,
    gone bool NOT NULL,
    turns timestamptz[] NOT NULL
);
CREATE INDEX ON {t} (programme) WHERE turns <> '{}'"""


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """A subject as it was recorded once: a date is judged by what was recorded by then. Or that it was erased."""

    place: int
    subject_id: str = ""
    kind: str = ""
    territory: str = ""
    community: str | None = None
    tags: tuple[str, ...] = ()
    listed_on: date | None = None
    known_at: datetime | None = None
    erased: bool = False


@dataclass(frozen=True, slots=True)
class CellRow:
    grid_id: str
    layer: str = ""
    unit: str | None = None
    parent: str | None = None
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallRow:
    request_id: str
    programme: str | None = None
    caller: str | None = None
    subject_id: str | None = None
    received_at: datetime | None = None
    at: datetime | None = None
    channel: str = ""
    visited: bool = False
    territory: str | None = None


@dataclass(frozen=True, slots=True)
class MatterRow:
    case_id: str
    programme: str | None = None
    territory: str | None = None
    subject_id: str | None = None
    opened_at: datetime | None = None
    seen_at: datetime | None = None
    focus: bool = False
    gone: bool = False
    turns: tuple[datetime, ...] = ()
    """When it came to stand in focus and when it ceased to, in turn."""


def _subject(row: SubjectRow, fact: Fact) -> SubjectRow:
    match fact.event:
        case SubjectRegistered() as e:
            where = (e.territory_unit, e.community_unit)
            return SubjectRow(row.place, e.subject_id, e.kind, *where, e.tags, e.listed_on, fact.time)
        case SubjectDataErased() as e:
            return SubjectRow(row.place, e.subject_id, known_at=fact.time, erased=True)
        case _:
            return row


def _cell(row: CellRow, fact: Fact) -> CellRow:
    e = fact.event
    assert isinstance(e, GridCellDefined), "the key names no other"
    return CellRow(e.grid_id, e.layer, e.unit_id, e.parent, row.known_at or fact.time)


def _call(row: CallRow, fact: Fact) -> CallRow:
    e = fact.event
    assert isinstance(e, RequestRegistered), "the key names no other"
    who = (e.caller_ref, e.subject_id, e.received_at, fact.time)
    return CallRow(
        e.request_id, fact.envelope.meta.programme, *who, e.channel, e.visit_id is not None, e.territory_unit
    )


def _matter(row: MatterRow, fact: Fact) -> MatterRow:
    told = _told(row, fact)
    stands = told.focus and not told.gone
    return told if stands == len(told.turns) % 2 else replace(told, turns=(*told.turns, fact.time))


def _told(row: MatterRow, fact: Fact) -> MatterRow:
    match fact.event:
        case CaseOpened() as e:
            seen = row.seen_at or (fact.time if e.visit_id else None)
            where = (e.territory_unit, e.subject_id, fact.time, seen)
            return MatterRow(e.case_id, fact.envelope.meta.programme, *where, row.focus, row.gone, row.turns)
        case CaseClassified(focus=focus):
            return replace(row, focus=focus)
        case SiteVerified():
            return replace(row, seen_at=row.seen_at or fact.time)
        case CaseMerged() | CaseSplit() | CaseClosedUnhandled():
            return replace(row, gone=True)
        case MergeUndone():
            return replace(row, gone=False)
        case _:
            return row


def _subject_key(fact: Fact) -> int | None:
    return place_of(fact) if isinstance(fact.event, SubjectRegistered | SubjectDataErased) else None


def _cell_key(fact: Fact) -> str | None:
    return fact.event.grid_id if isinstance(fact.event, GridCellDefined) else None


def _call_key(fact: Fact) -> str | None:
    return fact.event.request_id if isinstance(fact.event, RequestRegistered) else None


OF_CASES = (CaseOpened, CaseClassified, SiteVerified, CaseMerged, CaseSplit, CaseClosedUnhandled, MergeUndone)


def _case_key(fact: Fact) -> str | None:
    return fact.event.case_id if isinstance(fact.event, OF_CASES) else None


SUBJECTS: Rows[SubjectRow] = Rows("register_subject", SubjectRow, _subject_key, _subject)
CELLS: Rows[CellRow] = Rows("register_cell", CellRow, _cell_key, _cell)
CALLS: Rows[CallRow] = Rows("call_made", CallRow, _call_key, _call)
MATTERS: Rows[MatterRow] = Rows("focus_matter", MatterRow, _case_key, _matter)


async def _apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    await SUBJECTS.apply(db, batch, t, ctx)
    await CELLS.apply(db, batch, t, ctx)
    await CALLS.apply(db, batch, t, ctx)
    await MATTERS.apply(db, batch, t, ctx)
    await DATES.apply(db, batch, t, ctx)


COVERAGE = Projection(
    name="coverage",
    version=5,
    handles=(
        SubjectRegistered,
        SubjectDataErased,
        GridCellDefined,
        RequestRegistered,
        *OF_CASES,
        CoverageJudged,
        CoverageClaimed,
    ),
    ddl={
        "register_subject": SUBJECT_DDL,
        "register_cell": CELL_DDL,
        "call_made": CALL_DDL,
        "focus_matter": MATTER_DDL,
        "coverage_date": DATE_DDL,
    },
    apply=_apply,
)
