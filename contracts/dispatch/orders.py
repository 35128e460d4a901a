"""An order on its way: issued, signed, returned, worked on, extended, completed."""

from typing import Literal

from pydantic import Field

from contracts.dispatch.parts import Confirmation, Dues, Evidence, Milestone, OrderRole, Result
from contracts.event import Code, Event, Moment, Note
from contracts.sealed import Sealed


class OrderIssued(Event, type="order-issued", version=1, owner="dispatch", stream="case", key="case_id"):
    """交办单: the case is handed to one unit. Fields the pack requires were refused when empty (HA-14)."""

    case_id: Code
    order_id: Code
    case_no: int = Field(ge=1)
    kind: Code
    role: OrderRole
    to_unit: Code
    responsible_person: Code | None = None
    responsible_leader: Code | None = None
    responsible_dept: Code | None = None
    dues: Dues
    expected_outcome: Note | None = None
    instruction: Note = ""
    issued_by_unit: Code
    """The tracker: who hands over follows up (JW-24)."""
    rule_id: Code
    calendar_version: Code
    round: int = Field(default=1, ge=1)
    consult_id: Code | None = None
    """The consultation whose decision this order carries out."""
    common_id: Code | None = None
    """The common issue whose list brought it (JW-17)."""
    meeting_id: Code | None = None
    """The meeting whose decision it carries out (LT-42)."""


class OrderSigned(Event, type="order-signed", version=1, owner="dispatch", stream="case", key="case_id"):
    """The receiving unit acknowledges the order."""

    case_id: Code
    order_id: Code
    case_no: int = Field(ge=1)
    responsible_person: Code | None = None
    late: bool = False
    acting_for: Code | None = None
    """The absent person whose stand-in signed (AB岗, SH-39)."""
    responsible_leader: Code | None = None
    """责任领导, where the unit names one with its signature."""


class OrderReturned(Event, type="order-returned", version=1, owner="dispatch", stream="case", key="case_id"):
    """The receiving unit says the order is not its to handle, why, and whose it is."""

    case_id: Code
    order_id: Code
    case_no: int = Field(ge=1)
    reason_code: Code
    reason: Note
    proposed_unit: Code | None = None
    n: int = Field(ge=1)
    evidence: tuple[Evidence, ...] = ()
    """What shows whose it is, as a list of duties or a map."""


class ReturnRuled(Event, type="return-ruled", version=1, owner="dispatch", stream="case", key="case_id"):
    """The dispatcher's ruling on a return; `final` forbids another one."""

    case_id: Code
    order_id: Code
    case_no: int = Field(ge=1)
    accepted: bool
    final: bool = False
    new_unit: Code | None = None
    reason: Note
    by_group: bool = False
    """Ruled by the leading group, as from the third return."""


class RequesterContacted(Event, type="requester-contacted", version=1, owner="dispatch", stream="case", key="case_id"):
    """An attempt to reach the requester; only a reached one stops the contact clock."""

    case_id: Code
    order_id: Code
    case_no: int = Field(ge=1)
    method: Literal["phone", "visit", "message"]
    attempt: int = Field(ge=1)
    reached: bool
    at: Moment


class HandlingPlanFiled(Event, type="handling-plan-filed", version=1, owner="dispatch", stream="case", key="case_id"):
    """任务书、路线图、时间表 with leader, department, measures and time limit (JW-18, JW-19)."""

    case_id: Code
    order_id: Code
    case_no: int = Field(ge=1)
    responsible_person: Code
    responsible_leader: Code
    responsible_dept: Code
    measures: Note = Field(min_length=1)
    task_book: Note = ""
    road_map: Note = ""
    timetable: tuple[Milestone, ...] = ()
    resolve_by: Moment


class ProgressReported(Event, type="progress-reported", version=1, owner="dispatch", stream="case", key="case_id"):
    """What has been done so far and what comes next."""

    case_id: Code
    order_id: Code
    case_no: int = Field(ge=1)
    text: Note = Field(min_length=1)
    next_step: Note = ""
    stage: Code | None = None
    next_report_by: Moment | None = None
    evidence: tuple[Evidence, ...] = ()
    percent: int | None = Field(default=None, ge=0, le=100)
    """How much of it is done, by the unit's own judgement."""


class OrderCompleted(Event, type="order-completed", version=1, owner="dispatch", stream="case", key="case_id"):
    """The handler says done, has replied to the requester and says how it ended."""

    case_id: Code
    order_id: Code
    case_no: int = Field(ge=1)
    result: Result
    reply: Sealed
    replied_at: Moment
    policy_basis: Note | None = None
    responsible_person: Code
    evidence: tuple[Evidence, ...] = ()
    approved_by: Code | None = None
    """The leader who allowed a must-solve matter to end otherwise than solved (SH-09)."""
    approval_note: Note = ""
    """What that leader said to it."""
    confirmation: Confirmation | None = None
    """诉求人确认; None where the unit recorded none."""


class OrderCancelled(Event, type="order-cancelled", version=1, owner="dispatch", stream="case", key="case_id"):
    """An order ends without completion, and says why: nobody's order disappears in silence."""

    case_id: Code
    order_id: Code
    case_no: int = Field(ge=1)
    cause: Literal["desk", "merged", "split", "closed_unhandled"]
    reason: Note = Field(min_length=1)


class MilestoneReached(Event, type="milestone-reached", version=1, owner="dispatch", stream="case", key="case_id"):
    """A step of the plan's timetable is done (HA-28)."""

    case_id: Code
    order_id: Code
    case_no: int = Field(ge=1)
    milestone: int = Field(ge=1)
    """Its place in the timetable in force, counted from 1."""
    name: str
    late: bool
    text: Note = ""


class SiteVerified(Event, type="site-verified", version=1, owner="dispatch", stream="case", key="case_id"):
    """诉必访: somebody went there and looked, before the order may be completed (LT-08)."""

    case_id: Code
    order_id: Code
    case_no: int = Field(ge=1)
    visited_at: Moment
    visitors: tuple[Code, ...] = Field(min_length=1)
    found: Note = Field(min_length=1)
    evidence: tuple[Evidence, ...] = ()


class FindingsReported(Event, type="findings-reported", version=1, owner="dispatch", stream="case", key="case_id"):
    """即时报: what the unit thinks of the need behind the request, told upward (LT-09)."""

    case_id: Code
    order_id: Code
    case_no: int = Field(ge=1)
    text: Note = Field(min_length=1)
    late: bool = False


class ExtensionRequested(Event, type="extension-requested", version=1, owner="dispatch", stream="case", key="case_id"):
    """The unit asks for more time, before its deadline."""

    case_id: Code
    order_id: Code
    case_no: int = Field(ge=1)
    reason: Note = Field(min_length=1)
    finish_by: Moment
    """The deadline asked for."""
    n: int = Field(ge=1)


class ExtensionDecided(Event, type="extension-decided", version=1, owner="dispatch", stream="case", key="case_id"):
    """Granted or not; old and new deadline stay on record, and the requester is told."""

    case_id: Code
    order_id: Code
    case_no: int = Field(ge=1)
    granted: bool
    old_finish_by: Moment
    finish_by: Moment
    """The deadline that counts from now on."""
    approver: Code
    reason: Note
    requester_told_at: Moment | None = None
