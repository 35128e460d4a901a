"""Every deadline is a clock: 即时报, steps, a leader for a case, tasks, promises, answers to slips, rectifications."""

from datetime import datetime, timedelta
from typing import Any

from contracts.dispatch import (
    CaseClassified,
    CaseResumed,
    CaseRouted,
    CaseStruckOff,
    CaseSuspended,
    FindingsReported,
    HandlingPlanFiled,
    LeaderBoundToCase,
    Milestone,
    MilestoneReached,
    OrderCompleted,
    OrderReturned,
    ReturnRuled,
    SuspensionReviewed,
)
from contracts.supervision import (
    ClockCancelled,
    ClockMet,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    DeadlineBreached,
    DeadlineReminderSent,
)
from services.supervision.react.breaches import BreachTimer, Horizons
from services.supervision.react.horizon import OwnHorizon
from tests.supervision.ladder_stage import (
    CASE,
    HEAD,
    JW,
    LT,
    OFFICE,
    SEALED,
    MakeStage,
    Stage,
    completed,
    handed_over,
    local,
    overdue,
)

DAY = timedelta(days=1)
ORDER: dict[str, Any] = {**CASE, "order_id": "o1"}
HELD: dict[str, Any] = {**CASE, "reason": "等待上级批复", "condition": "批复下达", "approver": "p-l"}
HELD |= {"review_on": local("2017-08-01 18:00")}
LIFE = (ClockStarted, ClockPaused, ClockResumed, ClockMet, ClockCancelled, DeadlineBreached)
LEADERS = JW.replace(b"[order]\n", b'[order]\nleader_bound = { classes = ["real"], within = "1wd" }\n', 1)


async def told(stage: Stage, clock: str) -> list[str]:
    """What a clock recorded, reminders aside; a late one says so."""
    events = await stage.recorded(*LIFE, stream=f"clock-{clock}")
    return [
        f"{event.TYPE.removeprefix('clock-')}{' late' if getattr(event, 'late', False) else ''}" for event in events
    ]


async def breach(stage: Stage, clock: str) -> DeadlineBreached:
    [found] = await stage.recorded(DeadlineBreached, stream=f"clock-{clock}")
    assert isinstance(found, DeadlineBreached)
    return found


async def wall(stage: Stage, query: str = "") -> str:
    shown = await stage.looks(OFFICE, f"/supervision/clocks?unit={query}")
    assert shown.status_code == 200, shown.text
    return shown.text


# 即时报 (LT-09)

findings = FindingsReported(**ORDER, text="排水系统普遍老化，宜整体改造")


async def at_findings(make_stage: MakeStage) -> Stage:
    """An order of the street office, Monday noon: its thoughts on the need are due in 24 hours."""
    stage = await make_stage(LT, "lt-2019", "2019-09-16 12:00")
    await stage.hear(*handed_over())
    return stage


async def test_findings_that_do_not_come_are_a_breach_once_and_late_when_they_come(make_stage: MakeStage) -> None:
    stage = await at_findings(make_stage)
    await stage.at("2019-09-17 12:00")
    assert await told(stage, "o1-findings") == ["started"], "the due instant itself is in time"
    assert "即时报" in await wall(stage, "&kind=findings")
    await stage.at("2019-09-17 12:01", looks=3)
    assert (await breach(stage, "o1-findings")).due == local("2019-09-17 12:00")
    await stage.hear(findings)
    assert await told(stage, "o1-findings") == ["started", "deadline-breached", "met late"]
    await stage.hear(findings)
    assert len(await told(stage, "o1-findings")) == 3, "more thoughts change nothing"


async def test_findings_may_follow_completion_and_are_owed_no_more_once_the_case_ended(make_stage: MakeStage) -> None:
    stage = await at_findings(make_stage)
    done = OrderCompleted(**ORDER, result="solved", reply=SEALED, replied_at=stage.now, responsible_person="p-head")
    await stage.hear(done, completed())
    assert await told(stage, "o1-findings") == ["started"]
    await stage.hear(CaseStruckOff(**CASE, by_unit="office", basis="office", on_time=True))
    assert await told(stage, "o1-findings") == ["started", "cancelled"]


async def test_a_disputed_order_owes_no_findings_meanwhile(make_stage: MakeStage) -> None:
    stage = await at_findings(make_stage)
    await stage.at("2019-09-16 18:00")
    await stage.hear(OrderReturned(**ORDER, reason_code="not-ours", reason="不属本单位", n=1))
    await stage.at("2019-09-18 12:00")
    assert await told(stage, "o1-findings") == ["started", "paused"]
    await stage.hear(ReturnRuled(**ORDER, accepted=False, reason="属该单位职责"))
    [resumed] = await stage.recorded(ClockResumed, stream="clock-o1-findings")
    assert resumed.due == local("2019-09-19 06:00"), "eighteen hours were left"
    await stage.hear(findings)
    assert await told(stage, "o1-findings") == ["started", "paused", "resumed", "met"]


