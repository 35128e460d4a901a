"""Pages and forms on a real database: what each role sees, and that nothing typed is lost."""

import re
from datetime import timedelta
from typing import Any

import httpx

from contracts.supervision import FollowUpScheduled
from tests.dispatch.asking import DISPATCH, OFFICE, handed_over, post
from tests.dispatch.world import AUDITOR, CITY, DESK, ROAD, ROAD_HEAD, World


def hidden(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form that posts to `action`."""
    form = re.search(rf'<form[^>]*method="post"[^>]*action="{re.escape(action)}".*?</form>', page, re.S)
    assert form, f"no form for {action}"
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))


async def send(browser: httpx.AsyncClient, page: str, action: str, **fields: Any) -> httpx.Response:
    return await browser.post(action, data={**hidden(page, action), **fields}, follow_redirects=True)


FORM = {"category": "road-surface", "scope": "individual", "urgency": "real", "lead": "bureau-road"}


async def test_the_desk_issues_and_shows_the_next_case(world: World) -> None:
    first = await world.case("r1", title="示例路面破损")
    second = await world.case("r2", title="示例村路灯不亮")
    async with world.browser(DESK) as desk:
        page = (await desk.get("/dispatch/desk")).text
        assert "示例路面破损" in page
        assert "职责清单列有此类" in page
        done = await send(desk, page, f"/dispatch/desk/{first}", **FORM, instruction="请核实")
        assert done.status_code == 200
        assert f'action="/dispatch/desk/{second}"' in done.text
        assert "示例路面破损" not in done.text


async def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong(world: World) -> None:
    case_id = await world.case("r1", complained_units=("bureau-city",))
    async with world.browser(DESK) as desk:
        page = (await desk.get("/dispatch/desk")).text
        refused = await send(
            desk, page, f"/dispatch/desk/{case_id}", **{**FORM, "lead": "bureau-city"}, instruction="写了很久的意见"
        )
    assert refused.status_code == 422
    assert "诉求反映的就是该单位" in refused.text
    assert "写了很久的意见" in refused.text


async def test_whoever_comes_second_sees_what_changed_and_loses_nothing(world: World) -> None:
    case_id = await world.case()
    async with world.browser(DESK) as desk, world.api(DESK) as colleague:
        page = (await desk.get("/dispatch/desk")).text
        assert (await post(colleague, f"/cases/{case_id}/dispatch", DISPATCH)).status_code == 201
        refused = await send(
            desk, page, f"/dispatch/desk/{case_id}", **{**FORM, "lead": "bureau-city"}, instruction="写了很久的意见"
        )
    assert refused.status_code == 409
    assert "内容已被更新" in refused.text
    assert "示例住建局" in refused.text
    assert "写了很久的意见" in refused.text


async def test_a_unit_signs_works_and_strikes_off_with_forms(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    base = f"/dispatch/cases/{case_id}"
    async with world.browser(ROAD) as road:
        inbox = (await road.get("/dispatch/inbox")).text
        assert base in inbox
        page = (await road.get(base)).text
        assert "退单" not in page.split("下一步")[1].split("</section>")[0]  # a leader's act
        page = (await send(road, page, f"{base}/orders/{order}/sign", responsible_person="p-road")).text
        page = (await send(road, page, f"{base}/orders/{order}/progress", text="已进场施工")).text
        assert "已进场施工" in page
        bare = await send(road, page, f"{base}/orders/{order}/complete", result="explained", reply="解释如下")
        assert bare.status_code == 422
        assert "须写明政策依据" in bare.text
        assert "解释如下" in bare.text
        page = (await send(road, bare.text, f"{base}/orders/{order}/complete", result="solved", reply="已修好")).text
        page = (await send(road, page, f"{base}/strike-off")).text
    assert "已销号" in page
    assert "已修好" in page


async def test_a_follow_up_that_is_scheduled_meanwhile_sends_no_strike_off_back(world: World) -> None:
    """Nobody but the system spoke between the page and the button; what a person does still comes first."""
    case_id, order = await handed_over(world, territory=None)
    base = f"/dispatch/cases/{case_id}"
    async with world.api(ROAD) as api:
        await post(api, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        await post(api, f"/orders/{order}/complete", {"result": "solved", "reply": "已修好"})
        await world.settled()
        async with world.browser(ROAD) as road:
            page = (await road.get(base)).text
            ids = {"followup_id": "f1", "case_id": case_id, "case_no": 1, "round": 1, "leg": "requester"}
            due = world.clock.now() + timedelta(days=3)
            await world.hear(FollowUpScheduled(**ids, due=due, sample_rule="all", handler_units=("bureau-road",)))
            await world.settled()
            assert (await api.get(f"/dispatch/api/cases/{case_id}")).json()["step"] == "verifying"
            struck = await send(road, page, f"{base}/strike-off")
            assert (struck.status_code, "已销号" in struck.text) == (200, True)


async def test_only_the_lead_units_leader_and_the_desk_are_offered_to_suspend(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    base = f"/dispatch/cases/{case_id}"
    async with world.api(ROAD) as road:
        await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})
    for act in ("suspend", "resume"):
        await world.settled()
        for who, offered in ((ROAD_HEAD, True), (DESK, True), (ROAD, False), (CITY, False)):
            async with world.browser(who) as browser:
                assert (f'action="{base}/{act}"' in (await browser.get(base)).text) is offered, (who, act)
        async with world.browser(ROAD_HEAD) as head:
            page = (await head.get(base)).text
            if act == "suspend":
                approvers = page.split('name="approver"')[1].split("</select>")[0]
                assert 'value="p-office-head"' in approvers
                assert 'value="p-road-head"' not in approvers  # nobody approves what they ask for themselves
                why = {"reason": "汛期", "condition": "汛期结束", "review_on": "2017-08-01T09:00"}
                why["requester_told_at"] = "2017-07-17T09:00"
                await send(head, page, f"{base}/suspend", **why, approver="p-office-head")


async def test_a_return_is_offered_only_while_the_pack_allows_it(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    base = f"/dispatch/cases/{case_id}"
    form = f'action="{base}/orders/{order}/return"'
    async with world.browser(ROAD_HEAD) as head:
        assert form in (await head.get(base)).text
        world.clock.advance(timedelta(days=3))
        late = (await head.get(base)).text
    assert form not in late
    assert f'action="{base}/orders/{order}/sign"' in late


async def test_a_return_goes_to_the_docket_and_on_to_another_unit(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    base = f"/dispatch/cases/{case_id}"
    async with world.browser(ROAD_HEAD) as head, world.browser(DESK) as desk, world.browser(CITY) as city:
        page = (await head.get(base)).text
        why = {"reason_code": "not-ours", "reason": "职责不符"}
        nobody = await send(head, page, f"{base}/orders/{order}/return", **why)
        assert nobody.status_code == 422
        assert re.search(r'name="proposed_unit"[^>]*aria-invalid="true"', nobody.text)
        assert "以这一原因退单，须建议应由哪个单位办理。" in nobody.text
        assert "以职责不符、属地不符退单的必须选定" in nobody.text
        assert "职责不符</textarea>" in nobody.text, "what was typed is still there"
        await send(head, nobody.text, f"{base}/orders/{order}/return", **why, proposed_unit="bureau-city")
        docket = (await desk.get("/dispatch/returns")).text
        assert "职责不符" in docket
        done = await send(
            desk, docket, f"/dispatch/returns/{case_id}/{order}", accepted="yes", new_unit="bureau-city", reason="属实"
        )
        assert "没有退单待审" in done.text
        assert base in (await city.get("/dispatch/inbox")).text


async def test_replay_hides_what_came_later_and_locks_every_act(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    world.clock.advance(timedelta(hours=3))
    async with world.api(ROAD) as road:
        await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})
    await world.settled()
    async with world.browser(ROAD) as browser:
        now = (await browser.get(f"/dispatch/cases/{case_id}")).text
        then = (await browser.get(f"/dispatch/cases/{case_id}?at=3")).text
    assert "完整性已验证" in now
    assert "下一步" in now
    assert "正在回放" in then
    assert "此后还有" in then
    assert "下一步" not in then
    assert "示例住建局" not in then.split("全程记录")[1]


async def test_who_may_issue_a_notice_is_led_from_the_case_to_its_form(world: World) -> None:
    case_id, _ = await handed_over(world)
    form = f'href="/supervision/bulletins/new?case_id={case_id}"'
    async with world.browser(OFFICE) as office, world.browser(ROAD) as road:
        assert form in (await office.get(f"/dispatch/cases/{case_id}")).text
        assert form not in (await office.get(f"/dispatch/cases/{case_id}?at=2")).text, "not while looking back"
        assert form not in (await road.get(f"/dispatch/cases/{case_id}")).text


async def test_everybody_is_led_to_their_work(world: World) -> None:
    await world.settled()
    for who, where in ((DESK, "/dispatch/desk"), (ROAD, "/dispatch/inbox"), (AUDITOR, "/dispatch/cases")):
        async with world.browser(who) as browser:
            assert (await browser.get("/dispatch/")).headers["location"] == where
    async with world.browser(AUDITOR) as auditor:
        assert (await auditor.get("/dispatch/desk")).status_code == 403


async def test_an_erased_title_is_gone_from_list_search_and_page(world: World) -> None:
    case_id = await world.case("r1", title="示例路面破损")
    assert world.service.keys is not None
    await world.service.keys.erase(["request-r1"])
    await world.until("SELECT title_state = 'erased' FROM case_board")
    async with world.browser(DESK) as desk:
        for address in ("/dispatch/cases", f"/dispatch/cases/{case_id}", "/dispatch/desk"):
            page = (await desk.get(address)).text
            assert "示例路面破损" not in page
            assert "已依法删除" in page
        assert "没有符合条件的" in (await desk.get("/dispatch/cases?q=路面")).text


async def test_pages_speak_english(world: World) -> None:
    case_id, _ = await handed_over(world)
    async with world.browser(DESK) as desk:
        for address in ("/dispatch/desk", "/dispatch/cases", f"/dispatch/cases/{case_id}", "/dispatch/returns"):
            assert (await desk.get(address, params={"lang": "en"})).status_code == 200


async def test_the_badge_counts_what_waits(world: World) -> None:
    await world.case("r1")
    async with world.browser(DESK) as desk, world.browser(ROAD) as road:
        assert '<span class="badge">1' in (await desk.get("/dispatch/_badge")).text
        assert (await road.get("/dispatch/_badge")).status_code == 204
