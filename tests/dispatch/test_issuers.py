"""Who issues the orders of a case: the role that its route names, or the fallback role where no rule does (兜底)."""

from dataclasses import replace

import pytest

from contracts.dispatch import CaseRouted, FallbackBegun
from services.dispatch.domain.commands import BeginFallback, DesignateLead, Dispatch, Issuers, NewOrder, Prepare
from services.dispatch.domain.decide import dispatch_case
from services.dispatch.domain.packrules import NO_RULE
from tests.dispatch.story import (
    AT_WORK,
    DONE,
    HANDED_OVER,
    NOON,
    classified,
    classify_it,
    issue_it,
    issued,
    new_order,
    opened,
    reopened,
    route_it,
    routed,
)
from tests.spec import given

NAMES = {"work_group_lead": "工作组牵头部门", "programme_office": "区活动办"}
GROUP = Issuers("work_group_lead", "programme_office", ("work_group_lead",), NAMES)
OFFICE = replace(GROUP, held=("programme_office",))
NOBODY = replace(GROUP, held=())
fallen = FallbackBegun(case_id="c1", case_no=1, role="programme_office", since=NOON, due=NOON, pack_version="1")
begin_it = BeginFallback(1, "programme_office", NOON, NOON, "1")
PREPARED = (opened, classified, routed)


def test_the_role_that_the_route_names_issues() -> None:
    given(dispatch_case, *PREPARED).when(replace(issue_it, issuers=GROUP)).then(issued())


@pytest.mark.parametrize("who", [OFFICE, NOBODY])
def test_nobody_else_does_and_the_refusal_says_who_must(who: Issuers) -> None:
    refused = given(dispatch_case, *PREPARED).when(replace(issue_it, issuers=who)).then_rejected("not-the-issuer")
    assert refused.params == {"role": "工作组牵头部门"}


def test_a_route_that_names_nobody_leaves_it_to_the_desk() -> None:
    anybody = Issuers(None, "programme_office", (), NAMES)
    given(dispatch_case, *PREPARED).when(replace(issue_it, issuers=anybody)).then(issued())


def test_where_no_route_applies_the_fallback_role_issues() -> None:
    none = routed.model_copy(update={"rule_id": NO_RULE})
    asked = replace(issue_it, rule_id=NO_RULE, issuers=GROUP)
    given(dispatch_case, opened, classified, none).when(asked).then_rejected("not-the-issuer")
    given(dispatch_case, opened, classified, none).when(replace(asked, issuers=OFFICE)).then(
        issued().model_copy(update={"rule_id": NO_RULE})
    )


def test_what_another_role_issues_is_prepared_for_it() -> None:
    """拟办: classified and routed in one command, repeatable, and no order goes out."""
    given(dispatch_case, opened).when(Prepare(classify_it, route_it)).then(classified, routed)
    given(dispatch_case, *PREPARED).when(Prepare(classify_it, route_it)).then_nothing()


def test_the_refused_issuer_of_a_whole_dispatch_leaves_nothing_behind() -> None:
    whole = Dispatch(classify_it, route_it, replace(issue_it, issuers=OFFICE))
    given(dispatch_case, opened).when(whole).then_rejected("not-the-issuer")


def test_after_its_time_the_fallback_begins_once() -> None:
    given(dispatch_case, opened).when(begin_it).then(fallen)
    given(dispatch_case, opened, fallen).when(begin_it).then_nothing()


@pytest.mark.parametrize("history", [PREPARED, HANDED_OVER, AT_WORK, DONE])
def test_it_never_begins_for_what_somebody_has_routed_or_handed_over(history: tuple[CaseRouted, ...]) -> None:
    given(dispatch_case, *history).when(begin_it).then_nothing()


def test_from_then_on_only_the_fallback_role_issues_until_it_did() -> None:
    given(dispatch_case, opened, fallen, classified, routed).when(replace(issue_it, issuers=GROUP)).then_rejected(
        "not-the-issuer"
    )
    given(dispatch_case, opened, fallen, classified, routed).when(replace(issue_it, issuers=OFFICE)).then(issued())
    assert given(dispatch_case, opened, fallen, classified, routed, issued()).state.fallback is None
    again = reopened.model_copy(update={"reason": "spot_check", "followup_id": None})
    given(dispatch_case, *DONE, again).when(begin_it).then(fallen)


def test_whoever_may_say_who_leads_says_so_by_dispatching() -> None:
    """JW-13: the work group's lead department, who also issues."""
    helper = NewOrder("o2", "co", "bureau-b", "assign", new_order.dues)
    issue = replace(issue_it, orders=(new_order, helper), lead_named_by="工作组牵头部门", issuers=GROUP)
    route = replace(route_it, co=("bureau-b",))
    given(dispatch_case, opened).when(Dispatch(classify_it, route, issue)).then_rejected("no-designated-lead")
    own_word = DesignateLead(1, "town-a", "p-group")
    decided = given(dispatch_case, opened).when(Dispatch(classify_it, route, issue, own_word)).decided()
    assert [event.TYPE for event in decided] == [
        "case-classified", "lead-unit-designated", "case-routed", "order-issued", "order-issued",
    ]  # fmt: skip


def test_one_department_needs_nobodys_word() -> None:
    issue = replace(issue_it, lead_named_by="工作组牵头部门")
    whole = Dispatch(classify_it, route_it, issue, DesignateLead(1, "town-a", "p-group"))
    given(dispatch_case, opened).when(whole).then(classified, routed, issued())
