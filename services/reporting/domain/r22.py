"""R22 分乡镇覆盖与调研表: how many villages of each town were to be visited by its size, and how many were (SH-18)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from contracts.pack import Pack
from contracts.pack.covering import Coverage, Population
from services.reference.coverage.facts import Facts
from services.reference.coverage.members import Member
from services.reference.coverage.rules import Progress, Watched, progress, watched
from services.reporting.domain.canonical import Cell
from services.reporting.domain.case import Case

VERSION = 2
"""Of the rules below; a run names it, and a change of them is a new version."""

PLACES = frozenset({"village", "community"})


@dataclass(frozen=True, slots=True)
class Beside:
    """What is told of towns besides visits: papers (调研报告) with what they are about, and pairs."""

    papers: Sequence[tuple[str, str, Sequence[str]]] = ()
    """Each with its unit and the subjects that it is about."""
    pairs: Sequence[tuple[str, str]] = ()
    """Officials with the subjects that they are paired with on the day of the report."""


@dataclass(frozen=True, slots=True)
class Input:
    """The rules about places as they stand, and the cases of the programme."""

    found: Sequence[Progress]
    cases: Collection[Case]
    sizes: dict[str, str | None]
    papers: dict[str, set[str]]
    """By town."""
    leaders: dict[str, set[str]]
    """联系点领导: who is paired with a place of the town."""


def given(pack: Pack, facts: Facts, cases: Collection[Case], beside: Beside) -> Input:
    """Rules by size, and others that ask for villages or communities alone."""
    found = [progress(one, facts) for one in watched(pack) if _of_places(one)]
    places = {member.ref: member.unit or "" for one in found for member in one.members}
    towns = {part.unit for one in found for part in one.units}
    lies = {one.subject_id: one.territory for one in facts.subjects}
    papers: dict[str, set[str]] = defaultdict(set)
    for paper, unit, subjects in beside.papers:
        for town in {lies.get(subject) for subject in subjects} | {_town(unit, towns, facts)}:
            papers[town or ""].add(paper)
    leaders: dict[str, set[str]] = defaultdict(set)
    for owner, target in beside.pairs:
        if target in places:
            leaders[places[target]].add(owner)
    sizes = {place.unit_id: place.size_class for place in facts.units.values()}
    return Input(found, cases, sizes, dict(papers), dict(leaders))


def _town(unit: str, towns: Collection[str | None], facts: Facts) -> str | None:
    """The town of these that a unit is, or lies below."""
    seen: set[str] = set()
    place: str | None = unit
    while place is not None and place not in towns and place not in seen:
        seen.add(place)
        known = facts.units.get(place)
        place = known.parent if known else None
    return place if place in towns else None


def _of_places(one: Watched) -> bool:
    if not isinstance(one.rule, Coverage) or not isinstance(one.group, Population):
        return False
    return bool(one.rule.by_size) or PLACES.issuperset(one.group.kind)


def members(of: Input, figure: str, kind: str, unit: str | None) -> list[Member]:
    """Who stands behind one number of places."""
    here = [m for one in of.found for m in one.members if kind == "total" or m.unit == unit]
    return [m for m in here if figure == "whole" or (figure == "reached") == (m.reached_at is not None)]


def solved(of: Input, kind: str, unit: str | None) -> list[Case]:
    """The matters of a town that were solved."""
    towns = {part.unit for one in of.found for part in one.units}
    return [c for c in of.cases if c.solved and (c.territory in towns if kind == "total" else c.territory == unit)]


def rows(of: Input) -> list[dict[str, Cell]]:
    """Towns in the order of their codes, and the total. A town keeps to it when it does so under every rule."""
    numbers: dict[str | None, list[int]] = defaultdict(lambda: [0, 0, 0])
    kept: dict[str | None, bool] = defaultdict(lambda: True)
    for one in of.found:
        for part in one.units:
            for place, value in enumerate((part.whole, part.target, part.reached)):
                numbers[part.unit][place] += value
            kept[part.unit] = kept[part.unit] and part.kept
    units = sorted(numbers, key=lambda unit: (unit is None, unit or ""))
    found = [_row(of, "unit" if unit else "unassigned", unit, numbers[unit], kept[unit]) for unit in units]
    sums = [sum(column) for column in zip(*numbers.values(), strict=True)] or [0, 0, 0]
    return [*found, _row(of, "total", None, sums, all(kept.values()) if kept else None)]


def _row(of: Input, kind: str, unit: str | None, numbers: Sequence[int], kept: bool | None) -> dict[str, Cell]:
    whole, target, reached = numbers
    return {
        "row": kind,
        "unit": unit,
        "size_class": of.sizes.get(unit or ""),
        "whole": whole,
        "target": target,
        "reached": reached,
        "left": whole - reached,
        "kept": None if kept is None else "yes" if kept else "no",
        "papers": len(_in_row(of, of.papers, kind, unit)),
        "solved": len(solved(of, kind, unit)),
        "leaders": "、".join(sorted(of.leaders.get(unit or "", ()))) or None if kind != "total" else None,
    }


def _in_row(of: Input, by_town: dict[str, set[str]], kind: str, unit: str | None) -> set[str]:
    if kind != "total":
        return by_town.get(unit or "", set())
    towns = {part.unit or "" for one in of.found for part in one.units}
    return set().union(*(by_town.get(town, set()) for town in towns))
