"""What people and process managers ask of a case. Facts from elsewhere (pack rules, due times, numbers) are fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from contracts.dispatch import Dues, Durations, Milestone, OrderRole, ReopenReason, Result, StrikeOffBasis
from contracts.sealed import Sealed
from services.chassis.deadlines import Calendar


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Open a numbered case for an accepted request; title and text stay sealed as they were registered."""

    case_id: str
    request_ids: tuple[str, ...]
    title: Sealed
    text: Sealed
    channel: str
    received_at: datetime
    visit_id: str | None = None
    subject_id: str | None = None
    requester_ref: str | None = None
    territory_unit: str | None = None
    category_hint: str | None = None
    urgency_hint: str | None = None
    complained_units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClassifyCase:
    """Category, scope and urgency; the pack's rule gave the durations."""

    category: str
    scope: Literal["individual", "common"]
    urgency: str
    durations: Durations
    rule_id: str
    calendar_version: str
    must_solve: bool = False
    desk_suitable: bool = False


@dataclass(frozen=True, slots=True)
class RouteCase:
    """Who leads, who helps, whose territory it is."""

    lead: str
    order_kind: str
    rule_id: str
    chosen_by: Literal["rule", "dispatcher"]
    co: tuple[str, ...] = ()
    territory: str | None = None


@dataclass(frozen=True, slots=True)
class NewOrder:
    """One order to be issued; empty texts count as not given."""

    order_id: str
    role: OrderRole
    to_unit: str
    kind: str
    dues: Dues
    responsible_person: str | None = None
    responsible_leader: str | None = None
    responsible_dept: str | None = None
    expected_outcome: str | None = None
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class IssueOrders:
    """Hand the case over. `required` are the pack's fields of an order."""

    case_no: int
    orders: tuple[NewOrder, ...]
    issued_by_unit: str
    rule_id: str
    calendar_version: str
    at: datetime
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The desk's one act: classify, route and issue together, or none of it."""

    classify: ClassifyCase
    route: RouteCase
    issue: IssueOrders


@dataclass(frozen=True, slots=True)
class SignOrder:
    """The unit takes the order; late is late, but never refused."""

    order_id: str
    case_no: int
    by_unit: str
    at: datetime
    responsible_person: str | None = None


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


@dataclass(frozen=True, slots=True)
class ReportProgress:
    """What was done, what comes next."""

    order_id: str
    case_no: int
    by_unit: str
    text: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class CompleteOrder:
    """The unit says done. `finish_by` is set when the deadline moved outside this stream (a refused return)."""

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
    finish_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class SuspendCase:
    """挂账: cannot be done now, under a condition, looked at again on a day, approved by somebody else."""

    case_no: int
    reason: str
    condition: str
    review_on: datetime | None
    approver: str | None
    at: datetime
    by_unit: str
    by_person: str
    by_desk: bool = False


@dataclass(frozen=True, slots=True)
class ResumeCase:
    """Go on; every open order gets the finish time that keeps what was left."""

    case_no: int
    reason: str
    by_unit: str
    finish_by: Mapping[str, datetime] = field(default_factory=dict)
    by_desk: bool = False


@dataclass(frozen=True, slots=True)
class StrikeOff:
    """销号. `closure_by` is whom the pack names; only a verdict brings a `followup_id`."""

    case_no: int
    basis: StrikeOffBasis
    closure_by: StrikeOffBasis
    by_unit: str
    by_office: bool = False
    followup_id: str | None = None
    programme_position: int | None = None
    round: int | None = None
    """The round that was judged; a verdict on an earlier round changes nothing."""


@dataclass(frozen=True, slots=True)
class ReopenCase:
    """Handle it again: the case keeps its number and starts another round."""

    case_no: int
    reason: ReopenReason
    text: str = ""
    followup_id: str | None = None
    round: int | None = None


OrderCommand = SignOrder | ReturnOrder | RuleReturn | ContactRequester | FilePlan | ReportProgress | CompleteOrder
CaseCommand = (
    OpenCase | ClassifyCase | RouteCase | IssueOrders | Dispatch | SuspendCase | ResumeCase | StrikeOff | ReopenCase
)
Command = CaseCommand | OrderCommand
