"""挂账 through the API: who may, whose word it needs, and that the time left is left again."""

from datetime import timedelta
from typing import Any

from contracts.supervision import ClockPaused, ClockResumed
from tests.dispatch.asking import PAUSE, handed_over, post
from tests.dispatch.test_pages import send
from tests.dispatch.world import CITY, DESK, MONDAY, ROAD_HEAD, World


async def test_a_suspended_case_resumes_with_the_time_that_was_left(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    async with world.api(ROAD_HEAD) as head:
        await post(head, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        pause = {
            "reason": "汛期无法施工",
            "condition": "汛期结束",
            "review_on": "2017-08-01T09:00",
            "approver": "p-office-head",
            "requester_told_at": "2017-07-17T09:00",
        }
        assert (await post(head, f"/cases/{case_id}/suspend", pause)).status_code == 201
        await world.settled()
        before = (await head.get(f"/dispatch/api/cases/{case_id}")).json()
        assert before["light"] == "paused"
        async with world.browser(ROAD_HEAD) as browser:
            page, action = f"/dispatch/cases/{case_id}", f"/dispatch/cases/{case_id}/review-suspension"
            bare = await send(browser, (await browser.get(page)).text, action, review_on="2017-08-20T09:00")
            assert bare.status_code == 422
            assert "请写明复查情况。" in bare.text
            assert 'value="2017-08-20T09:00"' in bare.text
            put_off = await send(browser, bare.text, action, note="汛期未过", review_on="2017-08-20T09:00")
            assert put_off.status_code == 200
            assert "复查后继续挂账" in put_off.text
            assert "08-20 复查" in (await browser.get("/dispatch/cases")).text
        world.clock.advance(timedelta(days=7))
        resumed = await post(head, f"/cases/{case_id}/resume", {"reason": "汛期结束"})
        after = (await head.get(f"/dispatch/api/cases/{case_id}?after={resumed.json()['position']}")).json()
    assert before["finish_by"].startswith("2017-07-24")
    assert after["finish_by"].startswith("2017-07-31")


async def test_time_left_counts_to_the_finish_that_a_refused_return_moved(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    async with world.api(ROAD_HEAD) as head, world.api(DESK) as desk:
        await post(head, f"/orders/{order}/return", {"reason": "不属住建职责", "proposed_unit": "bureau-city"})
        world.clock.advance(timedelta(days=2))
        await post(desk, f"/orders/{order}/rule", {"accepted": False, "reason": "职责清单所列"})
        moved = MONDAY + timedelta(days=9)
        clock: Any = {"clock_id": f"{order}-finish", "case_id": case_id, "kind": "finish"}
        await world.hear(ClockPaused(**clock, reason="returned", at=MONDAY))
        await world.hear(ClockResumed(**clock, at=world.clock.now(), due=moved))
        await post(head, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        assert (await post(head, f"/cases/{case_id}/suspend", PAUSE)).status_code == 201
        world.clock.advance(timedelta(days=7))
        resumed = await post(head, f"/cases/{case_id}/resume", {"reason": "汛期结束"})
        after = (await head.get(f"/dispatch/api/cases/{case_id}?after={resumed.json()['position']}")).json()
    assert after["finish_by"].startswith("2017-08-02")  # without the return it would be 31 July


async def test_another_units_leader_neither_suspends_nor_resumes_a_case(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    async with world.api(ROAD_HEAD) as head, world.api(CITY) as stranger, world.api(DESK) as desk:
        await post(head, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        refused = await post(stranger, f"/cases/{case_id}/suspend", PAUSE)
        assert (refused.status_code, refused.json()["code"]) == (422, "other-unit")
        assert (await post(head, f"/cases/{case_id}/suspend", PAUSE)).status_code == 201
        refused = await post(stranger, f"/cases/{case_id}/resume", {"reason": "汛期结束"})
        assert (refused.status_code, refused.json()["code"]) == (422, "other-unit")
        assert (await post(desk, f"/cases/{case_id}/resume", {"reason": "汛期结束"})).status_code == 201


async def test_only_a_leader_of_the_directory_approves_a_suspension(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    async with world.api(ROAD_HEAD) as head:
        await post(head, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        for nobody in ("p-made-up", "p-road", "p-city"):
            refused = await post(head, f"/cases/{case_id}/suspend", {**PAUSE, "approver": nobody})
            assert (refused.status_code, refused.json()["code"]) == (422, "unknown-approver")
        refused = await post(head, f"/cases/{case_id}/suspend", {**PAUSE, "approver": "p-road-head"})
        assert (refused.status_code, refused.json()["code"]) == (422, "own-approval")
        assert (await post(head, f"/cases/{case_id}/suspend", PAUSE)).status_code == 201
