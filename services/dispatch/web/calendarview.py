"""The working calendar of a year as a person reads it: days off work, and weekends that are worked."""

from collections.abc import Iterable
from datetime import date, timedelta

from services.chassis.deadlines import Calendar
from services.ui.i18n import gettext as _

SATURDAY = 5
"""The first weekday that is off work by itself."""

ONE_DAY = timedelta(days=1)


def days_of(calendar: Calendar, year: int) -> list[tuple[str, str]]:
    """What is worked otherwise than the weekdays say, as published; each run of days is one row."""
    off = {day for day in calendar.holidays if day.year == year}
    worked = {day for day in calendar.worked if day.year == year and day.weekday() >= SATURDAY}
    rows = [(run, _("放假")) for run in _runs(off)] + [(run, _("调休上班")) for run in _runs(worked)]
    return [(_between(run), word) for run, word in sorted(rows)]


def _runs(days: Iterable[date]) -> list[tuple[date, date]]:
    runs: list[tuple[date, date]] = []
    for day in sorted(days):
        if runs and runs[-1][1] + ONE_DAY == day:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def _between(run: tuple[date, date]) -> str:
    first, last = run
    return f"{first:%m-%d}" if first == last else f"{first:%m-%d} – {last:%m-%d}"
