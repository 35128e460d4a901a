"""Visits and taking part as an assessment counts them: the rules of coverage, for one object's share (K07, K08)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.event import Event
from contracts.intake import (
    GridCellDefined,
    PersonRegistered,
    RequestRegistered,
    SubjectDataErased,
    SubjectRegistered,
    UnitRegistered,
    VisitRecorded,
)
from services.reference.coverage.facts import Call, Cell, Facts, Person, Place, Subject, Visit


@dataclass(slots=True)
class Covered:
    """The register, visits, calls and officials, one event after the other; matters are judged as cases."""

    subjects: dict[str, Subject] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    persons: dict[str, Person] = field(default_factory=dict)
    units: dict[str, Place] = field(default_factory=dict)
    cells: dict[str, Cell] = field(default_factory=dict)

    def facts(self) -> Facts:
        known = (list(self.subjects.values()), self.visits, list(self.persons.values()), self.calls)
        return Facts(*known, units=self.units, cells=list(self.cells.values()))


def _subject(c: Covered, e: SubjectRegistered, told: Any) -> None:
    c.subjects[e.subject_id] = Subject(
        e.subject_id, e.kind, e.territory_unit, e.community_unit, e.tags, e.listed_on, told.time
    )


def _erased(c: Covered, e: SubjectDataErased, told: Any) -> None:
    if known := c.subjects.get(e.subject_id):
        c.subjects[e.subject_id] = replace(known, erased=True)


def _visit(c: Covered, e: VisitRecorded, told: Any) -> None:
    if not e.attempted_only:
        what = (e.visit_id, e.subject_id, e.visitors, e.mode, told.time, len(e.request_ids))
        c.visits.append(Visit(*what, tuple(e.grid_ids.values())))


def _cell(c: Covered, e: GridCellDefined, told: Any) -> None:
    c.cells[e.grid_id] = Cell(e.grid_id, e.layer, e.unit_id, e.parent)


def _call(c: Covered, e: RequestRegistered, told: Any) -> None:
    visited = e.visit_id is not None
    who = (e.request_id, e.caller_ref, e.subject_id, e.received_at, told.time, e.channel)
    c.calls.append(Call(*who, visited, e.territory_unit))


def _person(c: Covered, e: PersonRegistered, told: Any) -> None:
    c.persons[e.person_id] = Person(e.person_id, e.unit_id, e.rank)


def _unit(c: Covered, e: UnitRegistered, told: Any) -> None:
    c.units[e.unit_id] = Place(e.unit_id, e.level, e.parent, e.size_class)


COVERING: dict[type[Event], Callable[[Covered, Any, Any], None]] = {
    SubjectRegistered: _subject,
    SubjectDataErased: _erased,
    VisitRecorded: _visit,
    GridCellDefined: _cell,
    RequestRegistered: _call,
    PersonRegistered: _person,
    UnitRegistered: _unit,
}
OF_A_PROGRAMME = (VisitRecorded, RequestRegistered)
"""The directory is everybody's; these count for the programme they were recorded under."""