async def test_where_the_pack_asks_for_none_no_findings_are_awaited(make_stage: MakeStage) -> None:
    stage = await make_stage()
    await stage.hear(*handed_over())
    assert await told(stage, "o1-findings") == []


# Steps of a plan (HA-28)


def plan(*steps: tuple[str, str]) -> HandlingPlanFiled:
    return HandlingPlanFiled(
        **ORDER,
        responsible_person="p-head",
        responsible_leader="p-head",
        responsible_dept="工程科",
        measures="分段施工",
        timetable=tuple(Milestone(name=name, due=local(due)) for name, due in steps),
        resolve_by=local("2017-08-18 18:00"),
    )


async def test_each_step_is_met_or_breached_and_another_plan_replaces_those_to_come(make_stage: MakeStage) -> None:
    stage = await make_stage()
    await stage.hear(*handed_over(), plan(("进场", "2017-07-19 18:00"), ("验收", "2017-07-21 18:00")))
    await stage.hear(MilestoneReached(**ORDER, milestone=1, name="进场", late=False))
    await stage.at("2017-07-22 09:00", looks=3)
    assert await told(stage, "o1-step-1.1") == ["started", "met"]
    assert await told(stage, "o1-step-1.2") == ["started", "deadline-breached"]
    assert (await breach(stage, "o1-step-1.2")).due == local("2017-07-21 18:00")
    shown = await wall(stage, "&kind=step")
    assert "验收" in shown
    assert "进场" not in shown
    await stage.hear(plan(("验收", "2017-07-26 18:00")))
    assert (await told(stage, "o1-step-1.2"))[-1] == "cancelled"
    done = OrderCompleted(**ORDER, result="solved", reply=SEALED, replied_at=stage.now, responsible_person="p-head")
    await stage.hear(done)
    assert await told(stage, "o1-step-2.1") == ["started", "cancelled"], "a completed order has no steps to come"


async def test_a_held_case_gives_its_steps_the_time_back(make_stage: MakeStage) -> None:
    stage = await make_stage()
    await stage.hear(*handed_over(), plan(("进场", "2017-07-20 18:00")))
    await stage.hear(CaseSuspended(**HELD))
    await stage.at("2017-07-31 12:00")
    assert await told(stage, "o1-step-1.1") == ["started", "paused"]
    await stage.hear(SuspensionReviewed(**CASE, note="批复未下达", review_on=local("2017-08-20 18:00")))
    assert await told(stage, "c1-review-2") == ["started"]
    await stage.hear(CaseResumed(**CASE, reason="批复已下达", finish_by={"o1": local("2017-08-18 18:00")}))
    assert await told(stage, "c1-review-1") == ["started", "met"]
    assert await told(stage, "c1-review-2") == ["started", "met"], "going on with it answers the day that was put off"
    [resumed] = await stage.recorded(ClockResumed, stream="clock-o1-step-1.1")
    assert resumed.due == local("2017-08-03 18:00"), "three working days and an afternoon were left"
    await stage.at("2017-08-04 09:00")
    assert (await breach(stage, "o1-step-1.1")).due == resumed.due


# 领导包案 (HA-06)

bound = LeaderBoundToCase(**CASE, leader="p-l", kind="contract")
ALARM = "1 件问题逾期未明确包案领导"


def classified(urgency: str) -> CaseClassified:
    first: Any = handed_over()[1]
    assert isinstance(first, CaseClassified)
    return first.model_copy(update={"urgency": urgency})


routed = CaseRouted(case_id="c1", rule_id="route[1]", order_kind="assign", lead="town-a", chosen_by="rule")


async def unled(make_stage: MakeStage) -> Stage:
    """A case of a class that asks for a leader, since Monday noon, and none by Tuesday's end."""
    stage = await make_stage(LEADERS)
    await stage.hear(*handed_over()[:2], routed)
    await stage.at("2017-07-18 18:01", looks=3)
    return stage


