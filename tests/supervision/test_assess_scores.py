"""考核得分表 from measures: points by weights, nothing to measure, what is added and taken, ranks, grades."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.pack.assessing import SCORED, Assessment
from contracts.supervision import Adjustment, ObjectScore
from services.supervision.domain.assess_score import (
    FEW_CASES,
    NOT_ALL_MEASURED,
    NOTHING_MEASURED,
    Measures,
    Share,
    adjusted,
    figure,
    rounded,
    score,
)

JW = {"K16a": Decimal("0.40"), "K18": Decimal("0.25"), "K07": Decimal("0.20"), "K34": Decimal("0.15")}
LT = {"K14b": Decimal("0.10"), "K16b": Decimal("0.50"), "K17": Decimal("0.40")}


def rules(weights: dict[str, Decimal] | None = None, **more: Any) -> Assessment:
    return Assessment.model_validate({"weights": weights or JW, **more})


def found(
    object: str,
    shares: dict[str, tuple[int, int]],
    *,
    bonuses: dict[str, Sequence[str]] | None = None,
    deductions: dict[str, Sequence[str]] | None = None,
    cases: int = 10,
) -> Measures:
    told = {kpi: Share(Fraction(part), whole) for kpi, (part, whole) in shares.items()}
    return Measures(object, told, bonuses or {}, deductions or {}, cases)


def one(rules: Assessment, measures: Measures) -> ObjectScore:
    [row] = score(rules, [measures])
    return row


def points(row: ObjectScore) -> list[str]:
    return [one.score for one in row.scores]


def test_the_whole_of_jiawang_by_hand() -> None:
    """790 of 1250 solved is 63.20 % (4.4): 40 points of it 25.28; the others by hand as well (SH-34)."""
    row = one(rules(), found("a", {"K16a": (790, 1250), "K18": (9, 10), "K07": (41, 42), "K34": (5, 6)}))
    assert points(row) == ["25.28", "22.50", "19.52", "12.50"]  # 0.2 × 41/42 = 19.5238, 0.15 × 5/6 = 12.5
    assert row.total == "79.80"
    solved, _in_time, visited, _held = row.scores
    assert (solved.value, solved.part, solved.whole) == ("0.6320", "790.00", 1250)
    assert visited.value == "0.9762", "a share has four places"


def test_liulitun_weighs_answers_solutions_and_satisfaction() -> None:
    """836 of 1012 are 82.61 % (4.4); K35's own weights (LT-27)."""
    row = one(rules(LT), found("a", {"K14b": (9, 10), "K16b": (836, 1012), "K17": (3, 4)}))
    assert points(row) == ["9.00", "41.30", "30.00"]
    assert (row.total, row.scores[1].value) == ("80.30", "0.8261")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(1, 200), "0.01"),
        (Fraction(-1, 200), "-0.01"),
        (Fraction(1, 3), "0.33"),
        (Fraction(2, 3), "0.67"),
        (Fraction(0), "0.00"),
        (Fraction(100), "100.00"),
        (Fraction(-1, 1000), "0.00"),
    ],
)
def test_halves_are_rounded_away_from_zero(value: Fraction, shown: str) -> None:
    assert figure(rounded(value, 2)) == shown


@pytest.mark.parametrize(
    ("missing", "expected", "total"),
    [
        ("spread", ["30.77", "19.23", "0.00", "0.00"], "50.00"),  # half of 40/65 and of 25/65
        ("zero", ["20.00", "12.50", "0.00", "0.00"], "32.50"),
        ("full", ["20.00", "12.50", "20.00", "15.00"], "67.50"),
    ],
)
def test_what_cannot_be_measured_counts_as_the_pack_says(missing: str, expected: list[str], total: str) -> None:
    half = found("a", {"K16a": (1, 2), "K18": (1, 2), "K07": (0, 0), "K34": (0, 0)})
    row = one(rules(missing=missing), half)
    assert points(row) == expected
    assert row.total == total
    assert [s.value for s in row.scores][2:] == [None, None], "neither nothing nor all"
    assert row.excluded == ""


def test_who_is_not_ranked_says_why_and_stands_behind() -> None:
    full = {"K16a": (1, 1), "K18": (1, 1), "K07": (1, 1), "K34": (1, 1)}
    nothing = dict.fromkeys(JW, (0, 0))
    half = {**full, "K34": (0, 0)}
    table = score(
        rules(exempt={"new": "新组建单位"}, min_cases=3, missing="exclude"),
        [
            found("new", full),
            found("few", full, cases=2),
            found("nothing", nothing),
            found("half", half),
            found("good", full),
        ],
    )
    assert [(row.object, row.rank, row.excluded) for row in table] == [
        ("good", 1, ""),
        ("few", 2, FEW_CASES),
        ("half", 2, NOT_ALL_MEASURED),
        ("new", 2, "新组建单位"),
        ("nothing", 2, NOTHING_MEASURED),
    ]


