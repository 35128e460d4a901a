"""Every turn that a case can take, through the API on a real database: once good, once refused, once repeated."""

from datetime import datetime, timedelta

from contracts.intake import AbsenceDeclared
from services.chassis.web import User
from tests.dispatch.asking import (
    DAY,
    DISPATCH,
    HOUR,
    LEADER,
    OFFICE,
    PAUSE,
    good_twice,
    handed_over,
    lead,
    post,
    refused,
    shown,
)
from tests.dispatch.world import CITY, DESK, MONDAY, ROAD, ROAD_HEAD, World


async def test_more_time_is_asked_for_told_and_granted_and_the_pieces_of_the_clock_add_up(world: World) -> None:
    await lead(world)
    case_id, order = await handed_over(world, territory=None)
    asked = {"finish_by": "2017-07-28T18:00", "reason": "配件未到"}
    async with world.api(ROAD_HEAD) as head, world.api(OFFICE) as office, world.api(LEADER) as leader:
        await post(head, f"/orders/{order}/return", {"reason": "不属住建职责", "proposed_unit": "bureau-city"})
        world.clock.advance(5 * HOUR)
        await post(office, f"/orders/{order}/rule", {"accepted": False, "reason": "职责所列"})
        assert await refused(head, f"/orders/{order}/request-extension", asked) == "not-signed"
        await post(head, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        world.clock.advance(DAY)
        early = {**asked, "finish_by": "2017-07-20T18:00"}
        assert await refused(head, f"/orders/{order}/request-extension", early) == "not-later"
        assert await good_twice(head, f"/orders/{order}/request-extension", asked) == ["extension-requested"]
        await world.settled()
        (waiting,) = (await office.get("/dispatch/api/extensions")).json()["items"]
        assert (waiting["order_id"], waiting["asked_reason"]) == (order, "配件未到")
        yes = {"granted": True, "reason": "属实"}
        assert await refused(office, f"/orders/{order}/decide-extension", yes) == "not-told"
        told = {**yes, "requester_told_at": "2017-07-18T12:00"}
        assert (await post(head, f"/orders/{order}/decide-extension", told)).status_code == 403
        assert await good_twice(office, f"/orders/{order}/decide-extension", told) == ["extension-decided"]
        found = await shown(head, world, case_id)
        assert found["finish_by"].startswith("2017-07-28")
        (granted,) = found["extensions"]
        assert (granted["old_finish_by"][:10], granted["finish_by"][:10]) == ("2017-07-24", "2017-07-28")
        await post(head, f"/orders/{order}/request-extension", {**asked, "finish_by": "2017-08-02T18:00"})
        second = {**told, "requester_told_at": "2017-07-18T12:00"}
        assert await refused(office, f"/orders/{order}/decide-extension", second) == "leader-decides"
        assert (await post(leader, f"/orders/{order}/decide-extension", second)).status_code == 201
        await post(head, f"/cases/{case_id}/suspend", PAUSE)
        world.clock.advance(3 * DAY)
        await post(head, f"/cases/{case_id}/resume", {"reason": "汛期结束"})
        world.clock.advance(DAY)
        done = await post(head, f"/orders/{order}/complete", {"result": "solved", "reply": "已修好。"})
        assert done.json()["events"] == ["order-completed", "case-completed"]
        found = await shown(head, world, case_id)
    pieces = found["segments"]
    assert [one["kind"] for one in pieces] == [
        "desk",
        "handed_over",
        "returned",
        "handed_over",
        "working",
        "paused",
        "working",
    ]
    assert {one["unit"] for one in pieces[1:]} == {"bureau-road"}
    spent = sum((moment(one["ended_at"]) - moment(one["started_at"]) for one in pieces), timedelta())
    assert spent == moment(found["completed_at"]) - moment(found["received_at"])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_a_hard_matter_is_taken_up_together_and_its_decisions_become_orders(world: World) -> None:
    """JW-20, JW-21, LT-20: 难事联办, and what is decided is ordered."""
    case_id, order = await handed_over(world, territory=None, urgency="hard")
    held = {
        "kind": "joint_handling",
        "chair": "p-office-head",
        "attendees": ["bureau-road", "bureau-city"],
        "case_ids": [case_id],
        "decisions": [{"text": "清运堆料", "unit": "bureau-city", "due": "2017-07-21T18:00"}],
    }
    async with world.api(DESK) as desk, world.api(ROAD) as road, world.api(CITY) as city:
        await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        plan = {
            "responsible_person": "p-road",
            "responsible_leader": "p-road-head",
            "responsible_dept": "城建科",
            "measures": "分段修补",
            "resolve_by": "2017-09-20T17:00",
            "task_book": "修补三百米",
            "road_map": "先东后西",
            "timetable": [{"name": "东段", "due": "2017-08-20T17:00"}],
        }
        assert (await post(road, f"/orders/{order}/plan", {**plan, "task_book": ""})).status_code == 422
        assert (await post(road, f"/orders/{order}/plan", plan)).status_code == 201
        assert await refused(road, f"/orders/{order}/milestone", {"milestone": 2}) == "no-such-milestone"
        assert await good_twice(road, f"/orders/{order}/milestone", {"milestone": 1}) == ["milestone-reached"]
        done = {"result": "solved", "reply": "已修好。"}
        assert await refused(road, f"/orders/{order}/complete", done) == "not-consulted"
        assert await refused(desk, "/consultations", {**held, "attendees": ["nobody"]}) == "unknown-attendee"
        assert await refused(desk, "/consultations", {**held, "decisions": []}) == "no-decision"
        assert await good_twice(desk, "/consultations", held) == ["consultation-held"]
        found = await shown(desk, world, case_id)
        assert [one["kind"] for one in found["consultations"]] == ["joint_handling"]
        assert [(one["name"], one["late"]) for one in found["milestones"]] == [("东段", False)]
        helper = next(one for one in found["orders"] if one["role"] == "co")
        assert (helper["unit"], helper["instruction"], helper["finish_by"][:10]) == (
            "bureau-city",
            "清运堆料",
            "2017-07-21",
        )
        assert await refused(road, f"/orders/{order}/complete", done) == "helpers-at-work"
        where = f"/orders/{helper['order_id']}/cancel"
        assert (await post(city, where, {"reason": "已由他人清运"})).status_code == 403
        assert await refused(desk, where, {"reason": ""}) == "reason-missing"
        assert await good_twice(desk, where, {"reason": "已由他人清运"}) == ["order-cancelled"]
        assert await good_twice(road, f"/orders/{order}/complete", done) == ["order-completed", "case-completed"]
        again = await refused(desk, f"/orders/{order}/cancel", {"reason": "多余"})
    assert again == "order-closed"


async def test_a_stand_in_signs_for_who_is_away_and_only_that(world: World) -> None:
    case_id, order = await handed_over(world, territory=None, responsible_person="p-road-head")
    async with world.api(User("p-town", "演示丁", "town-a", "示例甲镇", ())) as backup, world.api(DESK) as desk:
        assert (await post(backup, f"/orders/{order}/sign", {})).status_code == 403
        away = {"person_id": "p-road-head", "absence_id": "a1", "backup_id": "p-town"}
        await world.hear(AbsenceDeclared(**away, starts_at=MONDAY, ends_at=MONDAY + DAY))
        await world.settled()
        assert [one["order_id"] for one in (await backup.get("/dispatch/api/orders/stand-in")).json()["items"]] == [
            order
        ]
        assert await good_twice(backup, f"/orders/{order}/sign", {}) == ["order-signed"]
        assert (await post(backup, f"/orders/{order}/progress", {"text": "已到场"})).status_code == 403
        found = await shown(desk, world, case_id)
        assert (found["step"], found["orders"][0]["acting_for"]) == ("handling", "p-road-head")
        acting = await world.service.pool.fetchval(
            "SELECT convert_from(payload, 'UTF8')::jsonb ->> 'actingfor' FROM event WHERE type = 'order-signed'"
        )
        assert acting == "p-road-head"
        other, next_order = await handed_over(world, "r2", territory=None)
        world.clock.advance(2 * DAY)
        assert (await post(backup, f"/orders/{next_order}/sign", {})).status_code == 403
        assert (await shown(desk, world, other))["step"] == "issued"


async def test_a_leader_names_the_lead_and_answers_for_a_case_and_suggestions_are_recorded(world: World) -> None:
    await lead(world)
    case_id = await world.case()
    async with (
        world.api(DESK) as desk,
        world.api(OFFICE) as office,
        world.api(LEADER) as leader,
        world.api(ROAD) as road,
    ):
        named = {"unit": "bureau-road", "reason": "牵头"}
        assert (await post(road, f"/cases/{case_id}/designate", named)).status_code == 403
        assert await refused(office, f"/cases/{case_id}/designate", named) == "unknown-leader"
        assert await refused(leader, f"/cases/{case_id}/designate", {"unit": "none"}) == "unknown-unit"
        assert await good_twice(leader, f"/cases/{case_id}/designate", named) == ["lead-unit-designated"]
        told = {**named, "unit": "bureau-city", "by": "p-leader"}
        assert (await post(office, f"/cases/{case_id}/designate", told)).status_code == 201
        bound = {"leader": "p-leader", "kind": "special"}
        assert await refused(desk, f"/cases/{case_id}/bind-leader", {"leader": "p-road"}) == "unknown-leader"
        assert await good_twice(desk, f"/cases/{case_id}/bind-leader", bound) == ["leader-bound-to-case"]
        other = {**DISPATCH, "territory": None}
        assert await refused(desk, f"/cases/{case_id}/dispatch", other) == "other-lead-designated"
        said = {"what": "lead", "suggested": "bureau-city", "chosen": "bureau-city", "matching": 10, "looked_at": 11}
        more = {**said, "matching": 12}
        assert await refused(desk, f"/cases/{case_id}/decide-suggestion", more) == "no-grounds"
        assert await good_twice(desk, f"/cases/{case_id}/decide-suggestion", said) == ["suggestion-decided"]
        found = await shown(desk, world, case_id)
    assert (found["designated"], found["leader"], found["leader_kind"]) == ("bureau-city", "p-leader", "special")