async def test_a_key_case_without_a_leader_is_an_alarm_once_until_one_is_bound(make_stage: MakeStage) -> None:
    stage = await unled(make_stage)
    found = await breach(stage, "c1-bind-1")
    assert (found.due, found.unit, found.kind) == (local("2017-07-18 18:00"), "town-a", "bind")
    shown = await wall(stage)
    assert ALARM in shown
    assert "领导包案" in shown
    await stage.at("2017-07-20 09:00", looks=3)
    assert len(await stage.recorded(DeadlineBreached)) == 1, "it stands every day and is counted once"
    await stage.hear(bound)
    assert await told(stage, "c1-bind-1") == ["started", "deadline-breached", "met late"]
    assert "未明确包案领导" not in await wall(stage)


async def test_a_leader_bound_in_time_another_class_or_an_end_leave_no_alarm(make_stage: MakeStage) -> None:
    stage = await make_stage(LEADERS)
    await stage.hear(*handed_over()[:2], routed, bound)
    assert await told(stage, "c1-bind-1") == ["started", "met"]
    await stage.hear(classified("good"), classified("real"))
    second = handed_over(2)[:2]
    await stage.hear(*second, routed.model_copy(update={"case_id": "c2"}))
    await stage.hear(second[1].model_copy(update={"urgency": "good"}))
    assert await told(stage, "c2-bind-1") == ["started", "cancelled"]
    await stage.hear(second[1])
    assert await told(stage, "c2-bind-3") == ["started"], "the class asks again"
    await stage.at("2017-07-19 09:00")
    assert [one.clock_id for one in await stage.recorded(DeadlineBreached)] == ["c2-bind-3"]


async def test_a_programme_without_the_rule_asks_nobody_for_a_leader(make_stage: MakeStage) -> None:
    stage = await make_stage()
    await stage.hear(*handed_over()[:2], routed)
    assert await told(stage, "c1-bind-1") == []


# Tasks (DI-31) and promises (SH-31)

TASK = {
    "task_id": "t1",
    "category": "走访",
    "subject": "示例村",
    "mandatory": "走访全覆盖",
    "due": "2017-07-21T18:00:00+08:00",
    "lead": "p-head",
    "liaison": "p-head",
    "target": 2,
}


async def planned(make_stage: MakeStage) -> tuple[Stage, str]:
    stage = await make_stage()
    made = await stage.does(OFFICE, "plans", programme="jw-2017", title="示例计划", tasks=[TASK])
    return stage, made["plan_id"]


async def test_a_task_is_met_or_breached_once_by_its_leads_unit(make_stage: MakeStage) -> None:
    stage, plan_id = await planned(make_stage)
    clock = f"task-{plan_id}.t1-1"
    [started] = await stage.recorded(ClockStarted, stream=f"clock-{clock}")
    assert (started.unit, started.about, started.case_id) == ("town-a", "示例村 走访全覆盖", None)
    await stage.at("2017-07-21 17:00")
    assert "示例村 走访全覆盖" in await wall(stage, "town-a&kind=task&light=yellow")
    reminded = await stage.recorded(DeadlineReminderSent, stream=f"clock-{clock}")
    assert [one.threshold for one in reminded] == ["80%"], "one stands for the marks that passed unseen"
    await stage.at("2017-07-22 09:00", looks=3)
    assert (await breach(stage, clock)).due == local("2017-07-21 18:00")
    shown = await wall(stage, "&kind=task&light=red")
    assert f"/supervision/tasks/{plan_id}/t1" in shown
    await stage.does(OFFICE, f"plans/{plan_id}/tasks/t1", done=2, state="done")
    assert await told(stage, clock) == ["started", "deadline-breached", "met late"]
    assert await stage.slips(f"task:{plan_id}/t1") == []


async def test_a_task_that_was_not_done_after_all_is_owed_again_while_there_is_time(make_stage: MakeStage) -> None:
    stage, plan_id = await planned(make_stage)
    where = f"plans/{plan_id}/tasks/t1"
    await stage.does(OFFICE, where, done=1, state="working")
    await stage.does(OFFICE, where, done=2, state="done")
    await stage.does(OFFICE, where, done=1, state="working", text="一户重复统计")
    await stage.at("2017-07-22 09:00")
    assert await told(stage, f"task-{plan_id}.t1-1") == ["started", "met"]
    assert await told(stage, f"task-{plan_id}.t1-2") == ["started", "deadline-breached"]


