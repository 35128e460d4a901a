"""Opening, classifying, routing and issuing."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.dispatch import CaseReopened, Dues, OrderIssued
from services.dispatch.domain.commands import Dispatch, IssueOrders, NewOrder
from services.dispatch.domain.decide import dispatch_case
from tests.dispatch.story import (
    DAY,
    DONE,
    DUES,
    HANDED_OVER,
    NOON,
    REQUIRED,
    classified,
    classify_it,
    issue_it,
    issued,
    new_order,
    open_it,
    opened,
    order_done,
    route_it,
    routed,
    signed,
    suspended,
)
from tests.spec import given

FULL = replace(new_order, responsible_person="p1", expected_outcome="道路恢复通行")
WHOLE = Dispatch(classify_it, route_it, issue_it)


def with_order(order: NewOrder, **more: object) -> IssueOrders:
    return replace(issue_it, orders=(order,), **more)  # type: ignore[arg-type]


def test_an_accepted_request_opens_a_case_once() -> None:
    given(dispatch_case).when(open_it).then(opened)


def test_nothing_happens_to_a_case_that_was_never_opened() -> None:
    given(dispatch_case).when(classify_it).then_rejected("no-such-case")


def test_a_case_is_classified_then_routed_then_issued() -> None:
    given(dispatch_case, opened).when(classify_it).then(classified)
    given(dispatch_case, opened, classified).when(route_it).then(routed)
    given(dispatch_case, opened, classified, routed).when(issue_it).then(issued())


def test_the_desk_does_all_three_in_one_command() -> None:
    given(dispatch_case, opened).when(WHOLE).then(classified, routed, issued())


def test_one_bad_part_of_the_desks_command_undoes_all_of_it() -> None:
    late = with_order(replace(new_order, dues=Dues(finish_by=NOON - DAY)))
    given(dispatch_case, opened).when(replace(WHOLE, issue=late)).then_rejected("due-in-past")


def test_lead_helper_and_territory_get_an_order_each() -> None:
    orders = (
        new_order,
        replace(new_order, order_id="o2", role="co", to_unit="bureau-b"),
        replace(new_order, order_id="o3", role="territory", to_unit="town-c"),
    )
    given(dispatch_case, opened, classified, routed).when(replace(issue_it, orders=orders)).then(
        issued(), issued("o2", "bureau-b", "co"), issued("o3", "town-c", "territory")
    )


def test_routing_needs_a_classification() -> None:
    given(dispatch_case, opened).when(route_it).then_rejected("not-classified")


def test_issuing_needs_a_route() -> None:
    given(dispatch_case, opened, classified).when(issue_it).then_rejected("not-routed")


@pytest.mark.parametrize("part", ["lead", "co", "territory"])
def test_a_unit_complained_of_never_handles_the_complaint(part: str) -> None:
    unit = ("bureau-x",) if part == "co" else "bureau-x"
    route = replace(route_it, **{part: unit})  # type: ignore[arg-type]
    given(dispatch_case, opened, classified).when(route).then_rejected("complained-unit")


def test_not_even_by_an_order_beside_the_route() -> None:
    slipped = with_order(replace(new_order, to_unit="bureau-x"))
    given(dispatch_case, opened, classified, routed).when(slipped).then_rejected("complained-unit")


@pytest.mark.parametrize(
    ("missing", "field"),
    [({"responsible_person": ""}, "responsible_person"), ({"expected_outcome": "  "}, "expected_outcome")],
)
def test_an_order_without_a_field_the_pack_requires_is_refused(missing: dict[str, str], field: str) -> None:
    order = replace(FULL, **missing)  # type: ignore[arg-type]
    refused = given(dispatch_case, opened, classified, routed).when(with_order(order, required=REQUIRED))
    refused.then_rejected("order-incomplete", field=field)


def test_with_person_due_and_outcome_it_is_issued() -> None:
    full = OrderIssued.model_validate(
        issued().model_dump() | {"responsible_person": "p1", "expected_outcome": "道路恢复通行"}
    )
    given(dispatch_case, opened, classified, routed).when(with_order(FULL, required=REQUIRED)).then(full)


@pytest.mark.parametrize("name", ["sign_by", "contact_by", "plan_by", "finish_by"])
def test_no_deadline_lies_in_the_past(name: str) -> None:
    dues = DUES.model_copy(update={name: NOON})
    given(dispatch_case, opened, classified, routed).when(with_order(replace(new_order, dues=dues))).then_rejected(
        "due-in-past", field=name
    )


def test_there_is_one_lead() -> None:
    two = replace(issue_it, orders=(new_order, replace(new_order, order_id="o2", to_unit="bureau-b")))
    given(dispatch_case, opened, classified, routed).when(two).then_rejected("one-lead")


def test_a_unit_gets_one_order() -> None:
    two = replace(issue_it, orders=(new_order, replace(new_order, order_id="o2", role="co")))
    given(dispatch_case, opened, classified, routed).when(two).then_rejected("unit-has-order")


def test_after_handing_over_the_classification_stands() -> None:
    given(dispatch_case, *HANDED_OVER).when(replace(classify_it, urgency="good")).then_rejected("handed-over")


def test_a_lead_at_work_is_not_rerouted_away() -> None:
    given(dispatch_case, *HANDED_OVER).when(replace(route_it, lead="bureau-b")).then_rejected("lead-at-work")


def test_a_reopened_case_needs_new_orders_of_its_round() -> None:
    reopened = CaseReopened(
        case_id="c1", case_no=1, reason="spot_check", text="现场未修", round=2, was_struck_off=False
    )
    again = replace(WHOLE, issue=with_order(replace(new_order, order_id="o9")))
    given(dispatch_case, *DONE, reopened).when(again).then(routed, issued("o9", round=2))


def test_a_finished_case_takes_no_order() -> None:
    more = with_order(replace(new_order, order_id="o2", role="co", to_unit="bureau-b"))
    given(dispatch_case, *DONE).when(more).then_rejected("case-finished")


def test_the_classification_says_all_that_routing_and_limits_look_at() -> None:
    """LT-40: 分级、分类、分层, level, category and class in one word of the desk."""
    more: dict[str, Any] = {
        "level": "district",
        "difficulty": "hard",
        "focus": True,
        "sensitive": True,
        "site_scope": "inside_wall",
        "service_line": "community",
        "must_solve": True,
    }
    said = classified.model_copy(update=more)
    given(dispatch_case, opened, classified).when(replace(classify_it, **more)).then(said)
    silent = replace(classify_it, **{**more, "service_line": None, "level": "town"})
    kept = said.model_copy(update={"level": "town"})
    given(dispatch_case, opened, said).when(silent).then(kept)


@pytest.mark.parametrize(("field", "code"), [("category", "no-category"), ("urgency", "no-urgency")])
def test_a_class_is_not_left_open(field: str, code: str) -> None:
    empty: dict[str, Any] = {field: ""}
    given(dispatch_case, opened).when(replace(classify_it, **empty)).then_rejected(code, field=field)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"lead": ""}, "no-lead", "lead"),
        ({"co": ("town-a",)}, "unit-twice", "co"),
        ({"never_lead": ("town-a",)}, "never-lead", "lead"),
        ({"dual": True}, "no-territory", "territory"),
        ({"dual": True, "territory": "town-a"}, "no-territory", "territory"),
    ],
)
def test_a_route_that_the_pack_does_not_allow(change: dict[str, Any], code: str, field: str) -> None:
    given(dispatch_case, opened, classified).when(replace(route_it, **change)).then_rejected(code, field=field)


def test_a_dual_route_names_department_and_territory() -> None:
    dual = replace(route_it, dual=True, territory="town-c", supervised_by="main_leader", desk=False, reason="归口办理")
    given(dispatch_case, opened, classified).when(dual).then(
        routed.model_copy(update={"territory": "town-c", "supervised_by": "main_leader", "reason": "归口办理"})
    )


def test_who_never_leads_gets_no_lead_order_either() -> None:
    given(dispatch_case, opened, classified, routed).when(replace(issue_it, never_lead=("town-a",))).then_rejected(
        "never-lead", field="lead"
    )


def test_an_order_may_come_from_the_list_of_a_common_issue() -> None:
    pooled = with_order(replace(new_order, common_id="k1"))
    given(dispatch_case, opened, classified, routed).when(pooled).then(issued().model_copy(update={"common_id": "k1"}))


def test_an_empty_handing_over_is_none() -> None:
    given(dispatch_case, opened, classified, routed).when(replace(issue_it, orders=())).then_rejected("no-order")


def test_signing_ends_before_finishing_does() -> None:
    dues = DUES.model_copy(update={"sign_by": DUES.finish_by + DAY})
    given(dispatch_case, opened, classified, routed).when(with_order(replace(new_order, dues=dues))).then_rejected(
        "sign-after-finish", field="finish_by"
    )


def test_a_suspended_case_takes_no_order() -> None:
    more = with_order(replace(new_order, order_id="o2", role="co", to_unit="bureau-b"))
    given(dispatch_case, *HANDED_OVER, suspended).when(more).then_rejected("case-suspended")


def test_nobody_comes_to_help_a_lead_that_is_done() -> None:
    led = (*HANDED_OVER, issued("o3", "town-c", "territory"), signed(), order_done())
    more = with_order(replace(new_order, order_id="o2", role="co", to_unit="bureau-b"))
    given(dispatch_case, *led).when(more).then_rejected("lead-done", field="co")
