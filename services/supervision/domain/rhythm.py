"""Which slots a programme's rhythms and duties have: those whose rules were in force when they fell due."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from hashlib import sha256

from contracts.pack import Cadence, Pack, Quota
from services.chassis.deadlines import Calendar, Rhythm, slot_days
from services.chassis.zone import LOCAL

LONGEST_ID = 100
"""What an event's code holds."""


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of a programme's rules and since when they are in force."""

    programme_id: str
    pack: Pack
    calendar: Calendar
    since: datetime


@dataclass(frozen=True, slots=True)
class Slot:
    """One day on which something of a rhythm is due, until it is over: statistics of a day speak of the whole day.

    `opens` is the moment the slot before it fell due.
    """

    cadence: Cadence
    day: date
    due: datetime
    opens: datetime
    since: datetime
    """Since when the rules that ask for it are in force."""


@dataclass(frozen=True, slots=True)
class DutySlot:
    """One day on which each person of a roster or role owes something, until it is over."""

    quota: Quota
    levels: tuple[str, ...]
    """Of the units whose people owe it; empty when they hold a role."""
    day: date
    due: datetime
    opens: datetime
    closes: datetime
    """Office hours: who is away for all of them owes nothing."""


def slot_id(programme_id: str, cadence_id: str, day: date, owner: str) -> str:
    """One slot of one unit that owes it."""
    plain = f"{programme_id}:{cadence_id}:{day.isoformat()}:{owner}"
    return plain if len(plain) <= LONGEST_ID else sha256(plain.encode()).hexdigest()


def slots(versions: Sequence[Rules], until: datetime, ended: date | None = None) -> list[Slot]:
    """Every slot due up to `until`, by due moment. `versions` are in the order they came into force.

    A version asks for what falls due while it is in force: an amendment never changes what was decided before it, and
    nobody owes what fell due before there were rules. `ended`: the last day on which anything is due.
    """
    found: list[Slot] = []
    for rules, ends, last in _in_force(versions, until, ended):
        for row in rules.pack.lists.cadence:
            found += [slot for slot in _slots_of(rules, row, last) if rules.since < slot.due <= ends]
    return sorted(found, key=lambda slot: (slot.due, slot.cadence.id))


def duties(versions: Sequence[Rules], until: datetime, ended: date | None = None) -> list[DutySlot]:
    """Every slot of the duties that persons owe on named days, as `slots`; a rest day rolls or drops as the pack says
    (LT-36: the two half-days of a holiday week fall away)."""
    found: list[DutySlot] = []
    for rules, ends, last in _in_force(versions, until, ended):
        for quota in rules.pack.lists.quota:
            if not quota.slots:
                continue  # counted over its period: see `duty.py`
            rhythm = Rhythm("weekly" if quota.per == "week" else "monthly", quota.slots, quota.holiday)
            for day in _days(rhythm, rules.pack.programme.start, last, rules.calendar):
                due = _midnight_after(day)
                if rules.since < due <= ends:
                    office = (rules.calendar.open_at(day), rules.calendar.close(day))
                    found.append(DutySlot(quota, _levels(rules.pack, quota), day, due, *office))
    return sorted(found, key=lambda slot: (slot.due, slot.quota.kind))


def _levels(pack: Pack, quota: Quota) -> tuple[str, ...]:
    return next((row.levels for row in pack.lists.roster if row.id == quota.who), ())


def _in_force(versions: Sequence[Rules], until: datetime, ended: date | None) -> Iterator[tuple[Rules, datetime, date]]:
    """Each version with the moment and the day up to which it asks for anything."""
    for rules, next_one in zip(versions, (*versions[1:], None), strict=True):
        ends = min(until, next_one.since) if next_one else until
        last = ends.astimezone(LOCAL).date()
        yield rules, ends, min(last, ended) if ended else last


def rhythm_of(pack: Pack, row: Cadence) -> Rhythm:
    """A row of the pack as the calendar counts it."""
    return Rhythm(row.every, row.slots, row.roll, row.months, pack.programme.start)


def _slots_of(rules: Rules, row: Cadence, last: date) -> list[Slot]:
    days = _days(rhythm_of(rules.pack, row), rules.pack.programme.start, last, rules.calendar)
    opening = rules.calendar.open_at(rules.pack.programme.start)
    dues = [_midnight_after(day) for day in days]
    opens = [opening, *dues]
    return [Slot(row, day, due, begin, rules.since) for day, due, begin in zip(days, dues, opens, strict=False)]


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), LOCAL)


_SLACK = timedelta(days=62)


@lru_cache(256)
def _through(rhythm: Rhythm, first: date, last: date, calendar: Calendar) -> tuple[date, ...]:
    return tuple(slot_days(rhythm, first, last, calendar))


def _days(rhythm: Rhythm, first: date, last: date, calendar: Calendar) -> list[date]:
    """Reckoned for whole stretches and kept: a timer asks again every second."""
    stretch = first + _SLACK * (max(0, (last - first).days) // _SLACK.days + 1)
    return [day for day in _through(rhythm, first, stretch, calendar) if day <= last]


def last_day(pack: Pack, *, standing: bool, ended_on: date | None) -> date | None:
    """Until when slots fall due: never-ending as standing work, else the plan's end or the day it really ended."""
    if standing:
        return None
    return min(ended_on, pack.programme.end) if ended_on else pack.programme.end