async def test_a_promise_is_met_by_its_owners_word_or_a_verdict(make_stage: MakeStage) -> None:
    stage = await make_stage(JW + '\n[commitments]\npublic_at = ["镇机关"]\n'.encode())
    items = [{"text": f"修路 {n}", "goal": "通车", "due": "2017-07-21T18:00"} for n in (1, 2, 3)]
    made = await stage.does(HEAD, "commitments", programme="jw-2017", items=items, places="镇机关、村部")
    card = made["commitment_id"]
    states = [{"item_id": "item-1", "state": "done"}, *({"item_id": f"item-{n}", "state": "working"} for n in (2, 3))]
    await stage.does(HEAD, f"commitments/{card}/weeks", items=states)
    await stage.does(OFFICE, f"commitments/{card}/items/item-2/settle", fulfilled=False, text="资金未到位")
    await stage.at("2017-07-22 09:00", looks=3)
    assert await told(stage, f"promise-{card}.item-1-1") == ["started", "met"]
    assert await told(stage, f"promise-{card}.item-2-1") == ["started", "cancelled"]
    found = await breach(stage, f"promise-{card}.item-3-1")
    assert (found.due, found.unit, found.kind) == (local("2017-07-21 18:00"), "town-a", "promise")
    shown = await wall(stage, "&kind=promise")
    assert f"/supervision/commitments/{card}" in shown
    assert "修路 3" in shown
    assert "修路 1" not in shown


# Answers to slips, and rectifications


async def test_each_time_to_answer_a_slip_is_a_clock_of_its_own(make_stage: MakeStage) -> None:
    stage = await overdue(make_stage)
    slip = (await stage.slip())["notice_id"]
    await stage.at("2017-07-25 09:00", looks=3)
    assert (await breach(stage, f"reply-{slip}-1")).due == local("2017-07-24 18:00")
    assert await told(stage, f"reply-{slip}-1") == ["started", "deadline-breached", "cancelled"], "it rose"
    await stage.does(HEAD, f"notices/{slip}/reply", text="已派工")
    await stage.does(OFFICE, f"notices/{slip}/verify", holds=False, text="现场未见施工")
    assert await told(stage, f"reply-{slip}-2") == ["started", "met"]
    assert await told(stage, f"reply-{slip}-3") == ["started"]
    shown = await wall(stage, "&kind=reply")
    assert f"/supervision/notices/{slip}" in shown
    await stage.does(OFFICE, f"notices/{slip}/close", verdict="已另行处理")
    assert await told(stage, f"reply-{slip}-3") == ["started", "cancelled"]


async def test_a_rectification_is_reported_in_time_or_burns(make_stage: MakeStage) -> None:
    stage = await make_stage()
    due = local("2017-07-21 18:00")
    body = {"unit": "town-a", "items": ["补齐台账"], "due": due.isoformat(), "grounds": ["weak_handling"]}
    made = await stage.does(OFFICE, "rectifications", **body)
    one = made["rectification_id"]
    await stage.does(HEAD, f"rectifications/{one}/report", text="已补齐")
    await stage.does(OFFICE, f"rectifications/{one}/verify", passed=False, text="仍缺三户")
    assert await told(stage, f"rectify-{one}-1") == ["started", "met"]
    await stage.at("2017-07-22 09:00", looks=3)
    assert (await breach(stage, f"rectify-{one}-2")).due == due
    assert f"/supervision/rectifications/{one}" in await wall(stage, "&kind=rectify&light=red")
    await stage.does(HEAD, f"rectifications/{one}/report", text="已全部补齐")
    await stage.does(OFFICE, f"rectifications/{one}/verify", passed=False, text="照片系他处")
    assert await told(stage, f"rectify-{one}-2") == ["started", "deadline-breached", "met late"]
    assert await told(stage, f"rectify-{one}-3") == [], "its day is over and counted once"


# Behind this service's own promise


async def test_what_only_supervision_can_tell_waits_for_its_own_watermark(make_stage: MakeStage) -> None:
    stage, plan_id = await planned(make_stage)
    service = stage.service

    async def unknown() -> None:
        return None

    def timer() -> BreachTimer:
        horizons = Horizons(unknown, OwnHorizon(service))
        return BreachTimer(service.pool, service.commands, service.leases, horizons)

    service.clock.set(local("2017-07-22 09:00"))  # type: ignore[attr-defined]
    assert await timer().tick() == 0, "a task done before might still be on its way into the log"
    await service.log.bump(local("2017-07-21 18:00"))
    assert await timer().tick() == 0, "until the due instant itself something may be recorded in time"
    await service.log.bump(service.clock.now())
    assert await timer().tick() == 1
    await stage.settled()
    assert await timer().tick() == 0
    found = await breach(stage, f"task-{plan_id}.t1-1")
    assert (found.due, found.dispatch_position, found.matter) == (
        datetime.fromisoformat(str(TASK["due"])),
        None,
        f"task:{plan_id}/t1",
    )
