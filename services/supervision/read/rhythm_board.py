"""The rhythm of programmes as pages show it: slots and what came of them, meetings, and who held which role when."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from contracts.dispatch import MeetingNoted
from contracts.intake import RoleAssigned, RoleRevoked
from contracts.supervision import CadenceFulfilled, CadenceMissed, MeetingHeld
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables
from services.chassis.rows import Rows

SLOT_DDL = """
CREATE TABLE {t} (
    slot_id text PRIMARY KEY,
    programme text NOT NULL,
    cadence text NOT NULL,
    slot date,
    owner text NOT NULL,
    ref text,
    late bool NOT NULL,
    fulfilled_at timestamptz,
    missed_due timestamptz
);
CREATE INDEX ON {t} (programme, slot)"""

MEETING_DDL = """
CREATE TABLE {t} (
    meeting_id text PRIMARY KEY,
    programme text NOT NULL,
    kind text NOT NULL,
    cadence text,
    slot date,
    owner_unit text NOT NULL,
    held_at timestamptz,
    recorded_at timestamptz,
    chair text NOT NULL,
    attendees text[] NOT NULL,
    agenda text NOT NULL,
    group_reports text NOT NULL,
    decisions text NOT NULL
);
CREATE INDEX ON {t} (programme, held_at)"""

NOTED_DDL = """
CREATE TABLE {t} (
    noted_key text PRIMARY KEY,
    meeting_id text NOT NULL,
    case_id text NOT NULL,
    taken text NOT NULL
);
CREATE INDEX ON {t} (meeting_id)"""

HOLDER_DDL = """
CREATE TABLE {t} (
    holder text PRIMARY KEY,
    person text NOT NULL,
    role text NOT NULL,
    unit text NOT NULL,
    since timestamptz,
    until timestamptz
);
CREATE INDEX ON {t} (role)"""


@dataclass(frozen=True, slots=True)
class SlotRow:
    """What came of one slot of one unit; nothing recorded yet means no row."""

    slot_id: str
    programme: str = ""
    cadence: str = ""
    slot: date | None = None
    owner: str = ""
    ref: str | None = None
    late: bool = False
    fulfilled_at: datetime | None = None
    missed_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """One meeting; what groups brought and what was decided as JSON of the event's own fields."""

    meeting_id: str
    programme: str = ""
    kind: str = ""
    cadence: str | None = None
    slot: date | None = None
    owner_unit: str = ""
    held_at: datetime | None = None
    recorded_at: datetime | None = None
    chair: str = ""
    attendees: tuple[str, ...] = ()
    agenda: str = ""
    group_reports: str = "[]"
    decisions: str = "[]"


@dataclass(frozen=True, slots=True)
class NotedRow:
    """What became of a meeting's decisions in one case, as JSON of the event's own fields."""

    noted_key: str
    meeting_id: str = ""
    case_id: str = ""
    taken: str = "[]"


@dataclass(frozen=True, slots=True)
class HolderRow:
    """Somebody's time in a role for a unit: the latest, when it was given twice."""

    holder: str
    person: str = ""
    role: str = ""
    unit: str = ""
    since: datetime | None = None
    until: datetime | None = None


def _slot(row: SlotRow, fact: Fact) -> SlotRow:
    match fact.event:
        case CadenceFulfilled() as e:
            of = replace(row, programme=e.programme_id, cadence=e.cadence_id, slot=e.slot, owner=e.owner)
            return replace(of, ref=e.ref, late=e.late, fulfilled_at=fact.time)
        case CadenceMissed() as e:
            of = replace(row, programme=e.programme_id, cadence=e.cadence_id, slot=e.slot, owner=e.owner)
            return replace(of, missed_due=e.due)
        case _:
            return row


def _meeting(row: MeetingRow, fact: Fact) -> MeetingRow:
    match fact.event:
        case MeetingHeld() as e:
            return MeetingRow(
                e.meeting_id,
                e.programme_id,
                e.kind,
                e.cadence_id,
                e.slot,
                e.owner_unit,
                e.held_at,
                fact.time,
                e.chair,
                e.attendees,
                e.agenda,
                json.dumps([one.model_dump(mode="json") for one in e.group_reports], ensure_ascii=False),
                json.dumps([one.model_dump(mode="json") for one in e.decisions], ensure_ascii=False),
            )
        case _:
            return row


def _noted(row: NotedRow, fact: Fact) -> NotedRow:
    match fact.event:
        case MeetingNoted() as e:
            taken = json.dumps([one.model_dump(mode="json") for one in e.taken], ensure_ascii=False)
            return NotedRow(row.noted_key, e.meeting_id, e.case_id, taken)
        case _:
            return row


def _holder(row: HolderRow, fact: Fact) -> HolderRow:
    match fact.event:
        case RoleAssigned() as e if row.since is None or row.until is not None:
            return HolderRow(row.holder, e.person_id, e.role, e.unit_id, fact.time)
        case RoleRevoked() as e:
            return replace(row, person=e.person_id, role=e.role, unit=e.unit_id, until=fact.time)
        case _:
            return row


def _holder_key(fact: Fact) -> str | None:
    event = fact.event
    if isinstance(event, RoleAssigned | RoleRevoked):
        return f"{event.person_id} {event.role} {event.unit_id}"
    return None


def _slot_key(fact: Fact) -> str | None:
    return fact.event.slot_id if isinstance(fact.event, CadenceFulfilled | CadenceMissed) else None


def _meeting_key(fact: Fact) -> str | None:
    return fact.event.meeting_id if isinstance(fact.event, MeetingHeld) else None


def _noted_key(fact: Fact) -> str | None:
    return f"{fact.event.meeting_id} {fact.event.case_id}" if isinstance(fact.event, MeetingNoted) else None


SLOT_ROWS: Rows[SlotRow] = Rows("cadence_slot", SlotRow, _slot_key, _slot)
MEETING_ROWS: Rows[MeetingRow] = Rows("meeting", MeetingRow, _meeting_key, _meeting)
NOTED_ROWS: Rows[NotedRow] = Rows("meeting_noted", NotedRow, _noted_key, _noted)
HOLDER_ROWS: Rows[HolderRow] = Rows("role_holder", HolderRow, _holder_key, _holder)


async def _apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    await SLOT_ROWS.apply(db, batch, t, ctx)
    await MEETING_ROWS.apply(db, batch, t, ctx)
    await NOTED_ROWS.apply(db, batch, t, ctx)


RHYTHM_BOARD = Projection(
    name="rhythm_board",
    version=2,
    handles=(CadenceFulfilled, CadenceMissed, MeetingHeld, MeetingNoted),
    ddl={"cadence_slot": SLOT_DDL, "meeting": MEETING_DDL, "meeting_noted": NOTED_DDL},
    apply=_apply,
)
ROLE_HOLDERS = Projection(
    name="role_holders",
    version=1,
    handles=(RoleAssigned, RoleRevoked),
    ddl={"role_holder": HOLDER_DDL},
    apply=HOLDER_ROWS.apply,
)
