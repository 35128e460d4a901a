"""Who belonged where, who was paired with whom, what was done and who was visited: with when each was recorded.

Pure. What was withdrawn, ended or backdated later is told apart, so that a day can be judged by what was known then.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from services.chassis.zone import LOCAL

DAY = timedelta(days=1)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a unit, or a holder of a role; from when until when, where that is known."""

    person: str
    unit: str
    level: str = ""
    role: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    rank: str = ""

    def there(self, moment: datetime) -> bool:
        return (self.since is None or self.since < moment) and (self.until is None or self.until >= moment)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owes something: a person of a unit, or the unit as one."""

    kind: Literal["person", "unit"]
    id: str
    unit: str


@dataclass(frozen=True, slots=True)
class Pair:
    pairing_id: str
    kind: str
    owner: str
    target: str
    target_kind: str
    since: date
    until: date | None = None
    card_on: date | None = None
    recorded_at: datetime | None = None
    ended_at: datetime | None = None
    """When its end was recorded."""

    def stands(self, day: date, known: datetime | None = None) -> bool:
        """Whether it is a pair on a day; by what was recorded before `known`, else by all that is."""
        ended = self.until is not None and (known is None or self.ended_at is None or self.ended_at < known)
        told = known is None or self.recorded_at is None or self.recorded_at < known
        return told and self.since <= day and (not ended or self.until is None or self.until >= day)


@dataclass(frozen=True, slots=True)
class Deed:
    """An activity; one that was withdrawn counts only for what had closed before."""

    activity_id: str
    kind: str
    on: date
    recorded_at: datetime
    unit: str
    persons: tuple[str, ...]
    topic: str = ""
    document: str = ""
    withdrawn_at: datetime | None = None

    def counts(self, known: datetime) -> bool:
        """Whether it was on record and not withdrawn just before a moment."""
        return self.recorded_at < known and (self.withdrawn_at is None or self.withdrawn_at >= known)


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit on which somebody was met."""

    visit_id: str
    subject: str
    visitors: tuple[str, ...]
    mode: str
    on: date
    recorded_at: datetime


class Ledger:
    """All of it, found by who did it."""

    def __init__(
        self, members: Sequence[Member], pairs: Iterable[Pair], deeds: Iterable[Deed], visits: Iterable[Visit]
    ) -> None:
        self.members = members
        self._pairs: dict[tuple[str, str], list[Pair]] = defaultdict(list)
        self._deeds: dict[str, list[Deed]] = defaultdict(list)
        self._visits: dict[str, list[Visit]] = defaultdict(list)
        self._targets: dict[str, list[Pair]] = defaultdict(list)
        for pair in pairs:
            self._pairs[pair.kind, pair.owner].append(pair)
            self._targets[pair.owner].append(pair)
        for deed in deeds:
            for who in {*deed.persons, deed.unit}:
                self._deeds[who].append(deed)
        for visit in visits:
            for who in set(visit.visitors):
                self._visits[who].append(visit)
        self._homes: dict[str, list[Member]] = defaultdict(list)
        for one in members:
            if one.role is None:
                self._homes[one.person].append(one)

    def pairs(self, kind: str, owner: str, day: date, known: datetime | None = None) -> list[Pair]:
        """Those of one kind that stand on a day, in the order in which they began."""
        found = [pair for pair in self._pairs.get((kind, owner), ()) if pair.stands(day, known)]
        return sorted(found, key=lambda pair: (pair.since, pair.target))

    def deeds(self, owner: Owner) -> Iterator[Deed]:
        for deed in self._deeds.get(owner.id, ()):
            if owner.kind == "person" or deed.unit == owner.id:
                yield deed

    def deeds_of_unit(self, unit: str) -> Iterator[Deed]:
        """All that were done for a unit, whoever did them, and not withdrawn."""
        return (deed for deed in self._deeds.get(unit, ()) if deed.unit == unit and deed.withdrawn_at is None)

    def visits(self, owner: Owner, *, paired: bool, known: datetime | None = None) -> Iterator[Visit]:
        """A person's own; a unit's are those that its people made while they were its people."""
        asked = [owner.id] if owner.kind == "person" else [one.person for one in self.members if one.unit == owner.id]
        seen: set[str] = set()
        for person in asked:
            for visit in self._visits.get(person, ()):
                if visit.visit_id in seen or (owner.kind == "unit" and not self._of(owner.id, person, visit.on)):
                    continue
                if not paired or self._is_paired(person, visit, known):
                    seen.add(visit.visit_id)
                    yield visit

    def _of(self, unit: str, person: str, day: date) -> bool:
        """Of those who moved from unit to unit: whether this was theirs on that day."""
        homes = self._homes.get(person, ())
        if len(homes) < 2:
            return True
        begun = [one for one in homes if one.since is None or one.since < midnight(day + DAY)]
        return (begun[-1] if begun else homes[0]).unit == unit

    def _is_paired(self, person: str, visit: Visit, known: datetime | None) -> bool:
        mine = self._targets.get(person, ())
        return any(pair.target == visit.subject and pair.stands(visit.on, known) for pair in mine)
