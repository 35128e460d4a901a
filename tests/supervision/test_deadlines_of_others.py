"""What the newer deadlines put on the ladder where the pack names them, and the days that call-backs, suspensions and
appeals must keep."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.dispatch import CaseResumed, CaseRouted, CaseStruckOff, CaseSuspended
from contracts.envelope import SYSTEM, Meta
from contracts.event import Event
from contracts.intake import RoleAssigned
from contracts.pack import PackErrors, parse_pack
from contracts.supervision import (
    AppealDecided,
    AppealFiled,
    ClockStarted,
    FollowUpCancelled,
    FollowUpConducted,
    FollowUpScheduled,
)
from services.supervision.domain.own_deadlines import Begun, Deadline, Ended, turns
from services.supervision.domain.rectification import RECTIFICATION, LiftRectification
from tests.supervision.ladder_stage import CASE, JW, OFFICE, MakeStage, completed, handed_over, local, reopened
from tests.supervision.test_every_clock import HELD, TASK, breach, told, wall

WRITTEN = b'slip_on = ["sign", "plan", "finish"]'
NAMED = b'slip_on = ["finish", "bind", "review", "follow_up", "task", "rectify"]'
EVERYTHING = (
    JW.replace(WRITTEN, NAMED, 1)
    .replace(b"[order]\n", b'[order]\nleader_bound = { classes = ["real"], within = "1wd" }\n', 1)
    .replace(b'mode = "sample"', b'mode = "all"', 1)
)
CALLED = "f-c1-1-requester"
NOON = local("2017-07-17 12:00")


# Which deadlines a stream sets and lifts


def after(*events: Event) -> list[Any]:
    """What the last of these events begins or ends, an hour between each two."""
    return turns([(NOON + timedelta(hours=n), event) for n, event in enumerate(events)])


def test_a_call_back_is_owed_by_its_day_and_met_whatever_was_heard() -> None:
    due = local("2017-07-20 18:00")
    scheduled = FollowUpScheduled(
        followup_id=CALLED,
        **CASE,
        round=1,
        leg="requester",
        due=due,
        sample_rule="all",
        handler_units=("town-a",),
    )
    owed = Deadline("follow_up", f"follow-up:{CALLED}", due, case_id="c1", not_by=("town-a",))
    assert after(scheduled) == [Begun(f"follow_up-{CALLED}-1", owed, due)]
    heard = FollowUpConducted(
        followup_id=CALLED,
        **CASE,
        round=1,
        leg="requester",
        method="phone",
        reached=False,
        verdict="unreachable",
        closes=False,
        reviewer_unit="ducha",
    )
    assert after(scheduled, heard) == [Ended(f"follow_up-{CALLED}-1", "met")]


def test_a_call_back_that_is_cancelled_is_owed_only_until_the_round_was_over() -> None:
    due, over = local("2017-07-20 18:00"), local("2017-07-18 09:00")
    ids: dict[str, Any] = {"followup_id": CALLED, **CASE, "round": 1, "leg": "requester"}
    scheduled = FollowUpScheduled(**ids, due=due, sample_rule="all", handler_units=("town-a",))
    cancelled = FollowUpCancelled(**ids, reason="reopened", at=over)
    assert after(scheduled, cancelled) == [Ended(f"follow_up-{CALLED}-1", "settled", over)]


def test_each_appeal_waits_for_its_own_ruling_until_the_packs_day() -> None:
    due = local("2017-07-31 18:00")
    filed = [
        AppealFiled(assessment_id="a1", appeal_id=f"x{n}", object=f"town-{n}", reason="有异议", rule_by=due)
        for n in (1, 2)
    ]
    [begun] = after(*filed)
    assert (begun.key, begun.deadline.matter, begun.due) == ("appeal-a1.x2-1", "appeal:a1/x2", due)
    ruled = AppealDecided(assessment_id="a1", appeal_id="x1", upheld=False, reason="维持")
    assert after(*filed, ruled) == [Ended("appeal-a1.x1-1", "met")]
    assert after(filed[0].model_copy(update={"rule_by": None})) == [], "an appeal of old was given no day"


# What a pack may name


@pytest.mark.parametrize("kind", ["reply", "findings", "bind", "coverage", "tasks"])
def test_a_slip_is_named_only_for_deadlines_that_the_pack_has(kind: str) -> None:
    with pytest.raises(PackErrors) as refused:
        parse_pack(JW.replace(WRITTEN, f'slip_on = ["sign", "{kind}"]'.encode(), 1))
    assert [error.place for error in refused.value.errors] == ["escalation.slip_on[2]"]


def test_no_slip_is_named_for_call_backs_that_nobody_makes() -> None:
    named = JW.replace(WRITTEN, b'slip_on = ["sign", "follow_up"]', 1)
    assert parse_pack(named).escalation.slip_on == ("sign", "follow_up")
    with pytest.raises(PackErrors) as refused:
        parse_pack(named.replace(b'mode = "sample"', b'mode = "none"', 1))
    assert "escalation.slip_on[2]" in [error.place for error in refused.value.errors]


def test_every_deadline_that_is_not_answered_by_itself_may_be_named() -> None:
    assert parse_pack(EVERYTHING).escalation.slip_on == ("finish", "bind", "review", "follow_up", "task", "rectify")


# In the service: HA-06 包案, 挂账复查, tasks, rectifications and call-backs on the ladder


async def test_whatever_the_pack_names_brings_a_slip_about_its_own_matter(make_stage: MakeStage) -> None:
    stage = await make_stage(EVERYTHING)
    await stage.hear(RoleAssigned(person_id=OFFICE.person_id, unit_id=OFFICE.unit_id, role="supervisor"))
    made = await stage.does(OFFICE, "plans", programme="jw-2017", title="示例计划", tasks=[TASK])
    body = {"unit": "town-a", "items": ["补齐台账"], "grounds": ["weak_handling"]}
    fixed = await stage.does(OFFICE, "rectifications", due=local("2017-07-21 18:00").isoformat(), **body)
    routed = CaseRouted(case_id="c1", rule_id="route[1]", order_kind="assign", lead="town-a", chosen_by="rule")
    await stage.hear(*handed_over(), routed, CaseSuspended(**HELD))

    await stage.at("2017-07-24 09:00", looks=3)
    task, rectification = f"task:{made['plan_id']}/t1", f"rectification:{fixed['rectification_id']}"
    for matter, kind in (("bind:c1", "bind"), (task, "task"), (rectification, "rectify")):
        slip = await stage.slip(matter)
        assert (slip["rule_id"], slip["target_unit"], slip["level"]) == (f"breach:{kind}", "town-a", "blue")
        assert slip["case_id"] == ("c1" if kind == "bind" else None)
    assert await stage.slips("review:c1") == [], "its day is to come"
    assert "示例村 走访全覆盖" in await _page(stage, (await stage.slip(task))["notice_id"])
    assert "领导包案" in await _page(stage, (await stage.slip("bind:c1"))["notice_id"])

    lifted = Meta(command_id="lift-1", actor=SYSTEM, programme="jw-2017")
    stream = f"rectification-{fixed['rectification_id']}"
    await stage.service.commands.handle(RECTIFICATION, stream, LiftRectification("通报撤销"), lifted)
    await stage.settled()
    assert (await stage.slip(rectification))["standing"] == "closed", "nothing has to be put right any more"

    await stage.at("2017-08-02 09:00", looks=2)
    assert (await breach(stage, "c1-review-1")).due == HELD["review_on"]
    assert (await stage.slip("review:c1"))["rule_id"] == "breach:review"
    assert "挂账复查" in await wall(stage, "&kind=review&light=red")
    await stage.hear(CaseResumed(**CASE, reason="批复已下达", finish_by={"o1": local("2017-09-18 18:00")}))
    assert await told(stage, "c1-review-1") == ["started", "deadline-breached", "met late"]

    await stage.hear(completed())
    [called] = await stage.recorded(ClockStarted, stream=f"clock-follow_up-{CALLED}-1")
    assert (called.unit, called.case_id, called.matter) == ("ducha", "c1", f"follow-up:{CALLED}")
    await stage.at("2017-08-08 09:00", looks=2)
    assert (await breach(stage, f"follow_up-{CALLED}-1")).due == called.due == local("2017-08-07 18:00")
    assert (await stage.slip(f"follow-up:{CALLED}"))["target_unit"] == "ducha"
    assert f"/supervision/followups/{CALLED}" in await wall(stage, "&kind=follow_up&light=red")

    await stage.hear(CaseStruckOff(**CASE, by_unit="office", basis="office", on_time=True))
    assert {(await stage.slip(one))["standing"] for one in ("bind:c1", "review:c1")} == {"closed"}
    heard = {"reached": True, "contacted": True, "solved": True, "satisfaction": "very", "method": "phone"}
    await stage.does(OFFICE, f"followups/{CALLED}/conduct", **heard)
    assert await told(stage, f"follow_up-{CALLED}-1") == ["started", "deadline-breached", "met late"]


async def _page(stage: Any, notice_id: str) -> str:
    shown = await stage.looks(OFFICE, f"/supervision/notices/{notice_id}")
    assert shown.status_code == 200, shown.text
    return str(shown.text)


async def test_a_case_that_ends_while_held_is_looked_at_no_more(make_stage: MakeStage) -> None:
    stage = await make_stage()
    await stage.hear(*handed_over(), CaseSuspended(**HELD))
    await stage.hear(CaseStruckOff(**CASE, by_unit="office", basis="office", on_time=True))
    await stage.at("2017-08-02 09:00")
    assert await told(stage, "c1-review-1") == ["started", "cancelled"]


async def test_a_call_back_is_late_for_nobody_where_nobody_answers_for_it_or_it_could_not_be_set(
    make_stage: MakeStage,
) -> None:
    stage = await make_stage(EVERYTHING)
    await stage.hear(*handed_over(2), completed(2))
    assert await stage.recorded(ClockStarted, stream="clock-follow_up-f-c2-1-requester-1") == [], (
        "nobody answers for it"
    )
    await stage.hear(RoleAssigned(person_id="p-o", unit_id="office", role="programme_office"))
    await stage.hear(*handed_over(3), completed(3))
    [third] = await stage.recorded(ClockStarted, stream="clock-follow_up-f-c3-1-requester-1")
    assert third.unit == "office", "nobody has the role that calls back"
    await stage.hear(RoleAssigned(person_id=OFFICE.person_id, unit_id=OFFICE.unit_id, role="supervisor"))
    await stage.hear(*handed_over())
    await stage.at("2017-07-28 09:00", looks=0)
    await stage.hear(completed(), recorded=local("2017-07-17 15:00"))
    [call] = await stage.recorded(FollowUpScheduled, stream=f"followup-{CALLED}")
    assert call.due == local("2017-08-02 18:00"), "three working days from when it could be known"
    await stage.at("2017-07-28 09:01", looks=1)
    assert await told(stage, f"follow_up-{CALLED}-1") == ["started"]
    assert await stage.slips(f"follow-up:{CALLED}") == []


async def test_nobody_is_called_about_a_round_that_is_over(make_stage: MakeStage) -> None:
    stage = await make_stage(EVERYTHING)
    await stage.hear(RoleAssigned(person_id=OFFICE.person_id, unit_id=OFFICE.unit_id, role="supervisor"))
    late, soon, away = (f"f-c{n}-1-requester" for n in (1, 2, 3))
    await stage.hear(*handed_over(), completed())
    await stage.at("2017-07-24 09:00")
    assert (await stage.slip(f"follow-up:{late}"))["standing"] == "open"
    await stage.hear(*handed_over(2), completed(2), *handed_over(3))
    await stage.hear(reopened(1, round=2), reopened(2, round=2))

    assert (await stage.slip(f"follow-up:{late}"))["standing"] == "closed", "nobody owes that call any more"
    assert await told(stage, f"follow_up-{late}-1") == ["started", "deadline-breached", "cancelled"]
    assert await told(stage, f"follow_up-{soon}-1") == ["started", "cancelled"]
    queue = (await stage.looks(OFFICE, "/supervision/followups")).text
    assert late not in queue
    assert soon not in queue
    assert "取消" in (await stage.looks(OFFICE, "/supervision/followups?state=done")).text
    page = (await stage.looks(OFFICE, f"/supervision/followups/{soon}")).text
    assert "这项回访已取消：问题已重新办理" in page
    assert "data-main-form" not in page
    heard = {"reached": True, "contacted": True, "solved": True, "satisfaction": "very", "method": "phone"}
    assert await stage.refused(OFFICE, f"followups/{soon}/conduct", **heard) == "follow-up-cancelled"

    # Supervision was away while it was completed and handled again: both arrive before anybody could be called.
    await stage.hear(completed(3), settle=False)
    await stage.hear(reopened(3, round=2))
    assert await told(stage, f"follow_up-{away}-1") == ["started", "cancelled"]
    await stage.at("2017-08-25 09:00")
    assert await stage.slips(f"follow-up:{away}") == await stage.slips(f"follow-up:{soon}") == []
