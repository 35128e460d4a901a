"""A unit complained of, and what stands below it, gets no hand in the matter and is not told who complains."""

import pytest

from contracts.intake import UnitRegistered
from services.chassis.web import User
from tests.dispatch.asking import DISPATCH, OFFICE, known, lead, post, refused, shown
from tests.dispatch.test_pages import send
from tests.dispatch.world import CITY, DESK, ROAD, World

BELOW = User("p-below", "演示戊", "bureau-city-squad", "示例城管局执法队", ("unit_clerk",))
SAYS_WHO = ("requester_ref", "subject_id", "visit_id")


async def squad(world: World) -> None:
    """A unit below the one that is complained of, with somebody in it."""
    unit = UnitRegistered(
        unit_id="bureau-city-squad", name="示例城管局执法队", level="department", parent="bureau-city"
    )
    await world.hear(unit)
    await known(world, "p-below", "bureau-city-squad", "unit_clerk")


async def complaint(world: World, request_id: str = "r1") -> str:
    return await world.case(request_id, complained_units=("bureau-city",), visit_id="v1", subject_id="s1")


@pytest.mark.parametrize("who", [CITY, BELOW])
async def test_neither_the_unit_nor_one_below_it_is_led_to_whoever_complains(world: World, who: User) -> None:
    await squad(world)
    case_id = await complaint(world)
    async with world.api(DESK) as desk, world.api(who) as accused, world.api(ROAD) as other:
        made = await post(desk, f"/cases/{case_id}/dispatch", DISPATCH)
        order = made.json()["orders"][0]["order_id"]
        await world.settled()
        for api, told in ((accused, False), (other, True)):
            one = (await api.get(f"/dispatch/api/cases/{case_id}")).json()
            [listed] = (await api.get("/dispatch/api/cases")).json()["items"]
            for row in (one, listed):
                assert all((row[name] is not None) is told for name in SAYS_WHO)
            for path in (f"/dispatch/api/cases/{case_id}/proof", f"/dispatch/orders/{order}/paper.docx"):
                answer = await api.get(path)
                assert answer.status_code == (200 if told else 403), path
    async with world.browser(who) as accused_page, world.browser(ROAD) as other_page:
        hidden = (await accused_page.get(f"/dispatch/cases/{case_id}")).text
        assert "/intake/_requester/" not in hidden
        assert "回避单位" not in hidden
        assert "/intake/_requester/q1" in (await other_page.get(f"/dispatch/cases/{case_id}")).text


async def test_no_form_offers_the_unit_or_one_below_it(world: World) -> None:
    await lead(world)
    await squad(world)
    case_id = await complaint(world)
    out = ('value="bureau-city"', 'value="bureau-city-squad"')
    async with world.browser(DESK) as desk:
        for address in ("/dispatch/desk", "/dispatch/bulk", f"/dispatch/cases/{case_id}"):
            page = (await desk.get(address)).text
            assert 'value="bureau-road"' in page, address
            assert not any(one in page for one in out), address
        meeting = (await desk.get(f"/dispatch/consultations/new?case={case_id}")).text
        decided = meeting.split('name="decisions.0.unit"')[1].split("</select>")[0]
        assert 'value="bureau-road"' in decided
        assert not any(one in decided for one in out)


async def test_a_returned_order_is_not_offered_to_them_either(world: World) -> None:
    await squad(world)
    case_id = await complaint(world)
    async with world.api(DESK) as desk:
        made = await post(desk, f"/cases/{case_id}/dispatch", {**DISPATCH, "territory": None})
    order = made.json()["orders"][0]["order_id"]
    head = User("p-road-head", "演示乙", "bureau-road", "示例住建局", ("unit_leader",))
    async with world.api(head) as road, world.browser(DESK) as page, world.api(DESK) as desk:
        await post(road, f"/orders/{order}/return", {"reason": "职责不符", "proposed_unit": "bureau-city"})
        await world.settled()
        docket = (await page.get("/dispatch/returns")).text
        assert 'value="town-b"' in docket
        assert 'value="bureau-city-squad"' not in docket
        ruling = {"accepted": True, "reason": "属实", "new_unit": "bureau-city-squad"}
        assert await refused(desk, f"/orders/{order}/rule", ruling) == "complained-unit"


