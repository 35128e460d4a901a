"""Who leads by the main leader's word, who answers by name, and what the history suggested."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.dispatch import LeaderBoundToCase, LeadUnitDesignated, SuggestionDecided
from services.dispatch.domain.commands import BindLeader, DecideSuggestion, DesignateLead
from services.dispatch.domain.decide import dispatch_case
from tests.dispatch.story import (
    DONE,
    HANDED_OVER,
    classified,
    issue_it,
    issued,
    merged,
    new_order,
    opened,
    returned,
    route_it,
    routed,
    ruled,
)
from tests.spec import given

designate_it = DesignateLead(1, "town-a", "p-leader", "涉及两个部门")
designated = LeadUnitDesignated(case_id="c1", case_no=1, unit="town-a", by="p-leader", reason="涉及两个部门")
BOTH = replace(
    issue_it,
    orders=(new_order, replace(new_order, order_id="o2", role="co", to_unit="bureau-b")),
    lead_named_by="主要领导",
)


def test_two_departments_need_a_designated_lead_first() -> None:
    ready = (opened, classified, routed)
    given(dispatch_case, *ready).when(BOTH).then_rejected("no-designated-lead", field="lead")
    given(dispatch_case, *ready, designated).when(BOTH).then(issued(), issued("o2", "bureau-b", "co"))
    one = replace(issue_it, lead_named_by="主要领导")
    given(dispatch_case, *ready).when(one).then(issued())
    dual = replace(BOTH, orders=(new_order, replace(new_order, order_id="o3", role="territory", to_unit="town-c")))
    given(dispatch_case, *ready).when(dual).then(issued(), issued("o3", "town-c", "territory"))
    late = replace(BOTH, orders=BOTH.orders[1:])
    given(dispatch_case, *HANDED_OVER).when(late).then_rejected("no-designated-lead", field="lead")


def test_the_designated_unit_leads_and_no_other() -> None:
    given(dispatch_case, opened).when(designate_it).then(designated)
    other = (opened, designated.model_copy(update={"unit": "bureau-b"}), classified)
    given(dispatch_case, *other).when(route_it).then_rejected("other-lead-designated", field="lead")
    given(dispatch_case, *other, routed).when(issue_it).then_rejected("other-lead-designated", field="lead")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"unit": ""}, "no-lead", "unit"),
        ({"by": ""}, "no-leader", "by"),
        ({"unit": "bureau-x"}, "complained-unit", "unit"),
    ],
)
def test_a_lead_is_designated_by_name_and_never_one_complained_of(
    change: dict[str, Any], code: str, field: str
) -> None:
    given(dispatch_case, opened).when(replace(designate_it, **change)).then_rejected(code, field=field)


def test_a_lead_at_work_is_replaced_only_while_it_disputes_the_order() -> None:
    other = replace(designate_it, unit="bureau-b")
    given(dispatch_case, *HANDED_OVER).when(other).then_rejected("lead-at-work", field="unit")
    given(dispatch_case, *HANDED_OVER).when(designate_it).then(designated)
    given(dispatch_case, *HANDED_OVER, returned()).when(other).then(designated.model_copy(update={"unit": "bureau-b"}))
    given(dispatch_case, *DONE).when(other).then_rejected("case-finished")


def test_a_return_that_is_accepted_ends_the_designation_too() -> None:
    refuted = (opened, classified, designated, routed, issued(), returned(), ruled(accepted=True))
    given(dispatch_case, *refuted).when(replace(route_it, lead="bureau-b")).then(
        routed.model_copy(update={"lead": "bureau-b"})
    )


bind_it = BindLeader(1, "p-leader", "contract")
bound = LeaderBoundToCase(case_id="c1", case_no=1, leader="p-leader", kind="contract")


def test_a_leader_answers_for_a_case_by_name() -> None:
    """DI-21, HA-29: 专题专办 or 包案, one leader by name."""
    given(dispatch_case, opened).when(bind_it).then(bound)
    given(dispatch_case, *HANDED_OVER, bound).when(replace(bind_it, kind="special")).then(
        bound.model_copy(update={"kind": "special"})
    )
    given(dispatch_case, opened).when(replace(bind_it, leader="")).then_rejected("no-leader", field="leader")
    given(dispatch_case, *DONE).when(bind_it).then_rejected("case-finished")


choose_it = DecideSuggestion(1, "lead", "bureau-b", "town-a", 91, 100)
chosen = SuggestionDecided(
    case_id="c1",
    case_no=1,
    what="lead",
    suggested="bureau-b",
    chosen="town-a",
    accepted=False,
    matching=91,
    looked_at=100,
)


def test_what_was_suggested_and_what_was_chosen_stay_on_record() -> None:
    given(dispatch_case, opened).when(choose_it).then(chosen)
    followed = replace(choose_it, chosen="bureau-b")
    given(dispatch_case, *HANDED_OVER, chosen).when(followed).then(
        chosen.model_copy(update={"chosen": "bureau-b", "accepted": True})
    )
    given(dispatch_case, opened, merged).when(choose_it).then_rejected("case-ended")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"suggested": ""}, "no-suggestion", "suggested"),
        ({"chosen": ""}, "no-choice", "chosen"),
        ({"matching": 101}, "no-grounds", "matching"),
        ({"matching": -1}, "no-grounds", "matching"),
        ({"matching": 0, "looked_at": 0}, "no-grounds", "matching"),
    ],
)
def test_a_suggestion_has_its_grounds(change: dict[str, Any], code: str, field: str) -> None:
    given(dispatch_case, opened).when(replace(choose_it, **change)).then_rejected(code, field=field)
