"""考核得分表 (R13): points from shares by the pack's weights, what is added and taken, totals, ranks and grades.

Exact: shares are fractions, and points are rounded half up to two places once for each printed figure. The total is the
sum of the printed figures, so that anybody can add it up; equal totals share a rank and the next one is skipped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from contracts.pack.assessing import LOWER_IS_BETTER, Assessment
from contracts.supervision import Adjustment, ObjectScore, Score
from services.chassis.words import N_
from services.supervision.domain.assess_grounds import refs
from services.supervision.domain.assess_measures import measure
from services.supervision.domain.assess_scope import Scope

FULL = 100
"""Points of an object that has every indicator in full."""

POINT_PLACES, SHARE_PLACES = 2, 4

FEW_CASES = N_("受理件数不足，不参加排名")
NOTHING_MEASURED = N_("没有可以计分的指标，不参加排名")
NOT_ALL_MEASURED = N_("有指标无可计数，不参加排名")
EXCLUSIONS = (FEW_CASES, NOTHING_MEASURED, NOT_ALL_MEASURED)
"""Reasons of our own; a pack's own words stand for those it exempts."""


def rounded(value: Fraction, places: int) -> Decimal:
    """Half up, away from zero; through integers, because a decimal of a third would already be rounded."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole if value >= 0 else -whole).scaleb(-places)


def figure(value: Decimal) -> str:
    """As events hold it: never `1E+1`, never `-0`."""
    return f"{value if value else abs(value):f}"


@dataclass(frozen=True, slots=True)
class Share:
    """What was measured: `part` of `whole`; `whole` 0 means that there was nothing to measure."""

    part: Fraction
    whole: int


@dataclass(frozen=True, slots=True)
class Measures:
    """Everything that was found out about one object."""

    object: str
    shares: Mapping[str, Share]
    """By indicator, every one of the pack's weights."""
    bonuses: Mapping[str, Sequence[str]]
    """By ground what stands behind it, one entry for each time."""
    deductions: Mapping[str, Sequence[str]]
    cases: int


def found_out(scope: Scope) -> Measures:
    """All that the rules ask about one object."""
    measured = {kpi: measure(scope, kpi) for kpi in scope.rules.weights}
    return Measures(
        scope.object,
        {kpi: Share(one.part, one.whole) for kpi, one in measured.items()},
        {code: refs(scope, code, bonus=True) for code in scope.rules.bonus},
        {code: refs(scope, code, bonus=False) for code in scope.rules.deduct},
        sum(1 for _case in scope.cases()),
    )


def score(rules: Assessment, found: Sequence[Measures]) -> tuple[ObjectScore, ...]:
    """The whole table, ranked."""
    return ranked(rules, [_row(rules, one) for one in found])


def _row(rules: Assessment, one: Measures) -> ObjectScore:
    scores = _scores(rules, one.shares)
    bonuses = _adjustments(rules.bonus, one.bonuses, rules.bonus_max)
    deductions = _adjustments(rules.deduct, one.deductions, rules.deduct_max)
    return ObjectScore(
        object=one.object,
        scores=scores,
        bonuses=bonuses,
        deductions=deductions,
        total=figure(total_of(scores, bonuses, deductions)),
        rank=1,
        excluded=_excluded(rules, one),
    )


def _excluded(rules: Assessment, one: Measures) -> str:
    if one.object in rules.exempt:
        return rules.exempt[one.object]
    missing = [kpi for kpi, share in one.shares.items() if not share.whole]
    if one.cases < rules.min_cases:
        return FEW_CASES
    if len(missing) == len(one.shares):
        return NOTHING_MEASURED
    return NOT_ALL_MEASURED if missing and rules.missing == "exclude" else ""


def _scores(rules: Assessment, shares: Mapping[str, Share]) -> tuple[Score, ...]:
    measured = sum((Fraction(weight) for kpi, weight in rules.weights.items() if shares[kpi].whole), Fraction(0))
    spread = rules.missing == "spread" and measured > 0
    scores = []
    for kpi, weight in rules.weights.items():
        part, whole = shares[kpi].part, shares[kpi].whole
        value = part / whole if whole else None
        worth = _worth(kpi, value, rules)
        points = FULL * worth * Fraction(weight) / (measured if spread else 1)
        scores.append(
            Score(
                kpi=kpi,
                value=None if value is None else figure(rounded(value, SHARE_PLACES)),
                weight=figure(weight),
                score=figure(rounded(points, POINT_PLACES)),
                part=figure(rounded(part, POINT_PLACES)) if whole else None,
                whole=whole or None,
            )
        )
    return tuple(scores)


def _worth(kpi: str, value: Fraction | None, rules: Assessment) -> Fraction:
    if value is None:
        return Fraction(1 if rules.missing == "full" else 0)
    return 1 - value if kpi in LOWER_IS_BETTER else value


def _adjustments(
    each: Mapping[str, Decimal], found: Mapping[str, Sequence[str]], most: Decimal | None
) -> tuple[Adjustment, ...]:
    """One line for each ground that occurred, in the pack's order; together not more than the pack allows."""
    left = most
    lines = []
    for code, points in each.items():
        behind = found[code]
        if not behind:
            continue
        whole = rounded(Fraction(points) * len(behind), POINT_PLACES)
        counted = whole if left is None else min(whole, rounded(Fraction(left), POINT_PLACES))
        left = None if left is None else left - counted
        lines.append(Adjustment(code=code, points=figure(counted), refs=tuple(behind)))
    return tuple(lines)


def total_of(scores: Sequence[Score], bonuses: Sequence[Adjustment], deductions: Sequence[Adjustment]) -> Decimal:
    """What is printed in one line, added up; it may fall below zero and rise above a hundred."""
    gained = sum((Decimal(one.score) for one in scores), Decimal(0))
    gained += sum((Decimal(one.points) for one in bonuses), Decimal(0))
    return gained - sum((Decimal(one.points) for one in deductions), Decimal(0))


def ranked(rules: Assessment, rows: Sequence[ObjectScore]) -> tuple[ObjectScore, ...]:
    """By points, equal ones side by side; whoever is excluded stands behind all of them."""
    standing = [row for row in rows if not row.excluded]
    totals = [Decimal(row.total) for row in standing]
    placed = [
        row.model_copy(update={"rank": 1 + sum(other > mine for other in totals), "grade": rules.grade(mine)})
        for row, mine in zip(standing, totals, strict=True)
    ]
    behind = [
        row.model_copy(update={"rank": len(standing) + 1, "grade": ""})
        for row in sorted(rows, key=lambda row: row.object)
        if row.excluded
    ]
    return (*sorted(placed, key=lambda row: (row.rank, row.object)), *behind)


def adjusted(
    rules: Assessment, rows: Sequence[ObjectScore], rulings: Mapping[str, Sequence[Adjustment]]
) -> tuple[ObjectScore, ...]:
    """The table after the appeals that were upheld: their points beside the others, totals and ranks anew."""
    after = []
    for row in rows:
        ruled = rulings.get(row.object, ())
        bonuses = (*row.bonuses, *(one for one in ruled if Decimal(one.points) > 0))
        lost = [
            one.model_copy(update={"points": figure(-Decimal(one.points))}) for one in ruled if Decimal(one.points) < 0
        ]
        deductions = (*row.deductions, *lost)
        total = figure(total_of(row.scores, bonuses, deductions))
        after.append(row.model_copy(update={"bonuses": bonuses, "deductions": deductions, "total": total}))
    return ranked(rules, after)
