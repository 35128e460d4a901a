"""What deciding needs to know of one watched deadline, and how each of its events changes that."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from contracts.event import Event
from contracts.supervision import (
    BreachWithdrawn,
    ClockCancelled,
    ClockKind,
    ClockMet,
    ClockMoved,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    DeadlineBreached,
    DeadlineReminderSent,
    Warnings,
)

BY_HAND = "hand"
"""The threshold of a reminder that a person sent."""

Marks = tuple[tuple[datetime, str], ...]


class Status(Enum):
    NONE = "none"
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Clock:
    """One deadline; of an order, or of another matter."""

    status: Status = Status.NONE
    clock_id: str = ""
    case_id: str | None = None
    order_id: str | None = None
    kind: ClockKind = "finish"
    unit: str = ""
    due: datetime | None = None
    paused_at: datetime | None = None
    breached: datetime | None = None
    """The due instant that passed unmet; a later due instant, after a pause, does not undo it."""

    started_at: datetime | None = None
    marks: Marks = ()
    """When to remind, the earliest first."""

    reminded: frozenset[str] = frozenset()
    """Thresholds that were sent."""

    matter: str | None = None
    hand_at: datetime | None = None
    """When a person last asked for haste."""

    @property
    def ended(self) -> bool:
        return self.status in (Status.MET, Status.CANCELLED)


def evolve(clock: Clock, event: Event) -> Clock:
    match event:
        case ClockStarted() as e:
            return Clock(
                Status.RUNNING,
                e.clock_id,
                e.case_id,
                e.order_id,
                e.kind,
                e.unit,
                e.due,
                started_at=e.started_at,
                matter=e.matter,
                marks=_marks(e.warnings),
            )
        case ClockPaused(at=at):
            return replace(clock, status=Status.PAUSED, paused_at=at)
        case ClockResumed(due=due, warnings=warnings):
            return replace(clock, status=Status.RUNNING, due=due, marks=_marks(warnings) or clock.marks)
        case ClockMoved(due=due, warnings=warnings):
            return replace(clock, due=due, marks=_marks(warnings) or clock.marks)
        case ClockMet():
            return replace(clock, status=Status.MET)
        case ClockCancelled():
            return replace(clock, status=Status.CANCELLED)
        case DeadlineBreached(due=due):
            return replace(clock, breached=due)
        case BreachWithdrawn():
            return replace(clock, breached=None)
        case DeadlineReminderSent(threshold=threshold, at=at) if threshold == BY_HAND:
            return replace(clock, hand_at=at)
        case DeadlineReminderSent(threshold=threshold):
            return replace(clock, reminded=clock.reminded | {threshold})
        case _:
            raise TypeError(f"{event.TYPE} is no event of a clock")


def _marks(warnings: Warnings | None) -> Marks:
    return tuple(sorted((at, mark) for mark, at in warnings.marks.items())) if warnings else ()
