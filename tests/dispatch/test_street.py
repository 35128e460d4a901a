"""六里屯 over HTTP: a department leads, the community has its own order, the main leader names the lead of several."""

from datetime import datetime
from typing import Any

import pytest

from contracts.intake import UnitRegistered
from tests.dispatch.asking import DISTRICT, known, post, refused, shown
from tests.dispatch.test_pages import send
from tests.dispatch.world import CITY, DESK, MONDAY, World

BODY = {
    "category": "waste-exposed",
    "scope": "individual",
    "urgency": "normal",
    "lead": "bureau-city",
    "territory": "community",
    "responsible_leader": "p-city",
    "responsible_dept": "环卫科",
}
RETURN = {"reason_code": "not-ours", "reason": "不属本单位职责", "proposed_unit": "bureau-road"}


@pytest.fixture
async def street(world: World) -> World:
    """The street programme with a community."""
    world.clock.advance(datetime.fromisoformat("2019-10-15T10:00:00+08:00") - MONDAY)
    await world.activate(DISTRICT, "lt-2019")
    await world.hear(UnitRegistered(unit_id="community", name="示例社区", level="community"))
    await world.hear(UnitRegistered(unit_id="community-b", name="示例乙社区", level="community"))
    await known(world, "p-community", "community", "unit_leader")
    await known(world, "p-community-b", "community-b", "unit_leader")
    await known(world, "p-leader", "office", "leading_group")
    return world


async def with_the_lead(world: World, request_id: str = "r1", **more: Any) -> tuple[str, str]:
    """A case at the lead, and the lead's order."""
    case_id = await world.case(request_id, programme="lt-2019", **more)
    async with world.api(DESK) as desk:
        issued = await post(desk, f"/cases/{case_id}/dispatch", BODY)
    assert issued.status_code == 201, issued.text
    await world.settled()
    return case_id, issued.json()["orders"][0]["order_id"]


def orders_of(case: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(one["role"], one["unit"], one["status"]) for one in case["orders"]}


async def test_a_lead_that_returns_is_followed_by_another(street: World) -> None:
    """Straight on by the ruling, or over the desk again; the community keeps the order that it has."""
    await street.hear(UnitRegistered(unit_id="team-b", name="示例乙镇队", level="department", parent="town-b"))
    first, order = await with_the_lead(street, complained_units=("town-b",))
    second, other = await with_the_lead(street, "r2")
    async with street.api(DESK) as desk, street.api(CITY) as city:
        for one in (order, other):
            assert (await post(city, f"/orders/{one}/return", RETURN)).status_code == 201
        ruling = {"accepted": True, "reason": "属实"}
        # The other community has no order in this case: it is refused because it never leads.
        assert await refused(desk, f"/orders/{order}/rule", {**ruling, "new_unit": "community-b"}) == "never-lead"
        assert await refused(desk, f"/orders/{order}/rule", {**ruling, "new_unit": "team-b"}) == "complained-unit"
        named = {"unit": "community-b", "by": "p-leader"}
        assert await refused(desk, f"/cases/{first}/designate", named) == "never-lead"
        on = await post(desk, f"/orders/{order}/rule", {**ruling, "new_unit": "bureau-road"})
        assert on.status_code == 201, on.text
        assert (await post(desk, f"/orders/{other}/rule", ruling)).status_code == 201
        body = {**BODY, "lead": "bureau-road", "responsible_leader": "p-road-head"}
        again = await post(desk, f"/cases/{second}/dispatch", body)
        assert again.status_code == 201, again.text
        for case_id in (first, second):
            found = await shown(desk, street, case_id)
            assert orders_of(found) == {
                ("lead", "bureau-city", "cancelled"),
                ("lead", "bureau-road", "open"),
                ("territory", "community", "open"),
            }
            new = next(one for one in found["orders"] if one["unit"] == "bureau-road")
            assert new["leader"] == "p-road-head"


