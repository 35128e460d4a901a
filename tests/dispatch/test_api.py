"""The JSON API on a real database: one case from request to strike-off, and how it refuses."""

import asyncio
from datetime import timedelta

from contracts.intake import UnitRegistered
from contracts.supervision import FollowUpConducted
from tests.dispatch.asking import (
    DISPATCH,
    PAUSE,
    handed_over,
    post,
)
from tests.dispatch.world import AUDITOR, CITY, DESK, ROAD, ROAD_HEAD, STRICT, World, key


async def test_one_case_from_request_to_strike_off(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    async with world.api(ROAD) as road:
        assert (await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})).status_code == 201
        assert (await post(road, f"/orders/{order}/contact", {"reached": True})).status_code == 201
        plan = {
            "responsible_person": "p-road",
            "responsible_leader": "p-road-head",
            "responsible_dept": "城建科",
            "measures": "修补路面",
            "resolve_by": "2017-07-20T17:00",
        }
        assert (await post(road, f"/orders/{order}/plan", plan)).status_code == 201
        assert (await post(road, f"/orders/{order}/progress", {"text": "已进场"})).status_code == 201
        world.clock.advance(timedelta(days=2))
        done = await post(road, f"/orders/{order}/complete", {"result": "solved", "reply": "路面已修好。"})
        assert done.json()["events"] == ["order-completed", "case-completed"]
        struck = await post(road, f"/cases/{case_id}/strike-off")
        assert struck.json()["events"] == ["case-struck-off"]
        shown = (await road.get(f"/dispatch/api/cases/{case_id}?after={struck.json()['position']}")).json()
    assert (shown["step"], shown["light"], shown["on_time"]) == ("struck_off", "closed", True)
    assert shown["title"] == "示例路路面破损"
    assert shown["case_no"] == 1


async def test_numbers_are_gapless_in_the_order_of_opening(world: World) -> None:
    """JW-08: 清单式交办, one number each and none twice."""
    for n in range(1, 6):
        await world.request(f"r{n}")
    await world.settled()
    rows = await world.service.pool.fetch("SELECT case_no FROM case_number ORDER BY case_no")
    assert [row["case_no"] for row in rows] == [1, 2, 3, 4, 5]


async def test_a_request_of_an_unknown_programme_waits_for_it(world: World) -> None:
    await world.request("r9", programme="later")
    await world.settled()
    assert await world.service.pool.fetchval("SELECT code FROM refusal") == "programme-not-active"
    assert await world.service.pool.fetchval("SELECT count(*) FROM case_board") == 0
    await world.activate(STRICT, "later")
    await world.settled()
    assert await world.service.pool.fetchval("SELECT programme FROM case_board") == "later"
    assert await world.service.pool.fetchval("SELECT count(*) FROM refusal WHERE settled_at IS NULL") == 0


