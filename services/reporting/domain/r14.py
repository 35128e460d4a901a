"""R14 每周民情分析 (LT-43): what people asked for this week, set against the week before, and what is to be seen to.

Requests count by the moment they were registered, in the week in which that lies. The numbers from which something is
worth a line are the pack's (`analysis`).
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from contracts.pack import Analysis
from services.chassis.zone import LOCAL
from services.reporting.domain.canonical import Cell
from services.reporting.domain.case import Case
from services.reporting.domain.facts import CommonFact, DecisionFact, OrderFact, RequestFact
from services.reporting.domain.shares import Share, percent

VERSION = 1
"""Of the rules below; a run names it, and a change of them is a new version."""

COUNTED = ("volume", "category", "focus", "place", "repeat", "rising")
"""Parts whose numbers are requests; the others are matters and decisions, each with its cases."""


@dataclass(frozen=True, slots=True)
class Input:
    """`before` is None in the first week: then there is nothing to set it against."""

    requests: Sequence[RequestFact]
    before: Sequence[RequestFact] | None
    focus: Mapping[str, Collection[str]]
    """重点关注: the pack's words, each with the categories that belong to it."""
    common: Sequence[CommonFact]
    decisions: Sequence[DecisionFact]
    """Those of the week before."""
    cases: Mapping[str, Case]
    orders: Sequence[OrderFact]
    rules: Analysis
    window_from: datetime
    window_to: datetime
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Which:
    """The requests that one number counts."""

    section: str
    key: str | None = None
    category: str | None = None
    unit: str | None = None

    def counts(self, given: Input) -> Callable[[RequestFact], bool]:
        match self.section:
            case "volume":
                return lambda one: True
            case "category":
                return lambda one: one.category == self.category
            case "focus":
                codes = given.focus.get(self.key or "", ())
                return lambda one: one.category in codes
            case "place":
                return lambda one: one.place == self.unit
            case "repeat":
                return lambda one: one.link == "repeat"
            case "rising":
                return lambda one: (one.category, one.place) == (self.category, self.unit)
            case other:
                raise ValueError(f"{other} counts no requests")


def members(given: Input, which: Which, *, before: bool = False) -> list[RequestFact]:
    """The requests behind one number, of this week or of the one before."""
    counts = which.counts(given)
    return [one for one in ((given.before or ()) if before else given.requests) if counts(one)]


def rows(given: Input) -> list[dict[str, Cell]]:
    """All parts in the order of the paper; every row has the same cells."""
    return [
        _counted(given, Which("volume")),
        *(_counted(given, Which("category", category=code)) for code in _top(given, lambda one: one.category)),
        *(_counted(given, Which("focus", key=word)) for word in given.focus),
        *(_counted(given, Which("place", unit=unit)) for unit in _hot(given)),
        _counted(given, Which("repeat")),
        *(_counted(given, Which("rising", category=of, unit=at)) for of, at in _rising(given)),
        *_common(given),
        *(_decided(given, one) for one in sorted(given.decisions, key=lambda one: (one.at, one.meeting, one.number))),
    ]


def _row(section: str, **cells: Cell) -> dict[str, Cell]:
    every = ("key", "category", "unit", "text", "n", "before", "change", "share", "done", "due", "state")
    return {"section": section, **dict.fromkeys(every), **cells}


def _counted(given: Input, which: Which) -> dict[str, Cell]:
    n = len(members(given, which))
    before = None if given.before is None else len(members(given, which, before=True))
    return _row(
        which.section,
        key=which.key,
        category=which.category,
        unit=which.unit,
        n=n,
        before=before,
        change=percent(Fraction(n - before, before)) if before else None,
        share=None if which.section == "volume" else Share(n, len(given.requests)).percent,
    )


Key = Callable[[RequestFact], str | None]


def _ranked(given: Input, key: Key) -> list[tuple[str | None, int]]:
    """The most first; equal numbers in the order of their codes, those without one last."""
    found = Counter(map(key, given.requests))
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0] is None, pair[0] or ""))


def _top(given: Input, key: Key) -> list[str | None]:
    return [code for code, _n in _ranked(given, key)][: given.rules.top]


def _hot(given: Input) -> list[str]:
    found = _ranked(given, lambda one: one.place)
    return [unit for unit, n in found if unit is not None and n >= given.rules.hot_from][: given.rules.top]


def _rising(given: Input) -> Iterator[tuple[str, str]]:
    """苗头: one kind of matter at one place, often this week and much more often than in the week before."""
    now = Counter((one.category, one.place) for one in given.requests)
    before = Counter((one.category, one.place) for one in given.before or ())
    often = sorted(now.items(), key=lambda pair: (-pair[1], pair[0][0] or "", pair[0][1] or ""))
    for (category, place), n in often:
        if category is None or place is None or n < given.rules.rising_from:
            continue
        if n >= given.rules.rising_times * before[category, place]:
            yield category, place


def _common(given: Input) -> Iterator[dict[str, Cell]]:
    """共性问题建议: what nobody has decided on yet, and what was found to be one matter this week."""
    for one in sorted(given.common, key=lambda one: (-len(one.cases), one.common_id)):
        declared = one.declared_at is not None and given.window_from <= one.declared_at < given.window_to
        if one.state == "proposed" or declared:
            yield _row(
                "common",
                key=one.common_id,
                category=one.category,
                unit=one.area,
                text=one.title,
                n=len(one.cases),
                state=one.state,
            )


def _decided(given: Input, one: DecisionFact) -> dict[str, Cell]:
    """上周会商事项落实: how far its unit is in each of its cases."""
    orders = [o for o in given.orders if o.unit == one.unit and o.case_id in one.cases and not o.cancelled]
    finished = {o.case_id for o in orders if o.completed}
    finished |= {case_id for case_id in one.cases if (case := given.cases.get(case_id)) is not None and case.done}
    return _row(
        "decision",
        key=f"{one.meeting}/{one.number}",
        unit=one.unit,
        text=one.text,
        n=len(one.cases),
        done=len(finished),
        due=one.due.astimezone(LOCAL).strftime("%Y-%m-%d"),
        state=_state(one, finished, bool(orders), given.as_of),
    )


def _state(one: DecisionFact, finished: Collection[str], ordered: bool, as_of: datetime) -> str:
    if not one.cases:
        return "no_case"
    if len(finished) == len(one.cases):
        return "done"
    if one.due < as_of:
        return "overdue"
    return "at_work" if ordered else "no_order"
