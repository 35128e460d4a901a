"""Suspending what cannot be done now, and going on with it."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.dispatch import CaseResumed
from services.dispatch.domain.commands import ResumeCase
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
    suspend_it,
    suspended,
)
from tests.spec import given

resume_it = ResumeCase(1, "汛期结束", "town-a", {"o1": NOON + 12 * DAY})
resumed = CaseResumed(case_id="c1", case_no=1, reason="汛期结束", finish_by={"o1": NOON + 12 * DAY})


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
        ("requester_told_at", None, "not-told"),
        ("requester_told_at", NOON + DAY, "in-future"),
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


def test_going_on_is_given_a_reason() -> None:
    given(dispatch_case, *AT_WORK, suspended).when(replace(resume_it, reason=" ")).then_rejected(
        "reason-missing", field="reason"
    )
