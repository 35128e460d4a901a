"""Deadlines counted the slow way: minute by minute and day by day, from the words of the rules."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True)
class Slow:
    """An office with its hours and a table of days; it shares no code with the engine."""

    off: frozenset[date]
    worked: frozenset[date]
    office: tuple[tuple[time, time], ...]
    day_ends: str

    def works(self, day: date) -> bool:
        return day in self.worked if day.isoweekday() > 5 else day not in self.off

    def open_in(self, minute: datetime) -> bool:
        """Whether the minute that begins here is worked."""
        clock = minute.time()
        return self.works(minute.date()) and any(opens <= clock < closes for opens, closes in self.office)

    def minutes(self, start: datetime) -> Iterator[datetime]:
        """Every worked minute from here on, by its beginning."""
        while True:
            if self.open_in(start):
                yield start
            start += MINUTE

    def worked_minutes(self, start: datetime, end: datetime) -> int:
        count = 0
        while start < end:
            count += self.open_in(start)
            start += MINUTE
        return count

    def after_minutes(self, start: datetime, amount: int) -> datetime:
        """The end of the `amount`-th worked minute."""
        walk = self.minutes(start)
        for _ in range(amount - 1):
            next(walk)
        return next(walk) + MINUTE

    def first_day(self, start: datetime) -> date:
        """The day on which a limit begins: that of the next minute in which somebody works."""
        return next(self.minutes(start)).date()

    def closing(self, day: date, zone: datetime) -> datetime:
        return datetime.combine(day, self.office[-1][1], zone.tzinfo)

    def natural(self, day: date, zone: datetime) -> datetime:
        """民法典 201, 203: a last day that is a rest day gives way to the next worked one."""
        while not self.works(day):
            day += DAY
        if self.day_ends == "midnight":
            return datetime.combine(day + DAY, time(), zone.tzinfo)
        return self.closing(day, zone)

    def working_days(self, day: date, amount: int) -> date:
        """The `amount`-th worked day after this one."""
        while amount:
            day += DAY
            amount -= self.works(day)
        return day

    def due(self, start: datetime, unit: str, amount: int) -> datetime:
        """When a limit ends, by its unit."""
        count: dict[str, Callable[[], datetime]] = {
            "min": lambda: start + MINUTE * amount,
            "h": lambda: start + timedelta(hours=amount),
            "wh": lambda: self.after_minutes(start, 60 * amount),
            "d": lambda: self.natural(start.date() + DAY * amount, start),
            "wd": lambda: self.closing(self.working_days(self.first_day(start), amount), start),
        }
        return count[unit]()

    def resumed(self, ends: datetime, paused: datetime, resumed: datetime, unit: str) -> datetime:
        """The end of a limit that rested in between: what was left is left again."""
        if paused >= ends:
            return ends
        last = (ends - MINUTE).date()
        if unit in ("min", "h"):
            return ends + (resumed - paused)
        if unit == "wh":
            return self.after_minutes(resumed, self.worked_minutes(paused, ends))
        if unit == "wd":
            begun = self.first_day(paused)
            left = sum(self.works(begun + DAY * n) for n in range(1, (last - begun).days + 1))
            return self.closing(self.working_days(self.first_day(resumed), left), ends)
        again = self.natural(resumed.date() + DAY * (last - paused.date()).days, ends)
        return again if again > resumed else self.natural(self.first_day(resumed), ends)

    def is_slot(self, day: date, named: Callable[[date], bool], roll: str) -> bool:
        """Whether a rhythm falls on this day: it is named, or stands for a named day of rest beside it."""
        if not self.works(day):
            return False
        if named(day):
            return True
        step = {"forward": -DAY, "back": DAY}.get(roll)
        if step is None:
            return False
        day += step
        while not self.works(day):
            if named(day):
                return True
            day += step
        return False
