"""Suspending, resuming, striking off and reopening."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.dispatch import CaseReopened, CaseResumed
from services.dispatch.domain.commands import ReopenCase, ResumeCase
from services.dispatch.domain.decide import dispatch_case
from tests.dispatch.story import (
    AT_WORK,
    DAY,
    DONE,
    HANDED_OVER,
    NOON,
    complete_it,
    issued,
    returned,
    strike_it_off,
    struck_off,
    suspend_it,
    suspended,
)
from tests.spec import given

resume_it = ResumeCase(1, "汛期结束", "town-a", {"o1": NOON + 12 * DAY})
resumed = CaseResumed(case_id="c1", case_no=1, reason="汛期结束", finish_by={"o1": NOON + 12 * DAY})
failed = ReopenCase(1, "follow_up_failed", followup_id="f1", round=1)
reopened = CaseReopened(
    case_id="c1", case_no=1, reason="follow_up_failed", round=2, followup_id="f1", was_struck_off=False
)


def test_what_cannot_be_done_now_is_suspended() -> None:
    given(dispatch_case, *AT_WORK).when(suspend_it).then(suspended)


@pytest.mark.parametrize(
    ("field", "empty", "code"),
    [
        ("condition", "", "no-condition"),
        ("review_on", None, "no-review"),
        ("review_on", NOON, "due-in-past"),
        ("approver", None, "no-approver"),
        ("approver", "p3", "own-approval"),
        ("reason", "", "reason-missing"),
    ],
)
def test_but_only_with_condition_review_and_approver(field: str, empty: Any, code: str) -> None:
    given(dispatch_case, *AT_WORK).when(replace(suspend_it, **{field: empty})).then_rejected(code, field=field)


def test_another_unit_neither_suspends_nor_resumes_it_but_the_desk_does() -> None:
    helper = issued("o2", "bureau-b", "co")
    foreign = replace(suspend_it, by_unit="bureau-b")
    given(dispatch_case, *AT_WORK, helper).when(foreign).then_rejected("other-unit")
    given(dispatch_case, *AT_WORK).when(replace(foreign, by_desk=True)).then(suspended)
    foreign_resume = replace(resume_it, by_unit="bureau-b")
    given(dispatch_case, *AT_WORK, suspended).when(foreign_resume).then_rejected("other-unit")
    given(dispatch_case, *AT_WORK, suspended).when(replace(foreign_resume, by_desk=True)).then(resumed)


def test_only_what_is_in_handling_is_suspended() -> None:
    given(dispatch_case, *HANDED_OVER).when(suspend_it).then_rejected("not-in-handling")
    given(dispatch_case, *AT_WORK, returned()).when(suspend_it).then_rejected("return-pending")


def test_a_suspended_case_is_not_worked_on() -> None:
    given(dispatch_case, *AT_WORK, suspended).when(complete_it).then_rejected("case-suspended")


def test_a_resumed_case_has_the_time_that_was_left() -> None:
    given(dispatch_case, *AT_WORK, suspended).when(resume_it).then(resumed)
    late = replace(complete_it, at=NOON + 11 * DAY)
    events = given(dispatch_case, *AT_WORK, suspended, resumed).when(late).decided()
    assert events[-1].model_dump()["on_time"] is True


def test_every_open_order_gets_its_finish_time() -> None:
    given(dispatch_case, *AT_WORK, suspended).when(replace(resume_it, finish_by={})).then_rejected("no-finish-time")


def test_only_a_suspended_case_is_resumed() -> None:
    given(dispatch_case, *DONE).when(resume_it).then_rejected("not-suspended")


def test_the_lead_unit_strikes_off_where_the_pack_says_so() -> None:
    given(dispatch_case, *DONE).when(strike_it_off).then(struck_off)


def test_nobody_else_does() -> None:
    given(dispatch_case, *DONE).when(replace(strike_it_off, by_unit="bureau-b")).then_rejected("not-the-lead")


def test_what_is_not_completed_is_not_struck_off() -> None:
    given(dispatch_case, *AT_WORK).when(strike_it_off).then_rejected("not-completed")


def test_not_on_a_basis_the_pack_does_not_name() -> None:
    given(dispatch_case, *DONE).when(replace(strike_it_off, closure_by="follow_up")).then_rejected("basis-not-allowed")


def test_where_the_office_strikes_off_only_the_office_does() -> None:
    by_unit = replace(strike_it_off, basis="office", closure_by="office", by_unit="office")
    given(dispatch_case, *DONE).when(by_unit).then_rejected("not-the-office")
    by_office = struck_off.model_copy(update={"basis": "office", "by_unit": "office"})
    given(dispatch_case, *DONE).when(replace(by_unit, by_office=True)).then(by_office)


def test_where_the_follow_up_strikes_off_only_a_verdict_does() -> None:
    by_hand = replace(strike_it_off, basis="follow_up", closure_by="follow_up")
    given(dispatch_case, *DONE).when(by_hand).then_rejected("no-verdict")
    verdict = struck_off.model_copy(update={"basis": "follow_up", "followup_id": "f1"})
    given(dispatch_case, *DONE).when(replace(by_hand, followup_id="f1")).then(verdict)


def test_a_failed_follow_up_opens_another_round() -> None:
    given(dispatch_case, *DONE).when(failed).then(reopened)


def test_also_when_it_was_struck_off() -> None:
    given(dispatch_case, *DONE, struck_off).when(failed).then(reopened.model_copy(update={"was_struck_off": True}))


def test_a_verdict_on_an_earlier_round_changes_nothing() -> None:
    other = replace(failed, followup_id="f2")
    given(dispatch_case, *DONE, reopened).when(other).then()
    late = replace(strike_it_off, basis="follow_up", closure_by="follow_up", followup_id="f2", round=1)
    given(dispatch_case, *DONE, reopened).when(late).then()


def test_what_is_at_work_is_not_reopened() -> None:
    given(dispatch_case, *AT_WORK).when(failed).then_rejected("not-completed")


def test_a_person_says_why_it_is_handled_again() -> None:
    checked = ReopenCase(1, "spot_check", by_oversight=True)
    given(dispatch_case, *DONE).when(checked).then_rejected("reason-missing", field="text")
    given(dispatch_case, *DONE).when(replace(checked, reason="follow_up_failed", text="不满意")).then_rejected(
        "no-verdict", field="reason"
    )