async def test_a_failed_follow_up_reopens_the_case_once(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    async with world.api(ROAD) as road:
        await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        await post(road, f"/orders/{order}/complete", {"result": "solved", "reply": "已修好。"})
    failed = FollowUpConducted(
        followup_id="f1",
        case_id=case_id,
        case_no=1,
        round=1,
        leg="requester",
        method="phone",
        reached=True,
        solved=False,
        satisfaction="dissatisfied",
        verdict="fail",
        closes=False,
        reviewer_unit="office",
    )
    await world.hear(failed)
    await world.hear(failed)
    await world.settled()
    row = await world.service.pool.fetchrow("SELECT step, round FROM case_board")
    assert row is not None
    assert tuple(row) == ("registered", 2)
    assert await world.service.pool.fetchval("SELECT count(*) FROM refusal") == 0


async def test_the_packs_required_fields_are_refused_when_empty(world: World) -> None:
    await world.activate(STRICT)
    case_id = await world.case()
    async with world.api(DESK) as desk:
        for missing in ("responsible_person", "expected_outcome"):
            full = {"responsible_person": "p-road", "expected_outcome": "道路恢复通行"}
            refused = await post(
                desk,
                f"/cases/{case_id}/dispatch",
                {**DISPATCH, "category": "any", "urgency": "normal", **full, missing: None},
            )
            assert refused.status_code == 422
            assert refused.json()["errors"][0]["field"] == missing


async def test_a_unit_complained_of_gets_no_order_and_is_not_told_who_complains(world: World) -> None:
    await world.hear(UnitRegistered(unit_id="road-team", name="示例养护队", level="department", parent="bureau-road"))
    case_id = await world.case(complained_units=("bureau-road",))
    async with world.api(DESK) as desk:
        for change in ({}, {"lead": "road-team"}, {"lead": "bureau-city", "co": ["road-team"]}):
            refused = await post(desk, f"/cases/{case_id}/dispatch", {**DISPATCH, **change})
            assert (refused.status_code, refused.json()["code"]) == (422, "complained-unit"), change
    assert await world.service.pool.fetchval("SELECT count(*) FROM event WHERE type = 'case-classified'") == 0
    for who, ref, proof in ((ROAD, None, 403), (CITY, "q1", 200)):
        async with world.api(who) as api:
            one = (await api.get(f"/dispatch/api/cases/{case_id}")).json()
            (listed,) = (await api.get("/dispatch/api/cases")).json()["items"]
            assert (one["requester_ref"], listed["requester_ref"]) == (ref, ref), who
            assert (await api.get(f"/dispatch/api/cases/{case_id}/proof")).status_code == proof


async def test_twenty_equal_posts_at_once_have_one_effect(world: World) -> None:
    case_id = await world.case()
    same = key()
    async with world.api(DESK) as desk:
        answers = await asyncio.gather(
            *(desk.post(f"/dispatch/api/cases/{case_id}/dispatch", json=DISPATCH, headers=same) for _ in range(20))
        )
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert len({answer.json()["orders"][0]["order_id"] for answer in answers if answer.json()["orders"]}) == 1
    assert await world.service.pool.fetchval("SELECT count(*) FROM event WHERE type = 'order-issued'") == 2


async def test_the_same_key_with_another_body_is_refused(world: World) -> None:
    case_id = await world.case()
    same = key()
    async with world.api(DESK) as desk:
        await desk.post(f"/dispatch/api/cases/{case_id}/dispatch", json=DISPATCH, headers=same)
        other = {**DISPATCH, "instruction": "另一意见"}
        refused = await desk.post(f"/dispatch/api/cases/{case_id}/dispatch", json=other, headers=same)
    assert (refused.status_code, refused.json()["code"]) == (422, "command-reused")


async def test_who_may_not_is_told_who_can(world: World) -> None:
    case_id, order = await handed_over(world)
    async with world.api(ROAD) as road:
        refused = await post(road, f"/cases/{case_id}/dispatch", DISPATCH)
        assert (refused.status_code, refused.json()["allowed"][0]) == (403, "dispatcher")
    async with world.api(CITY) as city:
        refused = await post(city, f"/orders/{order}/sign")
        assert (refused.status_code, refused.json()["code"]) == (422, "other-unit")
    async with world.api(AUDITOR) as auditor:
        assert (await auditor.get(f"/dispatch/api/cases/{case_id}")).status_code == 200
        assert (await auditor.get("/dispatch/api/returns")).status_code == 403


async def test_two_people_on_one_case_the_second_is_told(world: World) -> None:
    case_id = await world.case()
    async with world.api(DESK) as desk:
        seen = (await desk.get(f"/dispatch/api/cases/{case_id}")).json()["version"]
        first = await post(desk, f"/cases/{case_id}/dispatch", DISPATCH, **{"If-Match": str(seen)})
        second = await post(
            desk, f"/cases/{case_id}/classify", {**DISPATCH_CLASS, "urgency": "good"}, **{"If-Match": str(seen)}
        )
    assert first.status_code == 201
    assert (second.status_code, second.json()["code"]) == (409, "stale-form")


DISPATCH_CLASS = {"category": "road-surface", "scope": "individual", "urgency": "real"}


async def test_returned_and_ruled_on_to_another_unit(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    async with world.api(ROAD_HEAD) as head:
        body = {"reason": "不属住建职责", "proposed_unit": "bureau-city"}
        assert (await post(head, f"/orders/{order}/return", body)).status_code == 201
    await world.settled()
    async with world.api(DESK) as desk:
        docket = (await desk.get("/dispatch/api/returns")).json()["items"]
        assert [item["order_id"] for item in docket] == [order]
        ruled = await post(
            desk, f"/orders/{order}/rule", {"accepted": True, "reason": "属实", "new_unit": "bureau-city"}
        )
        assert ruled.json()["events"] == ["return-ruled", "case-routed", "order-issued"]
    await world.settled()
    async with world.api(CITY) as city:
        inbox = (await city.get("/dispatch/api/orders?unit=bureau-city")).json()["items"]
        assert [item["case_id"] for item in inbox] == [case_id]


async def test_a_day_after_its_issue_an_order_is_not_returned_any_more(world: World) -> None:
    _, order = await handed_over(world, territory=None)
    world.clock.advance(timedelta(days=3))
    async with world.api(ROAD_HEAD) as head:
        refused = await post(head, f"/orders/{order}/return", {"reason": "不属住建职责"})
    assert (refused.status_code, refused.json()["code"]) == (422, "return-too-late")


async def test_nothing_is_decided_from_a_row_that_is_behind_the_case(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    async with world.api(ROAD_HEAD) as head:
        await post(head, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        await post(head, f"/cases/{case_id}/suspend", PAUSE)
        await world.settled()
        await world.service.pool.execute("UPDATE case_board SET version = version - 1, suspended_at = NULL")
        world.clock.advance(timedelta(days=7))
        refused = await post(head, f"/cases/{case_id}/resume", {"reason": "汛期结束"})
        assert (refused.status_code, refused.json()["code"]) == (503, "not-yet-shown")
        assert "请稍候再试" in refused.json()["detail"]
        assert refused.headers["retry-after"] == "1"
        await world.service.pool.execute("UPDATE case_board SET version = version + 1")
        assert (await post(head, f"/cases/{case_id}/resume", {"reason": "汛期结束"})).status_code == 201


async def test_lists_go_on_where_the_page_before_ended(world: World) -> None:
    for n in range(5):
        await world.request(f"r{n}", f"示例路第 {n} 处破损")
    await world.settled()
    async with world.api(DESK) as desk:
        first = (await desk.get("/dispatch/api/cases?limit=3&light=waiting")).json()
        rest = (await desk.get(f"/dispatch/api/cases?limit=3&light=waiting&cursor={first['next']}")).json()
        found = (await desk.get("/dispatch/api/cases?q=第 3 处")).json()
    assert len(first["items"]) == 3
    assert len(rest["items"]) == 2
    assert rest["next"] is None
    assert len({item["case_id"] for item in (*first["items"], *rest["items"])}) == 5
    assert [item["title"] for item in found["items"]] == ["示例路第 3 处破损"]


async def test_lights_follow_the_clock(world: World) -> None:
    case_id, _ = await handed_over(world)
    seen = []
    async with world.api(DESK) as desk:
        for days in (0, 6, 2):
            world.clock.advance(timedelta(days=days))
            seen.append((await desk.get(f"/dispatch/api/cases/{case_id}")).json()["light"])
            counts = (await desk.get("/dispatch/api/counts")).json()
            assert counts[seen[-1]] == 1
    assert seen == ["green", "yellow", "red"]
