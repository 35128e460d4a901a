"""What the desk says of a case that no unit is to get, and on which side of an enterprise's wall it lies."""

from contracts.dispatch import CaseClassified, OrderIssued
from tests.dispatch.asking import DISPATCH, activate_text, post, refused
from tests.dispatch.test_desk_in_full import events
from tests.dispatch.test_pages import FORM, send
from tests.dispatch.test_refusals_on_pages import code_of
from tests.dispatch.world import DESK, PACK, World

FIRST = "route = [   # first hit wins\n"
"""Where the pack's routes begin."""


def with_routes(*conditions: str) -> str:
    """The pack with further routes before its own, each to the department."""
    way = 'lead = "responsible_district", order_kind = "assign"'
    rows = "".join(f"  {{ when = {{ {one} }}, {way} }},\n" for one in conditions)
    text = PACK.read_text("utf-8")
    assert FIRST in text
    return text.replace(FIRST, FIRST + rows)


async def test_a_secret_is_recorded_at_the_desk_and_ordered_nobody(world: World) -> None:
    case_id = await world.case("r1")
    action = f"/dispatch/desk/{case_id}"
    async with world.browser(DESK) as desk:
        page = (await desk.get("/dispatch/desk")).text
        asked = (await desk.get(f"{action}/_route", params={"secret": "yes"})).text
        assert "涉及国家秘密" in asked
        nothing = await send(desk, page, action, **FORM, away="yes", instruction="写了很久的意见")
        assert nothing.status_code == 422
        assert "请先选定应转的渠道" in nothing.text
        assert "写了很久的意见" in nothing.text
        async with world.api(DESK) as api:
            assert await code_of(api, action, **FORM, away="yes") == "not-elsewhere"
        kept = await send(desk, nothing.text, action, **FORM, away="yes", secret="yes")
        assert kept.status_code == 200, kept.text
        await world.settled()
        page = (await desk.get(f"/dispatch/desk?case={case_id}")).text
        assert "涉及国家秘密" in page, "the proposal knows what was recorded"
        tried = await send(desk, page, action, **FORM, secret="yes", instruction="请核实")
        assert tried.status_code == 422
        assert "此件已定为涉密或涉个人隐私" in tried.text
        assert "涉密或涉个人隐私" in (await desk.get(f"/dispatch/cases/{case_id}")).text.split("全程记录")[1]
    assert OrderIssued.TYPE not in await events(world, case_id)
    assert CaseClassified.TYPE in await events(world, case_id)
    async with world.api(DESK) as api:
        assert await refused(api, f"/cases/{case_id}/dispatch", {**DISPATCH, "secret": True}) == "secret"
        assert (await post(api, f"/cases/{case_id}/dispatch", DISPATCH)).status_code == 201, (
            "a person may say otherwise"
        )


async def test_a_channel_chosen_at_the_desk_is_what_the_rules_answer_to(world: World) -> None:
    case_id = await world.case("r1")
    async with world.browser(DESK) as desk:
        page = (await desk.get("/dispatch/desk")).text
        code = page.split('name="redirect"')[1].split('<option value="')[2].split('"')[0]
        asked = (await desk.get(f"/dispatch/desk/{case_id}/_route", params={"redirect": code})).text
        assert "不宜立案交办" in asked
        kept = await send(desk, page, f"/dispatch/desk/{case_id}", **FORM, away="yes", redirect=code)
        assert "不宜立案交办" in kept.text


async def test_which_side_of_the_wall_it_lies_on_is_said_at_the_desk_and_routes_it(world: World) -> None:
    """HA-16."""
    await activate_text(world, with_routes('site_scope = "outside_wall"'))
    case_id = await world.case("r1")
    async with world.browser(DESK) as desk:
        page = (await desk.get("/dispatch/desk")).text
        assert "围墙内的事帮办" in page
        where = f"/dispatch/desk/{case_id}/_route?scope=individual&category=road-surface"
        assert "route[1]" not in (await desk.get(where)).text
        assert "route[1]" in (await desk.get(f"{where}&site_scope=outside_wall")).text
        assert "企业围墙外，包办" in (await desk.get("/dispatch/rules")).text
        said = {**FORM, "site_scope": "outside_wall", "instruction": "请核实"}
        done = await send(desk, page, f"/dispatch/desk/{case_id}", **said)
        assert done.status_code == 200
        history = (await desk.get(f"/dispatch/cases/{case_id}")).text
    assert "企业围墙外，包办" in history.split("全程记录")[1]


async def test_a_route_on_difficulty_or_focus_is_proposed_as_it_is_taken(world: World) -> None:
    await activate_text(world, with_routes('difficulty = "hard"', "focus = true"))
    case_id = await world.case("r1")
    async with world.browser(DESK) as desk:
        where = f"/dispatch/desk/{case_id}/_route?scope=individual&category=road-surface"
        assert "route[1]" in (await desk.get(f"{where}&urgency=hard")).text
        assert "route[2]" in (await desk.get(f"{where}&urgency=real&focus=yes")).text
        plain = (await desk.get(f"{where}&urgency=real")).text
    assert "route[1]" not in plain
    assert "route[2]" not in plain
