"""R18 企业网格服务表 (HA-15, HA-21): who serves each enterprise, its visits, what it asked and what was solved."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from services.reporting.domain.canonical import Cell
from services.reporting.domain.case import Case

VERSION = 1
"""Of the rules below; a run names it, and a change of them is a new version."""

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Enterprise:
    """One enterprise of the register, and who serves it: those paired with it, else who answers for its cell."""

    subject_id: str
    unit: str
    grid: str | None = None
    """The name of its cell in the enterprise layer."""
    cadres: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """`visits` and `needs` count by subject: visits on which somebody was met, and requests."""

    enterprises: Sequence[Enterprise]
    visits: Mapping[str, int]
    needs: Mapping[str, int]
    cases: Sequence[Case]


def rows(given: Input) -> list[dict[str, Cell]]:
    """Enterprises that were served, by unit; then what was solved by category; then all together.

    Served is who was visited or asked for something. One that was never reached is on the table of coverage (R06).
    """
    known = {one.subject_id for one in given.enterprises}
    cases = [case for case in given.cases if case.subject_id in known]
    of: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        of[case.subject_id or ""].append(case)
    served = [one for one in given.enterprises if _counts(given, [one.subject_id]) != (0, 0) or of[one.subject_id]]
    lines = [
        _row("enterprise", _counts(given, [one.subject_id]), of[one.subject_id])
        | {"enterprise": one.subject_id, "unit": one.unit, "grid": one.grid, "cadres": " ".join(one.cadres) or None}
        for one in sorted(served, key=lambda one: (one.unit, one.subject_id))
    ]
    by_category: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_category[case.category or ""].append(case)
    parts = [_row("category", (None, None), by_category[code]) for code in sorted(by_category)]
    total = _row("total", _counts(given, [one.subject_id for one in served]), cases) | {"served": len(served)}
    return [*lines, *parts, total]


def _counts(given: Input, subjects: Sequence[str]) -> tuple[int, int]:
    return sum(given.visits.get(one, 0) for one in subjects), sum(given.needs.get(one, 0) for one in subjects)


def _row(kind: str, counts: tuple[int | None, int | None], cases: Sequence[Case]) -> dict[str, Cell]:
    sides = Counter(case.site_scope for case in cases)
    categories = Counter(case.category for case in cases if case.category)
    solved = [case for case in cases if case.solved]
    return {
        "row": kind,
        "enterprise": None,
        "unit": None,
        "grid": None,
        "cadres": None,
        "visits": counts[0],
        "needs": counts[1],
        "cases": len(cases),
        "inside": sides["inside_wall"],
        "outside": sides["outside_wall"],
        "categories": " ".join(f"{code}:{n}" for code, n in sorted(categories.items())) or None,
        "solved": len(solved),
        "days": mean_days(solved),
    }


def mean_days(cases: Sequence[Case]) -> str | None:
    """From the opening to the completion, in calendar days with one decimal, rounded half up (K31); None of none."""
    took = [case.completed_at - case.opened_at for case in cases if case.completed_at and case.opened_at]
    if not took:
        return None
    tenths = Fraction(
        sum(took, timedelta()) // timedelta(microseconds=1) * 10, len(took) * (DAY // timedelta(microseconds=1))
    )
    rounded = int(tenths + Fraction(1, 2))
    return f"{rounded // 10}.{rounded % 10}"
