"""Events of dispatch: a case from opening to strike-off, with its orders inside one stream."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.event import Code, Event, Moment, Note
from contracts.sealed import Sealed

OrderRole = Literal["lead", "co", "territory"]
Result = Literal["solved", "partly", "planned", "explained", "transferred", "unsolvable"]
StrikeOffBasis = Literal["unit_self", "office", "follow_up"]
ReopenReason = Literal["follow_up_failed", "spot_check", "false_report", "relapse"]


class Part(BaseModel):
    """A value inside an event."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Durations(Part):
    """Deadlines as the pack's rule words them (`4wh`, `7d`, `date:2017-09-30`); absent = no such clock."""

    sign: str | None = None
    contact: str | None = None
    plan: str | None = None
    finish: str


class Dues(Part):
    """Absolute deadlines, computed once when the order is issued and never on replay."""

    sign_by: Moment | None = None
    contact_by: Moment | None = None
    plan_by: Moment | None = None
    finish_by: Moment


class Milestone(Part):
    """A step of the timetable (时间表)."""

    name: str = Field(min_length=1, max_length=200)
    due: Moment


class CaseOpened(Event, type="case-opened", version=1, owner="dispatch", stream="case", key="case_id"):
    """A numbered unit of handling; its number is its rank among the programme's openings (JW-08)."""

    case_id: Code
    request_ids: tuple[Code, ...] = Field(min_length=1)
    title: Sealed
    text: Sealed
    channel: Code
    visit_id: Code | None = None
    subject_id: Code | None = None
    requester_ref: Code | None = None
    territory_unit: Code | None = None
    category_hint: Code | None = None
    urgency_hint: Code | None = None
    complained_units: tuple[Code, ...] = ()
    received_at: Moment


class CaseClassified(Event, type="case-classified", version=1, owner="dispatch", stream="case", key="case_id"):
    """Category, scope and urgency, with the durations and the rule that gave them."""

    case_id: Code
    category: Code
    scope: Literal["individual", "common"]
    urgency: Code
    durations: Durations
    rule_id: Code
    calendar_version: Code
    must_solve: bool = False
    desk_suitable: bool = False


class CaseRouted(Event, type="case-routed", version=1, owner="dispatch", stream="case", key="case_id"):
    """Who leads, who helps, whose territory; never a unit complained of."""

    case_id: Code
    rule_id: Code
    order_kind: Code
    lead: Code
    co: tuple[Code, ...] = ()
    territory: Code | None = None
    excluded_units: tuple[Code, ...] = ()
    chosen_by: Literal["rule", "dispatcher"]


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


class OrderSigned(Event, type="order-signed", version=1, owner="dispatch", stream="case", key="case_id"):
    """The receiving unit acknowledges the order."""

    case_id: Code
    order_id: Code
    case_no: int = Field(ge=1)
    responsible_person: Code | None = None
    late: bool = False


class OrderReturned(Event, type="order-returned", version=1, owner="dispatch", stream="case", key="case_id"):
    """The receiving unit says the order is not its to handle, why, and whose it is."""

    case_id: Code
    order_id: Code
    case_no: int = Field(ge=1)
    reason_code: Code
    reason: Note
    proposed_unit: Code | None = None
    n: int = Field(ge=1)


class ReturnRuled(Event, type="return-ruled", version=1, owner="dispatch", stream="case", key="case_id"):
    """The dispatcher's ruling on a return; `final` forbids another one."""

    case_id: Code
    order_id: Code
    case_no: int = Field(ge=1)
    accepted: bool
    final: bool = False
    new_unit: Code | None = None
    reason: Note


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


class CaseSuspended(Event, type="case-suspended", version=1, owner="dispatch", stream="case", key="case_id"):
    """挂账: objectively cannot be done now; the finish clock pauses until the condition is met or reviewed."""

    case_id: Code
    case_no: int = Field(ge=1)
    reason: Note = Field(min_length=1)
    condition: Note = Field(min_length=1)
    review_on: Moment
    approver: Code


class CaseResumed(Event, type="case-resumed", version=1, owner="dispatch", stream="case", key="case_id"):
    """Handling goes on; the new finish deadlines per order keep the time that was left."""

    case_id: Code
    case_no: int = Field(ge=1)
    reason: Note = Field(min_length=1)
    finish_by: dict[Code, Moment]


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


class CaseCompleted(Event, type="case-completed", version=1, owner="dispatch", stream="case", key="case_id"):
    """All orders are done; result, timeliness and time used are fixed here."""

    case_id: Code
    case_no: int = Field(ge=1)
    result: Result
    on_time: bool
    elapsed_s: int = Field(ge=0)
    working_s: int = Field(ge=0)
    lead_unit: Code
    round: int = Field(ge=1)


class CaseStruckOff(Event, type="case-struck-off", version=1, owner="dispatch", stream="case", key="case_id"):
    """销号: removed from the open list by the actor the pack names."""

    case_id: Code
    case_no: int = Field(ge=1)
    by_unit: Code
    basis: StrikeOffBasis
    on_time: bool
    followup_id: Code | None = None
    programme_position: int | None = None
    """Supervision's position of the pack that allowed this basis."""


class CaseReopened(Event, type="case-reopened", version=1, owner="dispatch", stream="case", key="case_id"):
    """Handled again after a failed check; the case keeps its number and starts another round."""

    case_id: Code
    case_no: int = Field(ge=1)
    reason: ReopenReason
    text: Note = ""
    round: int = Field(ge=2)
    followup_id: Code | None = None
    was_struck_off: bool
