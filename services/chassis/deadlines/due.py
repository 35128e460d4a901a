"""When a limit that starts now is due, and when a suspended one is due after it resumes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from contracts.duration import Duration, Unit, parse_duration
from services.chassis.deadlines.cadence import next_slot
from services.chassis.deadlines.calendar import Calendar, local
from services.chassis.deadlines.working_time import add_working, elapsed_working

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


class DueInPast(ValueError):
    """A fixed date that has already gone by when its clock would start; a person must set another."""


class UnknownSlot(ValueError):
    """A limit names a rhythm that the programme does not have."""


@dataclass(frozen=True, slots=True)
class Due:
    """A due time with the calendar it was counted on; provisional beyond the published tables (「暂按周末推算」)."""

    at: datetime
    calendar: str
    provisional: bool


def due(start: datetime, duration: Duration | str, calendar: Calendar) -> datetime:
    """When a limit that starts at `start` ends, in local time."""
    return reckon(start, duration, calendar).at


def reckon(start: datetime, duration: Duration | str, calendar: Calendar) -> Due:
    """As `due`, with what an event stores besides the time."""
    limit = parse_duration(duration) if isinstance(duration, str) else duration
    begins = local(start)
    at = _counted(begins, limit, calendar)
    by_table = limit.unit not in (Unit.MINUTE, Unit.HOUR)
    published = calendar.is_published(begins.date()) and calendar.is_published(due_day(at))
    return Due(at=at, calendar=calendar.id, provisional=by_table and not published)


def due_day(at: datetime) -> date:
    """The day a due time belongs to: 24:00 is the end of a day, not the beginning of the next."""
    return (local(at) - _INSTANT).date()


def _counted(start: datetime, limit: Duration, calendar: Calendar) -> datetime:
    match limit.unit:
        case Unit.MINUTE:
            return start + timedelta(minutes=limit.amount)
        case Unit.HOUR:
            return start + timedelta(hours=limit.amount)
        case Unit.WORKING_HOUR:
            return add_working(start, timedelta(hours=limit.amount), calendar)
        case Unit.DAY:
            return _natural(start.date() + _DAY * limit.amount, calendar)
        case Unit.WORKING_DAY:
            first = calendar.opening(start).date()
            return calendar.close(calendar.add_working_days(first, limit.amount))
        case Unit.DATE:
            return _fixed(start, limit, calendar)
        case Unit.SLOT:
            return _slot(start, limit, calendar)


def _natural(day: date, calendar: Calendar) -> datetime:
    """A natural-day limit that would end on a rest day ends on the next working day."""
    return calendar.day_end(calendar.next_working(day))


def _fixed(start: datetime, limit: Duration, calendar: Calendar) -> datetime:
    assert limit.date is not None, "a date limit without its date"
    at = _natural(limit.date, calendar)
    if at < start:
        raise DueInPast(f"{limit} was over before {start.isoformat()}")
    return at


def _slot(start: datetime, limit: Duration, calendar: Calendar) -> datetime:
    rhythm = dict(calendar.rhythms).get(limit.slot or "")
    if rhythm is None:
        raise UnknownSlot(f"{limit}: the programme has no such rhythm")
    return calendar.close(next_slot(rhythm, start.date(), calendar))


def resume(due: datetime, paused_at: datetime, resumed_at: datetime, unit: Unit | str, calendar: Calendar) -> datetime:
    """The new due time of a suspended limit: what was left when it paused is left when it resumes.

    Each unit keeps what it counts: hours, working time, days, working days. Fixed dates and slots keep days.
    A limit already over when it paused is not given new time."""
    ends, paused, resumed = local(due), local(paused_at), local(resumed_at)
    if resumed < paused:
        raise ValueError(f"resumed at {resumed_at} before it paused at {paused_at}")
    if paused >= ends:
        return ends
    match Unit(unit):
        case Unit.MINUTE | Unit.HOUR:
            return ends + (resumed - paused)
        case Unit.WORKING_HOUR:
            return add_working(resumed, elapsed_working(paused, ends, calendar), calendar)
        case Unit.WORKING_DAY:
            left = calendar.working_days_between(calendar.opening(paused).date(), due_day(ends))
            first = calendar.opening(resumed).date()
            return calendar.close(calendar.add_working_days(first, left))
        case Unit.DAY | Unit.DATE | Unit.SLOT:
            left = (due_day(ends) - paused.date()).days
            at = _natural(resumed.date() + _DAY * left, calendar)
            return at if at > resumed else _natural(calendar.opening(resumed).date(), calendar)
