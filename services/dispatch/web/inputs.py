"""What people and programs send: the same fields from forms and from JSON."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.dispatch import Evidence, ReopenReason, Result
from contracts.event import Code
from contracts.pack.codes import ReturnReason
from services.chassis.web import Many
from services.chassis.web.inputs import Keepable
from services.chassis.web.inputs import LocalMoment as LocalMoment
from services.chassis.web.inputs import Words as Words


class Input(Keepable, BaseModel):
    """Unknown fields are refused: a misspelt one must not be lost silently."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class ClassifyInput(Input):
    """Category, scope, urgency."""

    category: Code
    scope: Literal["individual", "common"]
    urgency: Code
    must_solve: bool = False
    desk_suitable: bool = False
    level: Literal["town", "district"] | None = None
    difficulty: Code | None = None
    """Without one, the urgency's code where the pack has a difficulty of that code (好事、实事、难事)."""

    focus: bool = False
    sensitive: bool = False
    site_scope: Literal["inside_wall", "outside_wall"] | None = None
    finish_on: date | None = None
    """A finish day set by hand instead of the class's limit."""
    sign_on: date | None = None
    """A day for signing set by hand, where the pack lets the desk."""
    redirect: Code | None = None
    """The class of matters for another channel that it is one of; then no order goes out."""
    secret: bool = False
    """A secret, or somebody's privacy; then no order goes out."""
    service_line: Literal["village", "enterprise", "community"] | None = None
    """Where it is another than whoever asked makes one think of (HA-02)."""


class RouteInput(Input):
    """Who leads, who helps, whose territory."""

    lead: Code
    co: Many[Code] = []
    territory: Code | None = None
    interested: Many[Code] = []
    """Units with a personal interest, which therefore stay out of it."""
    order_kind: Code | None = None
    route_reason: Words = ""
    """Why another way than the rule's was chosen."""


class OrderInput(Input):
    """What an order says besides its unit and deadlines."""

    instruction: Words = ""
    expected_outcome: Words | None = None
    responsible_person: Code | None = None
    responsible_leader: Code | None = None
    responsible_dept: Code | None = None


class DispatchInput(ClassifyInput, RouteInput, OrderInput):
    """The desk's one form."""


class PrepareInput(DispatchInput):
    """拟办: the same form, whose orders another role issues."""


class ReturnInput(Input):
    """Why, and whose it is."""

    reason_code: ReturnReason = "not-ours"
    reason: Words = ""
    proposed_unit: Code | None = None
    evidence: list[Evidence] = []


class RuleInput(Input):
    """The ruling on a return."""

    accepted: bool
    final: bool = False
    reason: Words = ""
    new_unit: Code | None = None
    responsible_person: Code | None = None
    """Who answers for it in the new unit, where the pack asks and the directory names no leader there."""

    responsible_leader: Code | None = None
    responsible_dept: Code | None = None


class ContactInput(Input):
    """One attempt to reach the requester."""

    method: Literal["phone", "visit", "message"] = "phone"
    reached: bool = False
    contacted_at: LocalMoment | None = None


class MilestoneInput(Input):
    """A step of the timetable."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    due: LocalMoment


class PlanInput(Input):
    """任务书、路线图、时间表."""

    responsible_person: Code | None = None
    responsible_leader: Code | None = None
    responsible_dept: Code | None = None
    measures: Words = ""
    resolve_by: LocalMoment | None = None
    task_book: Words = ""
    road_map: Words = ""
    timetable: list[MilestoneInput] = []


class SignInput(PlanInput):
    """Who will answer for it, if already known; with measures or a timetable it is the plan as well."""


class ProgressInput(Input):
    """What was done, what comes next."""

    text: Words = ""
    next_step: Words = ""
    stage: Code | None = None
    next_report_by: LocalMoment | None = None
    percent: Annotated[int, Field(ge=0, le=100)] | None = None
    evidence: list[Evidence] = []


class ConfirmationInput(Input):
    """诉求人确认: the answer, when and how it was given."""

    answer: Literal["yes", "no", "not_reached"] | None = None
    at: LocalMoment | None = None
    method: Literal["phone", "visit", "message"] | None = None


class CompleteInput(Input):
    """How it ended and what the requester was told."""

    result: Result
    reply: Words = ""
    replied_at: LocalMoment | None = None
    policy_basis: Words | None = None
    responsible_person: Code | None = None
    approved_by: Code | None = None
    """The leader who allows a must-solve matter to end otherwise than solved (SH-09)."""

    approval_note: Words = ""

    confirmation: ConfirmationInput = ConfirmationInput()
    evidence: list[Evidence] = []
    photos_before: list[Evidence] = []
    """Photographs of the place before it was handled…"""

    photos_after: list[Evidence] = []
    """…and after."""


class ReachedInput(Input):
    """A step of the plan's timetable is done; counted from 1."""

    milestone: Annotated[int, Field(ge=1)]
    text: Words = ""


class SiteInput(Input):
    """诉必访: who went there when, and what they found (LT-08)."""

    visited_at: LocalMoment | None = None
    visitors: Many[Code] = []
    """Persons of the directory; empty means whoever sends it."""

    found: Words = ""
    evidence: list[Evidence] = []


class FindingsInput(Input):
    """即时报: what the unit thinks of the need behind the request (LT-09)."""

    text: Words = ""


class ExtendInput(Input):
    """More time, until when and why."""

    finish_by: LocalMoment | None = None
    reason: Words = ""


class ExtensionInput(Input):
    """The decision on it; granted needs the moment when the requester was told. No `finish_by`: as asked for."""

    granted: bool
    reason: Words = ""
    finish_by: LocalMoment | None = None
    requester_told_at: LocalMoment | None = None


class SuspendInput(Input):
    """Why it cannot be done now, until what, looked at again when, approved by whom."""

    reason: Words = ""
    condition: Words = ""
    review_on: LocalMoment | None = None
    approver: Code | None = None
    approval_note: Words = ""
    requester_told_at: LocalMoment | None = None


class ReasonInput(Input):
    """Going on again, or taking something back: only the reason is asked for."""

    reason: Words = ""


class NothingInput(Input):
    """A command that needs no words."""


class ReopenInput(Input):
    """Why it is handled again."""

    reason: ReopenReason = "spot_check"
    text: Words = ""
