"""When a limit turns yellow and when to remind, by the pack in force when it starts or moves."""

from collections.abc import Iterable
from datetime import datetime

from contracts.dispatch import CaseClassified, CaseReopened, Durations
from contracts.duration import DurationError, Unit, parse_duration
from contracts.event import Event
from contracts.supervision import ClockKind, Warnings
from services.chassis.deadlines import mark_at
from services.reference.active_pack import ActivePack

DAYS = f"1{Unit.WORKING_DAY}"
"""What is given until a day, as a task or a step of a plan, is counted in working days."""


def durations_of(history: Iterable[Event]) -> Durations | None:
    """The limits in force in a case: of its classification, or the shorter ones of its last round."""
    found: Durations | None = None
    for event in history:
        if isinstance(event, CaseClassified | CaseReopened):
            found = event.durations or found
    return found


def limit_of(durations: Durations | None, kind: ClockKind) -> str | None:
    return getattr(durations, kind) if durations else None


def unit_of(limit: str | None) -> Unit:
    """What the limit is counted in; a limit that cannot be read loses nothing, it only runs through the night."""
    try:
        return parse_duration(limit).unit if limit else Unit.HOUR
    except DurationError:
        return Unit.HOUR


def warnings(active: ActivePack | None, limit: str | None, began: datetime, due: datetime) -> Warnings | None:
    """None without a pack. A mark at or before the beginning warns of nothing and is left out."""
    if active is None:
        return None
    policy, unit, calendar = active.pack.escalation, unit_of(limit), active.calendar
    marks = {str(mark): mark_at(began, due, unit, mark, calendar) for mark in policy.reminders}
    return Warnings(
        yellow_at=mark_at(began, due, unit, policy.yellow, calendar),
        marks={mark: at for mark, at in marks.items() if began < at < due},
    )
