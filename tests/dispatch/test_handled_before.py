"""Routing (3): the same requester's same matter, handled a short while ago, is told its result and not handed out."""

from datetime import timedelta
from typing import Any

from contracts.intake import SubjectKind, SubjectRegistered
from tests.dispatch.asking import post
from tests.dispatch.test_pages import FORM
from tests.dispatch.world import DESK, ROAD, World

TITLE = "示例路路面破损积水"


async def subject(world: World, subject_id: str, kind: SubjectKind) -> None:
    await world.hear(SubjectRegistered(subject_id=subject_id, kind=kind, territory_unit="town-a"))


async def done(world: World, request_id: str, subject_id: str) -> None:
    """A case of that subject, completed."""
    await finished(world, await world.case(request_id, title=TITLE, subject_id=subject_id))


async def finished(world: World, case_id: str) -> None:
    async with world.api(DESK) as desk, world.api(ROAD) as road:
        answer = await post(desk, f"/cases/{case_id}/dispatch", {**FORM, "instruction": "请核实"})
        order = answer.json()["orders"][0]["order_id"]
        await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        said = await post(road, f"/orders/{order}/complete", {"result": "solved", "reply": "已修好。"})
        assert said.status_code == 201, said.text
    await world.settled()


async def proposed(
    world: World, request_id: str, subject_id: str | None = None, title: str = TITLE, caller_ref: str | None = None
) -> dict[str, Any]:
    case_id = await world.case(request_id, title=title, subject_id=subject_id, caller_ref=caller_ref)
    async with world.api(DESK) as desk:
        found = await desk.get(f"/dispatch/api/cases/{case_id}/route", params={"scope": "individual"})
    answer: dict[str, Any] = found.json()
    return answer


async def test_a_household_that_asks_again_is_told_the_result(world: World) -> None:
    await subject(world, "s-home", "household")
    await done(world, "r1", "s-home")
    again = await proposed(world, "r2", "s-home")
    assert (again["rule_id"], again["lead"]) == ("handled", None)
    assert "JW-2017-0001" in again["reason_zh"]


async def test_another_matter_of_theirs_goes_by_the_rules(world: World) -> None:
    await subject(world, "s-home", "household")
    await done(world, "r1", "s-home")
    other = await proposed(world, "r2", "s-home", "窨井盖缺失无人管")
    assert (other["rule_id"], other["lead"]) == ("route[3]", "town-a")


async def test_of_a_village_nobody_knows_who_asked(world: World) -> None:
    await subject(world, "s-village", "village")
    await done(world, "r1", "s-village")
    neighbour = await proposed(world, "r2", "s-village")
    assert (neighbour["rule_id"], neighbour["lead"]) == ("route[3]", "town-a")


async def test_after_the_time_of_a_relapse_it_is_a_new_matter(world: World) -> None:
    await subject(world, "s-home", "household")
    await done(world, "r1", "s-home")
    world.clock.advance(timedelta(days=31))
    later = await proposed(world, "r2", "s-home")
    assert (later["rule_id"], later["lead"]) == ("route[3]", "town-a")


async def test_whoever_asks_from_the_same_number_is_told_the_result(world: World) -> None:
    """No household on record: a hotline's callers are known by their number alone."""
    case_id = await world.case("r1", title=TITLE, channel="hotline", caller_ref="w-1")
    await finished(world, case_id)
    same = await proposed(world, "r2", caller_ref="w-1")
    assert (same["rule_id"], same["lead"]) == ("handled", None)
    other = await proposed(world, "r3", caller_ref="w-2")
    assert other["rule_id"] == "route[3]"
    nobody = await proposed(world, "r4")
    assert nobody["rule_id"] == "route[3]"
