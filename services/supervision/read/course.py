"""The course of a programme: its phases with what was confirmed of them, the papers that units filed, and its end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from contracts.supervision import DeliverableFiled, PhaseEnded, PhaseItemConfirmed, PhaseStarted, ProgrammeEnded
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables
from services.chassis.rows import Rows

PHASE_DDL = """
CREATE TABLE {t} (
    phase_key text PRIMARY KEY,
    programme text NOT NULL,
    phase text NOT NULL,
    started_on date,
    ended_on date
)"""

PAPER_DDL = """
CREATE TABLE {t} (
    paper_key text PRIMARY KEY,
    programme text NOT NULL,
    deliverable text NOT NULL,
    unit text NOT NULL,
    document text NOT NULL,
    filed_at timestamptz
)"""

ITEM_DDL = """
CREATE TABLE {t} (
    item_key text PRIMARY KEY,
    programme text NOT NULL,
    phase text NOT NULL,
    item text NOT NULL,
    note text NOT NULL,
    confirmed_at timestamptz
)"""

END_DDL = """
CREATE TABLE {t} (
    programme text PRIMARY KEY,
    becomes text,
    reason text NOT NULL,
    ended_at timestamptz
)"""


@dataclass(frozen=True, slots=True)
class PhaseRow:
    phase_key: str
    programme: str = ""
    phase: str = ""
    started_on: date | None = None
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class PaperRow:
    """The latest paper of one unit; filed again it replaces the one before."""

    paper_key: str
    programme: str = ""
    deliverable: str = ""
    unit: str = ""
    document: str = ""
    filed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One thing of a phase's checklist that was confirmed."""

    item_key: str
    programme: str = ""
    phase: str = ""
    item: str = ""
    note: str = ""
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EndRow:
    programme: str
    becomes: str | None = None
    reason: str = ""
    ended_at: datetime | None = None


def _phase(row: PhaseRow, fact: Fact) -> PhaseRow:
    match fact.event:
        case PhaseStarted() as e:
            return replace(row, programme=e.programme_id, phase=e.phase_id, started_on=e.on)
        case PhaseEnded() as e:
            return replace(row, programme=e.programme_id, phase=e.phase_id, ended_on=e.on)
        case _:
            return row


def _paper(row: PaperRow, fact: Fact) -> PaperRow:
    match fact.event:
        case DeliverableFiled() as e:
            return PaperRow(row.paper_key, e.programme_id, e.deliverable, e.unit, e.document, fact.time)
        case _:
            return row


def _item(row: ItemRow, fact: Fact) -> ItemRow:
    match fact.event:
        case PhaseItemConfirmed() as e:
            return ItemRow(row.item_key, e.programme_id, e.phase_id, e.item, e.note, fact.time)
        case _:
            return row


def _end(row: EndRow, fact: Fact) -> EndRow:
    match fact.event:
        case ProgrammeEnded() as e:
            return EndRow(row.programme, e.becomes, e.reason, fact.time)
        case _:
            return row


def _phase_key(fact: Fact) -> str | None:
    event = fact.event
    return f"{event.programme_id} {event.phase_id}" if isinstance(event, PhaseStarted | PhaseEnded) else None


def _paper_key(fact: Fact) -> str | None:
    event = fact.event
    if isinstance(event, DeliverableFiled):
        return f"{event.programme_id} {event.deliverable} {event.unit}"
    return None


def _item_key(fact: Fact) -> str | None:
    event = fact.event
    return f"{event.programme_id} {event.phase_id} {event.item}" if isinstance(event, PhaseItemConfirmed) else None


def _end_key(fact: Fact) -> str | None:
    return fact.event.programme_id if isinstance(fact.event, ProgrammeEnded) else None


PHASE_ROWS: Rows[PhaseRow] = Rows("programme_phase", PhaseRow, _phase_key, _phase)
PAPER_ROWS: Rows[PaperRow] = Rows("programme_paper", PaperRow, _paper_key, _paper)
ITEM_ROWS: Rows[ItemRow] = Rows("programme_item", ItemRow, _item_key, _item)
END_ROWS: Rows[EndRow] = Rows("programme_end", EndRow, _end_key, _end)


async def _apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    await PHASE_ROWS.apply(db, batch, t, ctx)
    await PAPER_ROWS.apply(db, batch, t, ctx)
    await ITEM_ROWS.apply(db, batch, t, ctx)
    await END_ROWS.apply(db, batch, t, ctx)


COURSE = Projection(
    name="course",
    version=2,
    handles=(PhaseStarted, PhaseEnded, PhaseItemConfirmed, DeliverableFiled, ProgrammeEnded),
    ddl={
        "programme_phase": PHASE_DDL,
        "programme_paper": PAPER_DDL,
        "programme_item": ITEM_DDL,
        "programme_end": END_DDL,
    },
    apply=_apply,
)
