"""Working time: adding it, measuring it, and what is left of a limit."""

from datetime import date, datetime, timedelta

from contracts.duration import Unit
from services.chassis.deadlines.calendar import Calendar, local

_DAY = timedelta(days=1)
_NONE = timedelta()

WORKING_UNITS = frozenset({Unit.WORKING_HOUR, Unit.WORKING_DAY})
"""Units whose clock stands still while offices are closed."""


def add_working(start: datetime, amount: timedelta, calendar: Calendar) -> datetime:
    """The first moment at which `amount` of working time has passed since `start`."""
    at = calendar.opening(start)
    if amount <= _NONE:
        return at
    day = at.date()
    full = calendar.full_day()
    while True:
        if at < calendar.open_at(day) and amount > full:
            amount -= full if calendar.is_working(day) else _NONE
            day += _DAY
            continue
        for opens, closes in calendar.intervals(day):
            begins = max(at, opens)
            if begins >= closes:
                continue
            if amount <= closes - begins:
                return begins + amount
            amount -= closes - begins
        day += _DAY


def elapsed_working(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """The working time within [start, end); negative when end comes before start."""
    begins, ends = local(start), local(end)
    if ends < begins:
        return -elapsed_working(end, start, calendar)
    first, last = begins.date(), ends.date()
    total = _within(first, begins, ends, calendar)
    if last > first:
        between = calendar.working_days_between(first, last - _DAY)
        total += calendar.full_day() * between + _within(last, begins, ends, calendar)
    return total


def _within(day: date, begins: datetime, ends: datetime, calendar: Calendar) -> timedelta:
    """The working time of one day that lies within [begins, ends)."""
    open_times = (min(closes, ends) - max(opens, begins) for opens, closes in calendar.intervals(day))
    return sum((max(_NONE, open_time) for open_time in open_times), _NONE)


def remaining(now: datetime, due: datetime, unit: Unit | str, calendar: Calendar) -> timedelta:
    """What is left until `due`, in working time for working units; negative once overdue."""
    return elapsed(now, due, unit, calendar)


def elapsed(start: datetime, end: datetime, unit: Unit | str, calendar: Calendar) -> timedelta:
    """Time between two moments as the unit's clock counts it."""
    if Unit(unit) in WORKING_UNITS:
        return elapsed_working(start, end, calendar)
    return local(end) - local(start)
