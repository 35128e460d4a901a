"""Signing, contact, plan and milestones, site visits, progress and findings."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.dispatch import (
    Evidence,
    FindingsReported,
    Milestone,
    MilestoneReached,
    ProgressReported,
    RequesterContacted,
    SiteVerified,
)
from services.dispatch.domain.commands import (
    ContactRequester,
    ReachMilestone,
    ReportFindings,
    ReportProgress,
    VerifyOnSite,
)
from services.dispatch.domain.decide import dispatch_case
from tests.dispatch.story import (
    AT_WORK,
    DAY,
    DONE,
    HANDED_OVER,
    NOON,
    TIMETABLE,
    plan_it,
    planned,
    returned,
    ruled,
    sign_it,
    signed,
    suspended,
)
from tests.spec import given

call = ContactRequester("o1", 1, "town-a", "phone", False, NOON, NOON)
scheduled = planned.model_copy(update={"timetable": TIMETABLE})
PHOTO = Evidence(sha256="0" * 64, name="现场.jpg", media_type="image/jpeg", size=1000)
visit_it = VerifyOnSite("o1", 1, "town-a", NOON, ("p1",), "路面已开裂", NOON, (PHOTO,))
visited = SiteVerified(
    case_id="c1",
    order_id="o1",
    case_no=1,
    visited_at=NOON,
    visitors=("p1",),
    found="路面已开裂",
    evidence=(PHOTO,),
)
reach_it = ReachMilestone("o1", 1, "town-a", 1, NOON, "已进场")
reached = MilestoneReached(case_id="c1", order_id="o1", case_no=1, milestone=1, name="进场", late=False, text="已进场")
find_it = ReportFindings("o1", 1, "town-a", "排水系统普遍老化", NOON, NOON)
found = FindingsReported(case_id="c1", order_id="o1", case_no=1, text="排水系统普遍老化")


def test_the_unit_signs() -> None:
    given(dispatch_case, *HANDED_OVER).when(sign_it).then(signed())


def test_late_is_late_but_allowed() -> None:
    given(dispatch_case, *HANDED_OVER).when(replace(sign_it, at=NOON + 2 * DAY)).then(signed(late=True))


def test_another_unit_does_not_sign() -> None:
    given(dispatch_case, *HANDED_OVER).when(replace(sign_it, by_unit="bureau-b")).then_rejected("other-unit")


def test_attempts_to_reach_the_requester_are_counted() -> None:
    """LT-07: 接即应."""
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


def test_a_stand_in_signs_for_who_is_absent() -> None:
    """SH-39: AB岗."""
    given(dispatch_case, *HANDED_OVER).when(replace(sign_it, acting_for="p2")).then(
        signed().model_copy(update={"acting_for": "p2"})
    )


def test_an_order_that_is_gone_is_not_signed() -> None:
    gone = (*HANDED_OVER, returned(), ruled(accepted=True))
    given(dispatch_case, *gone).when(sign_it).then_rejected("order-closed")
    given(dispatch_case, *HANDED_OVER).when(replace(sign_it, order_id="o9")).then_rejected("no-such-order")


@pytest.mark.parametrize("part", ["task_book", "road_map", "timetable"])
def test_a_pack_may_want_task_book_road_map_and_timetable(part: str) -> None:
    """JW-18."""
    whole = replace(plan_it, task_book="修复", road_map="先排水后路面", timetable=TIMETABLE, parts=(part,))
    given(dispatch_case, *AT_WORK).when(replace(plan_it, parts=(part,))).then_rejected("plan-incomplete", field=part)
    assert given(dispatch_case, *AT_WORK).when(whole).decided()


def test_the_plan_may_take_the_time_that_was_given_back_elsewhere() -> None:
    late = replace(plan_it, resolve_by=NOON + 9 * DAY)
    assert given(dispatch_case, *AT_WORK).when(replace(late, finish_now=NOON + 9 * DAY)).decided()


def test_two_milestones_of_one_name_are_one() -> None:
    double = replace(plan_it, timetable=(TIMETABLE[0], TIMETABLE[0]))
    given(dispatch_case, *AT_WORK).when(double).then_rejected("milestone-twice", field="timetable")


def test_a_milestone_is_reached_once_and_late_is_late() -> None:
    given(dispatch_case, *AT_WORK, scheduled).when(reach_it).then(reached)
    late = replace(reach_it, at=NOON + 3 * DAY)
    given(dispatch_case, *AT_WORK, scheduled).when(late).then(reached.model_copy(update={"late": True}))


@pytest.mark.parametrize("place", [0, 3])
def test_only_what_the_timetable_names_is_reached(place: int) -> None:
    given(dispatch_case, *AT_WORK, scheduled).when(replace(reach_it, milestone=place)).then_rejected(
        "no-such-milestone", field="milestone"
    )


def test_a_new_plan_keeps_what_was_reached_under_the_same_name() -> None:
    other = (Milestone(name="勘察", due=NOON + DAY), TIMETABLE[0])
    replanned = scheduled.model_copy(update={"timetable": other})
    history = (*AT_WORK, scheduled, reached, replanned)
    given(dispatch_case, *history).when(replace(reach_it, milestone=2)).then_nothing()
    given(dispatch_case, *history).when(reach_it).then(reached.model_copy(update={"name": "勘察"}))


def test_progress_may_bring_photos_and_say_when_the_next_comes() -> None:
    full = ReportProgress("o1", 1, "town-a", "已进场", "铺设", "construction", NOON + DAY, (PHOTO,))
    told = ProgressReported(
        case_id="c1",
        order_id="o1",
        case_no=1,
        text="已进场",
        next_step="铺设",
        stage="construction",
        next_report_by=NOON + DAY,
        evidence=(PHOTO,),
    )
    given(dispatch_case, *AT_WORK).when(full).then(told, repeatable=True)
    given(dispatch_case, *AT_WORK).when(replace(full, text=" ")).then_rejected("text-missing", field="text")


def test_a_visit_says_who_went_and_what_they_found() -> None:
    """LT-08: 诉必访."""
    given(dispatch_case, *AT_WORK).when(visit_it).then(visited, repeatable=True)
    for wrong, code, field in (
        (replace(visit_it, visitors=()), "no-visitor", "visitors"),
        (replace(visit_it, found=" "), "text-missing", "found"),
        (replace(visit_it, visited_at=NOON + DAY), "in-future", "visited_at"),
    ):
        given(dispatch_case, *AT_WORK).when(wrong).then_rejected(code, field=field)


def test_findings_are_told_in_time_or_late_and_also_after_completion() -> None:
    given(dispatch_case, *AT_WORK).when(find_it).then(found, repeatable=True)
    given(dispatch_case, *DONE).when(find_it).then(found, repeatable=True)
    late = replace(find_it, at=NOON + timedelta(seconds=1))
    given(dispatch_case, *AT_WORK).when(late).then(found.model_copy(update={"late": True}), repeatable=True)
    given(dispatch_case, *AT_WORK).when(replace(find_it, due_by=None)).then(found, repeatable=True)
    given(dispatch_case, *AT_WORK).when(replace(find_it, text="")).then_rejected("text-missing", field="text")


WORK = (plan_it, reach_it, visit_it, ReportProgress("o1", 1, "town-a", "已进场"), find_it)


@pytest.mark.parametrize("act", WORK, ids=lambda act: type(act).__name__)
def test_nothing_is_done_with_an_order_before_it_is_signed(act: Any) -> None:
    given(dispatch_case, *HANDED_OVER).when(act).then_rejected("not-signed")
    given(dispatch_case, *AT_WORK).when(replace(act, by_unit="bureau-b")).then_rejected("other-unit")
