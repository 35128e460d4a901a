"""The dates that a pack sets for reaching people, and how far each is at a moment (K07, K08)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from hashlib import sha256
from itertools import chain
from math import ceil
from typing import Literal

from contracts.pack import Pack
from contracts.pack.covering import Coverage, Population, Roster
from services.chassis.zone import LOCAL
from services.reference.coverage import members
from services.reference.coverage.facts import Facts
from services.reference.coverage.members import Member

LONGEST_ID = 100
"""What an event's code holds."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One population under one rule, or one roster, by its date."""

    of: Literal["population", "roster"]
    code: str
    day: date
    """The last day on which it may be reached."""
    rule: Coverage | Roster
    group: Population | Roster

    @property
    def name(self) -> str:
        return self.group.name or self.code

    @property
    def due(self) -> datetime:
        """The first instant after the day."""
        return datetime.combine(self.day + timedelta(days=1), time(), LOCAL)

    @property
    def snapshot(self) -> date | None:
        return self.group.snapshot if isinstance(self.group, Population) else None

    @property
    def planned(self) -> int | None:
        """How many they should be by the plan (HA-05)."""
        return self.group.total

    @property
    def phrase(self) -> str | None:
        return self.rule.phrase if isinstance(self.rule, Coverage) else None

    def coverage_id(self, programme: str) -> str:
        plain = f"{programme}:{self.of}:{self.code}:{self.day.isoformat()}"
        return plain if len(plain) <= LONGEST_ID else sha256(plain.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class OfUnit:
    """One unit's part."""

    unit: str | None
    size_class: str | None
    whole: int
    target: int
    reached: int

    @property
    def kept(self) -> bool:
        return self.reached >= self.target


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is. `kept`: as many as asked for, where sizes count in every town; None: of nobody nothing is asked.

    A register that holds fewer than the plan says is never kept to: whoever is not on it was not reached (HA-05).
    """

    watched: Watched
    members: tuple[Member, ...]
    units: tuple[OfUnit, ...]
    whole: int
    target: int
    reached: int
    kept: bool | None

    @property
    def left(self) -> tuple[Member, ...]:
        return tuple(one for one in self.members if one.reached_at is None)

    @property
    def share(self) -> Fraction | None:
        """None of nobody: neither nothing nor all."""
        return Fraction(self.reached, self.whole) if self.whole else None


def watched(pack: Pack) -> list[Watched]:
    """What a pack asks for, in its order; a population under two dates is watched twice."""
    groups = {row.id: row for row in pack.lists.population}
    found = [
        Watched("population", code, row.due, row, groups[code])
        for row in pack.lists.coverage
        for code in row.population
    ]
    return found + [
        Watched("roster", row.id, row.due or pack.programme.end, row, row)
        for row in pack.lists.roster
        if row.participation is not None
    ]


def progress(one: Watched, facts: Facts) -> Progress:
    """How far one is by these facts; `facts.until` says by when."""
    by_size = isinstance(one.rule, Coverage) and bool(one.rule.by_size)
    found = found_members(one, facts)
    grouped: dict[str | None, list[Member]] = defaultdict(list)
    for member in found:
        grouped[member.unit].append(member)
    units = tuple(
        _of_unit(one, unit, grouped[unit], facts)
        for unit in sorted(grouped, key=lambda code: (code is None, code or ""))
    )
    whole, reached = len(found), _reached(found)
    target = sum(unit.target for unit in units) if by_size else ceil(_part(one, None) * whole)
    kept: bool | None = all(unit.kept for unit in units) if by_size else reached >= target
    if whole < (one.planned or 0):
        kept = False
    elif not whole:
        kept = None
    return Progress(one, tuple(found), units, whole, target, reached, kept)


def asked_for(pack: Pack, of: str, facts: Facts) -> list[Member]:
    """Everybody of the populations, or of the rosters, that the pack asks for: each once, in the order of their ids.

    Who is asked for twice counts as reached when both ask no more.
    """
    return _each_once(found_members(one, facts) for one in watched(pack) if one.of == of)


def asked_for_in_time(pack: Pack, of: str, facts: Facts, now: datetime) -> list[Member]:
    """The same for 按时走访: of a date that passed, as it stood at its last instant."""
    asked = [one for one in watched(pack) if one.of == of]
    stood = {due: facts.until(due) if due <= now else facts for due in {one.due for one in asked}}
    return _each_once(found_members(one, stood[one.due]) for one in asked)


def _each_once(groups: Iterable[Iterable[Member]]) -> list[Member]:
    found: dict[str, Member] = {}
    for member in chain.from_iterable(groups):
        known = found.get(member.ref)
        found[member.ref] = member if known is None or member.reached_at is None else known
    return [found[ref] for ref in sorted(found)]


def found_members(one: Watched, facts: Facts) -> list[Member]:
    if isinstance(one.group, Roster):
        return members.roster(one.group, facts)
    assert isinstance(one.rule, Coverage), "a population is watched under a rule of coverage"
    return members.population(one.group, one.rule.modes, facts)


def _of_unit(one: Watched, unit: str | None, found: Sequence[Member], facts: Facts) -> OfUnit:
    known = facts.units.get(unit or "")
    size = known.size_class if known else None
    return OfUnit(unit, size, len(found), ceil(_part(one, size) * len(found)), _reached(found))


def _part(one: Watched, size: str | None) -> Fraction:
    if isinstance(one.rule, Coverage):
        return one.rule.part(size)
    assert one.rule.participation is not None, "only a roster with a share is watched"
    return Fraction(one.rule.participation)


def _reached(found: Sequence[Member]) -> int:
    return sum(member.reached_at is not None for member in found)
