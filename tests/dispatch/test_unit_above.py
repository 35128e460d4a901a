"""What stands below a unit complained of is kept out: of a meeting's decision, of a merge, of a request that joins."""

from datetime import timedelta

from contracts.intake import RequestAccepted, RequestRegistered, UnitRegistered
from contracts.supervision import MeetingDecision, MeetingHeld
from tests.dispatch.asking import handed_over, post, shown
from tests.dispatch.world import DESK, World

SQUAD = "road-squad"


async def squad(world: World) -> None:
    await world.hear(UnitRegistered(unit_id=SQUAD, name="示例养护队", level="department", parent="bureau-road"))
    await world.settled()


async def test_a_meeting_orders_no_unit_below_the_one_complained_of(world: World) -> None:
    await squad(world)
    case_id = await world.case("r1", complained_units=("bureau-road",))
    async with world.api(DESK) as desk:
        body = {"category": "road-surface", "scope": "individual", "urgency": "real", "lead": "bureau-city"}
        assert (await post(desk, f"/cases/{case_id}/dispatch", {**body, "instruction": "请核实"})).status_code == 201
        now = world.clock.now()
        decided = MeetingDecision(case_id=case_id, text="增派力量", unit=SQUAD, due=now + timedelta(days=3))
        held = MeetingHeld(
            meeting_id="m1",
            programme_id="jw-2017",
            kind="dispatch",
            chair="p-office-head",
            owner_unit="office",
            attendees=("bureau-city",),
            held_at=now,
            decisions=(decided,),
        )
        await world.hear(held)
        found = await shown(desk, world, case_id)
    assert [order["unit"] for order in found["orders"]] == ["bureau-city"]
    noted = "SELECT convert_from(payload, 'UTF8')::json -> 'data' -> 'taken' -> 0 ->> 'outcome' FROM event"
    outcome = await world.service.pool.fetchval(f"{noted} WHERE type = 'meeting-noted'")
    assert outcome == "elsewhere"


async def test_a_complaint_goes_on_in_no_case_that_a_unit_below_leads(world: World) -> None:
    await squad(world)
    into, _order = await handed_over(world, "r1", lead=SQUAD, territory=None)
    about = await world.case("r2", complained_units=("bureau-road",))
    plain = await world.case("r3")
    async with world.api(DESK) as desk:
        refused = await post(desk, f"/cases/{about}/merge", {"into": into, "reason": "同一路段"})
        assert (refused.status_code, refused.json()["code"]) == (422, "complained-unit")
        assert (await post(desk, f"/cases/{plain}/merge", {"into": into, "reason": "同一路段"})).status_code == 201


async def test_a_request_that_complains_of_the_unit_above_gets_a_case_of_its_own(world: World) -> None:
    await squad(world)
    into, _order = await handed_over(world, "r1", lead=SQUAD, territory=None)
    assert world.service.keys is not None
    await world.service.keys.new("request-r9")
    sealed = await world.service.keys.seal("示例路又破损", "request-r9")
    registered = RequestRegistered(
        request_id="r9",
        channel="visit",
        origin="proactive",
        title=sealed,
        text=sealed,
        received_at=world.clock.now(),
        complained_units=("bureau-road",),
    )
    await world.hear(registered)
    await world.hear(RequestAccepted(request_id="r9", join_case=into, join_as="merged"))
    async with world.api(DESK) as desk:
        await shown(desk, world, into)
        own = await desk.get("/dispatch/api/cases/c-r9")
    assert own.status_code == 200, "it did not join the case that a unit below the accused leads"
