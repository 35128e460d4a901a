"""At the desk over HTTP: who issues, what is prepared for another, what goes elsewhere, and what falls back (兜底)."""

import re
from datetime import timedelta

from contracts.supervision import FollowUpConducted
from services.chassis.web import User
from services.dispatch.react.fallback import FallbackTimer
from services.reference.directory import Directory
from tests.dispatch.asking import DISPATCH, activate_text, handed_over, known, post, refused, shown
from tests.dispatch.test_api_joining import joining
from tests.dispatch.test_pages import send
from tests.dispatch.world import DESK, PACK, ROAD, World, key

GROUP = User("p-group", "演示工作组", "office", "区活动办", ("dispatcher", "work_group_lead"))
OFFICE = User("p-office-head", "演示活动办主任", "office", "区活动办", ("programme_office", "dispatcher"))
DISTRICT = {**DISPATCH, "level": "district"}
FALLEN = "SELECT count(*) FROM event WHERE type = 'fallback-begun'"


def timer(world: World) -> FallbackTimer:
    assert world.service.keys is not None
    units = Directory(world.service.pool, world.service.keys).units
    return FallbackTimer(world.service.pool, world.service.commands, world.clock, units)


async def test_what_the_office_issues_the_work_group_only_prepares(world: World) -> None:
    """JW-15: the work group hands to towns; JW-12, JW-17: the office issues what is the district's."""
    case_id = await world.case()
    async with world.api(GROUP) as group, world.api(OFFICE) as office:
        answer = await post(group, f"/cases/{case_id}/dispatch", DISTRICT)
        assert (answer.status_code, answer.json()["code"], answer.json()["errors"][0]["field"]) == (
            422,
            "not-the-issuer",
            "lead",
        )
        assert "区活动办签发" in answer.json()["detail"]
        fields = ("category", "scope", "urgency", "level", "lead", "territory")
        prepared = {name: DISTRICT[name] for name in fields}
        stranger = {**prepared, "responsible_leader": "p-nobody"}
        assert await refused(group, f"/cases/{case_id}/prepare", stranger) == "unknown-person"
        done = await post(group, f"/cases/{case_id}/prepare", prepared)
        assert done.json()["events"] == ["case-classified", "case-routed"]
        await world.settled()
        assert await refused(group, f"/cases/{case_id}/orders", {"instruction": "请办理"}) == "not-the-issuer"
        async with world.browser(OFFICE) as page:
            desk = await page.get(f"/dispatch/desk?case={case_id}")
        assert "待签发" in desk.text
        assert 'value="bureau-road" selected' in desk.text, "the form starts from what was prepared"
        issued = await post(office, f"/cases/{case_id}/orders", {"instruction": "请办理"})
        assert issued.json()["events"] == ["order-issued", "order-issued"]
        found = await shown(office, world, case_id)
        assert (found["step"], found["prepared_rule"]) == ("issued", None)


async def test_the_office_does_not_issue_what_the_work_group_issues_and_the_desk_says_who_must(world: World) -> None:
    case_id = await world.case()
    async with world.api(OFFICE) as office, world.browser(OFFICE) as page, world.browser(GROUP) as own:
        assert await refused(office, f"/cases/{case_id}/dispatch", DISPATCH) == "not-the-issuer"
        assert "此件的交办单由工作组牵头部门签发" in (await page.get(f"/dispatch/desk?case={case_id}")).text
        assert "签发：可先拟办送签" not in (await own.get(f"/dispatch/desk?case={case_id}")).text
        csrf = re.search('name="csrf" value="([^"]+)"', (await page.get(f"/dispatch/desk?case={case_id}")).text)
        assert csrf is not None
        form = {**DISPATCH, "csrf": csrf[1], "prepare": "yes", "command_id": key()["Idempotency-Key"]}
        sent = await page.post(f"/dispatch/desk/{case_id}", data=form)
        assert sent.status_code == 303, sent.text
        found = await shown(office, world, case_id)
        assert (found["step"], found["prepared_rule"], found["prepared_lead"]) == (
            "registered",
            "route[3]",
            "bureau-road",
        )


