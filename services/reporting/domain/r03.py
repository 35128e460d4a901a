"""R03 半月调度统计表: one row per lead unit, one for cases nobody leads yet, and the total."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from services.reporting.domain import kpi
from services.reporting.domain.canonical import Cell
from services.reporting.domain.case import Case
from services.reporting.domain.facts import OrderFact
from services.reporting.domain.shares import percent

VERSION = 1
"""Of the rules below; a run names it, and a change of them is a new version."""


@dataclass(frozen=True, slots=True)
class Input:
    """Everything R03 is computed from. `carried`: ids of the cases that were open when the window began."""

    cases: Collection[Case]
    carried: Collection[str]
    orders: Collection[OrderFact]
    window_from: datetime
    window_to: datetime
    as_of: datetime
    planned: Fraction | None


MEMBERS: Mapping[str, Callable[[Case, Input], bool]] = {
    "carried": lambda case, given: case.case_id in given.carried,
    "opened_in": lambda case, given: _within(case.opened_at, given),
    "total": lambda case, given: True,
    "done_in": lambda case, given: case.done and _within(case.completed_at, given),
    "done": lambda case, given: case.done,
    "solved": lambda case, given: case.solved,
    "struck_off": lambda case, given: case.status == "struck_off",
    "open": lambda case, given: not case.done,
    "overdue": lambda case, given: case.overdue(given.as_of),
    "suspended": lambda case, given: case.status == "suspended",
    "reworked": lambda case, given: case.round > 1,
}
"""Which cases each number counts; the same predicates list them."""


def members(given: Input, figure: str, kind: str, unit: str | None) -> list[Case]:
    """The cases behind one number. Returned orders are those of the unit that returned them, whoever leads now."""
    if figure == "returned":
        wanted = {o.case_id for o in given.orders if o.returned and (kind == "total" or o.unit == unit)}
        return [case for case in given.cases if case.case_id in wanted]
    counts = MEMBERS[figure]
    return [case for case in given.cases if (kind == "total" or case.lead_unit == unit) and counts(case, given)]


def rows(given: Input) -> list[dict[str, Cell]]:
    """Units by rank, then those nobody leads, then the total, which is computed from all cases and not by adding."""
    by_unit: dict[str | None, list[Case]] = defaultdict(list)
    for case in given.cases:
        by_unit[case.lead_unit].append(case)
    returned: dict[str, list[OrderFact]] = defaultdict(list)
    for order in given.orders:
        returned[order.unit].append(order)
    # A unit that only returned what it got has a row too, or the returns would not add up.
    senders = {unit for unit, orders in returned.items() if any(order.returned for order in orders)}
    names = senders | {unit for unit in by_unit if unit is not None}
    units = [_row("unit", unit, by_unit.get(unit, []), returned.get(unit, []), given) for unit in sorted(names)]
    _rank(units)
    units.sort(key=lambda row: (row["rank"] is None, row["rank"], row["unit"]))
    nobody = [_row("unassigned", None, by_unit[None], [], given)] if by_unit.get(None) else []
    return [*units, *nobody, _row("total", None, list(given.cases), list(given.orders), given)]


def _row(
    kind: str, unit: str | None, cases: Sequence[Case], orders: Sequence[OrderFact], given: Input
) -> dict[str, Cell]:
    planned = given.planned if cases else None
    return {
        "row": kind,
        "unit": unit,
        **{figure: sum(counts(case, given) for case in cases) for figure, counts in MEMBERS.items()},
        "solved_share": kpi.solution(cases).percent,
        "struck_off_share": kpi.strike_off(cases).percent,
        "returned": sum(order.returned for order in orders),
        "planned": percent(planned),
        "deviation": percent(kpi.deviation(cases, planned)),
        "rank": None,
    }


def _within(moment: datetime | None, given: Input) -> bool:
    return moment is not None and given.window_from <= moment < given.window_to


def _rank(units: list[dict[str, Cell]]) -> None:
    """By share solved; then fewer overdue. Equal in both: the same rank. A unit without cases has none."""
    ranked = [unit for unit in units if unit["total"]]
    keys = {id(unit): (-Fraction(_int(unit["solved"]), _int(unit["total"])), _int(unit["overdue"])) for unit in ranked}
    order = sorted(keys.values())
    for unit in ranked:
        unit["rank"] = 1 + order.index(keys[id(unit)])


def _int(cell: Cell) -> int:
    assert isinstance(cell, int)
    return cell
