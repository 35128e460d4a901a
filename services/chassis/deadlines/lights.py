"""The light of a running limit: green, yellow from the pack's mark on, red once it is over."""

from datetime import datetime, timedelta
from enum import StrEnum

from contracts.duration import Duration, Unit
from contracts.pack import Mark
from services.chassis.deadlines.calendar import Calendar, local
from services.chassis.deadlines.due import due_day
from services.chassis.deadlines.working_time import WORKING_UNITS, add_working, elapsed_working

_DAY = timedelta(days=1)


class Light(StrEnum):
    """How a limit stands."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


def light(now: datetime, start: datetime, due: datetime, unit: Unit | str, yellow: Mark, calendar: Calendar) -> Light:
    """The light at `now`; the due moment itself is still in time."""
    if now > due:
        return Light.RED
    return Light.YELLOW if now >= mark_at(start, due, unit, yellow, calendar) else Light.GREEN


def mark_at(start: datetime, due: datetime, unit: Unit | str, mark: Mark, calendar: Calendar) -> datetime:
    """When a reminder or the yellow light comes: after a share of the time, or a while before the end."""
    begins, ends = local(start), local(due)
    if isinstance(mark, Duration):
        at = _before(ends, mark, calendar)
    elif Unit(unit) in WORKING_UNITS:
        share = elapsed_working(begins, ends, calendar) * mark.percent / 100
        at = add_working(begins, share, calendar)
    else:
        at = begins + (ends - begins) * mark.percent / 100
    return min(max(at, begins), ends)


def _before(ends: datetime, mark: Duration, calendar: Calendar) -> datetime:
    match mark.unit:
        case Unit.MINUTE:
            return ends - timedelta(minutes=mark.amount)
        case Unit.HOUR:
            return ends - timedelta(hours=mark.amount)
        case Unit.DAY:
            return ends - _DAY * mark.amount
        case Unit.WORKING_DAY:
            day = due_day(ends)
            for _ in range(mark.amount):
                day = calendar.previous_working(day - _DAY)
            return calendar.close(day)
        case _:
            raise ValueError(f"a mark before the end is counted in min, h, d or wd, not {mark}")