async def test_the_preview_of_many_says_what_each_case_would_refuse(world: World) -> None:
    """Before anything is issued: another role's, or words of another channel; the others go out."""
    plain, fire = await world.case(), await world.case("r2", title="示例楼着火，请快来")
    form = {**DISPATCH, "cases": [plain, fire], "territory": ""}
    async with world.browser(GROUP) as page, world.browser(OFFICE) as office:
        for browser, mine in ((page, True), (office, False)):
            csrf = re.search('name="csrf" value="([^"]+)"', (await browser.get("/dispatch/bulk")).text)
            assert csrf is not None
            sent = {**form, "csrf": csrf[1], "command_id": key()["Idempotency-Key"]}
            shown_page = (await browser.post("/dispatch/bulk/preview", data=sent)).text
            assert "应转119" in shown_page
            assert ("由工作组牵头部门签发" in shown_page) is not mine
            assert (f'name="cases" value="{plain}"' in shown_page) is mine
            assert f'name="cases" value="{fire}"' not in shown_page


async def test_the_work_group_says_who_leads_several_departments_by_handing_over(world: World) -> None:
    """JW-13; whoever may not say so is refused, and may enter the word of somebody who may."""
    case_id, other = await world.case(), await world.case("r2")
    await known(world, "p-group", "office", "work_group_lead")
    both = {**DISPATCH, "co": ["bureau-city"]}
    async with world.api(GROUP) as group, world.api(OFFICE) as office:
        done = await post(group, f"/cases/{case_id}/dispatch", both)
        assert done.json()["events"][:2] == ["case-classified", "lead-unit-designated"]
        level = {**both, "level": "district"}
        assert await refused(office, f"/cases/{other}/dispatch", level) == "no-designated-lead"
        nobody = {"unit": "bureau-road", "by": "p-road"}
        assert await refused(office, f"/cases/{other}/designate", nobody) == "unknown-leader"
        named = await post(office, f"/cases/{other}/designate", {"unit": "bureau-road", "by": "p-group"})
        assert named.status_code == 201, named.text
        assert (await post(office, f"/cases/{other}/dispatch", level)).status_code == 201


async def test_a_matter_for_another_channel_is_ordered_nobody(world: World) -> None:
    fire = await world.case("r1", title="示例楼着火，请快来")
    async with world.api(DESK) as desk, world.browser(DESK) as page:
        answer = await post(desk, f"/cases/{fire}/dispatch", DISPATCH)
        assert (answer.json()["code"], answer.json()["errors"][0]["field"]) == ("redirect-class", "route_reason")
        assert "119" in answer.json()["detail"]
        assert await refused(desk, f"/cases/{fire}/dispatch", {**DISPATCH, "redirect": "flood"}) == "unknown-redirect"
        said = {**DISPATCH, "redirect": "fire", "route_reason": "已转119"}
        assert await refused(desk, f"/cases/{fire}/dispatch", said) == "redirected"
        assert "火情 → 119" in (await page.get(f"/dispatch/desk?case={fire}")).text
        out = {**DISPATCH, "route_reason": "火已扑灭，反映的是消防通道"}
        assert (await post(desk, f"/cases/{fire}/dispatch", out)).status_code == 201


async def test_what_no_rule_leads_anywhere_is_the_office_s_after_four_working_hours(world: World) -> None:
    """Once, however often the time is looked at and by however many processes; what a rule leads stays the desk's."""
    lost = await world.case("r1", territory_unit=None)
    led = await world.case("r2")
    await timer(world).tick()
    assert await world.service.pool.fetchval(FALLEN) == 0, "the desk still has its four hours"
    world.clock.advance(timedelta(hours=7))  # 10:00 to 17:00 with two hours of noon: five working hours
    for one in (timer(world), timer(world)):
        await one.tick()
        await one.tick()
    await world.settled()
    await timer(world).tick()
    assert await world.service.pool.fetchval(FALLEN) == 1
    async with world.api(GROUP) as group, world.api(OFFICE) as office, world.browser(GROUP) as page:
        found = await shown(office, world, lost)
        assert (found["fallback"], (await shown(office, world, led))["fallback"]) == ("programme_office", None)
        desk = (await page.get(f"/dispatch/desk?case={lost}")).text
        assert "由区活动办兜底决定" in desk
        assert await refused(group, f"/cases/{lost}/dispatch", DISPATCH) == "not-the-issuer"
        assert (await post(group, f"/cases/{led}/dispatch", DISPATCH)).status_code == 201
        done = await post(office, f"/cases/{lost}/dispatch", DISPATCH)
        assert done.status_code == 201, done.text
        assert (await shown(office, world, lost))["fallback"] is None
        async with world.browser(OFFICE) as told:
            assert "没有规则可定主办单位" in (await told.get(f"/dispatch/cases/{lost}")).text


