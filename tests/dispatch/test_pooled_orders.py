"""What an assigned common issue does to one of its members: its orders, once, and anew when it is assigned anew."""

from dataclasses import replace

import pytest

from contracts.dispatch import CaseRouted, OrderIssued
from contracts.event import Event
from services.dispatch.domain.commands import HandOverCommon, RouteCase
from services.dispatch.domain.decide import dispatch_case
from tests.dispatch.story import (
    AT_WORK,
    DONE,
    HANDED_OVER,
    cancelled,
    classified,
    classify_it,
    closed,
    issue_it,
    issued,
    merged,
    new_order,
    opened,
    order_done,
    returned,
    routed,
    signed,
    suspended,
)
from tests.spec import given

RULE = "route[4]"
route_a = RouteCase("bureau-a", "pooled_list", RULE, "dispatcher")
order_a = replace(new_order, order_id="m1-1", to_unit="bureau-a", kind="pooled_list", common_id="m1")
frame = replace(issue_it, orders=(order_a,), rule_id=RULE)
hand_it_over = HandOverCommon("m1", replace(classify_it, scope="common"), route_a, frame, "改交")
to_b = replace(
    hand_it_over,
    route=replace(route_a, lead="bureau-b"),
    issue=replace(frame, orders=(replace(order_a, order_id="m1-2", to_unit="bureau-b"),)),
)


def pooled(order_id: str = "m1-1", unit: str = "bureau-a") -> OrderIssued:
    return issued(order_id, unit).model_copy(update={"kind": "pooled_list", "rule_id": RULE, "common_id": "m1"})


def way(unit: str = "bureau-a") -> CaseRouted:
    return routed.model_copy(update={"lead": unit, "order_kind": "pooled_list", "rule_id": RULE})


COMMON = classified.model_copy(update={"scope": "common"})
FIRST = (opened, COMMON, way(), pooled())


def test_a_member_that_nobody_classified_is_classified_routed_and_issued() -> None:
    given(dispatch_case, opened).when(hand_it_over).then(COMMON, way(), pooled())


def test_a_person_s_classification_stands() -> None:
    given(dispatch_case, opened, classified).when(hand_it_over).then(way(), pooled())


@pytest.mark.parametrize(
    "history",
    [HANDED_OVER, AT_WORK, DONE, FIRST, (opened, merged), (*AT_WORK, cancelled(cause="closed_unhandled"), closed)],
)
def test_who_leads_already_goes_on_and_what_is_done_or_gone_stays_so(history: tuple[Event, ...]) -> None:
    given(dispatch_case, *history).when(hand_it_over).then_nothing()


@pytest.mark.parametrize("history", [FIRST, (*FIRST, signed("m1-1")), (*FIRST, returned(order_id="m1-1"))])
def test_assigned_anew_the_order_gives_way_and_says_why(history: tuple[Event, ...]) -> None:
    gone = cancelled("m1-1", reason="改交")
    given(dispatch_case, *history).when(to_b).then(gone, way("bureau-b"), pooled("m1-2", "bureau-b"))


def test_what_the_first_department_has_finished_it_has_finished() -> None:
    helper = issued("o9", "bureau-c", "co")
    given(dispatch_case, *FIRST, helper, signed("m1-1"), order_done("m1-1")).when(to_b).then_nothing()


def test_a_member_that_rests_is_refused_by_name() -> None:
    given(dispatch_case, *FIRST, signed("m1-1"), suspended).when(to_b).then_rejected("case-suspended")


def test_a_department_that_a_member_complains_of_gets_none_of_them() -> None:
    accused = replace(
        hand_it_over,
        route=replace(route_a, lead="bureau-x"),
        issue=replace(frame, orders=(replace(order_a, to_unit="bureau-x"),)),
    )
    given(dispatch_case, opened).when(accused).then_rejected("complained-unit")
