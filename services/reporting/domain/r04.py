"""R04 月度联络员会议汇总表 (DI-34 to DI-36): what each group did this month and plans next, beside the others."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from services.reference.ledger import Ledger
from services.reporting.domain.canonical import Cell
from services.reporting.domain.case import Case
from services.reporting.domain.shares import Share, percent

VERSION = 1
"""Of the rules below; a run names it, and a change of them is a new version."""


@dataclass(frozen=True, slots=True)
class Talked:
    """A visit on which somebody was met: whom, by whom, of which kinds, and what was asked for."""

    subject: str
    visitors: tuple[str, ...]
    on: date
    interviewees: tuple[tuple[str, int], ...]
    requests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What one group brought to the month's meeting."""

    group: str
    done: str
    plan: str


@dataclass(frozen=True, slots=True)
class Input:
    """`groups` are units; `heads` and `liaisons` of them, persons. `cases` by the request that led to them."""

    groups: Sequence[str]
    heads: Mapping[str, str]
    liaisons: Mapping[str, str]
    ledger: Ledger
    kinds: Sequence[str]
    """Kinds of pairs whose targets are the groups' points."""
    categories: Sequence[str]
    """Of interviewees, as the pack names them (DI-25)."""
    visits: Sequence[Talked]
    cases: Mapping[str, Case]
    said: Sequence[Said]
    month: date
    before: date
    """The first day of the month before."""
    day: date
    window_from: datetime
    window_to: datetime


def rows(given: Input) -> list[dict[str, Cell]]:
    """One per group, the best first: by the share of its points visited, then by visits of the month; and the total."""
    lines = [_row(given, group) for group in given.groups]
    for line in lines:
        line["rank"] = 1 + sum(_better(other, line) for other in lines)
    lines.sort(key=lambda line: (int(line["rank"] or 0), str(line["group"])))
    return [*lines, _total(given, lines)] if lines else []


def _row(given: Input, group: str) -> dict[str, Cell]:
    here = [one for one in given.ledger.members if one.unit == group and (one.until is None or one.role is not None)]
    people = {one.person for one in here}
    mine = [one for one in given.visits if people & set(one.visitors)]
    month = [one for one in mine if given.month <= one.on <= given.day]
    points = _points(given, group, people)
    seen = points & {one.subject for one in mine if one.on <= given.day}
    times, earlier = _times(month, people), _times((o for o in mine if given.before <= o.on < given.month), people)
    heard = [request for one in month for request in one.requests]
    said = next((one for one in reversed(given.said) if one.group == group), None)
    return {
        "row": "group",
        "group": group,
        "head": given.heads.get(group),
        "liaison": given.liaisons.get(group),
        "points": len(points),
        "seen": len(seen),
        "seen_share": Share(len(seen), len(points)).percent,
        "visits": times,
        **_interviewed(given, month),
        "issues": len(heard),
        "solved": _solved(given, [request for one in mine for request in one.requests]),
        "done": said.done if said else None,
        "plan": said.plan if said else None,
        "change": percent(Fraction(times - earlier, earlier)) if earlier else None,
        "rank": None,
    }


def _points(given: Input, group: str, people: set[str]) -> set[str]:
    """Those whom the group, or one of its people, is paired with."""
    return {
        pair.target
        for kind in given.kinds
        for owner in (group, *people)
        for pair in given.ledger.pairs(kind, owner, given.day)
    }


def _times(visits: Iterable[Talked], people: set[str]) -> int:
    """K01 人次: every visitor of the group on every visit."""
    return sum(len(people & set(one.visitors)) for one in visits)


def _interviewed(given: Input, visits: Iterable[Talked]) -> dict[str, Cell]:
    found: Counter[str] = Counter()
    for one in visits:
        for category, n in one.interviewees:
            found[category] += n
    named = {f"talked/{category}": found[category] for category in given.categories}
    return {"talked": sum(found.values()), **named}


def _solved(given: Input, requests: Sequence[str]) -> int:
    """Cases of what was heard that were solved within the window, each once."""
    cases = {given.cases[one].case_id: given.cases[one] for one in requests if one in given.cases}
    return sum(
        case.solved and case.completed_at is not None and given.window_from <= case.completed_at < given.window_to
        for case in cases.values()
    )


def _better(one: Mapping[str, Cell], other: Mapping[str, Cell]) -> bool:
    return _key(one) > _key(other)


def _key(line: Mapping[str, Cell]) -> tuple[Fraction, int]:
    points, seen, visits = (int(line[name] or 0) for name in ("points", "seen", "visits"))
    return (Fraction(seen, points) if points else Fraction(-1), visits)


def _total(given: Input, lines: Sequence[Mapping[str, Cell]]) -> dict[str, Cell]:
    counted = ("points", "seen", "visits", "talked", *(f"talked/{one}" for one in given.categories), "issues", "solved")
    sums = {name: sum(int(line[name] or 0) for line in lines) for name in counted}
    empty = ("group", "head", "liaison", "done", "plan", "change", "rank")
    share = Share(sums["seen"], sums["points"]).percent
    return {"row": "total", **dict.fromkeys(empty), **sums, "seen_share": share}
