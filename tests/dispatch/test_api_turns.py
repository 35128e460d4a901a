"""Every turn that a case can take, through the API on a real database: once good, once refused, once repeated."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.intake import AbsenceDeclared, PersonRegistered, RequestAccepted, RoleAssigned, UnitRegistered
from contracts.supervision import FollowUpConducted, FollowUpScheduled
from services.chassis.web import User
from services.reference import programmes
from tests.dispatch.test_api import DISPATCH, PAUSE, handed_over, post
from tests.dispatch.world import CITY, DESK, MONDAY, PACK, ROAD, ROAD_HEAD, World, key

LEADER = User("p-leader", "演示领导", "office", "区活动办", ("leading_group",))
OFFICE = User("p-office-head", "演示活动办主任", "office", "区活动办", ("programme_office",))
DISTRICT = Path(__file__).parents[2] / "deploy" / "packs" / "lt-2019.toml"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def lead(world: World) -> None:
    """Somebody of the leading group, known to the directory."""
    await known(world, "p-leader", "office", "leading_group")


async def known(world: World, person: str, unit: str, role: str) -> None:
    assert world.service.keys is not None
    await world.service.keys.new(f"person-{person}")
    name = await world.service.keys.seal("演示某人", f"person-{person}")
    await world.hear(PersonRegistered(person_id=person, unit_id=unit, name=name))
    await world.hear(RoleAssigned(person_id=person, role=role, unit_id=unit))


async def good_twice(api: httpx.AsyncClient, path: str, body: Any) -> list[str]:
    """Taken once, and the same answer for the same command again."""
    same = key()
    first = await api.post(f"/dispatch/api{path}", json=body, headers=same)
    assert first.status_code == 201, first.text
    again = await api.post(f"/dispatch/api{path}", json=body, headers=same)
    assert (again.status_code, again.json()["repeated"]) == (200, True)
    assert again.json()["events"] == first.json()["events"]
    events: list[str] = first.json()["events"]
    return events


async def refused(api: httpx.AsyncClient, path: str, body: Any) -> str:
    answer = await post(api, path, body)
    assert answer.status_code == 422, answer.text
    code: str = answer.json()["code"]
    return code


async def shown(api: httpx.AsyncClient, world: World, case_id: str) -> dict[str, Any]:
    await world.settled()
    found: dict[str, Any] = (await api.get(f"/dispatch/api/cases/{case_id}")).json()
    return found


async def test_two_cases_are_merged_with_their_requests_and_taken_apart_again(world: World) -> None:
    first = await world.case("r1")
    second, order = await handed_over(world, "r2", territory=None)
    third = await world.case("r3", complained_units=("bureau-road",))
    async with world.api(DESK) as desk, world.api(ROAD) as road:
        assert await refused(desk, f"/cases/{second}/merge", {"into": "99", "reason": "同一处"}) == "no-such-case"
        assert await refused(desk, f"/cases/{second}/merge", {"into": second, "reason": "同一处"}) == "merge-into-self"
        assert (await post(road, f"/cases/{second}/merge", {"into": "1", "reason": "同一处"})).status_code == 403
        # What complains of the unit at work is not handed to it by a merge; nothing is half done.
        assert await refused(desk, f"/cases/{third}/merge", {"into": "2", "reason": "同一处"}) == "complained-unit"
        assert (await shown(desk, world, third))["step"] == "registered"
        events = await good_twice(desk, f"/cases/{second}/merge", {"into": "JW-2017-0001", "reason": "同一处破损"})
        assert events == ["order-cancelled", "case-merged", "case-absorbed"]
        source, target = await shown(desk, world, second), await shown(desk, world, first)
        assert (source["step"], source["merged_into"], source["light"]) == ("merged", first, "closed")
        assert target["request_ids"] == ["r1", "r2"]
        assert [one["status"] for one in source["orders"]] == ["cancelled"]
        assert await refused(road, f"/orders/{order}/sign", {}) == "order-closed"
        assert await refused(desk, f"/cases/{first}/undo-merge", {"reason": "不是同一处"}) == "not-merged"
        assert await good_twice(desk, f"/cases/{second}/undo-merge", {"reason": "不是同一处"}) == [
            "merge-undone",
            "absorption-undone",
        ]
        source, target = await shown(desk, world, second), await shown(desk, world, first)
        assert (source["step"], source["merged_into"], target["request_ids"]) == ("registered", None, ["r1"])
        again = await post(desk, f"/cases/{second}/dispatch", {**DISPATCH, "territory": None})
        assert again.status_code == 201


async def test_one_request_with_several_matters_is_split(world: World) -> None:
    whole = await world.case("r1")
    parts = [{"title": "路面破损"}, {"title": "路灯不亮", "text": "两盏", "category": "environment-waste"}]
    async with world.api(DESK) as desk:
        few = await post(desk, f"/cases/{whole}/split", {"reason": "两件事", "parts": parts[:1]})
        assert few.status_code == 422
        assert await refused(desk, f"/cases/{whole}/split", {"reason": "", "parts": parts}) == "reason-missing"
        events = await good_twice(desk, f"/cases/{whole}/split", {"reason": "一诉两事", "parts": parts})
        assert events == ["case-split", "case-opened", "case-opened"]
        ended = await shown(desk, world, whole)
        assert ended["step"] == "split"
        found = [await shown(desk, world, one) for one in ended["split_into"]]
    assert {one["title"]: one["case_no"] for one in found} == {"路面破损": 2, "路灯不亮": 3}
    assert {tuple(one["request_ids"]) for one in found} == {("r1",)}
    assert {one["split_from"] for one in found} == {whole}


async def test_each_request_of_a_case_that_is_split_goes_on_where_it_belongs(world: World) -> None:
    whole, other = await world.case("r1"), await world.request("r2", requester_ref="q2")
    await world.settled()
    async with world.api(DESK) as desk:
        assert (await post(desk, f"/cases/{other}/merge", {"into": "1", "reason": "同一处"})).status_code == 201
        one, two = {"title": "路面破损", "request_ids": ["r1"]}, {"title": "路灯不亮", "request_ids": ["r2"]}
        stray = {"reason": "两件事", "parts": [one, {**two, "request_ids": ["r9"]}]}
        assert await refused(desk, f"/cases/{whole}/split", stray) == "no-such-request"
        lost = {"reason": "两件事", "parts": [one, {**two, "request_ids": ["r1"]}]}
        assert await refused(desk, f"/cases/{whole}/split", lost) == "requests-left-over"
        await good_twice(desk, f"/cases/{whole}/split", {"reason": "两件事", "parts": [one, two]})
        parts = [await shown(desk, world, part) for part in (await shown(desk, world, whole))["split_into"]]
    assert [(part["request_ids"], part["requester_ref"]) for part in parts] == [(["r1"], "q1"), (["r2"], "q2")]
    keys = await world.service.pool.fetch("SELECT title_key FROM case_board WHERE split_from = $1 ORDER BY 1", whole)
    assert [row["title_key"] for row in keys] == ["request-r1", "request-r2"]


async def test_a_request_joins_the_case_it_was_accepted_for_or_gets_its_own(world: World) -> None:
    first = await world.case("r1")
    async with world.api(DESK) as desk:
        await joining(world, "r2", first, "merged")
        assert (await shown(desk, world, first))["request_ids"] == ["r1", "r2"]
        closed = {"reason_code": "withdrawn", "reason": "已撤回", "approver": "p-office-head"}
        told = {**closed, "told_at": "2017-07-17T09:00"}
        assert await refused(desk, f"/cases/{first}/close-unhandled", closed) == "not-told"
        nobody = {**told, "approver": "p-road"}
        assert await refused(desk, f"/cases/{first}/close-unhandled", nobody) == "unknown-approver"
        own = {**told, "approver": "p-desk"}
        assert await refused(desk, f"/cases/{first}/close-unhandled", own) == "own-approval"
        assert await good_twice(desk, f"/cases/{first}/close-unhandled", told) == ["case-closed-unhandled"]
        assert (await shown(desk, world, first))["step"] == "closed_unhandled"
        await joining(world, "r3", first, "merged")
        await world.settled()
        assert (await shown(desk, world, "c-r3"))["request_ids"] == ["r3"]
    assert await world.service.pool.fetchval("SELECT count(*) FROM refusal") == 0


async def joining(world: World, request_id: str, case_id: str, link: Any) -> None:
    """A request that the clerk accepted for a case that is there."""
    heard = world.hear

    async def instead(event: Any, programme: str | None = "jw-2017") -> None:
        if isinstance(event, RequestAccepted):
            event = event.model_copy(update={"join_case": case_id, "join_as": link})
        await heard(event, programme)

    world.hear = instead  # type: ignore[method-assign]
    try:
        await world.request(request_id)
    finally:
        world.hear = heard  # type: ignore[method-assign]
    await world.settled()


async def test_more_time_is_asked_for_told_and_granted_and_the_pieces_of_the_clock_add_up(world: World) -> None:
    await lead(world)
    case_id, order = await handed_over(world, territory=None)
    asked = {"finish_by": "2017-07-28T18:00", "reason": "配件未到"}
    async with world.api(ROAD_HEAD) as head, world.api(OFFICE) as office, world.api(LEADER) as leader:
        await post(head, f"/orders/{order}/return", {"reason": "不属住建职责"})
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


async def test_a_unit_strikes_off_itself_reports_up_and_relapse_reopens_within_its_days(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    async with world.api(ROAD) as road, world.api(OFFICE) as office:
        await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        await post(road, f"/orders/{order}/complete", {"result": "solved", "reply": "已修好。"})
        assert await refused(road, f"/cases/{case_id}/report-up", {}) == "not-struck-off"
        await post(road, f"/cases/{case_id}/strike-off")
        await world.settled()
        due = (await office.get("/dispatch/api/ledger?report=due")).json()["items"]
        assert [(one["case_id"], one["report_up_by"][:10]) for one in due] == [(case_id, "2017-07-18")]
        world.clock.advance(2 * DAY)
        assert await good_twice(road, f"/cases/{case_id}/report-up", {"text": "已报"}) == ["strike-off-reported"]
        await world.settled()
        (late,) = (await office.get("/dispatch/api/ledger?report=late&unit=bureau-road")).json()["items"]
        assert late["report_late"] is True
        assert (await office.get("/dispatch/api/ledger?report=due")).json()["items"] == []
        world.clock.advance(40 * DAY)
        gone = await refused(office, f"/cases/{case_id}/reopen", {"reason": "relapse", "text": "又破损"})
        assert gone == "relapse-too-late"
        check = {"reason": "spot_check", "text": "现场未修"}
        assert (await post(office, f"/cases/{case_id}/reopen", check)).status_code == 201


async def test_in_the_street_programme_somebody_looks_at_the_place_and_a_verdict_decides(world: World) -> None:
    world.clock.advance(datetime.fromisoformat("2019-10-15T10:00:00+08:00") - MONDAY)
    await world.activate(DISTRICT, "lt-2019")
    await world.hear(UnitRegistered(unit_id="community", name="示例社区", level="community"))
    await known(world, "p-community", "community", "unit_leader")
    case_id = await world.request("r1", programme="lt-2019")
    await world.settled()
    body = {
        "category": "waste-exposed",
        "scope": "individual",
        "urgency": "normal",
        "lead": "bureau-city",
        "territory": "community",
        "responsible_leader": "p-city",
        "responsible_dept": "环卫科",
    }
    async with world.api(DESK) as desk, world.api(CITY) as city:
        never = {**body, "lead": "community", "territory": "town-a"}
        assert await refused(desk, f"/cases/{case_id}/dispatch", never) == "never-lead"
        alone = {**body, "territory": None}
        assert await refused(desk, f"/cases/{case_id}/dispatch", alone) == "no-territory"
        issued = await post(desk, f"/cases/{case_id}/dispatch", body)
        assert issued.status_code == 201, issued.text
        (order, other) = [one["order_id"] for one in issued.json()["orders"]]
        await post(city, f"/orders/{order}/sign", {"responsible_person": "p-city"})
        assert await good_twice(city, f"/orders/{order}/findings", {"text": "投放点太远"}) == ["findings-reported"]
        done = {"result": "solved", "reply": "已清运。"}
        assert await refused(city, f"/orders/{order}/complete", done) == "no-site-visit"
        nobody = {"found": "已清净", "visitors": ["p-none"]}
        assert await refused(city, f"/orders/{order}/verify-on-site", nobody) == "unknown-person"
        assert await good_twice(city, f"/orders/{order}/verify-on-site", {"found": "已清净"}) == ["site-verified"]
        assert await refused(city, f"/orders/{order}/complete", done) == "no-evidence"
        assert await refused(city, f"/orders/{other}/findings", {"text": "投放点太远"}) == "other-unit"
        found = await shown(desk, world, case_id)
        assert next(one for one in found["orders"] if one["order_id"] == order)["findings_late"] is False


async def test_a_scheduled_follow_up_begins_the_verification_and_its_failure_shortens_the_next_round(
    world: World,
) -> None:
    case_id, order = await handed_over(world, territory=None)
    async with world.api(ROAD) as road, world.api(DESK) as desk:
        await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        await post(road, f"/orders/{order}/complete", {"result": "solved", "reply": "已修好。"})
        ids: dict[str, Any] = {"followup_id": "f1", "case_id": case_id, "case_no": 1, "round": 1, "leg": "requester"}
        due = world.clock.now() + DAY
        await world.hear(FollowUpScheduled(**ids, due=due, sample_rule="all", handler_units=("bureau-road",)))
        assert (await shown(desk, world, case_id))["step"] == "verifying"
        await world.hear(
            FollowUpConducted(
                **ids, method="phone", reached=True, solved=False, verdict="fail", closes=False, reviewer_unit="office"
            )
        )
        assert (await shown(desk, world, case_id))["round"] == 2
        assert (await post(desk, f"/cases/{case_id}/dispatch", {**DISPATCH, "territory": None})).status_code == 201
        found = await shown(desk, world, case_id)
    assert found["finish_by"].startswith("2017-07-20")  # three days instead of seven, as the pack says of later rounds
    assert [one["round"] for one in found["segments"]] == [1, 1, 1, 2, 2]


async def activate_text(world: World, content: str) -> None:
    path = Path(world.service.settings.data_dir) / "pack.toml"
    path.write_text(content, "utf-8")
    await world.activate(path)


async def test_a_calendar_that_comes_later_moves_what_is_still_open_and_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lead(world)
    one, _ = await handed_over(world, "r1", territory=None)
    two, granted = await handed_over(world, "r2", territory=None, lead="bureau-city")
    three, _ = await handed_over(world, "r3", territory=None, lead="town-b")
    async with world.api(CITY) as city, world.api(OFFICE) as office, world.api(DESK) as desk:
        await post(city, f"/orders/{granted}/sign", {"responsible_person": "p-city"})
        await post(city, f"/orders/{granted}/request-extension", {"finish_by": "2017-07-28T18:00", "reason": "缺料"})
        yes = {"granted": True, "reason": "属实", "requester_told_at": "2017-07-17T10:00"}
        await post(office, f"/orders/{granted}/decide-extension", yes)
        before = [await shown(desk, world, case_id) for case_id in (one, two, three)]
        # The offices of the district close at half past five from now on.
        await activate_text(world, PACK.read_text("utf-8").replace('"18:00"]]', '"17:30"]]'))
        after = [await shown(desk, world, case_id) for case_id in (one, two, three)]
        # A rest day is published later on: the installation knows it after its next start.
        parsed = programmes._parsed

        def published(content: str) -> Any:
            pack, calendar = parsed(content)
            return pack, replace(calendar, holidays=calendar.holidays | {date(2017, 7, 24)})

        monkeypatch.setattr(programmes, "_parsed", published)
        path, why = "/programmes/jw-2017/recompute", {"reason": "补充公布放假安排"}
        assert (await post(city, path, why)).status_code == 403
        same = key()
        first = await office.post(f"/dispatch/api{path}", json=why, headers=same)
        assert first.json()["moved"] == [one, three]
        assert (await office.post(f"/dispatch/api{path}", json=why, headers=same)).status_code == 200
        last = await shown(desk, world, one)
    assert last["finish_by"].startswith("2017-07-25T09:30")
    assert [found["finish_by"][11:16] for found in before] == ["10:00", "10:00", "10:00"]
    assert [found["finish_by"][:16] for found in after] == [
        "2017-07-24T09:30",
        before[1]["finish_by"][:16],  # granted to that instant by a person
        "2017-07-24T09:30",
    ]
    said = await world.service.pool.fetch("SELECT stream FROM event WHERE type = 'deadlines-recomputed' ORDER BY seq")
    assert [row["stream"] for row in said] == [f"case-{one}", f"case-{three}"] * 2
    assert await world.service.pool.fetchval("SELECT count(*) FROM refusal") == 0


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
    async with world.api(DESK) as desk, world.api(LEADER) as leader, world.api(ROAD) as road:
        named = {"unit": "bureau-road", "reason": "牵头"}
        assert (await post(road, f"/cases/{case_id}/designate", named)).status_code == 403
        assert await refused(desk, f"/cases/{case_id}/designate", named) == "unknown-leader"
        assert await refused(leader, f"/cases/{case_id}/designate", {"unit": "none"}) == "unknown-unit"
        assert await good_twice(leader, f"/cases/{case_id}/designate", named) == ["lead-unit-designated"]
        told = {**named, "unit": "bureau-city", "by": "p-leader"}
        assert (await post(desk, f"/cases/{case_id}/designate", told)).status_code == 201
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


async def test_a_must_solve_matter_ends_otherwise_only_with_a_leaders_word(world: World) -> None:
    _, order = await handed_over(world, territory=None, must_solve=True)
    body = {"result": "explained", "reply": "不符合政策。", "policy_basis": "示例办法第三条"}
    async with world.api(ROAD) as road:
        await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        assert await refused(road, f"/orders/{order}/complete", body) == "must-solve"
        unknown = {**body, "approved_by": "p-city"}
        assert await refused(road, f"/orders/{order}/complete", unknown) == "unknown-approver"
        bare = {**body, "policy_basis": None, "approved_by": "p-road-head"}
        assert await refused(road, f"/orders/{order}/complete", bare) == "no-policy-basis"
        done = await good_twice(road, f"/orders/{order}/complete", {**body, "approved_by": "p-road-head"})
    assert done == ["order-completed", "case-completed"]
