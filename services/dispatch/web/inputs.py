"""What people and programs send: the same fields from forms and from JSON."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contracts.dispatch import ReopenReason, Result
from contracts.event import Code
from services.chassis.clock import LOCAL
from services.chassis.web import Many

LONG = 4000
"""What an event's note holds."""


def _local(value: object) -> object:
    """A browser's date-time field has no offset: it means the district's time."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=LOCAL)
    return value


LocalMoment = Annotated[datetime, BeforeValidator(_local)]
Words = Annotated[str, Field(max_length=LONG)]


class Input(BaseModel):
    """Unknown fields are refused: a misspelt one must not be lost silently."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class ClassifyInput(Input):
    """Category, scope, urgency."""

    category: Code
    scope: Literal["individual", "common"]
    urgency: Code
    must_solve: bool = False
    desk_suitable: bool = False
    finish_on: date | None = None
    """A finish day set by hand instead of the class's limit."""


class RouteInput(Input):
    """Who leads, who helps, whose territory."""

    lead: Code
    co: Many[Code] = []
    territory: Code | None = None
    order_kind: Code | None = None


class OrderInput(Input):
    """What an order says besides its unit and deadlines."""

    instruction: Words = ""
    expected_outcome: Words | None = None
    responsible_person: Code | None = None
    responsible_leader: Code | None = None
    responsible_dept: Code | None = None


class DispatchInput(ClassifyInput, RouteInput, OrderInput):
    """The desk's one form."""


class SignInput(Input):
    """Who will answer for it, if already known."""

    responsible_person: Code | None = None


class ReturnInput(Input):
    """Why, and whose it is."""

    reason_code: Code = "not-ours"
    reason: Words = ""
    proposed_unit: Code | None = None


class RuleInput(Input):
    """The ruling on a return."""

    accepted: bool
    final: bool = False
    reason: Words = ""
    new_unit: Code | None = None


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


class ProgressInput(Input):
    """What was done, what comes next."""

    text: Words = ""
    next_step: Words = ""


class CompleteInput(Input):
    """How it ended and what the requester was told."""

    result: Result
    reply: Words = ""
    replied_at: LocalMoment | None = None
    policy_basis: Words | None = None
    responsible_person: Code | None = None


class SuspendInput(Input):
    """Why it cannot be done now, until what, looked at again when, approved by whom."""

    reason: Words = ""
    condition: Words = ""
    review_on: LocalMoment | None = None
    approver: Code | None = None


class ReasonInput(Input):
    """Going on again."""

    reason: Words = ""


class NothingInput(Input):
    """A command that needs no words."""


class ReopenInput(Input):
    """Why it is handled again."""

    reason: ReopenReason = "spot_check"
    text: Words = ""
