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
"""Reports of a week. For packs that name no rhythm for them; most others go with the half-monthly table (R03)."""

MONTHLY = frozenset({"R04", "R08", "R16", "R18", "R21"})
"""Reports of a calendar month."""

LONGEST = timedelta(days=366)
"""How far beyond today slots are looked for; a rhythm comes again within a month."""


@dataclass(frozen=True, slots=True)
class Window:
    """[start, end) in time, and the slot it belongs to. A slot's day is counted in: 「截至7月17日」."""

    slot: date
    start: datetime
    end: datetime

    def as_of(self, now: datetime, grace: timedelta = timedelta()) -> datetime:
        """The instant up to which a report of this window looks: its last one, or now while it runs.

        `grace`: for how long afterwards what was done in it may still be entered, and is waited for.
        """
        return min(now, self.end + grace - LAST_INSTANT)


def windows(pack: Pack, calendar: Calendar, report: str, today: date) -> list[Window]:
    """All windows of the programme that have begun by `today`, in order; the last one still runs."""
    begin = min(pack.programme.start, today)
    asked = any(row.report == report for row in pack.lists.cadence)
    if report in MONTHLY and not asked:
        named = _month_ends(begin, today + LONGEST)  # a month's deeds are those of all its days, rest days among them
    else:
        named = slot_days(_rhythm(pack, report), begin, today + LONGEST, calendar)
    days = [day for day in named if day >= pack.programme.start]
    found: list[Window] = []
    start = begin
    for day in days:
        found.append(Window(day, _midnight(start), _midnight(day + DAY)))
        start = day + DAY
        if day >= today:
            break
    return found


def _month_ends(first: date, last: date) -> list[date]:
    found: list[date] = []
    month = first.replace(day=1)
    while month <= last:
        month = (month + 31 * DAY).replace(day=1)
        found.append(month - DAY)
    return found


def _rhythm(pack: Pack, report: str) -> Rhythm:
    """As the pack asks for the report; else as it asks for the half-monthly table, which it is read beside."""
    named = {row.report: Rhythm(row.every, row.slots, row.roll) for row in reversed(pack.lists.cadence)}
    if report in named:
        return named[report]
    return WEEKS if report in WEEKLY else named.get("R03", HALF_MONTHS)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)
