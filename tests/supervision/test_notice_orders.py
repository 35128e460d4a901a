"""From the ladder to a 通报, which a person decides, and from the day that it sets to 限期整改 (domain §2.8 L4, L5)."""

from datetime import datetime
from typing import Any

import httpx

from contracts.intake import UnitRegistered
from contracts.supervision import (
    AccountabilityProposed,
    EscalationRaised,
    NoticeIssued,
    RectificationLifted,
    RectificationOrdered,
)
from services.chassis.web import User
from services.supervision.domain.rectification import (
    RECTIFICATION,
    LiftRectification,
    OrderRectification,
    ReportRectification,
)
from tests.spec import NOON, given
from tests.supervision.ladder_stage import (
    HEAD,
    JW,
    LT,
    OFFICE,
    MakeStage,
    Stage,
    falsified,
    handed_over,
    levels,
    local,
)
from tests.supervision.test_every_clock import breach, told

UNIT_A = UnitRegistered(unit_id="town-a", name="示例镇", level="town")
UNRESOLVED = "问题不解决"


async def got(stage: Stage, user: User, path: str) -> Any:
    headers = {"authorization": f"Bearer {stage.app.state.sessions.issue(user)}", "accept": "text/html"}
    transport = httpx.ASGITransport(app=stage.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080", headers=headers) as browser:
        return await browser.get(f"/supervision/{path}")


async def proposed(stage: Stage) -> list[tuple[str, str, str]]:
    answer = await got(stage, OFFICE, "api/bulletin-proposals")
    return [(row["kind"], row["code"], row["unit"]) for row in answer.json()["items"]]


def notice(code: str, due: datetime | None, **more: Any) -> dict[str, Any]:
    body = {"kind": "criticise", "targets": ["town-a"], "scope": "机关各科室、各社区", "text": "请立即整改。", **more}
    body["grounds"] = {code: {"text": "逾期未办，督办三次未反馈", "cases": "c1"}}
    return body if due is None else {**body, "rectify_by": due.isoformat()}


async def at_the_top(make_stage: MakeStage) -> Stage:
    """六里屯's ladder climbed by time alone: blue, orange, red, and the step of criticism."""
    stage = await make_stage(LT, "lt-2019", "2019-09-16 12:00")
    await stage.hear(UNIT_A, *handed_over(finish_by=local("2019-09-17 18:00")))
    await stage.at("2019-09-18 09:00")
    assert await proposed(stage) == []
    for day in ("2019-09-24 09:00", "2019-09-29 09:00"):
        await stage.at(day)
        assert await proposed(stage) == [], "a slip alone is no ground"
    await stage.at("2019-10-12 09:00")
    return stage


async def test_the_ladder_proposes_criticism_and_a_person_decides(make_stage: MakeStage) -> None:
    stage = await at_the_top(make_stage)
    steps = [("blue", "orange"), ("orange", "red"), ("red", "criticise")]
    assert levels(await stage.recorded(EscalationRaised)) == [(*step, "unanswered") for step in steps]
    assert await proposed(stage) == [("criticise", UNRESOLVED, "town-a")]
    assert await stage.recorded(NoticeIssued) == [], "no rule issues one"
    assert await stage.refused(OFFICE, "bulletins", **notice(UNRESOLVED, None)) == "no-rectify-by"
    await stage.does(OFFICE, "bulletins", **notice(UNRESOLVED, local("2019-10-18 18:00")))
    assert await proposed(stage) == [], "what was decided is proposed no more"
    assert len(await stage.recorded(NoticeIssued)) == 1


async def test_a_person_may_decide_against_it(make_stage: MakeStage) -> None:
    stage = await at_the_top(make_stage)
    no = {"programme": "lt-2019", "kind": "criticise", "target": "town-a", "ground": UNRESOLVED}
    await stage.does(OFFICE, "bulletin-proposals/decline", reason="该单位昨日已办结", **no)
    assert await proposed(stage) == []
    assert await stage.recorded(NoticeIssued, RectificationOrdered) == []


async def test_the_day_of_a_notice_orders_rectification_whose_clock_runs(make_stage: MakeStage) -> None:
    stage = await at_the_top(make_stage)
    due = local("2019-10-18 18:00")
    made = await stage.does(OFFICE, "bulletins", **notice(UNRESOLVED, due))
    [ordered] = await stage.recorded(RectificationOrdered)
    assert (ordered.unit, ordered.due, ordered.grounds, ordered.case_ids) == ("town-a", due, (UNRESOLVED,), ("c1",))
    assert ordered.items == (f"{UNRESOLVED}：逾期未办，督办三次未反馈", "请立即整改。")
    assert ordered.bulletin_id == made["bulletin_id"]
    one = f"rectifications/{ordered.rectification_id}"
    shown = await got(stage, OFFICE, f"bulletins/{made['bulletin_id']}")
    assert f"/supervision/{one}" in shown.text
    assert "整改中" in shown.text
    assert f"/supervision/bulletins/{made['bulletin_id']}" in (await got(stage, HEAD, one)).text
    await stage.at("2019-10-19 09:00", looks=3)
    assert (await breach(stage, f"rectify-{ordered.rectification_id}-1")).due == due
    await stage.does(HEAD, f"{one}/report", text="已办结并答复")
    await stage.does(OFFICE, f"{one}/verify", passed=True, text="现场已完工")
    assert "已通过" in (await got(stage, OFFICE, f"bulletins/{made['bulletin_id']}")).text
    assert len(await stage.recorded(RectificationOrdered)) == 1


async def test_a_notice_that_is_withdrawn_orders_nothing_any_more(make_stage: MakeStage) -> None:
    stage = await at_the_top(make_stage)
    made = await stage.does(OFFICE, "bulletins", **notice(UNRESOLVED, local("2019-10-18 18:00")))
    [ordered] = await stage.recorded(RectificationOrdered)
    await stage.does(OFFICE, f"bulletins/{made['bulletin_id']}/withdraw", reason="经查已办结")
    [lifted] = await stage.recorded(RectificationLifted)
    assert lifted.reason == "经查已办结"
    one = f"rectifications/{ordered.rectification_id}"
    assert await stage.refused(HEAD, f"{one}/report", text="已办结") == "rectification-lifted"
    assert "不再要求整改" in (await got(stage, HEAD, one)).text
    await stage.at("2019-10-21 09:00")
    assert await told(stage, f"rectify-{ordered.rectification_id}-1") == ["started", "cancelled"]


async def test_overdue_rectification_of_a_notice_is_proposed_for_referral(make_stage: MakeStage) -> None:
    stage = await make_stage(JW)
    await stage.hear(UNIT_A, *handed_over())
    await falsified(stage)
    expose = notice("falsification", local("2017-07-21 18:00"), kind="expose", programme="jw-2017", scope="全区")
    await stage.does(OFFICE, "bulletins", **expose)
    await stage.at("2017-07-24 09:00", looks=3)
    rules = [one.rule_id for one in await stage.recorded(AccountabilityProposed)]
    assert rules.count("rectification-overdue") == 1


async def test_a_notice_without_a_day_orders_nothing(make_stage: MakeStage) -> None:
    stage = await make_stage(JW)
    await stage.hear(UNIT_A, *handed_over())
    body = {"kind": "commend", "targets": ["town-a"], "scope": "全区", "programme": "jw-2017"}
    await stage.does(OFFICE, "bulletins", grounds={"群众满意": {"cases": "c1"}}, **body)
    assert await stage.recorded(RectificationOrdered) == []


order = OrderRectification("z1", "jw", "town-a", ("补建台账",), local("2099-01-01 18:00"), ("slow",), NOON, "office")
ordered = RectificationOrdered(
    rectification_id="z1", programme_id="jw", unit="town-a", items=("补建台账",), due=order.due, grounds=("slow",)
)
lifted = RectificationLifted(rectification_id="z1", reason="通报有误")


def test_what_is_lifted_is_neither_reported_nor_lifted_again() -> None:
    given(RECTIFICATION, ordered).when(LiftRectification("通报有误")).then(lifted)
    given(RECTIFICATION, ordered, lifted).when(LiftRectification("通报有误")).then()
    given(RECTIFICATION).when(LiftRectification("通报有误")).then()
    given(RECTIFICATION, ordered, lifted).when(ReportRectification("town-a", "已补建", NOON)).then_rejected(
        "rectification-lifted"
    )
