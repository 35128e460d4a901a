"""What people and units owe and have done: pairs within their bounds, and so many of something in a period.

Pure, and the same wherever it is asked: on the page of duties, by the watcher, in an assessment, in a report. A deed
counts for the period in which it was done, in time where it was also entered before the period closed; what came later
counts as late and lifts nothing (domain 2.2 (b): both clocks are on record).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction

from contracts.pack import Activity, Pack, Pairing, Quota
from contracts.pack.covering import Roster
from services.chassis.zone import LOCAL
from services.reference.ledger import DAY, Ledger, Member, Owner, Pair, midnight


def owners(pack: Pack, who: str, owed_by: str, members: Sequence[Member], at: datetime) -> list[Owner]:
    """Who owes what a roster or role owes, as the directory was at that moment; in the order of unit and person."""
    roster = next((row for row in pack.lists.roster if row.id == who), None)
    asked = [one for one in members if one.there(at) and (one.role == who if roster is None else _on(roster, one))]
    if owed_by == "unit":
        return [Owner("unit", unit, unit) for unit in sorted({one.unit for one in asked})]
    units = {one.person: one.unit for one in asked}
    return [Owner("person", person, unit) for person, unit in sorted(units.items(), key=lambda pair: pair[::-1])]


def owing(pack: Pack, quota: Quota, period: "Period", members: Sequence[Member], day: date) -> list[Owner]:
    """Who owes a period of a duty, looked at on a day: who was there when the week or month began owes all of it.

    What is owed once in the whole programme is owed by those who are there when it is due; so is a period that began
    before the directory was known, because nothing tells who was there.
    """
    begun = min((one.since for one in members if one.since is not None), default=None)
    unknown = begun is not None and begun >= period.opens and all(one.since is not None for one in members)
    last = midnight(min(period.due, day) + DAY)
    at = last if unknown or quota.per == "programme" else period.opens
    return owners(pack, quota.who, quota.owed_by, members, at)


def _on(roster: Roster, one: Member) -> bool:
    """Of a unit of its levels, and of one of its ranks where it names any."""
    return one.role is None and one.level in roster.levels and (not roster.ranks or one.rank in roster.ranks)


@dataclass(frozen=True, slots=True)
class Period:
    """What was done from `since` to `until` counts; up to `due` it is in time, if it was entered before `closes`."""

    since: date
    until: date
    due: date
    closes: datetime

    @property
    def opens(self) -> datetime:
        return midnight(self.since)


def periods(pack: Pack, quota: Quota, until: date) -> list[Period]:
    """The periods of a counted duty that began by a day. A week or month that the programme covers only in part is
    owed by nobody."""
    start, end = pack.programme.start, pack.programme.end
    if quota.slots or start > until:
        return []
    if quota.per == "programme":
        return [_period(quota, start, end, quota.due or end)]
    found = []
    for first, last in _weeks(start, until) if quota.per == "week" else _months(start, until):
        if first >= start and last <= end:
            found.append(_period(quota, first, last, last))
    return found


def _period(quota: Quota, since: date, until: date, due: date) -> Period:
    return Period(since, until, due, midnight(due + DAY * (1 + quota.grace_days)))


def _weeks(start: date, until: date) -> Iterator[tuple[date, date]]:
    first = start - DAY * start.weekday()
    while first <= until:
        yield first, first + DAY * 6
        first += DAY * 7


def _months(start: date, until: date) -> Iterator[tuple[date, date]]:
    first = start.replace(day=1)
    while first <= until:
        after = (first + DAY * 31).replace(day=1)
        yield first, after - DAY
        first = after


@dataclass(frozen=True, slots=True)
class Tally:
    """What one owner did of one duty in one period; `late` is beside `done`."""

    quota: Quota
    owner: Owner
    period: Period
    done: int
    late: int

    @property
    def met(self) -> bool:
        return self.done >= self.quota.need

    @property
    def over(self) -> bool:
        """More than the programme asks for at most."""
        return self.quota.max is not None and self.done > self.quota.max

    @property
    def share(self) -> Fraction:
        """K20: never more than all of it."""
        return Fraction(min(self.done, self.quota.need), self.quota.need)


def tally(pack: Pack, quota: Quota, owner: Owner, period: Period, ledger: Ledger) -> Tally:
    """Counted by what was known when the period closed: what was withdrawn or ended later had counted, what was
    entered later counts as late. A day of a kind that counts by days counts once."""
    by_days = {row.id for row in pack.lists.activity if row.counts == "days"}
    in_time: set[str] = set()
    late: set[str] = set()
    for key, on, known, stands in _counted(quota, by_days, owner, period, ledger):
        if period.since <= on <= period.until:
            if known and on <= period.due:
                in_time.add(key)
            elif stands:
                late.add(key)
    return Tally(quota, owner, period, len(in_time), len(late - in_time))


def _counted(
    quota: Quota, by_days: set[str], owner: Owner, period: Period, ledger: Ledger
) -> Iterator[tuple[str, date, bool, bool]]:
    """(what, day, whether it counted when the period closed, whether it counts now)."""
    if quota.activities:
        for deed in ledger.deeds(owner):
            if deed.kind in quota.activities:
                key = f"{deed.kind} {deed.on}" if deed.kind in by_days else deed.activity_id
                yield key, deed.on, deed.counts(period.closes), deed.withdrawn_at is None
    if quota.modes:
        for visit in ledger.visits(owner, paired=quota.paired, known=period.closes):
            if visit.mode in quota.modes:
                yield f"visit {visit.visit_id}", visit.on, visit.recorded_at < period.closes, True


@dataclass(frozen=True, slots=True)
class Standing:
    """One owner's pairs of one kind on a day."""

    row: Pairing
    owner: Owner
    pairs: tuple[Pair, ...]

    @property
    def n(self) -> int:
        return len({pair.target for pair in self.pairs})

    @property
    def cards(self) -> int:
        return len({pair.target for pair in self.pairs if pair.card_on is not None})

    @property
    def within(self) -> bool:
        """K06: not fewer than the least, nor more than the most (SH-05: nine of ten do not count)."""
        return (self.row.min or 0) <= self.n and (self.row.max is None or self.n <= self.row.max)


