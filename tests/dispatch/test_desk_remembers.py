"""What 拟办, an earlier hand-over or an earlier round said of a case stands in the desk's form when it comes back."""

import re
from typing import Any

from services.chassis.web import User
from tests.dispatch.asking import DISPATCH, OFFICE, handed_over, post, shown
from tests.dispatch.test_pages import send
from tests.dispatch.world import DESK, ROAD_HEAD, World

GROUP = User("p-group", "演示工作组", "office", "区活动办", ("dispatcher", "work_group_lead"))
ISSUER = User(OFFICE.person_id, OFFICE.name, OFFICE.unit_id, OFFICE.unit_name, ("programme_office", "dispatcher"))
FLAGS = {"must_solve": "yes", "sensitive": "yes", "focus": "yes"}
SAID: dict[str, Any] = {
    **DISPATCH,
    **FLAGS,
    "level": "district",
    "finish_on": "2017-08-22",
    "instruction": "请先到现场看水源",
    "expected_outcome": "雨天不再积水",
    "route_reason": "涉及主干道",
}


def ticked(page: str) -> set[str]:
    return set(re.findall(r'<input type="checkbox" id="[^"]*" name="([^"]+)" value="yes" checked', page))


def typed(page: str, name: str) -> str:
    """What stands in a text field or a date of the page."""
    area = re.search(rf'<textarea[^>]* name="{name}"[^>]*>([^<]*)</textarea>', page)
    if area:
        return area[1]
    field = re.search(rf'<input [^>]*name="{name}"[^>]*>', page)
    assert field, name
    value = re.search(r'value="([^"]*)"', field[0])
    return value[1] if value else ""


def filled(page: str) -> dict[str, str]:
    """The form as it would be sent when nobody changes anything."""
    names = ("finish_on", "instruction", "route_reason")
    return {**DISPATCH, "level": "district", **dict.fromkeys(ticked(page), "yes"), **{n: typed(page, n) for n in names}}


async def test_whoever_issues_finds_what_was_prepared_and_loses_nothing_by_confirming_it(world: World) -> None:
    case_id = await world.case()
    async with world.browser(GROUP) as group, world.browser(ISSUER) as office, world.api(OFFICE) as api:
        page = (await group.get("/dispatch/desk")).text
        await send(group, page, f"/dispatch/desk/{case_id}", **SAID, prepare="yes")
        history = (await office.get(f"/dispatch/cases/{case_id}")).text
        assert "拟交办意见：请先到现场看水源" in history
        assert "拟定预期成效：雨天不再积水" in history
        page = (await office.get(f"/dispatch/desk?case={case_id}")).text
        assert ticked(page) >= set(FLAGS)
        assert typed(page, "finish_on") == "2017-08-22"
        assert typed(page, "instruction") == "请先到现场看水源"
        assert typed(page, "route_reason") == "涉及主干道"
        done = await send(office, page, f"/dispatch/desk/{case_id}", **filled(page))
        assert done.status_code == 200, done.text
        found = await shown(api, world, case_id)
    assert (found["must_solve"], found["sensitive"], found["focus"]) == (True, True, True)
    assert found["finish_by"].startswith("2017-08-22")


async def test_after_an_accepted_return_the_form_still_says_it(world: World) -> None:
    case_id, order = await handed_over(world, **{**SAID, **dict.fromkeys(FLAGS, True)})
    async with world.api(ROAD_HEAD) as road, world.api(OFFICE) as office, world.browser(DESK) as desk:
        back = {"reason_code": "not-ours", "reason": "属水务", "proposed_unit": "bureau-city"}
        assert (await post(road, f"/orders/{order}/return", back)).status_code == 201
        ruled = await post(office, f"/orders/{order}/rule", {"accepted": True, "reason": "属实"})
        assert ruled.status_code == 201, ruled.text
        await world.settled()
        page = (await desk.get(f"/dispatch/desk?case={case_id}")).text
    assert ticked(page) >= set(FLAGS)
    assert typed(page, "finish_on") == "2017-08-22"
    assert typed(page, "instruction") == "请先到现场看水源"


async def test_handing_over_many_takes_no_box_away_from_one(world: World) -> None:
    case_id, other = await world.case(), await world.case("r2", title="示例村路灯不亮")
    async with world.browser(GROUP) as group, world.browser(ISSUER) as office, world.api(OFFICE) as api:
        page = (await group.get(f"/dispatch/desk?case={case_id}")).text
        await send(group, page, f"/dispatch/desk/{case_id}", **SAID, prepare="yes")
        await world.settled()
        page = (await office.get("/dispatch/bulk?category=road-surface")).text
        assert 'name="sensitive"' in page
        many = {**DISPATCH, "level": "district", "territory": "", "cases": [case_id, other], "focus": "yes"}
        preview = (await send(office, page, "/dispatch/bulk/preview", **many)).text
        done = await send(office, preview, "/dispatch/bulk/issue", **many)
        assert "已下发 2 件" in done.text, done.text
        one, two = await shown(api, world, case_id), await shown(api, world, other)
    assert (one["must_solve"], one["sensitive"], one["focus"]) == (True, True, True)
    assert (two["must_solve"], two["sensitive"], two["focus"]) == (False, False, True)
