"""The working-day calendar of a programme: rest days, worked weekends (调休), office hours and rhythms."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal

from chinese_calendar.constants import holidays as _published_holidays
from chinese_calendar.constants import workdays as _published_workdays

from contracts.pack import Pack
from services.chassis.deadlines.cadence import Rhythm
from services.chassis.zone import LOCAL

_DAY = timedelta(days=1)

_HOLIDAYS: frozenset[date] = frozenset(_published_holidays)
_WORKED: frozenset[date] = frozenset(d for d in _published_workdays if d.weekday() >= 5)
_FIRST_PUBLISHED = date(min(_HOLIDAYS).year, 1, 1)
_LAST_PUBLISHED = date(max(_HOLIDAYS).year, 12, 31)

_KNOWN = "CN@1"
"""Country and revision of the day tables that `chinese_calendar` brings."""


class UnknownCalendar(ValueError):
    """A pack names a calendar that this installation does not have."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days and hours are worked. A value: its `id` goes into every event that stores a due time."""

    id: str
    office: tuple[tuple[time, time], ...]
    day_ends: Literal["close", "midnight"] = "close"
    rhythms: tuple[tuple[str, Rhythm], ...] = ()
    holidays: frozenset[date] = field(default=_HOLIDAYS, repr=False)
    worked: frozenset[date] = field(default=_WORKED, repr=False)
    first_published: date = _FIRST_PUBLISHED
    last_published: date = _LAST_PUBLISHED

    def is_published(self, day: date) -> bool:
        """Whether the State Council's table for this day is known; else only weekends are (「暂按周末推算」)."""
        return self.first_published <= day <= self.last_published

    def is_working(self, day: date) -> bool:
        """Whether offices work on this day."""
        if not self.is_published(day):
            return day.weekday() < 5
        return day in self.worked or (day.weekday() < 5 and day not in self.holidays)

    def next_working(self, day: date) -> date:
        """This day if it is worked, else the first worked day after it."""
        while not self.is_working(day):
            day += _DAY
        return day

    def previous_working(self, day: date) -> date:
        """This day if it is worked, else the last worked day before it."""
        while not self.is_working(day):
            day -= _DAY
        return day

    def add_working_days(self, day: date, amount: int) -> date:
        """The `amount`-th worked day after `day`, which itself is not counted."""
        for _ in range(amount):
            day = self.next_working(day + _DAY)
        return day

    def working_days_between(self, first: date, last: date) -> int:
        """How many worked days lie after `first` up to and including `last`."""
        return sum(self.is_working(first + _DAY * n) for n in range(1, (last - first).days + 1))

    def intervals(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The office hours of a day; nothing on a rest day."""
        if self.is_working(day):
            for opens, closes in self.office:
                yield datetime.combine(day, opens, LOCAL), datetime.combine(day, closes, LOCAL)

    def full_day(self) -> timedelta:
        """The working time of one worked day."""
        midnight = date.min
        spans = (datetime.combine(midnight, b) - datetime.combine(midnight, a) for a, b in self.office)
        return sum(spans, timedelta())

    def open_at(self, day: date) -> datetime:
        """When offices open on this day, were it worked."""
        return datetime.combine(day, self.office[0][0], LOCAL)

    def close(self, day: date) -> datetime:
        """When offices close on this day, were it worked."""
        return datetime.combine(day, self.office[-1][1], LOCAL)

    def day_end(self, day: date) -> datetime:
        """When a natural-day limit ends on this day: the close of business, or 24:00 where the pack says so."""
        return self.close(day) if self.day_ends == "close" else datetime.combine(day + _DAY, time(), LOCAL)

    def opening(self, moment: datetime) -> datetime:
        """The moment itself if offices are open, else their next opening."""
        at = local(moment)
        day = at.date()
        while True:
            for opens, closes in self.intervals(day):
                if at < closes:
                    return max(at, opens)
            day += _DAY


def local(moment: datetime) -> datetime:
    """The moment in local time; a time without offset is a programming error and refused."""
    if moment.tzinfo is None:
        raise ValueError(f"a time without offset: {moment!r}")
    return moment.astimezone(LOCAL)


def calendar_for(pack: Pack) -> Calendar:
    """The calendar that a programme's pack names, with its office hours and rhythms."""
    named = pack.calendar
    if named.table != _KNOWN:
        raise UnknownCalendar(f"no calendar {named.id!r} is known here")
    return Calendar(
        id=named.id,
        office=named.office,
        day_ends=named.day_ends,
        rhythms=tuple(
            (row.id, Rhythm(row.every, row.slots, row.roll, row.months, pack.programme.start))
            for row in pack.lists.cadence
        ),
    )
