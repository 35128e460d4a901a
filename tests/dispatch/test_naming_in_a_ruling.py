"""HA-14: an order that a ruling passes on says who answers for it in the new unit, be there a leader or not."""

from typing import Any

from tests.dispatch.asking import OFFICE, handed_over, post, refused
from tests.dispatch.test_pages import send
from tests.dispatch.test_street import street as street
from tests.dispatch.test_street import with_the_lead
from tests.dispatch.world import CITY, PERSONS, ROAD_HEAD, STRICT, World

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
        for person, words in (("p-nobody", "名册中没有这个人员"), ("p-road", "不属于新的承办单位")):
            stranger = await send(office, shown, docket, **RULING, responsible_person=person)
            assert stranger.status_code == 422, "nobody, and somebody of the unit that gave it back"
            assert words in stranger.text
            body = {**RULING, "accepted": True, "responsible_person": "p-town", "responsible_leader": person}
            assert await refused(api, f"/orders/{order}/rule", body) == "unknown-person"
        done = await send(office, shown, docket, **RULING, responsible_person="p-town")
        assert done.status_code == 200, done.text[:300]
        await world.settled()
        orders = (await api.get(f"/dispatch/api/cases/{case_id}")).json()["orders"]
    passed = next(one for one in orders if one["unit"] == "town-a")
    assert (passed["person"], passed["outcome"]) == ("p-town", "修复")


async def test_a_signature_names_whom_the_directory_has_and_a_department_begins_the_plan(world: World) -> None:
    """What is typed is never dropped: a department makes the plan due with the signature."""
    case_id, order = await handed_over(world, territory=None)
    sign, complete = f"/orders/{order}/sign", f"/orders/{order}/complete"
    done = {"result": "solved", "reply": "已修", "responsible_person": "p-nobody"}
    async with world.api(ROAD_HEAD) as head, world.browser(ROAD_HEAD) as browser:
        assert await refused(head, sign, {"responsible_leader": "p-nobody"}) == "unknown-person"
        page = (await browser.get(f"/dispatch/cases/{case_id}")).text
        action = f"/dispatch/cases/{case_id}/orders/{order}/sign"
        again = await send(browser, page, action, responsible_dept="养护科", responsible_person="p-road")
        assert again.status_code == 422
        assert "办理方案缺" in again.text
        assert 'value="养护科"' in again.text
        assert (await post(head, sign, {"responsible_person": "p-road"})).status_code == 201
        plan = {"responsible_person": "p-nobody", "measures": "修补"}
        assert await refused(head, f"/orders/{order}/plan", plan) == "unknown-person"
        assert await refused(head, complete, done) == "unknown-person"


async def test_the_department_that_the_order_names_is_signed_for_without_a_plan(street: World) -> None:
    """The form shows it already: whoever only signs sends it back as it stands there."""
    order = (await with_the_lead(street))[1]
    async with street.api(CITY) as city:
        signed = await post(city, f"/orders/{order}/sign", {"responsible_dept": "环卫科"})
    assert signed.json()["events"] == ["order-signed"], signed.text
