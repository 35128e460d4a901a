"""Signing, contact, plan, progress and completion."""

from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.dispatch import Milestone, ProgressReported, RequesterContacted
from services.dispatch.domain.commands import ContactRequester, ReportProgress
from services.dispatch.domain.decide import dispatch_case
from tests.dispatch.story import (
    AT_WORK,
    DAY,
    HANDED_OVER,
    NOON,
    case_done,
    classified,
    complete_it,
    issued,
    opened,
    order_done,
    plan_it,
    planned,
    returned,
    routed,
    ruled,
    sign_it,
    signed,
    suspended,
)
from tests.spec import given

call = ContactRequester("o1", 1, "town-a", "phone", False, NOON, NOON)
MINISTERIAL = (opened, classified.model_copy(update={"must_solve": True}), routed, issued(), signed())


def test_the_unit_signs() -> None:
    given(dispatch_case, *HANDED_OVER).when(sign_it).then(signed())


def test_late_is_late_but_allowed() -> None:
    given(dispatch_case, *HANDED_OVER).when(replace(sign_it, at=NOON + 2 * DAY)).then(signed(late=True))


def test_another_unit_does_not_sign() -> None:
    given(dispatch_case, *HANDED_OVER).when(replace(sign_it, by_unit="bureau-b")).then_rejected("other-unit")


def test_attempts_to_reach_the_requester_are_counted() -> None:
    first = RequesterContacted(
        case_id="c1", order_id="o1", case_no=1, method="phone", attempt=1, reached=False, at=NOON
    )
    second = first.model_copy(update={"attempt": 2, "reached": True})
    given(dispatch_case, *AT_WORK).when(call).then(first, repeatable=True)
    given(dispatch_case, *AT_WORK, first).when(replace(call, reached=True)).then(second, repeatable=True)


def test_the_requester_is_called_also_while_the_case_is_suspended_or_a_return_is_pending() -> None:
    called = RequesterContacted(
        case_id="c1", order_id="o1", case_no=1, method="phone", attempt=1, reached=False, at=NOON
    )
    for history in ((*AT_WORK, suspended), (*AT_WORK, returned()), (*HANDED_OVER, returned())):
        given(dispatch_case, *history).when(call).then(called, repeatable=True)
    given(dispatch_case, *HANDED_OVER).when(call).then_rejected("not-signed")
    given(dispatch_case, *AT_WORK, returned(), ruled(accepted=True)).when(call).then_rejected("order-closed")


def test_nobody_was_called_tomorrow() -> None:
    given(dispatch_case, *AT_WORK).when(replace(call, contacted_at=NOON + DAY)).then_rejected("in-future")


def test_a_plan_is_filed() -> None:
    given(dispatch_case, *AT_WORK).when(plan_it).then(planned, repeatable=True)


@pytest.mark.parametrize(
    "field", ["responsible_person", "responsible_leader", "responsible_dept", "measures", "resolve_by"]
)
def test_a_plan_without_one_of_the_five_is_refused(field: str) -> None:
    lacking = replace(plan_it, **{field: "" if field == "measures" else None})  # type: ignore[arg-type]
    given(dispatch_case, *AT_WORK).when(lacking).then_rejected("plan-incomplete", field=field)


def test_a_plan_ends_before_the_order_does() -> None:
    given(dispatch_case, *AT_WORK).when(replace(plan_it, resolve_by=NOON + 9 * DAY)).then_rejected("plan-after-finish")
    given(dispatch_case, *AT_WORK).when(replace(plan_it, resolve_by=NOON - DAY)).then_rejected("due-in-past")


def test_milestones_lie_inside_the_plan() -> None:
    late = replace(plan_it, timetable=(Milestone(name="验收", due=NOON + 7 * DAY),))
    given(dispatch_case, *AT_WORK).when(late).then_rejected("milestone-after-plan")


def test_progress_is_reported() -> None:
    given(dispatch_case, *AT_WORK).when(ReportProgress("o1", 1, "town-a", "已进场")).then(
        ProgressReported(case_id="c1", order_id="o1", case_no=1, text="已进场"), repeatable=True
    )


def test_the_last_order_completes_the_case() -> None:
    given(dispatch_case, *AT_WORK).when(complete_it).then(order_done(), case_done)


def test_the_first_of_two_does_not() -> None:
    territory = issued("o2", "town-c", "territory")
    given(dispatch_case, *HANDED_OVER, territory, signed()).when(complete_it).then(order_done())


def test_the_lead_is_not_done_before_its_helpers_are() -> None:
    helper = (*HANDED_OVER, issued("o2", "bureau-b", "co"), signed())
    given(dispatch_case, *helper).when(complete_it).then_rejected("helpers-at-work")
    helped = (*helper, signed("o2"), order_done("o2"))
    given(dispatch_case, *helped).when(complete_it).then(order_done(), case_done)


def test_completion_after_the_deadline_is_not_on_time() -> None:
    late = replace(complete_it, at=NOON + 8 * DAY)
    done = case_done.model_copy(
        update={"on_time": False, "elapsed_s": 9 * 86400, "working_s": case_done.working_s + 5 * 27000}
    )
    given(dispatch_case, *AT_WORK).when(late).then(order_done(), done)


def test_a_deadline_that_moved_elsewhere_counts() -> None:
    late = replace(complete_it, at=NOON + 8 * DAY, finish_by=NOON + 9 * DAY)
    events = given(dispatch_case, *AT_WORK).when(late).decided()
    assert events[-1].model_dump()["on_time"] is True


def test_no_completion_without_a_signature() -> None:
    given(dispatch_case, *HANDED_OVER).when(complete_it).then_rejected("not-signed")


def test_no_completion_without_a_reply() -> None:
    given(dispatch_case, *AT_WORK).when(replace(complete_it, reply=None)).then_rejected("no-reply")
    given(dispatch_case, *AT_WORK).when(replace(complete_it, replied_at=None)).then_rejected("no-reply")


def test_nobody_replied_tomorrow() -> None:
    future = replace(complete_it, replied_at=complete_it.at + timedelta(hours=1))
    given(dispatch_case, *AT_WORK).when(future).then_rejected("in-future")


def test_no_completion_without_a_named_person() -> None:
    given(dispatch_case, *HANDED_OVER, signed(person=None)).when(complete_it).then_rejected("no-person")


def test_the_completion_itself_may_name_the_person() -> None:
    named = replace(complete_it, responsible_person="p1")
    given(dispatch_case, *HANDED_OVER, signed(person=None)).when(named).then(order_done(), case_done)


def test_an_explanation_rests_on_a_policy() -> None:
    bare = replace(complete_it, result="explained")
    given(dispatch_case, *AT_WORK).when(bare).then_rejected("no-policy-basis")
    grounded = replace(bare, policy_basis="补助办法第三条")
    done = order_done(result="explained").model_copy(update={"policy_basis": "补助办法第三条"})
    given(dispatch_case, *AT_WORK).when(grounded).then(done, case_done.model_copy(update={"result": "explained"}))


def test_what_must_be_solved_is_not_explained_away() -> None:
    grounded = replace(complete_it, result="explained", policy_basis="补助办法第三条")
    given(dispatch_case, *MINISTERIAL).when(grounded).then_rejected("must-solve")