async def test_the_lead_of_several_departments_is_named_on_the_page_and_then_proposed(street: World) -> None:
    """The desk needs to name nobody who answers: it is the leader of whichever unit gets the order (LT-16, LT-42)."""
    case_id = await street.case(programme="lt-2019", category_hint="waste-exposed")
    asked = {"category": "waste-exposed", "departments": ["bureau-city", "bureau-road"]}
    several = {**BODY, "co": ["bureau-road"], "responsible_leader": None, "responsible_dept": None}
    where = f"/dispatch/api/cases/{case_id}/route"
    async with street.api(DESK) as desk, street.browser(DESK) as page:
        assert (await desk.get(where, params=asked)).json()["designate_by"] == "main_leader"
        assert await refused(desk, f"/cases/{case_id}/dispatch", several) == "no-designated-lead"
        assert 'id="act-designate"' in (await page.get(f"/dispatch/cases/{case_id}")).text
        named = await post(desk, f"/cases/{case_id}/designate", {"unit": "bureau-city", "by": "p-leader"})
        assert named.status_code == 201, named.text
        await street.settled()
        said = (await desk.get(where, params=asked)).json()
        assert (said["designate_by"], said["lead"], said["co"]) == (None, "bureau-city", ["bureau-road"])
        issued = await post(desk, f"/cases/{case_id}/dispatch", several)
        assert issued.status_code == 201, issued.text
        orders = (await shown(desk, street, case_id))["orders"]
        lead = next(one for one in orders if one["role"] == "lead")
        assert (lead["unit"], lead["leader"], lead["dept"]) == ("bureau-city", "p-city", "bureau-city")


async def test_what_a_consultation_decides_is_ordered_as_the_pack_wants_it_or_not_at_all(street: World) -> None:
    """Another department comes in only once the leader has named who leads; then its own leader answers for it."""
    case_id, _ = await with_the_lead(street)
    decision = {"text": "清运堆料", "unit": "bureau-road", "due": "2019-10-21T18:00"}
    held = {"chair": "p-leader", "attendees": ["bureau-road"], "case_ids": [case_id], "decisions": [decision]}
    async with street.api(DESK) as desk:
        for n, designated in enumerate((False, True), start=1):
            if designated:
                body = {"unit": "bureau-city", "by": "p-leader"}
                assert (await post(desk, f"/cases/{case_id}/designate", body)).status_code == 201
            said = await post(desk, "/consultations", held)
            assert said.status_code == 201, said.text
            found = await shown(desk, street, case_id)
            assert len(found["consultations"]) == n
            helpers = [(one["unit"], one["leader"], one["dept"]) for one in found["orders"] if one["role"] == "co"]
            assert helpers == ([("bureau-road", "p-road-head", "bureau-road")] if designated else [])
    assert await street.service.pool.fetchval("SELECT count(*) FROM refusal") == 0


FORM = {name: value for name, value in BODY.items() if not name.startswith("responsible_")}


async def test_the_desk_names_who_answers_and_is_told_whom_the_directory_lacks(street: World) -> None:
    """HA-14: a unit without a leader in the directory is no dead end, and of several leaders the desk chooses."""
    await street.hear(UnitRegistered(unit_id="team-c", name="示例养护队", level="department"))
    await known(street, "p-clerk-c", "team-c", "unit_clerk")
    await known(street, "p-leader-c", "bureau-road", "unit_leader")
    first = await street.case("r1", programme="lt-2019")
    second = await street.case("r2", programme="lt-2019")
    async with street.browser(DESK) as desk, street.api(DESK) as api:
        page = (await desk.get(f"/dispatch/desk?case={first}")).text
        assert 'id="f-responsible_leader"' in page
        assert 'id="f-responsible_dept"' in page
        bare = await send(desk, page, f"/dispatch/desk/{first}", **{**FORM, "lead": "team-c"}, instruction="请核实")
        assert bare.status_code == 422
        assert 'href="#f-responsible_leader"' in bare.text
        said = {**FORM, "lead": "team-c", "responsible_leader": "p-clerk-c", "instruction": "请核实"}
        done = await send(desk, bare.text, f"/dispatch/desk/{first}", **said)
        assert done.status_code == 200, done.text
        page = (await desk.get(f"/dispatch/desk?case={second}")).text
        helped = {**FORM, "lead": "bureau-road", "responsible_leader": "p-leader-c", "instruction": "请核实"}
        unled = await send(desk, page, f"/dispatch/desk/{second}", **{**helped, "co": "team-c"})
        assert unled.status_code == 422
        assert "名册中没有示例养护队的负责人" in unled.text
        code = await refused(api, f"/cases/{second}/dispatch", {**helped, "co": ["team-c"]})
        assert code == "unit-without-leader"
        bulk = (await desk.get("/dispatch/bulk?programme=lt-2019&category=road-surface")).text
        assert 'id="f-responsible_leader"' in bulk
        done = await send(desk, unled.text, f"/dispatch/desk/{second}", **helped)
        assert done.status_code == 200, done.text
        orders = [(await shown(api, street, case_id))["orders"] for case_id in (first, second)]
    leaders = {(one["unit"], one["leader"]) for found in orders for one in found if one["role"] == "lead"}
    assert leaders == {("team-c", "p-clerk-c"), ("bureau-road", "p-leader-c")}