async def test_a_request_that_joined_by_mistake_goes_its_own_way(world: World) -> None:
    """From the case's page: it gets a number of its own, and the case it had joined does not wait for it any more."""
    case_id = await world.case("r1")
    async with world.api(DESK) as desk:
        await joining(world, "r9", case_id, "merged")
        assert (await shown(desk, world, case_id))["request_ids"] == ["r1", "r9"]
        async with world.browser(DESK) as page:
            assert 'id="act-undo-join"' in (await page.get(f"/dispatch/cases/{case_id}")).text
        body = {"request_id": "r9", "reason": "不是一件事"}
        assert await refused(desk, f"/cases/{case_id}/undo-join", {**body, "request_id": "r-none"}) == "not-joined"
        done = await post(desk, f"/cases/{case_id}/undo-join", body)
        assert done.json()["events"] == ["join-undone", "case-opened"]
        assert (await shown(desk, world, case_id))["request_ids"] == ["r1"]
        all_of_them = (await desk.get("/dispatch/api/cases?programme=jw-2017")).json()["items"]
        own = next(one for one in all_of_them if one["case_id"] != case_id)
        assert (own["request_ids"], own["split_from"]) == (["r9"], case_id)


async def test_a_verdict_beyond_the_last_round_waits_for_the_leading_group_in_its_list(world: World) -> None:
    """Everybody sees whose turn it is; the group has it handled once more for the very reason, in its own words."""
    await activate_text(world, PACK.read_text("utf-8").replace("[closure]", "[closure]\nmax_rounds = 1"))
    case_id, order = await handed_over(world, territory=None)
    await known(world, "p-leader", "office", "leading_group")
    leader = User("p-leader", "演示领导", "office", "区活动办", ("leading_group",))
    async with world.api(ROAD) as road:
        await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        await post(road, f"/orders/{order}/complete", {"result": "solved", "reply": "已修好。"})
    ids = {"followup_id": "f1", "case_id": case_id, "case_no": 1, "round": 1, "leg": "requester"}
    said = {"method": "phone", "reached": True, "solved": False, "closes": False, "reviewer_unit": "office"}
    await world.hear(FollowUpConducted.model_validate({**ids, **said, "verdict": "fail"}))
    await world.settled()
    waiting, whose = "/dispatch/api/cases?undecided=yes", "由领导小组决定是否再办"
    async with world.browser(DESK) as desk, world.browser(leader) as group, world.api(leader) as api:
        assert [one["case_id"] for one in (await api.get(waiting)).json()["items"]] == [case_id]
        assert (await group.get("/dispatch/_badge")).text.strip() not in ("", "0")
        assert case_id in (await group.get("/dispatch/cases?undecided=yes")).text
        page = (await desk.get(f"/dispatch/cases/{case_id}")).text
        assert whose in page
        assert f'action="/dispatch/cases/{case_id}/close-unhandled"' in page
        assert f'action="/dispatch/cases/{case_id}/reopen"' not in page
        page = (await group.get(f"/dispatch/cases/{case_id}")).text
        assert '<option value="follow_up_failed"' in page
        again = f"/dispatch/cases/{case_id}/reopen"
        mute = await send(group, page, again, reason="follow_up_failed", text=" ")
        assert (mute.status_code, "请写明重办的理由。" in mute.text) == (422, True)
        await send(group, mute.text, again, reason="follow_up_failed", text="经研究，再办一轮。")
        found = await shown(api, world, case_id)
        assert (found["round"], found["step"]) == (2, "registered")
        assert (await api.get(waiting)).json()["items"] == []
        page = (await desk.get(f"/dispatch/cases/{case_id}")).text
        assert whose not in page
        assert "回访未过" in page


async def test_only_so_many_rounds_where_a_pack_sets_an_end(world: World) -> None:
    await activate_text(world, PACK.read_text("utf-8").replace("[closure]", "[closure]\nmax_rounds = 1"))
    case_id, order = await handed_over(world, territory=None)
    supervisor = User("p-desk", "演示督查", "office", "区活动办", ("supervisor",))
    leader = User("p-leader", "演示领导", "office", "区活动办", ("leading_group",))
    async with world.api(ROAD) as road:
        await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        await post(road, f"/orders/{order}/complete", {"result": "solved", "reply": "已修好。"})
    await world.settled()
    again = {"reason": "spot_check", "text": "现场未修"}
    async with world.api(supervisor) as api, world.api(leader) as group:
        assert await refused(api, f"/cases/{case_id}/reopen", again) == "rounds-spent"
        assert (await post(group, f"/cases/{case_id}/reopen", again)).status_code == 201
