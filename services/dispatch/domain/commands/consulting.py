"""What is asked of a consultation, which is a stream of its own, and of each case it dealt with."""

from dataclasses import dataclass
from datetime import datetime

from contracts.dispatch import Advice, ConsultationKind, Decision, Evidence, Step
from services.dispatch.domain.commands.opening import DesignateLead, IssueOrders, NewOrder


@dataclass(frozen=True, slots=True)
class HoldConsultation:
    """会商、会办、四民: who met about which cases, and what was decided, or why nothing was."""

    consult_id: str
    kind: ConsultationKind
    chair: str
    attendees: tuple[str, ...]
    case_ids: tuple[str, ...]
    held_at: datetime
    at: datetime
    place: str = ""
    steps: tuple[Step, ...] = ()
    decisions: tuple[Decision, ...] = ()
    no_decision: str = ""
    evidence: tuple[Evidence, ...] = ()
    advice: tuple[Advice, ...] = ()
    must_attend: tuple[str, ...] = ()
    """Units or persons without whom the pack does not let it count (LT-18)."""
    chairs: tuple[str, ...] | None = None
    """Units or persons of whom one must chair (LT-18); None: the pack names nobody."""
    chair_role: str = ""
    """Who that is, in the programme's words."""
    required_steps: tuple[str, ...] = ()
    """Names of the steps it takes, in their order (LT-19)."""


@dataclass(frozen=True, slots=True)
class NoteConsultation:
    """A consultation dealt with this case; its decisions become orders of units that have none (JW-20, LT-20)."""

    case_no: int
    consult_id: str
    kind: ConsultationKind
    held_at: datetime
    decisions: int
    orders: tuple[NewOrder, ...] = ()
    frame: IssueOrders | None = None
    """Office, rule, calendar and required fields of the orders; needed when there are any."""
    designate: DesignateLead | None = None
    """The lead as it stands, where whoever held the meeting is the one to say who leads (JW-13)."""


@dataclass(frozen=True, slots=True)
class NoteMeeting:
    """A meeting of supervision decided something about this case; each unit's part is one order (LT-42)."""

    case_no: int
    meeting_id: str
    kind: str
    held_at: datetime
    orders: tuple[NewOrder, ...]
    """One for each unit; what it says and until when are the meeting's words."""
    frame: IssueOrders
    designate: DesignateLead | None = None
    """The lead as it stands, where whoever held the meeting is the one to say who leads (JW-13)."""
