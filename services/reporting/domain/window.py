"""Which days a half-monthly report covers: the slots of the pack's rhythm, rolled off rest days."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from contracts.pack import Pack
from services.chassis.clock import LOCAL
from services.chassis.deadlines import Calendar, Rhythm, slot_days

DAY = timedelta(days=1)
LAST_INSTANT = timedelta(microseconds=1)
HALF_MONTHS = Rhythm("half_monthly", (1, 16), "forward")
"""For a programme whose pack names no rhythm for the report."""

LONGEST = timedelta(days=366)
"""How far beyond today slots are looked for; a rhythm comes again within a month."""


@dataclass(frozen=True, slots=True)
class Window:
    """[start, end) in time, and the slot it belongs to. A slot's day is counted in: 「截至7月17日」."""

    slot: date
    start: datetime
    end: datetime

    def as_of(self, now: datetime) -> datetime:
        """The instant a report of this window speaks of: its last one, or now while it runs."""
        return min(now, self.end - LAST_INSTANT)


def windows(pack: Pack, calendar: Calendar, report: str, today: date) -> list[Window]:
    """All windows of the programme that have begun by `today`, in order; the last one still runs."""
    rhythm = _rhythm(pack, report)
    begin = min(pack.programme.start, today)
    days = [day for day in slot_days(rhythm, begin, today + LONGEST, calendar) if day >= pack.programme.start]
    found: list[Window] = []
    start = begin
    for day in days:
        found.append(Window(day, _midnight(start), _midnight(day + DAY)))
        start = day + DAY
        if day >= today:
            break
    return found


def _rhythm(pack: Pack, report: str) -> Rhythm:
    named = next((row for row in pack.lists.cadence if row.report == report), None)
    return Rhythm(named.every, named.slots, named.roll) if named else HALF_MONTHS


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)
