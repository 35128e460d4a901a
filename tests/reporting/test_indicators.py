"""Indicators on hand-made cases: exact, rounded once, and nothing where there is nothing to divide by."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from contracts.dispatch import CaseMerged, CaseSplit, ExtensionDecided, MergeUndone, OrderCancelled
from contracts.event import Event
from contracts.pack import parse_pack
from services.chassis.deadlines import calendar_for
from services.chassis.facts import Fact
from services.reporting.domain import kpi, r03
from services.reporting.domain.canonical import hash_of, to_bytes
from services.reporting.domain.case import Case, evolve
from services.reporting.domain.facts import Heard, OrderFact, RequestFact
from services.reporting.domain.shares import Share, fraction, percent
from services.reporting.domain.window import windows

NOON = datetime(2017, 7, 17, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PACK = parse_pack((Path(__file__).parents[2] / "deploy" / "packs" / "jw-2017.toml").read_bytes())

open_case = Case("c1", opened_at=NOON - 9 * DAY, status="handling", lead_unit="town-a", finish_by=NOON + DAY)
late = replace(open_case, case_id="c2", finish_by=NOON - DAY)
held = replace(late, case_id="c3", status="suspended", suspended_at=NOON - 4 * DAY)
solved = replace(
    open_case, case_id="c4", status="completed", result="solved", on_time=True, ever_completed=True, completed_at=NOON
)
explained = replace(solved, case_id="c5", result="explained", on_time=False)
struck = replace(solved, case_id="c6", status="struck_off", round=2)
ALL = [open_case, late, held, solved, explained, struck]


def test_shares_of_the_same_six_cases() -> None:
    assert kpi.completion(ALL) == Share(3, 6)
    assert kpi.solution(ALL) == Share(2, 6)
    assert kpi.punctuality(ALL, NOON) == Share(2, 4)
    assert kpi.strike_off(ALL) == Share(1, 6)
    assert kpi.rework(ALL) == Share(1, 3)
    assert kpi.suspension(ALL) == Share(1, 3)
    assert kpi.suspension_age(ALL, NOON) == 4 * DAY
    assert kpi.deviation(ALL, Fraction(632, 1000)) == Fraction(1, 3) - Fraction(632, 1000)


def test_what_follow_ups_heard_leaves_out_visits_that_explain_and_whoever_was_not_reached() -> None:
    """K14b, K16b and K17: an explanation asks nobody anew, and no view is no dissatisfaction."""
    content = Heard("c1", "requester", True, True, True, "satisfied")
    heard = [
        content,
        replace(content, case_id="c2", contacted=False, satisfaction="basic"),
        replace(content, case_id="c3", solved=False, satisfaction="dissatisfied"),
        replace(content, case_id="c4", satisfaction="no_view"),
        Heard("c5", "requester", False),
        replace(content, case_id="c3", leg="explanation", solved=True, satisfaction="very"),
    ]
    assert kpi.contacted_as_heard(heard) == Share(3, 4)
    assert kpi.solved_as_heard(heard) == Share(3, 4)
    assert kpi.satisfaction(heard) == Share(2, 3)
    assert kpi.satisfaction([heard[-1]]).percent is None


def test_orders_and_requests() -> None:
    orders = [
        OrderFact("o1", "c1", "town-a", True, False),
        OrderFact("o2", "c1", "town-a", True, True),
        OrderFact("o3", "c2", "town-a", False, False),
    ]
    assert kpi.returns(orders) == Share(2, 3)
    assert kpi.refused_returns(orders) == Share(1, 2)
    asked = [RequestFact("r1", NOON), RequestFact("r2", NOON + DAY)]
    assert kpi.requests_registered(asked, (NOON, NOON + DAY)) == 1


@pytest.mark.parametrize(
    "share",
    [
        kpi.completion([]),
        kpi.solution([]),
        kpi.punctuality([open_case, held], NOON),
        kpi.strike_off([]),
        kpi.returns([]),
        kpi.refused_returns([OrderFact("o1", "c1", "town-a", False, False)]),
        kpi.rework([open_case]),
        kpi.suspension([solved]),
    ],
)
def test_nothing_to_divide_by_is_neither_0_nor_100(share: Share) -> None:
    assert share.whole == 0
    assert share.percent is None
    assert kpi.deviation([], Fraction(1)) is None
    assert kpi.deviation(ALL, None) is None
    assert kpi.suspension_age([solved], NOON) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(790, 1250), "63.20"),
        (Fraction(1, 3), "33.33"),
        (Fraction(2, 3), "66.67"),
        (Fraction(1, 800), "0.13"),  # 0.125: half up
        (Fraction(-1, 800), "-0.13"),
        (Fraction(1), "100.00"),
        (Fraction(0), "0.00"),
    ],
)
def test_percent_is_rounded_half_up_once(value: Fraction, shown: str) -> None:
    assert percent(value) == shown


def test_the_plan_is_a_line_through_its_points() -> None:
    """序时进度 (JW-14) up to 基本解决 by the target's day (JW-04)."""

    def planned(day: date) -> str | None:
        return percent(fraction(PACK.planned_share("K16a", day)))

    assert planned(date(2017, 7, 16)) is None
    assert planned(date(2017, 7, 17)) == "63.20"
    assert planned(date(2017, 8, 1)) == "70.60"
    assert planned(date(2017, 12, 1)) == "95.00"


