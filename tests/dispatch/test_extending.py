"""More time: asked for, decided, and given by a calendar that was published later."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.dispatch import DeadlinesRecomputed, Dues, ExtensionDecided, RequesterContacted
from services.dispatch.domain.commands import RecomputeDeadlines
from services.dispatch.domain.decide import dispatch_case
from tests.dispatch.story import (
    AT_WORK,
    DAY,
    DONE,
    DUES,
    HANDED_OVER,
    NOON,
    ask_for_time,
    asked,
    complete_it,
    grant_it,
    issued,
    order_done,
    planned,
    returned,
    signed,
    suspended,
)
from tests.spec import given

TICK = timedelta(seconds=1)
granted = ExtensionDecided(
    case_id="c1",
    order_id="o1",
    case_no=1,
    granted=True,
    old_finish_by=NOON + 7 * DAY,
    finish_by=NOON + 10 * DAY,
    approver="p9",
    reason="同意",
    requester_told_at=NOON,
)
refuse_it = replace(grant_it, granted=False, reason="理由不足", requester_told_at=None)
refused = granted.model_copy(
    update={"granted": False, "finish_by": NOON + 7 * DAY, "reason": "理由不足", "requester_told_at": None}
)
ONCE = (*AT_WORK, asked, granted)
ask_again = replace(ask_for_time, finish_by=NOON + 12 * DAY)
asked_again = asked.model_copy(update={"finish_by": NOON + 12 * DAY, "n": 2})


def test_a_unit_asks_for_more_time_before_its_deadline() -> None:
    given(dispatch_case, *AT_WORK).when(ask_for_time).then(asked)
    last = replace(ask_for_time, at=NOON + 7 * DAY)
    given(dispatch_case, *AT_WORK).when(last).then(asked)
    given(dispatch_case, *AT_WORK).when(replace(last, at=last.at + TICK)).then_rejected("already-due")
    moved = replace(last, at=last.at + TICK, finish_now=NOON + 8 * DAY)
    given(dispatch_case, *AT_WORK).when(moved).then(asked)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("reason", " ", "reason-missing"),
        ("finish_by", None, "not-later"),
        ("finish_by", NOON + 7 * DAY, "not-later"),
    ],
)
def test_it_says_why_and_until_when(field: str, value: Any, code: str) -> None:
    given(dispatch_case, *AT_WORK).when(replace(ask_for_time, **{field: value})).then_rejected(code, field=field)


def test_one_request_at_a_time() -> None:
    given(dispatch_case, *AT_WORK, asked).when(ask_again).then_rejected("extension-pending")


def test_only_so_often() -> None:
    given(dispatch_case, *ONCE).when(ask_again).then(asked_again)
    given(dispatch_case, *ONCE).when(replace(ask_again, max_extensions=1)).then_rejected("too-many-extensions")
    given(dispatch_case, *AT_WORK, asked, refused).when(replace(ask_for_time, max_extensions=1)).then(
        asked.model_copy(update={"n": 2})
    )


def test_only_who_works_on_it_asks() -> None:
    given(dispatch_case, *HANDED_OVER).when(ask_for_time).then_rejected("not-signed")
    given(dispatch_case, *AT_WORK).when(replace(ask_for_time, by_unit="bureau-b")).then_rejected("other-unit")
    given(dispatch_case, *AT_WORK, suspended).when(ask_for_time).then_rejected("case-suspended")
    given(dispatch_case, *AT_WORK, returned()).when(ask_for_time).then_rejected("order-returned")


def test_the_office_grants_it_and_the_requester_is_told() -> None:
    given(dispatch_case, *AT_WORK, asked).when(grant_it).then(granted, again_rejected="not-asked")
    shorter = replace(grant_it, finish_by=NOON + 8 * DAY)
    given(dispatch_case, *AT_WORK, asked).when(shorter).then(
        granted.model_copy(update={"finish_by": NOON + 8 * DAY}), again_rejected="not-asked"
    )


def test_the_deadline_that_was_granted_counts() -> None:
    late = replace(complete_it, at=NOON + 9 * DAY)
    assert given(dispatch_case, *ONCE).when(late).decided()[-1].model_dump()["on_time"] is True
    assert given(dispatch_case, *AT_WORK, asked, refused).when(late).decided()[-1].model_dump()["on_time"] is False


def test_or_does_not_grant_it_and_the_deadline_stands() -> None:
    given(dispatch_case, *AT_WORK, asked).when(refuse_it).then(refused, again_rejected="not-asked")


def test_both_deadlines_stay_on_record_as_they_were_in_force() -> None:
    moved = replace(grant_it, finish_now=NOON + 8 * DAY)
    given(dispatch_case, *AT_WORK, asked).when(moved).then(
        granted.model_copy(update={"old_finish_by": NOON + 8 * DAY}), again_rejected="not-asked"
    )


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"reason": ""}, "reason-missing", "reason"),
        ({"approver": ""}, "no-approver", "approver"),
        ({"approver": "p1"}, "own-approval", "approver"),
        ({"approver_unit": "town-a"}, "own-approval", "approver"),
        ({"requester_told_at": None}, "not-told", "requester_told_at"),
        ({"requester_told_at": NOON + DAY}, "in-future", "requester_told_at"),
        ({"requester_told_at": NOON - 400 * DAY}, "before-receipt", "requester_told_at"),
        ({"finish_by": NOON + 7 * DAY}, "not-later", "finish_by"),
        ({"at": NOON + 11 * DAY}, "due-in-past", "finish_by"),
    ],
)
def test_it_is_not_granted_without_grounds_or_by_themselves(change: dict[str, Any], code: str, field: str) -> None:
    given(dispatch_case, *AT_WORK, asked).when(replace(grant_it, **change)).then_rejected(code, field=field)


def test_the_second_time_a_leader_decides() -> None:
    second = replace(grant_it, finish_by=NOON + 12 * DAY)
    given(dispatch_case, *ONCE, asked_again).when(second).then_rejected("leader-decides", field="approver")
    given(dispatch_case, *ONCE, asked_again).when(replace(second, leader_extends_from=3)).decided()
    assert given(dispatch_case, *ONCE, asked_again).when(replace(second, by_leader=True)).decided()
    assert given(dispatch_case, *ONCE, asked_again).when(refuse_it).decided(), "refusing it needs no leader"


def test_there_must_be_a_request_and_an_order_that_still_runs() -> None:
    given(dispatch_case, *AT_WORK).when(grant_it).then_rejected("not-asked")
    given(dispatch_case, *AT_WORK, asked, order_done()).when(grant_it).then_rejected("order-closed")


LATER = Dues(sign_by=NOON + 2 * DAY, contact_by=NOON + 2 * DAY, plan_by=NOON + 3 * DAY, finish_by=NOON + 8 * DAY)
recompute_it = RecomputeDeadlines(1, "CN-2018@2", "国务院公布放假安排", {"o1": LATER}, at=NOON)


def recomputed(**dues: Dues) -> DeadlinesRecomputed:
    return DeadlinesRecomputed(
        case_id="c1", case_no=1, calendar_version="CN-2018@2", reason="国务院公布放假安排", dues=dues
    )


def test_a_calendar_published_later_moves_what_still_runs() -> None:
    given(dispatch_case, *HANDED_OVER).when(recompute_it).then(
        recomputed(o1=LATER.model_copy(update={"plan_by": None})), again_rejected=None
    )


def test_what_was_met_or_is_over_stays_as_it_was() -> None:
    contacted = RequesterContacted(
        case_id="c1", order_id="o1", case_no=1, method="phone", attempt=1, reached=True, at=NOON
    )
    met = (*HANDED_OVER, signed(), contacted, planned)
    given(dispatch_case, *met).when(recompute_it).then(
        recomputed(o1=DUES.model_copy(update={"finish_by": LATER.finish_by}))
    )
    over = replace(recompute_it, at=NOON + 2 * DAY)
    given(dispatch_case, *HANDED_OVER).when(over).then(
        recomputed(o1=DUES.model_copy(update={"finish_by": LATER.finish_by}))
    )


def test_nobody_becomes_late_by_a_decree() -> None:
    earlier = replace(recompute_it, dues={"o1": Dues(sign_by=NOON - DAY, finish_by=NOON)})
    given(dispatch_case, *HANDED_OVER).when(earlier).then_nothing()


def test_what_is_equal_unknown_or_done_is_left_alone() -> None:
    given(dispatch_case, *HANDED_OVER).when(replace(recompute_it, dues={"o1": DUES})).then_nothing()
    given(dispatch_case, *HANDED_OVER).when(replace(recompute_it, dues={"o9": LATER})).then_nothing()
    given(dispatch_case, *DONE).when(recompute_it).then_nothing()
    helper = (*AT_WORK, issued("o2", "town-c", "territory"), order_done())
    given(dispatch_case, *helper).when(recompute_it).then_nothing()


def test_it_says_why() -> None:
    given(dispatch_case, *AT_WORK).when(replace(recompute_it, reason="")).then_rejected(
        "reason-missing", field="reason"
    )


def test_the_deadline_that_was_recomputed_counts() -> None:
    moved = recomputed(o1=DUES.model_copy(update={"finish_by": LATER.finish_by}))
    late = replace(complete_it, at=NOON + 8 * DAY)
    assert given(dispatch_case, *AT_WORK, moved).when(late).decided()[-1].model_dump()["on_time"] is True