def standings(pack: Pack, row: Pairing, ledger: Ledger, day: date, known: datetime | None = None) -> list[Standing]:
    """Everybody who owes pairs of this kind, as they stood on a day; by what was recorded before `known`."""
    asked = owners(pack, row.from_, row.per, ledger.members, midnight(day + DAY))
    return [Standing(row, owner, _standing(ledger.pairs(row.kind, owner.id, day, known), day)) for owner in asked]


def _standing(pairs: Sequence[Pair], day: date) -> tuple[Pair, ...]:
    """A card that was handed over only later had not been on that day."""
    late = [pair.card_on is not None and pair.card_on > day for pair in pairs]
    return tuple(replace(pair, card_on=None) if later else pair for pair, later in zip(pairs, late, strict=True))


ENTERED_LATER = frozenset({"R08", "R16", "R21"})
"""Reports of duties: what was done may still be entered in the days that the pack grants."""


def waits(pack: Pack, report: str) -> timedelta:
    """For how long after its last day a report waits for entries."""
    return grace(pack) if report in ENTERED_LATER else timedelta()


def speaks_of(pack: Pack, report: str, as_of: datetime, day: date) -> bool:
    """Whether a report as of a moment is that of a day: neither of a window that still ran, nor of later knowledge."""
    return day <= as_of.astimezone(LOCAL).date() <= day + waits(pack, report)


def grace(pack: Pack) -> timedelta:
    """For how long after its end a period may still get entries."""
    return DAY * max((row.grace_days for row in counted(pack)), default=0)


def counted(pack: Pack) -> list[Quota]:
    """The duties without named days."""
    return [row for row in pack.lists.quota if not row.slots]


def kinds(pack: Pack) -> dict[str, Activity]:
    return {row.id: row for row in pack.lists.activity}
