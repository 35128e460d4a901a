"""HA-14: an order that a ruling passes on says who answers for it in the new unit, be there a leader or not."""

from typing import Any

from tests.dispatch.asking import OFFICE, handed_over, post, refused
from tests.dispatch.test_pages import send
from tests.dispatch.world import PERSONS, ROAD_HEAD, STRICT, World

NAMED: dict[str, Any] = {"urgency": "normal", "category": "any", "territory": None}
RULING = {"accepted": "yes", "new_unit": "town-a", "reason": "属镇里职责"}


async def test_a_ruling_names_whoever_answers_in_a_unit_without_a_leader(world: World) -> None:
    await world.activate(STRICT)
    body = {**NAMED, "responsible_person": "p-road", "expected_outcome": "修复"}
    case_id, order = await handed_over(world, **body)
    async with world.api(ROAD_HEAD) as head, world.api(OFFICE) as api, world.browser(OFFICE) as office:
        back = {"reason_code": "not-ours", "reason": "不属本单位", "proposed_unit": "town-a"}
        assert (await post(head, f"/orders/{order}/return", back)).status_code == 201
        await world.settled()
        assert await refused(api, f"/orders/{order}/rule", {**RULING, "accepted": True}) == "order-incomplete"
        on_case, docket = f"/dispatch/cases/{case_id}/orders/{order}/rule", f"/dispatch/returns/{case_id}/{order}"
        for page, action in ((f"/dispatch/cases/{case_id}", on_case), ("/dispatch/returns", docket)):
            again = await send(office, (await office.get(page)).text, action, **RULING)
            assert again.status_code == 422
            assert "交办单缺责任人，本活动规定必须填写。" in again.text
            assert "属镇里职责" in again.text, "nothing typed is lost"
            assert PERSONS["p-town"][1] in again.text
        shown = (await office.get("/dispatch/returns")).text
        done = await send(office, shown, docket, **RULING, responsible_person="p-town")
        assert done.status_code == 200, done.text[:300]
        await world.settled()
        orders = (await api.get(f"/dispatch/api/cases/{case_id}")).json()["orders"]
    passed = next(one for one in orders if one["unit"] == "town-a")
    assert (passed["person"], passed["outcome"]) == ("p-town", "修复")
