"""The days on which something is due again and again: half-monthly statistics, monthly meetings, Tue and Thu."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Protocol

_DAY = timedelta(days=1)
_REACH = timedelta(days=40)
"""How far outside a window a named day may lie and still roll into it: longer than a month and any holiday."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Every = Literal["weekly", "half_monthly", "monthly", "month_end"]
Roll = Literal["forward", "back", "drop"]


class WorkingDays(Protocol):
    """What a rhythm must know of a calendar; `calendar.Calendar` is one."""

    def is_working(self, day: date) -> bool: ...

    def next_working(self, day: date) -> date: ...

    def previous_working(self, day: date) -> date: ...


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often, on which named days, and what happens when one is a rest day.

    Without named days an occurrence is due by the last working day of each period (week, half month, month)."""

    every: Every
    slots: tuple[int | str, ...] = ()
    roll: Roll | None = None
    months: int = 1
    """Of a rhythm of months only every so-many-th month counts: the last of each period that begins with `since`."""
    since: date | None = None

    def month_counts(self, year: int, month: int) -> bool:
        """Whether this month is one of the rhythm's."""
        if self.months == 1 or self.since is None:
            return True
        passed = (year - self.since.year) * 12 + month - self.since.month
        return passed % self.months == self.months - 1

    def rolled(self, day: date, calendar: WorkingDays) -> date | None:
        """The day that stands for a named day; None when it falls away."""
        if calendar.is_working(day):
            return day
        match self.roll or ("forward" if self.slots else "back"):
            case "forward":
                return calendar.next_working(day)
            case "back":
                return calendar.previous_working(day)
            case "drop":
                return None


def slot_days(rhythm: Rhythm, first: date, last: date, calendar: WorkingDays) -> list[date]:
    """The days of a rhythm within [first, last], after rolling; ascending, each once."""
    named = _named(rhythm, first - _REACH, last + _REACH)
    rolled = {day for day in (rhythm.rolled(n, calendar) for n in named) if day is not None}
    return sorted(day for day in rolled if first <= day <= last)


def next_slot(rhythm: Rhythm, after: date, calendar: WorkingDays) -> date:
    """The first day of a rhythm after `after`; that day itself is not counted."""
    window = timedelta(days=62)
    first = after + _DAY
    while True:
        if days := slot_days(rhythm, first, first + window, calendar):
            return days[0]
        first += window


def _named(rhythm: Rhythm, first: date, last: date) -> Iterator[date]:
    if rhythm.every == "weekly":
        wanted = [WEEKDAYS.index(str(s)) for s in rhythm.slots] or [6]
        span = (last - first).days
        yield from (d for n in range(span + 1) if (d := first + _DAY * n).weekday() in wanted)
        return
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        length = monthrange(year, month)[1]
        for slot in _month_slots(rhythm, length) if rhythm.month_counts(year, month) else ():
            yield date(year, month, min(slot, length))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _month_slots(rhythm: Rhythm, length: int) -> Sequence[int]:
    if rhythm.every == "month_end":
        return [length]
    if rhythm.slots:
        return [int(s) for s in rhythm.slots]
    return [15, length] if rhythm.every == "half_monthly" else [length]
