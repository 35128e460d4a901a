"""An assigned common issue hands its members over by itself: once, after a crash too, and anew when assigned anew."""

from typing import Any

import pytest

from services.chassis.handle import Commands, Outcome
from services.dispatch.domain.commands import HandOverCommon
from tests.dispatch.asking import post
from tests.dispatch.test_similar import NOISE
from tests.dispatch.world import DESK, World

SOON = "2017-07-31T17:00"
ISSUED = "SELECT count(*) FROM event WHERE type = 'order-issued'"


async def reported(world: World, members: int = 3) -> tuple[str, list[str]]:
    """A common issue on a list, ready to be assigned, and its cases; the first is classified already."""
    cases = [await world.case(f"r{n}", title=NOISE) for n in range(members)]
    declared = {"title": "搅拌站噪音", "category": "environment-noise", "lead_group": "town-a", "programme": "jw-2017"}
    listed = {"suggested_unit": "bureau-city", "suggested_measures": "限时作业", "finish_by": SOON}
    async with world.api(DESK) as desk:
        kind = {"category": "road-surface", "scope": "individual", "urgency": "good"}
        assert (await post(desk, f"/cases/{cases[0]}/classify", kind)).status_code == 201
        made = await post(desk, "/common", {**declared, "case_ids": cases})
        here = f"/common/{made.json()['common_id']}"
        assert (await post(desk, f"{here}/report", listed)).status_code == 201
    await world.settled()
    return here, cases


async def assigned(world: World, here: str, unit: str = "bureau-city", finish_by: str = SOON) -> None:
    async with world.api(DESK) as desk:
        done = await post(desk, f"{here}/assign", {"to_unit": unit, "finish_by": finish_by, "urgency": "real"})
        assert done.status_code == 201, done.text


async def orders(world: World) -> list[tuple[str, str, str, str]]:
    await world.settled()
    rows = await world.service.pool.fetch(
        "SELECT case_id, unit, kind, status FROM case_order ORDER BY case_id, issued_at, unit"
    )
    return [tuple(row) for row in rows]


async def test_every_member_gets_its_order_with_the_list_s_deadline_and_the_class_of_its_own(world: World) -> None:
    here, cases = await reported(world)
    await assigned(world, here)
    assert await orders(world) == [(case, "bureau-city", "pooled_list", "open") for case in cases]
    async with world.api(DESK) as desk:
        told = [(await desk.get(f"/dispatch/api/cases/{case}")).json() for case in cases]
    assert {one["finish_by"][:16] for one in told} == {"2017-07-31T09:00"}, "17:00 in Shanghai, in UTC"
    assert [(one["urgency"], one["category"]) for one in told] == [
        ("good", "road-surface"), ("real", "environment-noise"), ("real", "environment-noise"),
    ]  # fmt: skip
    assert await world.service.pool.fetchval("SELECT count(*) FROM refusal") == 0


async def test_a_crash_in_the_middle_leaves_no_member_out_and_none_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after the second member; the event comes again when the reactor goes on."""
    here, cases = await reported(world, 5)
    handled, whole = 0, Commands.handle

    async def dies(self: Commands, decider: Any, stream: str, command: Any, meta: Any, **more: Any) -> Outcome:
        nonlocal handled
        if isinstance(command, HandOverCommon):
            handled += 1
            if handled == 3:
                raise ConnectionResetError("the process died here")
        return await whole(self, decider, stream, command, meta, **more)

    monkeypatch.setattr(Commands, "handle", dies)
    await assigned(world, here)
    assert await orders(world) == [(case, "bureau-city", "pooled_list", "open") for case in cases]
    assert handled == 3 + 5, "all five were asked again, the first two had their answer"
    assert await world.service.pool.fetchval(ISSUED) == 5


async def test_assigned_anew_the_orders_go_to_the_other_department_and_late_members_to_it_too(world: World) -> None:
    here, cases = await reported(world)
    await assigned(world, here)
    await orders(world)
    await assigned(world, here, "bureau-road")
    new = await world.case("r9", title=NOISE)
    async with world.api(DESK) as desk:
        assert (await post(desk, f"{here}/members", {"added": [new]})).status_code == 201
    found = await orders(world)
    assert sorted(one for one in found if one[3] == "open") == [
        (case, "bureau-road", "pooled_list", "open") for case in sorted([*cases, new])
    ]
    gone = [one for one in found if one[3] == "cancelled"]
    assert sorted(gone) == [(case, "bureau-city", "pooled_list", "cancelled") for case in cases]


async def test_a_member_that_somebody_leads_stays_with_them(world: World) -> None:
    here, cases = await reported(world)
    body = {"category": "road-surface", "scope": "individual", "urgency": "good", "lead": "bureau-road"}
    async with world.api(DESK) as desk:
        assert (await post(desk, f"/cases/{cases[0]}/dispatch", body)).status_code == 201
    await world.settled()
    await assigned(world, here)
    assert [(case, unit) for case, unit, _, _ in await orders(world)] == [
        (cases[0], "bureau-road"), (cases[1], "bureau-city"), (cases[2], "bureau-city"),
    ]  # fmt: skip
