"""What is asked of one order: by the unit that holds it, and by those who decide about it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from contracts.dispatch import Evidence, Milestone, Result
from contracts.sealed import Sealed
from services.chassis.deadlines import Calendar
from services.dispatch.domain.commands.opening import DesignateLead, IssueOrders, NewOrder


@dataclass(frozen=True, slots=True)
class ReturnOrder:
    """The unit says that the order is not its to handle."""

    order_id: str
    case_no: int
    by_unit: str
    reason_code: str
    reason: str
    max_returns: int
    at: datetime
    return_until: datetime | None
    """By the pack's `order.return_by`; none where the order was disputed in time already."""
    proposed_unit: str | None = None
    evidence: tuple[Evidence, ...] = ()
    names_unit: tuple[str, ...] = ()
    """The pack's reasons with which the unit must say whose the order is."""


@dataclass(frozen=True, slots=True)
class RuleReturn:
    """The dispatcher's word on a return. Accepted with `replacement`: straight on to the unit it names."""

    order_id: str
    case_no: int
    accepted: bool
    reason: str
    at: datetime
    calendar: Calendar
    final: bool = False
    replacement: NewOrder | None = None
    issue: IssueOrders | None = None
    """The frame of the replacement: office, rule, calendar, the pack's required fields."""
    by_group: bool = False
    """By the leading group, which alone rules from the pack's `group_rules_from` on."""
    group_rules_from: int = 3
    """Counted over all returns of the case."""
    finish_now: datetime | None = None
    """The lead's deadline in force, where it moved outside this stream (a refused return)."""
    designate: DesignateLead | None = None
    """The word on who leads several departments, where whoever rules is the one to give it."""


@dataclass(frozen=True, slots=True)
class ContactRequester:
    """The unit tried to reach the requester."""

    order_id: str
    case_no: int
    by_unit: str
    method: Literal["phone", "visit", "message"]
    reached: bool
    contacted_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class FilePlan:
    """The unit's plan: who answers, which measures, until when (JW-18, JW-19)."""

    order_id: str
    case_no: int
    by_unit: str
    at: datetime
    responsible_person: str | None = None
    responsible_leader: str | None = None
    responsible_dept: str | None = None
    measures: str = ""
    resolve_by: datetime | None = None
    task_book: str = ""
    road_map: str = ""
    timetable: tuple[Milestone, ...] = ()
    parts: tuple[str, ...] = ()
    """Which of `task_book`, `road_map`, `timetable` the pack wants (任务书、路线图、时间表)."""
    finish_now: datetime | None = None
    """The order's deadline in force, where it moved outside this stream (a refused return)."""


@dataclass(frozen=True, slots=True)
class SignOrder:
    """The unit takes the order; late is late, but never refused."""

    order_id: str
    case_no: int
    by_unit: str
    at: datetime
    responsible_person: str | None = None
    acting_for: str | None = None
    """The absent person whose stand-in signs (AB岗, SH-39)."""
    responsible_leader: str | None = None
    plan: FilePlan | None = None
    """责任领导、措施、时间表 filed with the signature, where the unit knows them already."""


@dataclass(frozen=True, slots=True)
class ReachMilestone:
    """A step of the plan's timetable is done; `milestone` is its place in it, counted from 1 (HA-28)."""

    order_id: str
    case_no: int
    by_unit: str
    milestone: int
    at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True)
class ReportProgress:
    """What was done, what comes next."""

    order_id: str
    case_no: int
    by_unit: str
    text: str
    next_step: str = ""
    stage: str | None = None
    next_report_by: datetime | None = None
    evidence: tuple[Evidence, ...] = ()
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class VerifyOnSite:
    """诉必访: somebody went there and looked (LT-08)."""

    order_id: str
    case_no: int
    by_unit: str
    visited_at: datetime
    visitors: tuple[str, ...]
    found: str
    at: datetime
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportFindings:
    """即时报: what the unit thinks of the need behind the request, told upward within the pack's time (LT-09)."""

    order_id: str
    case_no: int
    by_unit: str
    text: str
    at: datetime
    due_by: datetime | None


@dataclass(frozen=True, slots=True)
class RequestExtension:
    """The unit asks for more time, before its deadline."""

    order_id: str
    case_no: int
    by_unit: str
    reason: str
    finish_by: datetime | None
    at: datetime
    max_extensions: int
    finish_now: datetime | None = None
    """The order's deadline in force, where it moved outside this stream (a refused return)."""


@dataclass(frozen=True, slots=True)
class DecideExtension:
    """The office's word on it, a leader's from the pack's `leader_extends_from` on; no `finish_by`: as asked for."""

    order_id: str
    case_no: int
    granted: bool
    approver: str
    reason: str
    at: datetime
    finish_by: datetime | None
    requester_told_at: datetime | None
    by_leader: bool
    finish_now: datetime | None = None
    """The order's deadline in force, where it moved outside this stream (a refused return)."""
    leader_extends_from: int = 2
    """From this extension of the order on a leader decides."""
    approver_unit: str = field(kw_only=True)
    """Nobody grants time to their own unit."""


@dataclass(frozen=True, slots=True)
class CompletionRules:
    """What the pack wants done before this order may be completed."""

    site_visit: bool = False
    plan_required: bool = False
    consultation_required: bool = False
    """Of the lead's order only: a hard matter is taken up together (JW-20)."""
    evidence_required: bool = False
    planned_needs_plan: bool = False
    """What ends as 列入计划 has a plan on file (DI-19)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What whoever asked said to the result (诉求人确认), when and how they were asked."""

    answer: Literal["yes", "no", "not_reached"] | None
    at: datetime
    method: Literal["phone", "visit", "message"] | None


@dataclass(frozen=True, slots=True)
class CompleteOrder:
    """The unit says done."""

    order_id: str
    case_no: int
    by_unit: str
    result: Result
    reply: Sealed | None
    replied_at: datetime | None
    at: datetime
    calendar: Calendar
    policy_basis: str | None = None
    responsible_person: str | None = None
    finish_now: datetime | None = None
    """The lead's deadline as it stands, whoever is done last: a refused return moves it outside this stream."""
    evidence: tuple[Evidence, ...] = ()
    approved_by: str | None = None
    """The leader who allows a must-solve matter to end otherwise than solved (SH-09)."""
    rules: CompletionRules = CompletionRules()
    approval_note: str = ""
    """What that leader said to it."""
    heard: Heard | None = None
