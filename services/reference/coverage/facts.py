"""What coverage is reckoned from: the register, visits, officials, calls and matters in focus, as known at a moment.

The counting clock is the recorded time, never before the day that a visit was made on: nobody can backdate a visit into
a date. A visit on which nobody was met is no visit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Subject:
    """A household, enterprise or place of the register."""

    subject_id: str
    kind: str
    territory: str
    community: str | None = None
    tags: tuple[str, ...] = ()
    listed_on: date | None = None
    known_at: datetime | None = None
    """When it was recorded so; None: always."""
    erased: bool = False
    """Its personal data were erased. Kind, town and code are none, and it stays one of so many: a count must not get
    better because somebody who was not reached asked to be forgotten."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody was met there."""

    visit_id: str
    subject_id: str
    visitors: tuple[str, ...]
    mode: str
    at: datetime
    heard: int = 0
    """Requests that were heard on it."""
    cells: tuple[str, ...] = ()
    """The cells of the grid that the place lay in, one of each layer."""


@dataclass(frozen=True, slots=True)
class Person:
    """An official."""

    person_id: str
    unit: str
    rank: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody asked for something; who they are is a word for their number, or the subject that they belong to."""

    request_id: str
    caller: str | None
    subject_id: str | None
    received_at: datetime
    at: datetime
    channel: str
    visited: bool = False
    """Heard on a visit: they did not call, they were asked."""
    territory: str | None = None


@dataclass(frozen=True, slots=True)
class Matter:
    """A case that is or was in focus."""

    case_id: str
    territory: str | None
    subject_id: str | None
    opened_at: datetime
    turns: tuple[datetime, ...]
    """When it came to stand in focus and when it ceased to, in turn: taken out of focus, merged, split or closed."""
    seen_at: datetime | None = None
    """When somebody went there about it: the visit that brought it, or one that verified it."""

    @property
    def stands(self) -> bool:
        return len(self.turns) % 2 == 1

    def until(self, t: datetime) -> "Matter":
        seen = self.seen_at if self.seen_at is not None and self.seen_at < t else None
        return replace(self, turns=tuple(turn for turn in self.turns if turn < t), seen_at=seen)


@dataclass(frozen=True, slots=True)
class Place:
    """A unit of the directory."""

    unit_id: str
    level: str
    parent: str | None = None
    size_class: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the grid, as a 楼院 or a 街巷 (LT-39)."""

    grid_id: str
    layer: str
    unit: str | None = None
    parent: str | None = None
    known_at: datetime | None = None
    """When it was first defined; None: always."""


@dataclass(frozen=True, slots=True)
class Attended:
    """Somebody was at a meeting with residents."""

    person_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it, of one programme."""

    subjects: Sequence[Subject] = ()
    """In the order they were recorded; one that was recorded again stands here as often."""
    visits: Sequence[Visit] = ()
    persons: Sequence[Person] = ()
    calls: Sequence[Call] = ()
    matters: Sequence[Matter] = ()
    meetings: Sequence[Attended] = ()
    units: Mapping[str, Place] = field(default_factory=dict)
    cells: Sequence[Cell] = ()

    @property
    def register(self) -> Mapping[str, Subject]:
        """Each subject as it was recorded last."""
        return {one.subject_id: one for one in self.subjects}

    def until(self, t: datetime) -> "Facts":
        """As they were just before a moment."""
        return Facts(
            [one for one in self.subjects if one.known_at is None or one.known_at < t],
            [one for one in self.visits if one.at < t],
            [one for one in self.persons if one.since is None or one.since < t],
            [one for one in self.calls if one.at < t],
            [one.until(t) for one in self.matters if one.opened_at < t],
            [one for one in self.meetings if one.at < t],
            self.units,
            [one for one in self.cells if one.known_at is None or one.known_at < t],
        )
