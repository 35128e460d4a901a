"""Which days a report covers: the slots of the pack's rhythm, rolled off rest days."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from contracts.pack import Pack
from services.chassis.deadlines import Calendar, Rhythm, slot_days
from services.chassis.zone import LOCAL

DAY = timedelta(days=1)
LAST_INSTANT = timedelta(microseconds=1)
HALF_MONTHS = Rhythm("half_monthly", (1, 16), "forward")
WEEKS = Rhythm("weekly")
WEEKLY = frozenset({"R11", "R14"})
"""Reports of a week; the others go with the half-monthly table (R03). For packs that name no rhythm for them."""

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
    """As the pack asks for the report; else as it asks for the half-monthly table, which it is read beside."""
    named = {row.report: Rhythm(row.every, row.slots, row.roll) for row in reversed(pack.lists.cadence)}
    if report in named:
        return named[report]
    return WEEKS if report in WEEKLY else named.get("R03", HALF_MONTHS)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)
