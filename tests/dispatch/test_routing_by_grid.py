"""HA-15, HA-16, HA-20 to HA-24: which side of the wall, whose cell of the grid, how hard, in focus or not."""

from pathlib import Path

import pytest

from contracts.intake import GridCellDefined
from contracts.pack import CaseFacts, PackErrors, parse_pack
from services.dispatch.domain.routing import RouteFacts, RouteSuggestion, suggest_route
from services.reference.directory import Unit
from tests.dispatch.asking import post
from tests.dispatch.world import DESK, World

FILE = Path(__file__).parents[1] / "packs" / "ha-routing.toml"
HA = parse_pack(FILE.read_bytes())
UNITS = (
    Unit("district", "示范区", "district", None, ()),
    Unit("town-a", "示例甲镇", "town", "district", ()),
    Unit("community-a1", "示例社区", "community", "town-a", ()),
    Unit("park", "示例园区服务处", "department", "district", ()),
    Unit("dept-power", "示例供电局", "department", "district", ("power-line",)),
    Unit("office-hard", "示例协调办", "department", "district", ()),
)
CELLS = {"enterprise": ("park", "town-a"), "city": ("community-a1", "town-a", "district")}


def asked(**said: object) -> RouteSuggestion:
    own = {name: said.pop(name) for name in ("cells", "complained") if name in said}
    case = CaseFacts(category="power-line", **said)  # type: ignore[arg-type]
    return suggest_route(HA, RouteFacts(case=case, territory="town-a", **{"cells": CELLS, **own}), UNITS)  # type: ignore[arg-type]


def test_inside_the_wall_the_grid_helps_and_outside_the_department_undertakes() -> None:
    inside = asked(scope="individual", site_scope="inside_wall")
    assert (inside.rule_id, inside.lead) == ("route[2]", "park")
    assert "围墙内，帮办" in inside.reason_zh
    assert "所在网格由示例园区服务处负责" in inside.reason_zh
    assert "inside the wall" in inside.reason_en
    outside = asked(scope="individual", site_scope="outside_wall")
    assert (outside.rule_id, outside.lead) == ("route[3]", "dept-power")
    assert "围墙外，包办" in outside.reason_zh
    assert asked(scope="individual").rule_id == "route[5]"


def test_the_grid_is_walked_up_past_whoever_may_not_handle_it() -> None:
    """三级联动: community, town, district; a unit complained of is passed over with all below it (HA-24)."""
    assert asked(focus=True).lead == "community-a1"
    assert asked(focus=True, complained=("community-a1",)).lead == "town-a"
    above = asked(focus=True, complained=("town-a",))
    assert above.lead is None, "the district as a whole is no handler"
    assert above.decide_by == "programme_office"
    nowhere = asked(focus=True, cells={})
    assert (nowhere.lead, nowhere.decide_by) == (None, "programme_office")


def test_a_major_matter_and_one_in_focus_go_their_own_way() -> None:
    assert asked(scope="individual", difficulty="major", site_scope="inside_wall").lead == "office-hard"
    assert HA.in_focus("waste")
    assert not HA.in_focus("labour")
    assert not HA.in_focus(None)


def test_an_enterprises_need_is_a_category_of_the_pack() -> None:
    """HA-20, HA-22, SH-23: 生产、用工、用电线路铺设、人才引进、生活配套用房, and the department whose duty it is."""
    needs = [leaf for group, leaf in HA.category_names().values() if group == "企业服务"]
    assert needs == ["生产", "用工", "用电线路铺设", "人才引进", "生活配套用房"]
    assert HA.must_solve("labour") is False
    assert asked(site_scope="outside_wall").lead == "dept-power", "of the need for a power line"


def test_a_place_that_no_grid_has_is_refused_in_the_pack() -> None:
    with pytest.raises(PackErrors, match="grid"):
        parse_pack(FILE.read_text("utf-8").replace('"grid:city"', '"grid:"').encode())


async def test_the_desk_is_told_as_the_form_changes_and_what_it_said_is_kept(world: World) -> None:
    await world.hear(
        GridCellDefined(grid_id="ent-1", layer="enterprise", level="district", name="园区", unit_id="bureau-city")
    )
    await world.activate(FILE, programme="ha-2017")
    case_id = await world.case(programme="ha-2017", category_hint="labour", grid_ids={"enterprise": "ent-1"})
    waste = await world.case("r2", programme="ha-2017", category_hint="waste", title="垃圾成堆")
    async with world.browser(DESK) as desk, world.api(DESK) as api:
        page = (await desk.get(f"/dispatch/desk?case={case_id}")).text
        assert page.index('name="difficulty"') < page.index('name="lead"')
        assert page.count('name="site_scope"') == 1
        where = f"/dispatch/desk/{case_id}/_route"
        said = {"category": "labour", "scope": "individual", "urgency": "normal"}
        inside = (await desk.get(where, params={**said, "site_scope": "inside_wall"})).text
        assert "示例城管局" in inside
        assert "route[2]" in inside
        major = (await desk.get(where, params={**said, "difficulty": "major"})).text
        assert "route[1]" in major
        body = {**said, "site_scope": "inside_wall", "difficulty": "plain", "lead": "bureau-city"}
        prepared = await post(api, f"/cases/{case_id}/prepare", body)
        assert prepared.status_code == 201, prepared.text
        await world.settled()
        again = (await desk.get(f"/dispatch/desk?case={case_id}")).text
        assert '<option value="plain" selected>' in again
        assert '<option value="inside_wall" selected>' in again
        assert "企业围墙内，帮办" in (await desk.get(f"/dispatch/cases/{case_id}")).text
        other = (await desk.get(f"/dispatch/desk?case={waste}")).text
        assert 'name="focus" value="yes" checked' in other, "a category in focus makes the matter one"
        assert "route[4]" in other
        rules = (await desk.get("/dispatch/rules?programme=ha-2017")).text
        assert "企业围墙外，包办" in rules
        assert "重点关注" in rules
        assert "重大问题" in rules