async def test_a_meeting_and_a_common_issue_give_them_nothing_to_do(world: World) -> None:
    await squad(world)
    one, two = await complaint(world), await world.case("r2")
    async with world.api(OFFICE) as office, world.api(DESK) as desk:
        decision = {"text": "自查", "unit": "bureau-city-squad", "due": "2017-07-30T17:00"}
        meeting = {"chair": "p-desk", "attendees": ["bureau-road"], "case_ids": [one], "decisions": [decision]}
        assert await refused(desk, "/consultations", meeting) == "complained-unit"
        matter = {"title": "同一路段", "category": "road-surface", "case_ids": [one, two], "programme": "jw-2017"}
        led = {**matter, "lead_group": "bureau-city-squad"}
        assert await refused(office, "/common", led) == "complained-unit"
        declared = await post(office, "/common", {**matter, "lead_group": "bureau-road"})
        common = declared.json()["common_id"]
        await world.settled()
        listed = {"suggested_measures": "整改", "finish_by": "2017-08-30T17:00"}
        report = {**listed, "suggested_unit": "bureau-city-squad"}
        assert await refused(office, f"/common/{common}/report", report) == "complained-unit"
    async with world.browser(OFFICE) as browser:
        page = (await browser.get(f"/dispatch/common/{common}")).text
        assert 'value="bureau-road"' in page
        assert 'value="bureau-city-squad"' not in page


async def test_nobody_of_theirs_approves_anything_in_the_case(world: World) -> None:
    """A complaint about the office itself: its head closes nothing of it."""
    case_id = await world.case("r1", complained_units=("office",))
    body = {"reason_code": "withdrawn", "reason": "撤回", "told_at": "2017-07-17T09:00", "approver": "p-office-head"}
    async with world.api(DESK) as desk:
        assert await refused(desk, f"/cases/{case_id}/close-unhandled", body) == "unknown-approver"
        other = await world.case("r2")
        assert (await post(desk, f"/cases/{other}/close-unhandled", body)).status_code == 201


async def test_the_desk_names_only_units_that_may_lead(world: World) -> None:
    """社区 help and stand for their territory, but never lead (LT-15)."""
    await lead(world)
    await world.hear(UnitRegistered(unit_id="community-a", name="示例社区", level="community", parent="town-a"))
    case_id = await world.case("r1")
    async with world.browser(DESK) as desk:
        page = (await desk.get("/dispatch/desk")).text
        leads, territories = (page.split(f'name="{one}"')[1].split("</select>")[0] for one in ("lead", "territory"))
        assert 'value="community-a"' not in leads
        assert 'value="community-a"' in territories
        named = (await desk.get(f"/dispatch/cases/{case_id}")).text.split('/designate"')[1].split("</form>")[0]
        assert 'value="bureau-road"' in named
        assert 'value="community-a"' not in named


async def test_a_split_on_screen_says_which_request_goes_on_in_which_part(world: World) -> None:
    one = await world.case("r1", title="示例路路面破损")
    two = await world.case("r2", title="示例路路灯不亮")
    base = f"/dispatch/cases/{two}"
    async with world.api(DESK) as desk, world.browser(DESK) as browser:
        assert (await post(desk, f"/cases/{one}/merge", {"into": two, "reason": "同一路段"})).status_code == 201
        await world.settled()
        page = (await browser.get(base)).text
        form = page.split(f'action="{base}/split"')[1].split("</form>")[0]
        assert 'name="parts.0.request_ids" value="r1"' in form
        assert "示例路路灯不亮" in form
        parts = {
            "parts.0.title": "路面",
            "parts.0.request_ids": "r1",
            "parts.1.title": "路灯",
            "reason": "两件事",
        }
        left = await send(browser, page, f"{base}/split", **{**parts, "parts.1.request_ids": "r1"})
        assert left.status_code == 422
        assert 'id="f-split-parts"' in left.text  # requests-left-over, where the parts begin
        done = await send(browser, left.text, f"{base}/split", **{**parts, "parts.1.request_ids": "r2"})
        assert done.status_code == 200
        found = await shown(desk, world, two)
        requests = [(await shown(desk, world, part))["request_ids"] for part in found["split_into"]]
    assert sorted(requests) == [["r1"], ["r2"]]
