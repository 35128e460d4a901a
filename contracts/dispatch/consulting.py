"""Consultations (会商、会办、四民): held once, noted in every case they were about."""

from pydantic import Field

from contracts.dispatch.parts import Advice, ConsultationKind, Decision, Evidence, Step, Taken
from contracts.event import Code, Event, Moment, Note


class ConsultationHeld(
    Event, type="consultation-held", version=1, owner="dispatch", stream="consult", key="consult_id"
):
    """Who met about which cases, and what was decided, or why nothing was (JW-20, LT-18..20)."""

    consult_id: Code
    kind: ConsultationKind
    chair: Code
    attendees: tuple[Code, ...] = Field(min_length=1)
    """Units or persons of the directory."""
    case_ids: tuple[Code, ...] = Field(min_length=1)
    held_at: Moment
    place: str = Field(default="", max_length=200)
    steps: tuple[Step, ...] = ()
    decisions: tuple[Decision, ...] = ()
    no_decision: Note = ""
    evidence: tuple[Evidence, ...] = ()
    advice: tuple[Advice, ...] = ()
    """Asked on the way to the decisions."""


class CaseConsulted(Event, type="case-consulted", version=1, owner="dispatch", stream="case", key="case_id"):
    """A consultation dealt with this case: what a hard matter needs before it may be completed."""

    case_id: Code
    case_no: int = Field(ge=1)
    consult_id: Code
    kind: ConsultationKind
    held_at: Moment
    decisions: int = Field(ge=0)


class MeetingNoted(Event, type="meeting-noted", version=1, owner="dispatch", stream="case", key="case_id"):
    """A meeting decided something about this case; each unit's part became an order, or did not, and why (LT-42)."""

    case_id: Code
    case_no: int = Field(ge=1)
    meeting_id: Code
    kind: Code
    """As the programme calls this kind of meeting."""
    held_at: Moment
    taken: tuple[Taken, ...] = Field(min_length=1)
