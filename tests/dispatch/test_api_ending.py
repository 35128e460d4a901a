"""How a case ends and begins again, through the API: strike-off, verdicts, relapse, and what a calendar moves."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from contracts.intake import UnitRegistered
from contracts.supervision import FollowUpConducted, FollowUpScheduled
from services.reference import programmes
from tests.dispatch.asking import (
    DAY,
    DISPATCH,
    DISTRICT,
    OFFICE,
    activate_text,
    good_twice,
    handed_over,
    known,
    lead,
    post,
    refused,
    shown,
)
from tests.dispatch.world import CITY, DESK, MONDAY, PACK, ROAD, World, key


async def test_a_unit_strikes_off_itself_reports_up_and_relapse_reopens_within_its_days(world: World) -> None:
    """JW-22: the responsible unit strikes off and reports up."""
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
    """LT-08, LT-10: 诉必访, 办必妥."""
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


async def test_a_must_solve_matter_ends_otherwise_only_with_a_leaders_word(world: World) -> None:
    _, order = await handed_over(world, territory=None, must_solve=True)
    body = {"result": "explained", "reply": "不符合政策。", "policy_basis": "示例办法第三条"}
    async with world.api(ROAD) as road:
        await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        assert await refused(road, f"/orders/{order}/complete", body) == "must-solve"
        unknown = {**body, "approved_by": "p-city", "approval_note": "同意"}
        assert await refused(road, f"/orders/{order}/complete", unknown) == "unknown-approver"
        unsaid = {**body, "approved_by": "p-road-head"}
        assert await refused(road, f"/orders/{order}/complete", unsaid) == "no-approval-note"
        said = {**unsaid, "approval_note": "同意，请继续解释"}
        assert await refused(road, f"/orders/{order}/complete", {**said, "policy_basis": None}) == "no-policy-basis"
        done = await good_twice(road, f"/orders/{order}/complete", said)
    assert done == ["order-completed", "case-completed"]
