"""What a unit and the lists are told unasked: an order that was taken back, a suspended case whose review day came."""

from datetime import timedelta

from tests.dispatch.asking import PAUSE, handed_over, known, post
from tests.dispatch.world import DESK, ROAD_HEAD, World, user

TOWN = user("p-town", "unit_leader")


def section(page: str, id: str) -> str:
    """One table of a page; empty where it is not there."""
    return page.split(f'id="{id}"')[1].split("</table>")[0] if f'id="{id}"' in page else ""


async def test_the_unit_sees_that_its_order_was_taken_back_by_whom_and_why(world: World) -> None:
    await known(world, "p-town", "town-a", "unit_leader")
    case_id, _order = await handed_over(world)
    async with world.api(DESK) as desk, world.browser(TOWN) as town:
        assert section((await town.get("/dispatch/inbox")).text, "taken-back") == ""
        orders = (await desk.get(f"/dispatch/api/cases/{case_id}")).json()["orders"]
        theirs = next(one["order_id"] for one in orders if one["unit"] == "town-a")
        assert (await post(desk, f"/orders/{theirs}/cancel", {"reason": "属地已由村里处置"})).status_code == 201
        await world.settled()
        page = (await town.get("/dispatch/inbox")).text
        told = section(page, "taken-back")
        for words in ("示例路路面破损", f"/dispatch/cases/{case_id}", "属地已由村里处置", "派单席撤销", "已撤销"):
            assert words in told, words
        assert "复查" not in told
        assert "没有待办事项" in page, "there is nothing left to do about it"
        world.clock.advance(timedelta(days=31))
        assert section((await town.get("/dispatch/inbox")).text, "taken-back") == ""


async def test_a_merge_tells_the_unit_whose_order_ends_with_it(world: World) -> None:
    into = await world.case("r2")
    await known(world, "p-town", "town-a", "unit_leader")
    case_id, _order = await handed_over(world)
    async with world.api(DESK) as desk, world.browser(TOWN) as town:
        assert (await post(desk, f"/cases/{case_id}/merge", {"into": into, "reason": "同一路段"})).status_code == 201
        await world.settled()
        told = section((await town.get("/dispatch/inbox")).text, "taken-back")
    assert "因并案" in told
    assert "同一路段" in told


async def test_a_suspended_case_says_when_it_is_looked_at_again_and_that_nobody_did(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    other, second = await handed_over(world, "r2", territory=None)
    async with world.api(ROAD_HEAD) as head, world.browser(ROAD_HEAD) as browser:
        for one, paper, day in ((case_id, order, "2017-08-01T09:00"), (other, second, "2017-10-01T09:00")):
            await post(head, f"/orders/{paper}/sign", {"responsible_person": "p-road"})
            assert (await post(head, f"/cases/{one}/suspend", {**PAUSE, "review_on": day})).status_code == 201
        await world.settled()
        early = (await browser.get("/dispatch/cases")).text
        async with world.browser(DESK) as desk:
            assert "到复查日期" not in (await desk.get("/dispatch/desk")).text
            assert (await desk.get("/dispatch/_badge")).status_code == 204
        assert "08-01 复查" in early
        assert case_id not in section((await browser.get("/dispatch/cases?review=yes")).text, "cases")
        world.clock.advance(timedelta(days=45))
        due = (await browser.get("/dispatch/cases?review=yes")).text
        assert "复查逾期 30 天" in due
        assert case_id in section(due, "cases")
        assert other not in due, "its day has not come"
        assert "挂账待复查" in due
        assert "复查逾期 30 天" in (await browser.get("/dispatch/inbox")).text
        async with world.browser(DESK) as desk:
            shown = (await desk.get("/dispatch/desk")).text
            assert "1 件挂账已到复查日期" in shown
            assert "&amp;review=yes" in shown
            assert '<span class="badge">1' in (await desk.get("/dispatch/_badge")).text
        listed = (await head.get("/dispatch/api/cases?review=yes")).json()["items"]
    assert [one["case_id"] for one in listed] == [case_id]
