"""What a unit may say with its signature, on the way and at the end: leader, plan, percentage, confirmation, photos."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

from contracts.dispatch import Confirmation, Evidence, Milestone, ProgressReported
from services.dispatch.domain.commands import Heard, ReportProgress
from services.dispatch.domain.decide import dispatch_case
from services.dispatch.web.casefacts import timetable
from tests.dispatch.asking import handed_over, post, refused, shown
from tests.dispatch.story import (
    AT_WORK,
    DAY,
    HANDED_OVER,
    NOON,
    case_done,
    complete_it,
    order_done,
    plan_it,
    planned,
    sign_it,
    signed,
)
from tests.dispatch.test_evidence import JPEG
from tests.dispatch.test_pages import hidden, send
from tests.dispatch.world import ROAD, World
from tests.spec import given

heard = Heard("yes", NOON, "phone")
EVENING = "2017-07-17T18:00"


def test_leader_and_plan_come_with_the_signature() -> None:
    """责任领导、措施、时间表 at signing: one command, both facts or neither (JW-19)."""
    taken = signed().model_copy(update={"responsible_leader": "p3"})
    named = replace(sign_it, responsible_leader="p3")
    given(dispatch_case, *HANDED_OVER).when(named).then(taken)
    given(dispatch_case, *HANDED_OVER).when(replace(named, plan=plan_it)).then(taken, planned)
    lacking = replace(named, plan=replace(plan_it, measures=""))
    given(dispatch_case, *HANDED_OVER).when(lacking).then_rejected("plan-incomplete", field="measures")


def test_the_leader_named_with_the_signature_answers_for_the_order() -> None:
    case = dispatch_case.fold((*HANDED_OVER, signed().model_copy(update={"responsible_leader": "p3"})))
    assert case.lead is not None
    assert case.lead.leader == "p3"
    again = dispatch_case.fold((*HANDED_OVER, signed().model_copy(update={"responsible_leader": "p3"}), planned))
    assert again.lead is not None
    assert again.lead.leader == planned.responsible_leader


def test_progress_has_a_percentage_that_stays_until_another_is_said() -> None:
    half = ProgressReported(case_id="c1", order_id="o1", case_no=1, text="已进场", percent=50)
    given(dispatch_case, *AT_WORK).when(ReportProgress("o1", 1, "town-a", "已进场", percent=50)).then(
        half, repeatable=True
    )
    silent = half.model_copy(update={"percent": None, "text": "雨天停工"})
    case = dispatch_case.fold((*AT_WORK, half, silent))
    assert case.lead is not None
    assert case.lead.percent == 50
    less = dispatch_case.fold((*AT_WORK, half, half.model_copy(update={"percent": 0})))
    assert less.lead is not None
    assert less.lead.percent == 0


def test_what_the_requester_said_stands_with_the_completion() -> None:
    said = Confirmation(answer="yes", at=NOON, method="phone")
    done = order_done().model_copy(update={"confirmation": said})
    given(dispatch_case, *AT_WORK).when(replace(complete_it, heard=heard)).then(done, case_done)


def test_a_confirmation_is_whole_or_refused() -> None:
    asked = given(dispatch_case, *AT_WORK)
    asked.when(replace(complete_it, heard=replace(heard, answer=None))).then_rejected(
        "no-answer", field="confirmation.answer"
    )
    asked.when(replace(complete_it, heard=replace(heard, method=None))).then_rejected(
        "no-method", field="confirmation.method"
    )
    later = complete_it.at + timedelta(hours=1)
    asked.when(replace(complete_it, heard=replace(heard, at=later))).then_rejected("in-future", field="confirmation.at")


def test_photos_before_and_after_stand_with_the_completion() -> None:
    before = Evidence(sha256="0" * 64, name="前.jpg", media_type="image/jpeg", size=9, shows="before")
    after = before.model_copy(update={"sha256": "1" * 64, "shows": "after"})
    events = given(dispatch_case, *AT_WORK).when(replace(complete_it, evidence=(before, after))).decided()
    assert [one["shows"] for one in events[0].model_dump()["evidence"]] == ["before", "after"]


async def test_a_unit_says_all_of_it_with_forms(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    page, base = f"/dispatch/cases/{case_id}", f"/dispatch/cases/{case_id}/orders/{order}"
    steps = {f"timetable.{n}.name": f"第{n}步" for n in range(7)}
    steps |= {f"timetable.{n}.due": EVENING for n in range(7)}
    plan = {
        "responsible_person": "p-road",
        "responsible_leader": "p-road-head",
        "measures": "铣刨重铺",
        "task_book": "修复",
        "road_map": "先水后路",
    }
    async with world.browser(ROAD) as road, world.api(ROAD) as api:
        blank = (await road.get(page)).text
        more = await send(road, blank, f"{base}/sign", **plan, **steps, more="yes")
        assert more.status_code == 200
        assert more.text.count('name="timetable.10.name"') == 1, "what was typed, and four empty lines"
        assert 'value="第6步"' in more.text
        assert (await shown(api, world, case_id))["orders"][0]["signed_at"] is None, "asking for lines decides nothing"
        lacking = await send(road, blank, f"{base}/sign", **plan, **steps)
        assert lacking.status_code == 422, lacking.text[:300]
        assert "办理方案缺化解时限。" in lacking.text
        done = await send(road, blank, f"{base}/sign", **plan, **steps, resolve_by=EVENING)
        assert done.status_code == 200, done.text[:400]
        await world.settled()
        again = (await road.get(page)).text
        form = re.search(rf'action="[^"]*{order}/plan".*?</form>', again, re.S)
        assert form is not None
        assert "铣刨重铺" in form[0]
        assert form[0].count('value="2017-07-17T18:00"') == 8, "seven steps and the end of the plan"
        assert (await send(road, again, f"{base}/progress", text="已进场", percent="40")).status_code == 200
        await world.settled()
        told = (await road.get(page)).text
        assert told.count("完成 40 %") == 2, "beside the order and in the history"
        assert "办理 40%" in told, "and in the stages"
        assert "完成 40 %" in (await road.get("/dispatch/inbox")).text
        assert await refused(api, f"/orders/{order}/progress", {"text": "x", "percent": 101}) == "bad-fields"
        typed = {
            **hidden(told, f"{base}/complete"),
            "result": "solved",
            "reply": "已修好",
            "confirmation.answer": "yes",
        }
        files = {
            "photos_before": ("前.jpg", JPEG, "image/jpeg"),
            "photos_after": ("后.jpg", JPEG, "image/jpeg"),
        }
        bad = {**files, "evidence": ("a.exe", b"MZ\x90\x00", "application/x-dosexec")}
        broken = await road.post(f"{base}/complete", data=typed, files=bad)
        assert broken.status_code == 422, "one bad file loses neither the words nor the other files"
        assert "“a.exe”的格式不能接收" in broken.text
        assert "已修好" in broken.text
        assert set(re.findall(r'name="(photos_before|photos_after)" value="[^"]*" checked', broken.text)) == set(files)
        half = await road.post(f"{base}/complete", data=typed, files=files)
        assert half.status_code == 422
        assert "请写明以什么方式向诉求人确认。" in half.text
        kept = dict(re.findall(r'name="(photos_before|photos_after)" value="([^"]*)" checked', half.text))
        assert set(kept) == {"photos_before", "photos_after"}, "nobody chooses the photographs again"
        kept = {name: unescape(unescape(box)) for name, box in kept.items()}
        whole = {**typed, **hidden(half.text, f"{base}/complete"), **kept, "confirmation.method": "visit"}
        assert (await road.post(f"{base}/complete", data=whole)).status_code == 303
        await world.settled()
        ended = unescape((await road.get(page)).text)
        assert "诉求人确认：认可办理结果（上门，07-17 10:00）" in ended
        shown_as = re.findall(r">(前.jpg|后.jpg)</span></a>[^<]*<[^>]*>(办理前|办理后)", ended)
        assert sorted(set(shown_as)) == [("前.jpg", "办理前"), ("后.jpg", "办理后")], "one photograph may show both"


async def test_a_plan_that_needs_every_part_is_refused_with_the_signature(world: World) -> None:
    """What the order names already need not be said again; a timetable alone is still no plan."""
    _, order = await handed_over(world, territory=None)
    async with world.api(ROAD) as api:
        body = {"timetable": [Milestone(name="进场", due=NOON + DAY).model_dump(mode="json")]}
        assert await refused(api, f"/orders/{order}/sign", body) == "plan-incomplete"
        assert (await post(api, f"/orders/{order}/sign", {"responsible_leader": "p-road-head"})).status_code == 201


def test_every_step_of_a_timetable_has_its_light() -> None:
    """HA-28: 重要节点控制把握; red is overdue and nothing else, and no light moves while a case rests."""
    steps = tuple(Milestone(name=f"第{n}步", due=NOON + n * DAY) for n in (1, 5, 9))
    order = dispatch_case.fold((*AT_WORK, planned.model_copy(update={"timetable": steps}))).orders[0]

    def lights(days: int, **more: bool) -> list[str]:
        return [step.light for step in timetable(replace(order, milestones=done), NOON, NOON + days * DAY, **more)]

    done: frozenset[int] = frozenset()
    assert [lights(days) for days in (0, 4, 6)] == [
        ["green", "green", "green"],
        ["red", "yellow", "green"],
        ["red", "red", "green"],
    ]
    assert lights(6, paused=True) == ["paused"] * 3
    done = frozenset({1})
    assert lights(6) == ["green", "red", "green"]
