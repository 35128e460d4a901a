"""R09 回访满意度统计表: one row per unit that is asked about, and the total; everything up to the report's moment.

A follow-up is counted once for each round and side of a case. The department's side counts with the unit that led the
round, the territory's with the unit that had the order there (双向回访); so the rows add up to the total.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from services.reporting.domain import kpi
from services.reporting.domain.canonical import Cell
from services.reporting.domain.case import Case
from services.reporting.domain.facts import Asked, Heard

VERSION = 1
"""Of the rules below; a run names it, and a change of them is a new version."""


@dataclass(frozen=True, slots=True)
class Input:
    """The cases that count, and every follow-up that was to be made of them; explanations are none."""

    cases: Collection[Case]
    asked: Collection[Asked]


def _said(view: str) -> Callable[[Asked], bool]:
    return lambda one: one.heard is not None and one.heard.reached and one.heard.satisfaction == view


MEMBERS: Mapping[str, Callable[[Asked], bool]] = {
    "due": lambda one: True,
    "concluded": lambda one: one.heard is not None,
    "reached": lambda one: one.heard is not None and one.heard.reached,
    "unreached": lambda one: one.heard is not None and not one.heard.reached,
    "solved": lambda one: one.heard is not None and one.heard.reached and one.heard.solved is True,
    **{view: _said(view) for view in ("very", "satisfied", "basic", "dissatisfied", "very_dissatisfied")},
}
"""Which follow-ups each number counts; the same predicates list them."""


def members(given: Input, figure: str, kind: str, unit: str | None) -> list[str]:
    """The ids of the cases behind one number, one for each follow-up that it counts."""
    if figure == "reworked":
        return [c.case_id for c in given.cases if c.round > 1 and (kind == "total" or c.lead_unit == unit)]
    counts = MEMBERS[figure]
    return [one.case_id for one in given.asked if (kind == "total" or one.unit == unit) and counts(one)]


def rows(given: Input) -> list[dict[str, Cell]]:
    """Units in the order of their codes, then follow-ups that are about nobody, then the total of all."""
    asked: dict[str | None, list[Asked]] = defaultdict(list)
    for one in given.asked:
        asked[one.unit].append(one)
    reworked: dict[str | None, list[Case]] = defaultdict(list)
    for case in given.cases:
        if case.round > 1:
            reworked[case.lead_unit].append(case)
    names = sorted(unit for unit in {*asked, *reworked} if unit is not None)
    found = [_row("unit", unit, asked.get(unit, []), reworked.get(unit, [])) for unit in names]
    if asked.get(None) or reworked.get(None):
        found.append(_row("unassigned", None, asked.get(None, []), reworked.get(None, [])))
    return [*found, _row("total", None, list(given.asked), [case for case in given.cases if case.round > 1])]


def _row(kind: str, unit: str | None, asked: Sequence[Asked], reworked: Sequence[Case]) -> dict[str, Cell]:
    heard = [one.heard for one in asked if one.heard is not None]
    return {
        "row": kind,
        "unit": unit,
        **{figure: sum(counts(one) for one in asked) for figure, counts in MEMBERS.items()},
        **_shares(len(asked), heard),
        "reworked": len(reworked),
    }


def _shares(due: int, heard: Sequence[Heard]) -> dict[str, Cell]:
    return {
        "concluded_share": kpi.called_back(due, heard).percent,
        "contacted_share": kpi.contacted_as_heard(heard).percent,
        "solved_share": kpi.solved_as_heard(heard).percent,
        "satisfied_share": kpi.satisfaction(heard).percent,
    }