def test_grounds_cost_and_bring_points_up_to_a_cap() -> None:
    full = dict.fromkeys(JW, (1, 1))
    given_rules = rules(
        deduct={"falsification": Decimal("5.0"), "rework": Decimal("0.2")},
        bonus={"commended": Decimal(2)},
        bonus_max=Decimal(3),
        deduct_max=Decimal("5.5"),
    )
    told = found(
        "a",
        full,
        bonuses={"commended": ["b1", "b2"]},
        deductions={"falsification": ["c9"], "rework": ["c1", "c1", "c2"]},
    )
    row = one(given_rules, told)
    assert [(a.code, a.points, a.refs) for a in row.bonuses] == [("commended", "3.00", ("b1", "b2"))]
    assert [(a.code, a.points, a.refs) for a in row.deductions] == [
        ("falsification", "5.00", ("c9",)),
        ("rework", "0.50", ("c1", "c1", "c2")),  # three times 0.2, of which the cap leaves half a point
    ]
    assert row.total == "97.50"


def test_a_share_that_counts_against_brings_points_for_the_rest() -> None:
    row = one(rules({"K24": Decimal(1)}), found("a", {"K24": (1, 4)}))
    assert (row.scores[0].value, row.scores[0].score) == ("0.2500", "75.00")


def test_equal_totals_share_a_rank_and_grades_begin_at_their_line() -> None:
    """比学赶超 (SH-33)."""
    graded = rules({"K15": Decimal(1)}, grades=[{"name": "优秀", "least": 90}, {"name": "合格", "least": 60}])
    shares = {"a": (9, 10), "b": (19, 20), "c": (18, 20), "d": (60, 100), "e": (599, 1000)}
    table = score(graded, [found(name, {"K15": share}) for name, share in shares.items()])
    assert [(row.object, row.rank, row.grade) for row in table] == [
        ("b", 1, "优秀"),
        ("a", 2, "优秀"),
        ("c", 2, "优秀"),
        ("d", 4, "合格"),
        ("e", 5, ""),
    ]


def test_a_ruling_moves_points_ranks_and_grades() -> None:
    graded = rules({"K15": Decimal(1)}, grades=[{"name": "优秀", "least": 90}])
    table = score(graded, [found("a", {"K15": (88, 100)}), found("b", {"K15": (9, 10)})])
    up = Adjustment(code="K15", points="3", refs=("c1",))
    down = Adjustment(code="rework", points="-0.5")
    after = adjusted(graded, table, {"a": [up, down]})
    assert [(row.object, row.total, row.rank, row.grade) for row in after] == [
        ("a", "90.50", 1, "优秀"),
        ("b", "90.00", 2, "优秀"),
    ]
    assert after[0].bonuses == (up,)
    assert after[0].deductions == (down.model_copy(update={"points": "0.5"}),)
    assert adjusted(graded, table, {}) == table


shares = st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda pair: (min(pair), max(pair)))


@st.composite
def weighings(draw: st.DrawFn) -> dict[str, Decimal]:
    """Weights of two places that sum to one."""
    kpis = draw(st.lists(st.sampled_from(sorted(SCORED)), min_size=1, max_size=6, unique=True))
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=len(kpis) - 1, max_size=len(kpis) - 1)))
    edges = [0, *cuts, 100]
    return {kpi: Decimal(b - a) / 100 for kpi, a, b in zip(kpis, edges[:-1], edges[1:], strict=True)}


@st.composite
def tables(draw: st.DrawFn) -> tuple[Assessment, list[Measures]]:
    weights = draw(weighings())
    missing = draw(st.sampled_from(["spread", "zero", "full", "exclude"]))
    names = draw(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8, unique=True))
    rows = [found(name, {kpi: draw(shares) for kpi in weights}) for name in names]
    return rules(weights, missing=missing), rows


@settings(max_examples=60)
@given(tables())
def test_ranks_follow_totals_whatever_the_order(case: tuple[Assessment, list[Measures]]) -> None:
    asked, measures = case
    table = score(asked, measures)
    assert score(asked, list(reversed(measures))) == table
    standing = [row for row in table if not row.excluded]
    totals = [Decimal(row.total) for row in standing]
    assert totals == sorted(totals, reverse=True)
    for row in standing:
        assert row.rank == 1 + sum(total > Decimal(row.total) for total in totals)
    assert all(row.rank == len(standing) + 1 for row in table if row.excluded)
    assert {row.object for row in table} == {one.object for one in measures}, "nobody is lost"


@settings(max_examples=60)
@given(tables())
def test_points_add_up_and_never_leave_a_hundred(case: tuple[Assessment, list[Measures]]) -> None:
    asked, measures = case
    for row in score(asked, measures):
        assert Decimal(row.total) == sum(Decimal(one.score) for one in row.scores)
        slack = Decimal("0.005") * len(row.scores)
        assert 0 <= Decimal(row.total) <= 100 + slack
        assert sum(Decimal(one.weight) for one in row.scores) == 1


@settings(max_examples=60)
@given(weighings(), st.integers(0, 5))
def test_the_best_of_everything_is_a_hundred_even_where_some_cannot_be_measured(
    weights: dict[str, Decimal], hidden: int
) -> None:
    asked = rules(weights)
    kpis = list(weights)
    gone = {kpi for kpi in kpis[:hidden] if kpi != kpis[-1]}
    lower = {"K23", "K23b", "K24", "K26", "K27"}
    best = {kpi: (0, 0) if kpi in gone else (0 if kpi in lower else 7, 7) for kpi in kpis}
    if sum(weight for kpi, weight in weights.items() if kpi not in gone) == 0:
        return
    [row] = score(asked, [found("a", best)])
    assert abs(Decimal(row.total) - 100) <= Decimal("0.005") * len(kpis)
