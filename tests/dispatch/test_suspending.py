"""Suspending what cannot be done now, and going on with it."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.dispatch import CaseResumed, SuspensionReviewed
from services.dispatch.domain.commands import ResumeCase, ReviewSuspension
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

review_it = ReviewSuspension(1, "汛期未过", NOON + 9 * DAY, NOON + 5 * DAY, "town-a")
reviewed = SuspensionReviewed(case_id="c1", case_no=1, note="汛期未过", review_on=NOON + 9 * DAY)


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


def test_a_review_that_upholds_it_is_on_record_with_the_next_day() -> None:
    given(dispatch_case, *AT_WORK, suspended).when(review_it).then(reviewed, again_rejected="not-later")
    later = replace(review_it, at=NOON + 9 * DAY, review_on=NOON + 20 * DAY)
    following = reviewed.model_copy(update={"review_on": NOON + 20 * DAY})
    given(dispatch_case, *AT_WORK, suspended, reviewed).when(later).then(following, again_rejected="not-later")
    given(dispatch_case, *AT_WORK, suspended, reviewed).when(resume_it).then(resumed)


@pytest.mark.parametrize(
    ("field", "wrong", "code"),
    [
        ("note", " ", "note-missing"),
        ("review_on", None, "no-review"),
        ("review_on", NOON + 5 * DAY, "due-in-past"),
    ],
)
def test_a_review_says_how_things_stand_and_until_when(field: str, wrong: Any, code: str) -> None:
    given(dispatch_case, *AT_WORK, suspended).when(replace(review_it, **{field: wrong})).then_rejected(code, field)


def test_what_is_not_suspended_or_anothers_is_not_reviewed() -> None:
    given(dispatch_case, *AT_WORK).when(review_it).then_rejected("not-suspended")
    stranger = replace(review_it, by_unit="bureau-b")
    given(dispatch_case, *AT_WORK, suspended).when(stranger).then_rejected("other-unit")
    given(dispatch_case, *AT_WORK, suspended).when(replace(stranger, by_desk=True)).then(
        reviewed, again_rejected="not-later"
    )


def test_suspending_again_with_another_day_is_no_way_to_put_it_off() -> None:
    put_off = replace(suspend_it, review_on=NOON + 9 * DAY)
    given(dispatch_case, *AT_WORK, suspended).when(put_off).then_rejected("already-suspended", "review_on")
