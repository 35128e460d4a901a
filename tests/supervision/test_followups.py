"""Follow-ups: two answers, the pack's verdict, and nobody reviews their own work."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from contracts.dispatch import CaseClosedUnhandled, CaseMerged
from contracts.pack import Pass
from contracts.supervision import FollowUpAttempted, FollowUpCancelled, FollowUpConducted, FollowUpScheduled
from services.supervision.domain.followup import (
    FOLLOW_UP,
    AttemptFollowUp,
    CancelFollowUp,
    ConductFollowUp,
    ScheduleFollowUp,
    over,
)
from services.supervision.domain.programme import PROGRAMME, ActivatePack
from tests.spec import NOON, given
from tests.supervision.ladder_stage import CASE, completed, reopened

schedule = ScheduleFollowUp("f1", "c1", 7, 1, "requester", NOON + timedelta(days=3), "all", ("town-a",))
scheduled = FollowUpScheduled(
    followup_id="f1",
    case_id="c1",
    case_no=7,
    round=1,
    leg="requester",
    due=NOON + timedelta(days=3),
    sample_rule="all",
    handler_units=("town-a",),
)
heard = ConductFollowUp(
    reviewer_unit="supervision-office",
    method="phone",
    reached=True,
    pass_rule=Pass(solved=True, satisfaction_min="basic"),
    closes=False,
    attempts_needed=3,
    days_needed=2,
    days_tried=frozenset({date(2017, 7, 17)}),
    contacted=True,
    solved=True,
    satisfaction="satisfied",
)
conducted = FollowUpConducted(
    followup_id="f1",
    case_id="c1",
    case_no=7,
    round=1,
    leg="requester",
    method="phone",
    reached=True,
    contacted=True,
    solved=True,
    satisfaction="satisfied",
    verdict="pass",
    closes=False,
    reviewer_unit="supervision-office",
)


def attempted(n: int, days: int) -> FollowUpAttempted:
    return FollowUpAttempted(followup_id="f1", case_id="c1", attempt=n, method="phone", at=NOON + timedelta(days=days))


def test_it_is_scheduled_once() -> None:
    given(FOLLOW_UP).when(schedule).then(scheduled)


def test_a_round_that_is_over_is_asked_about_no_more_and_what_was_heard_stays_heard() -> None:
    cancel = CancelFollowUp("reopened", NOON)
    ids = {"followup_id": "f1", "case_id": "c1", "case_no": 7, "round": 1, "leg": "requester"}
    cancelled = FollowUpCancelled.model_validate({**ids, "reason": "reopened", "at": NOON})
    given(FOLLOW_UP, scheduled).when(cancel).then(cancelled)
    given(FOLLOW_UP, scheduled, conducted).when(cancel).then()
    given(FOLLOW_UP).when(cancel).then()
    given(FOLLOW_UP, scheduled, cancelled).when(heard).then_rejected("follow-up-cancelled")


def test_a_round_is_over_when_the_case_is_handled_again_merged_or_ended_without_handling() -> None:
    def later(n: int) -> datetime:
        return NOON + timedelta(hours=n)

    done, again = (NOON, completed()), (later(1), reopened(round=2))
    merged = CaseMerged(**CASE, into="c9", into_no=9, request_ids=("r1",), link="merged", reason="同一事项")
    said = {"reason_code": "withdrawn", "reason": "撤回", "approver": "p-l", "told_at": NOON}
    ended = CaseClosedUnhandled.model_validate({**CASE, **said})
    assert over([done], 1) is None
    assert over([done, again], 1) == CancelFollowUp("reopened", later(1))
    assert over([done, again, (later(2), completed(round=2))], 2) is None
    assert over([done, again, (later(2), completed(round=2)), (later(3), ended)], 1) == CancelFollowUp(
        "reopened", later(1)
    )
    assert over([done, (later(1), merged)], 1) == CancelFollowUp("merged", later(1))
    assert over([done, (later(1), ended)], 1) == CancelFollowUp("unhandled", later(1))
    assert over([(NOON, merged), (later(1), completed())], 1) is None, "the merge was undone before it was completed"


def test_solved_and_satisfied_passes() -> None:
    """Two answers of the requester, never one (HA-33, HA-34)."""
    given(FOLLOW_UP, scheduled).when(heard).then(conducted, again_rejected="follow-up-done")


def test_a_call_by_telephone_names_its_record_and_a_visit_none() -> None:
    on_record = replace(heard, call_record="2017-0717-88")
    given(FOLLOW_UP, scheduled).when(on_record).then(
        conducted.model_copy(update={"call_record": "2017-0717-88"}), again_rejected="follow-up-done"
    )
    (visited,) = given(FOLLOW_UP, scheduled).when(replace(on_record, method="visit")).decided()
    assert isinstance(visited, FollowUpConducted)
    assert visited.call_record == ""


def test_not_solved_fails_whatever_the_satisfaction() -> None:
    fails = conducted.model_copy(update={"solved": False, "satisfaction": "very", "verdict": "fail"})
    given(FOLLOW_UP, scheduled).when(replace(heard, solved=False, satisfaction="very")).then(
        fails, again_rejected="follow-up-done"
    )


def test_solved_but_dissatisfied_needs_to_say_whether_the_handler_is_to_blame() -> None:
    unhappy = replace(heard, satisfaction="dissatisfied")
    given(FOLLOW_UP, scheduled).when(unhappy).then_rejected("attributable-missing")
    fails = conducted.model_copy(update={"satisfaction": "dissatisfied", "attributable": True, "verdict": "fail"})
    given(FOLLOW_UP, scheduled).when(replace(unhappy, attributable=True)).then(fails, again_rejected="follow-up-done")


def test_both_answers_are_needed() -> None:
    given(FOLLOW_UP, scheduled).when(replace(heard, solved=None)).then_rejected("solved-missing")
    given(FOLLOW_UP, scheduled).when(replace(heard, satisfaction=None)).then_rejected("satisfaction-missing")


def test_the_handling_unit_may_neither_review_nor_attempt() -> None:
    """Invariant 8: handler ≠ reviewer (LT-17, HA-32)."""
    given(FOLLOW_UP, scheduled).when(replace(heard, reviewer_unit="town-a")).then_rejected("handler-reviews-itself")
    given(FOLLOW_UP, scheduled).when(AttemptFollowUp("town-a", "phone", NOON)).then_rejected("handler-reviews-itself")


def test_unreachable_needs_enough_attempts_on_enough_days() -> None:
    nobody = replace(heard, reached=False, contacted=None, solved=None, satisfaction=None)
    two_tries = (scheduled, attempted(1, 0), attempted(2, 0))
    given(FOLLOW_UP, scheduled).when(nobody).then_rejected("too-few-attempts")
    given(FOLLOW_UP, *two_tries).when(nobody).then_rejected("too-few-attempts")
    two_days = replace(nobody, days_tried=frozenset({date(2017, 7, 17), date(2017, 7, 18)}))
    unreachable = conducted.model_copy(
        update={"reached": False, "contacted": None, "solved": None, "satisfaction": None, "verdict": "unreachable"}
    )
    given(FOLLOW_UP, *two_tries).when(two_days).then(unreachable, again_rejected="follow-up-done")


def test_attempts_are_counted() -> None:
    given(FOLLOW_UP, scheduled, attempted(1, 0)).when(
        AttemptFollowUp("supervision-office", "phone", NOON + timedelta(days=1))
    ).then(attempted(2, 1), repeatable=True)


def test_the_same_rules_again_are_nothing_new_and_other_rules_are_the_next_version() -> None:
    first = ActivatePack("demo", "示例活动", "schema = 1\n", "1" * 64, NOON)
    (one,) = given(PROGRAMME).when(first).decided()
    given(PROGRAMME, one).when(first).then()
    (two,) = given(PROGRAMME, one).when(replace(first, sha256="2" * 64)).decided()
    assert (one.pack_version, two.pack_version) == (1, 2)  # type: ignore[attr-defined]


def test_dissatisfaction_that_is_nobodys_fault_is_explained_and_ruled_on() -> None:
    """Solved but dissatisfied: an explanation visit, then the reviewer rules (LT-14)."""
    visit = replace(schedule, followup_id="f1-explanation", leg="explanation", explains="f1")
    explaining = scheduled.model_copy(update={"followup_id": "f1-explanation", "leg": "explanation", "explains": "f1"})
    given(FOLLOW_UP).when(visit).then(explaining)
    still = replace(heard, method="visit", contacted=None, satisfaction="dissatisfied", ruling="已按规划答复")
    given(FOLLOW_UP, explaining).when(still).then_rejected("attributable-missing", "attributable")
    kept = replace(still, attributable=False)
    given(FOLLOW_UP, explaining).when(replace(kept, ruling="")).then_rejected("ruling-missing", "ruling")
    ruled = conducted.model_copy(
        update={
            "followup_id": "f1-explanation",
            "leg": "explanation",
            "method": "visit",
            "contacted": None,
            "satisfaction": "dissatisfied",
            "attributable": False,
            "ruling": "已按规划答复",
        }
    )
    given(FOLLOW_UP, explaining).when(kept).then(ruled, again_rejected="follow-up-done")
    back = ruled.model_copy(update={"attributable": True, "verdict": "fail"})
    given(FOLLOW_UP, explaining).when(replace(kept, attributable=True)).then(back, again_rejected="follow-up-done")
    given(FOLLOW_UP, explaining).when(replace(kept, reviewer_unit="town-a")).then_rejected("handler-reviews-itself")
