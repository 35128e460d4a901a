"""Events of supervision: programmes with their packs, clocks and follow-ups."""

from typing import Literal

from pydantic import Field

from contracts.event import Code, Event, Moment
from contracts.sealed import Sealed

ClockKind = Literal["sign", "contact", "plan", "finish"]
Satisfaction = Literal["very", "satisfied", "basic", "dissatisfied", "very_dissatisfied", "no_view"]
Verdict = Literal["pass", "fail", "unreachable"]


class ProgrammePackActivated(
    Event,
    type="programme-pack-activated",
    version=1,
    owner="supervision",
    stream="programme",
    key="programme_id",
):
    """The rules in force from now on: the pack's bytes as they were, and their sha256."""

    programme_id: Code
    name: str = Field(min_length=1, max_length=200)
    pack_version: int = Field(ge=1)
    """Counts activations of this programme: 1, 2, 3…"""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    content: str = Field(max_length=200_000)
    effective_from: Moment


class ClockStarted(Event, type="clock-started", version=1, owner="supervision", stream="clock", key="clock_id"):
    """A deadline of an order is being watched."""

    clock_id: Code
    case_id: Code
    order_id: Code
    kind: ClockKind
    unit: Code
    started_at: Moment
    due: Moment


class ClockPaused(Event, type="clock-paused", version=1, owner="supervision", stream="clock", key="clock_id"):
    """The clock does not run: the case is suspended or the order is disputed."""

    clock_id: Code
    case_id: Code
    kind: ClockKind
    reason: Literal["suspended", "returned"]
    at: Moment


class ClockResumed(Event, type="clock-resumed", version=1, owner="supervision", stream="clock", key="clock_id"):
    """The clock runs again, with the due instant that keeps the time that was left."""

    clock_id: Code
    case_id: Code
    kind: ClockKind
    at: Moment
    due: Moment


class ClockMoved(Event, type="clock-moved", version=1, owner="supervision", stream="clock", key="clock_id"):
    """The due instant is another one: more time was granted, or a calendar was published."""

    clock_id: Code
    case_id: Code
    kind: ClockKind
    at: Moment
    due: Moment
    reason: Literal["extension", "recomputed"]


class ClockMet(Event, type="clock-met", version=1, owner="supervision", stream="clock", key="clock_id"):
    """What the clock watched was done; `late` when after its due instant."""

    clock_id: Code
    case_id: Code
    kind: ClockKind
    at: Moment
    late: bool


class ClockCancelled(Event, type="clock-cancelled", version=2, owner="supervision", stream="clock", key="clock_id"):
    """There is nothing left to watch: the order went to another unit, or ended with its case."""

    clock_id: Code
    case_id: Code
    kind: ClockKind
    at: Moment
    reason: Literal["return-accepted", "order-cancelled"]


class DeadlineBreached(Event, type="deadline-breached", version=1, owner="supervision", stream="clock", key="clock_id"):
    """The due instant passed and dispatch's watermark proves that nothing met it in time.

    Recorded with the moment it was due, not the moment it was noticed.
    """

    clock_id: Code
    case_id: Code
    order_id: Code
    kind: ClockKind
    unit: Code
    due: Moment
    watermark: Moment
    dispatch_position: int = Field(ge=0)


class BreachWithdrawn(Event, type="breach-withdrawn", version=1, owner="supervision", stream="clock", key="clock_id"):
    """A later fact shows that the deadline was kept; the breach no longer counts."""

    clock_id: Code
    case_id: Code
    kind: ClockKind
    met_at: Moment


class FollowUpScheduled(
    Event, type="follow-up-scheduled", version=1, owner="supervision", stream="followup", key="followup_id"
):
    """The requester is to be called after completion, by somebody who did not handle the case."""

    followup_id: Code
    case_id: Code
    case_no: int = Field(ge=1)
    round: int = Field(ge=1)
    leg: Code
    due: Moment
    sample_rule: str
    handler_units: tuple[Code, ...]


class FollowUpAttempted(
    Event, type="follow-up-attempted", version=1, owner="supervision", stream="followup", key="followup_id"
):
    """Nobody answered; another attempt follows on another day."""

    followup_id: Code
    case_id: Code
    attempt: int = Field(ge=1)
    method: Literal["phone", "visit", "message"]
    at: Moment


class FollowUpConducted(
    Event, type="follow-up-conducted", version=1, owner="supervision", stream="followup", key="followup_id"
):
    """What the requester said: solved and satisfied are two answers, never one (HA-33)."""

    followup_id: Code
    case_id: Code
    case_no: int = Field(ge=1)
    round: int = Field(ge=1)
    leg: Code
    method: Literal["phone", "visit", "message"]
    reached: bool
    contacted: bool | None = None
    """Whether the handler had contacted the requester, as the requester says (K14b)."""
    solved: bool | None = None
    satisfaction: Satisfaction | None = None
    attributable: bool | None = None
    comment: Sealed | None = None
    verdict: Verdict
    closes: bool
    """The pack strikes off by follow-up, so a pass closes the case."""
    reviewer_unit: Code
