"""The rhythm of a programme: meetings that fulfil a slot, and slots that nobody fulfilled."""

from datetime import date

from pydantic import Field

from contracts.event import Code, Event, Moment, Note
from contracts.supervision.values import Value


class GroupReport(Value):
    """What one group brings to a meeting (DI-35)."""

    group: Code
    done: Note
    plan: Note


class MeetingDecision(Value):
    """What a meeting decided; it may become an order."""

    text: Note = Field(min_length=1)
    unit: Code
    due: Moment
    case_id: Code | None = None


class MeetingHeld(Event, type="meeting-held", version=1, owner="supervision", stream="meeting", key="meeting_id"):
    """A meeting; it fulfils at most one slot of one cadence."""

    meeting_id: Code
    programme_id: Code
    kind: Code
    cadence_id: Code | None = None
    slot: date | None = None
    owner_unit: Code
    held_at: Moment
    chair: Code
    attendees: tuple[Code, ...] = Field(min_length=1)
    agenda: Note = ""
    group_reports: tuple[GroupReport, ...] = ()
    decisions: tuple[MeetingDecision, ...] = ()


class CadenceFulfilled(
    Event, type="cadence-fulfilled", version=1, owner="supervision", stream="cadence", key="slot_id"
):
    """What was due in a slot was done: a meeting, a report, a half-day on the spot."""

    slot_id: Code
    programme_id: Code
    cadence_id: Code
    slot: date
    owner: Code
    ref: Code
    late: bool


class CadenceMissed(Event, type="cadence-missed", version=1, owner="supervision", stream="cadence", key="slot_id"):
    """A slot went by and nothing came; recorded with the day it was due, not the day it was noticed."""

    slot_id: Code
    programme_id: Code
    cadence_id: Code
    slot: date
    owner: Code
    due: Moment
    watermark: Moment
