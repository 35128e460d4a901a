"""Deadlines that are watched: started, paused, moved, met, breached, and reminded of."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.event import Code, Event, Moment, Note

CaseClockKind = Literal["sign", "contact", "plan", "finish", "findings", "step", "bind", "review"]
"""The first four are the dues of an order; 即时报 of an order, a step of its plan, the leader of a case and the day on
which a suspension is looked at again follow from the case too."""

OwnClockKind = Literal["task", "promise", "reply", "rectify", "follow_up", "appeal", "coverage"]
"""Tasks, promises, replies to slips, rectifications, call-backs and rulings on appeals are supervision's own. The day
of a coverage is judged by an event of its own and has no clock: the word stands because a schema keeps its members."""

ClockKind = Literal[CaseClockKind, OwnClockKind]


class Warnings(BaseModel):
    """When the light turns yellow and when to remind, by the pack in force; absent for a limit without a pack."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    yellow_at: Moment
    marks: dict[Code, Moment] = Field(default_factory=dict)
    """Reminders by the pack's words, as `80%` or `1wd`; a mark that lay before the start is left out."""


class ClockStarted(Event, type="clock-started", version=3, owner="supervision", stream="clock", key="clock_id"):
    """A deadline is being watched: of an order or its case, or of something of supervision's own."""

    clock_id: Code
    case_id: Code | None = None
    order_id: Code | None = None
    matter: Code | None = None
    """What it is about besides an order, as `task:<plan>/<task>`; its page is found by it."""
    about: Note = ""
    """In an office's words what is to be done, where kind and case do not say it."""
    kind: ClockKind
    unit: Code
    started_at: Moment
    due: Moment
    limit: Code | None = None
    """The limit as the rule words it, as `4wh`: what is left of it is counted alike."""
    warnings: Warnings | None = None


class ClockPaused(Event, type="clock-paused", version=3, owner="supervision", stream="clock", key="clock_id"):
    """The clock does not run: the case is suspended or the order is disputed."""

    clock_id: Code
    case_id: Code | None = None
    kind: ClockKind
    reason: Literal["suspended", "returned"]
    at: Moment


class ClockResumed(Event, type="clock-resumed", version=3, owner="supervision", stream="clock", key="clock_id"):
    """The clock runs again, with the due instant that keeps the time that was left."""

    clock_id: Code
    case_id: Code | None = None
    kind: ClockKind
    at: Moment
    due: Moment
    warnings: Warnings | None = None


class ClockMoved(Event, type="clock-moved", version=3, owner="supervision", stream="clock", key="clock_id"):
    """The due instant is another one: more time was granted, or a calendar was published."""

    clock_id: Code
    case_id: Code | None = None
    kind: ClockKind
    at: Moment
    due: Moment
    reason: Literal["extension", "recomputed"]
    warnings: Warnings | None = None


class ClockMet(Event, type="clock-met", version=3, owner="supervision", stream="clock", key="clock_id"):
    """What the clock watched was done; `late` when after its due instant."""

    clock_id: Code
    case_id: Code | None = None
    kind: ClockKind
    at: Moment
    late: bool


class ClockCancelled(Event, type="clock-cancelled", version=4, owner="supervision", stream="clock", key="clock_id"):
    """There is nothing left to watch: the order went to another unit, the case ended, another plan came, or a person
    settled it otherwise."""

    clock_id: Code
    case_id: Code | None = None
    kind: ClockKind
    at: Moment
    reason: Literal[
        "return-accepted", "order-cancelled", "replaced", "completed", "case-ended", "reclassified", "settled"
    ]


class DeadlineBreached(Event, type="deadline-breached", version=3, owner="supervision", stream="clock", key="clock_id"):
    """The due instant passed, and the watermark of the service that would tell proves that nothing met it in time.

    Recorded with the moment it was due, not the moment it was noticed.
    """

    clock_id: Code
    case_id: Code | None = None
    order_id: Code | None = None
    kind: ClockKind
    unit: Code
    due: Moment
    watermark: Moment
    dispatch_position: int | None = Field(default=None, ge=0)
    """How far dispatch was known; None where only supervision itself could have told."""
    matter: Code | None = None
    """As in the clock's start."""


class BreachWithdrawn(Event, type="breach-withdrawn", version=3, owner="supervision", stream="clock", key="clock_id"):
    """A later fact shows that the deadline was kept; the breach no longer counts."""

    clock_id: Code
    case_id: Code | None = None
    kind: ClockKind
    met_at: Moment


class DeadlineReminderSent(
    Event, type="deadline-reminder-sent", version=3, owner="supervision", stream="clock", key="clock_id"
):
    """催办: the time is running out, or a person asks for haste. Once per threshold of a clock."""

    clock_id: Code
    case_id: Code | None = None
    order_id: Code | None = None
    kind: ClockKind
    threshold: Code
    """A mark of the pack, as `80%` or `1wd`; `hand` for a reminder that a person sent."""
    to_unit: Code
    due: Moment
    at: Moment | None = None
    """When it was sent; a person may send one again on another day."""