def test_slots_roll_off_rest_days_and_cover_every_instant_once() -> None:
    found = windows(PACK, calendar_for(PACK), "R03", date(2017, 7, 20))
    assert [window.slot for window in found][-3:] == [date(2017, 7, 3), date(2017, 7, 17), date(2017, 8, 1)]
    assert all(one.end == other.start for one, other in itertools.pairwise(found))
    assert found[-1].as_of(NOON) == NOON
    assert found[-2].as_of(NOON + 9 * DAY).isoformat() == "2017-07-17T23:59:59.999999+08:00"


def given(cases: list[Case], orders: list[OrderFact] | None = None) -> r03.Input:
    return r03.Input(cases, {"c1", "c2"}, orders or [], NOON - 14 * DAY, NOON, NOON, Fraction(632, 1000))


def test_units_by_share_solved_then_fewer_overdue_and_equals_share_a_rank() -> None:
    """A table to compare by (SH-33)."""
    by_unit = {
        "a": [solved, late],
        "b": [solved, open_case],
        "c": [replace(solved, case_id="x"), replace(open_case, case_id="y")],
        "d": [struck],
    }
    cases = [replace(case, lead_unit=unit) for unit, own in by_unit.items() for case in own]
    rows = r03.rows(given([*cases, replace(open_case, case_id="n", lead_unit=None, status="waiting")]))
    assert [(row["unit"], row["rank"]) for row in rows] == [
        ("d", 1),
        ("b", 2),
        ("c", 2),
        ("a", 4),
        (None, None),
        (None, None),
    ]
    assert [row["row"] for row in rows][-2:] == ["unassigned", "total"]


def test_every_number_lists_as_many_cases_as_it_counts() -> None:
    orders = [OrderFact("o1", "c1", "town-b", True, False)]
    mine = given(ALL, orders)
    for row in r03.rows(mine):
        for figure in (*r03.MEMBERS, "returned"):
            unit = row["unit"]
            assert unit is None or isinstance(unit, str)
            assert len(r03.members(mine, figure, str(row["row"]), unit)) == row[figure], (row["unit"], figure)


def test_canonical_bytes_do_not_depend_on_the_order_of_keys() -> None:
    assert to_bytes([{"b": 1, "a": "甲"}]) == '[{"a":"甲","b":1}]'.encode()
    assert hash_of([{"b": 1, "a": None}]) == hash_of([{"a": None, "b": 1}])


def test_what_was_merged_split_or_closed_unhandled_counts_nowhere_and_more_time_moves_the_deadline() -> None:
    """A merge that is undone stands again; only the lead's extension is the case's."""
    led = replace(open_case, lead_order="o1")
    merged = after(led, CaseMerged(case_id="c1", case_no=1, into="c2", into_no=2, request_ids=("r1",), **WHY))
    assert (merged.status, merged.gone, merged.done) == ("merged", True, False)
    again = after(merged, MergeUndone(case_id="c1", case_no=1, from_case="c2", reason="不是同一件"))
    assert (again.status, again.gone) == ("waiting", False)
    assert after(led, CaseSplit(case_id="c1", case_no=1, into=("c3", "c4"), reason="两件事")).gone
    later = NOON + 5 * DAY
    granted = {"case_id": "c1", "case_no": 1, "granted": True, "approver": "p1", "reason": "属实"}
    more = ExtensionDecided(order_id="o1", old_finish_by=NOON + DAY, finish_by=later, **granted)
    assert after(led, more).finish_by == later
    assert after(led, more.model_copy(update={"order_id": "o2"})).finish_by == NOON + DAY
    assert after(led, more.model_copy(update={"granted": False})).finish_by == NOON + DAY
    gone = OrderCancelled(case_id="c1", order_id="o1", case_no=1, cause="desk", reason="派错")
    assert (after(led, gone).status, after(led, gone).lead_unit) == ("waiting", None)


WHY: dict[str, Any] = {"link": "merged", "reason": "同一件事"}


def after(case: Case, event: Event) -> Case:
    fact = Fact.__new__(Fact)
    fact.event, fact.time = event, NOON
    return evolve(case, fact)
