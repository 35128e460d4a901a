"""Verifying, striking off, reporting up, reopening, and closing unhandled."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.dispatch import CaseReopened, Durations, StrikeOffReported
from services.dispatch.domain.commands import ReopenCase, ReportUp
from services.dispatch.domain.decide import dispatch_case
from tests.dispatch.story import (
    AT_WORK,
    DAY,
    DONE,
    NOON,
    cancelled,
    close_it,
    closed,
    issued,
    merged,
    opened,
    reopen_it,
    reopened,
    start_verifying,
    strike_it_off,
    struck_off,
    suspended,
    verifying,
)
from tests.spec import given

failed = ReopenCase(1, "follow_up_failed", followup_id="f1", round=1)
by_verdict = replace(
    strike_it_off, basis="follow_up", closure_by="follow_up", by_unit="supervisor", followup_id="f1", round=1
)
due_up = struck_off.model_copy(update={"report_up_by": NOON + DAY})
report_it = ReportUp(1, "town-a", NOON, "已修复")


def test_a_follow_up_that_is_due_puts_a_completed_case_under_verification() -> None:
    given(dispatch_case, *DONE).when(start_verifying).then(verifying)
    given(dispatch_case, *DONE, verifying).when(replace(start_verifying, followup_id="f2")).then(
        verifying.model_copy(update={"followup_id": "f2"})
    )


def test_what_the_unit_struck_off_itself_is_only_noted() -> None:
    given(dispatch_case, *DONE, struck_off).when(start_verifying).then(verifying)
    noted = (*DONE, struck_off, verifying)
    given(dispatch_case, *noted).when(report_it).then(
        StrikeOffReported(case_id="c1", case_no=1, late=False, text="已修复")
    )


def test_a_follow_up_of_another_round_or_of_what_ended_otherwise_begins_nothing() -> None:
    given(dispatch_case, *DONE, reopened).when(start_verifying).then_nothing()
    given(dispatch_case, *DONE, closed).when(start_verifying).then_nothing()
    given(dispatch_case, *AT_WORK).when(start_verifying).then_rejected("not-completed")


def test_a_verdict_ends_the_verification() -> None:
    verdict = struck_off.model_copy(update={"basis": "follow_up", "followup_id": "f1", "by_unit": "supervisor"})
    given(dispatch_case, *DONE, verifying).when(by_verdict).then(verdict)
    given(dispatch_case, *DONE, verifying).when(failed).then(reopened)


def test_a_verification_holds_nobody_back_who_may_strike_off_without_it() -> None:
    given(dispatch_case, *DONE, verifying).when(strike_it_off).then(struck_off)


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
    given(dispatch_case, *DONE).when(replace(by_verdict, followup_id=None)).then_rejected("no-verdict")
    verdict = struck_off.model_copy(update={"basis": "follow_up", "followup_id": "f1", "by_unit": "supervisor"})
    given(dispatch_case, *DONE).when(by_verdict).then(verdict)


def test_a_verdict_of_those_who_handled_it_strikes_nothing_off() -> None:
    given(dispatch_case, *DONE).when(replace(by_verdict, by_unit="town-a")).then_rejected("own-review")


def test_a_verdict_on_what_ended_otherwise_changes_nothing() -> None:
    for ending in (closed, merged):
        given(dispatch_case, *DONE, verifying, ending).when(by_verdict).then_nothing()
        given(dispatch_case, *DONE, verifying, ending).when(failed).then_nothing()


def test_the_unit_reports_up_what_it_struck_off_once() -> None:
    reported = StrikeOffReported(case_id="c1", case_no=1, late=False, text="已修复")
    given(dispatch_case, *DONE, due_up).when(report_it).then(reported)
    late = replace(report_it, at=NOON + DAY + timedelta(seconds=1))
    given(dispatch_case, *DONE, due_up).when(late).then(reported.model_copy(update={"late": True}))


def test_nobody_else_reports_and_nothing_that_is_not_struck_off() -> None:
    given(dispatch_case, *DONE, due_up).when(replace(report_it, by_unit="bureau-b")).then_rejected("other-unit")
    given(dispatch_case, *DONE).when(report_it).then_rejected("not-struck-off")


def test_the_time_to_report_stands_in_the_strike_off_of_a_unit() -> None:
    given(dispatch_case, *DONE).when(replace(strike_it_off, report_up_by=NOON + DAY)).then(due_up)


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


def test_nobody_reopens_by_hand_but_those_who_oversee_it() -> None:
    given(dispatch_case, *DONE).when(replace(reopen_it, by_oversight=False)).then_rejected("not-oversight")
    by_hand = reopened.model_copy(update={"reason": "spot_check", "text": "现场未修", "followup_id": None})
    given(dispatch_case, *DONE).when(reopen_it).then(by_hand, again_rejected="not-completed")


def test_beyond_the_pack_s_rounds_only_the_leading_group_begins_another() -> None:
    """LT-14: none of the programmes sets an end; a pack may."""
    one = replace(reopen_it, max_rounds=1)
    refused = given(dispatch_case, *DONE).when(one).then_rejected("rounds-spent")
    assert refused.params == {"max": 1}
    given(dispatch_case, *DONE, verifying).when(replace(failed, max_rounds=1)).then_rejected("rounds-spent")
    word = replace(failed, max_rounds=1, by_group=True, by_oversight=True, text="经研究，再办一轮。")
    again = given(dispatch_case, *DONE, verifying).when(word).decided()
    assert [(event.reason, event.text) for event in again] == [("follow_up_failed", word.text)]  # type: ignore[attr-defined]
    given(dispatch_case, *DONE, verifying).when(replace(word, text=" ")).then_rejected("reason-missing", field="text")
    by_group = given(dispatch_case, *DONE).when(replace(one, by_group=True)).decided()
    assert [event.TYPE for event in by_group] == ["case-reopened"]
    assert given(dispatch_case, *DONE).when(replace(reopen_it, max_rounds=2)).decided()


def test_the_next_round_may_be_shorter() -> None:
    shorter = Durations(sign="4wh", finish="3d")
    given(dispatch_case, *DONE).when(replace(failed, durations=shorter)).then(
        reopened.model_copy(update={"durations": shorter})
    )


def test_a_relapse_counts_so_many_days_after_strike_off() -> None:
    relapse = replace(reopen_it, reason="relapse", at=NOON, relapse_until=NOON)
    again = CaseReopened(case_id="c1", case_no=1, reason="relapse", text="现场未修", round=2, was_struck_off=True)
    given(dispatch_case, *DONE, struck_off).when(relapse).then(again, again_rejected="not-completed")
    for late in (replace(relapse, at=NOON + DAY), replace(relapse, relapse_until=None), replace(relapse, at=None)):
        given(dispatch_case, *DONE, struck_off).when(late).then_rejected("relapse-too-late", field="reason")


@pytest.mark.parametrize("history", [(opened,), DONE, (*DONE, verifying)])
def test_what_cannot_be_handled_is_closed_with_approval_and_a_word_to_the_requester(history: Any) -> None:
    given(dispatch_case, *history).when(close_it).then(closed)


def test_with_it_every_open_order_ends_and_says_why() -> None:
    helper = (*AT_WORK, issued("o2", "bureau-b", "co"), suspended)
    given(dispatch_case, *helper).when(close_it).then(
        cancelled("o1", "closed_unhandled", "诉求人撤回"), cancelled("o2", "closed_unhandled", "诉求人撤回"), closed
    )


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("reason_code", "", "reason-missing"),
        ("reason", " ", "reason-missing"),
        ("approver", None, "no-approver"),
        ("approver", "p8", "own-approval"),
        ("told_at", None, "not-told"),
        ("told_at", NOON + timedelta(hours=1), "in-future"),
        ("told_at", NOON - timedelta(days=400), "before-receipt"),
    ],
)
def test_closing_unhandled_is_never_done_lightly(field: str, value: Any, code: str) -> None:
    given(dispatch_case, *AT_WORK).when(replace(close_it, **{field: value})).then_rejected(code, field=field)


def test_who_is_sent_elsewhere_is_told_where() -> None:
    elsewhere = replace(close_it, reason_code="legal-channel", reason="已诉讼")
    given(dispatch_case, opened).when(elsewhere).then_rejected("no-channel", field="channel")
    given(dispatch_case, opened).when(replace(elsewhere, channel="区人民法院")).then(
        closed.model_copy(update={"reason_code": "legal-channel", "reason": "已诉讼", "channel": "区人民法院"})
    )
