"""What the keyboard map needs on every page of dispatch: search, rows, a main act, and a way back."""

import re

import pytest

from tests.dispatch.asking import LEADER, OFFICE, handed_over, lead, post
from tests.dispatch.world import DESK, ROAD, ROAD_HEAD, World

LISTS = {
    "/dispatch/desk": DESK,
    "/dispatch/bulk": DESK,
    "/dispatch/cases": DESK,
    "/dispatch/returns": DESK,
    "/dispatch/extensions": OFFICE,
    "/dispatch/consultations": DESK,
    "/dispatch/common": DESK,
    "/dispatch/common/lists": DESK,
    "/dispatch/orders": DESK,
    "/dispatch/ledger": DESK,
    "/dispatch/rules": DESK,
    "/dispatch/inbox": ROAD,
    "/dispatch/unit": ROAD,
    "/dispatch/unit/bulletin": ROAD,
}
WITH_ROWS = {f"/dispatch/{name}" for name in ("orders", "desk", "bulk", "cases", "returns", "inbox")}
MAIN = {"/dispatch/desk", "/dispatch/bulk", "/dispatch/returns", "/dispatch/inbox", "/dispatch/unit"}


@pytest.fixture
async def busy(world: World) -> tuple[World, str]:
    """One case to hand over, one at a unit, one returned."""
    await lead(world)
    await world.case("r1")
    case_id, order = await handed_over(world, "r2", territory=None)
    _, back = await handed_over(world, "r3", territory=None)
    async with world.api(ROAD) as road, world.api(ROAD_HEAD) as head:
        await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        await post(head, f"/orders/{back}/return", {"reason_code": "unclear", "reason": "事项不清"})
    await world.settled()
    return world, case_id


async def test_every_page_is_reached_by_its_keys(busy: tuple[World, str]) -> None:
    world, case_id = busy
    for address, who in {**LISTS, f"/dispatch/cases/{case_id}": ROAD}.items():
        async with world.browser(who) as browser:
            page = (await browser.get(address)).text
        assert "data-search" in page, f"{address}: / finds no search"
        assert 'data-go="d"' in page, f"{address}: g d"
        if address in WITH_ROWS:
            rows = re.findall(r"<(?:tr|li|div)[^>]*data-row.*?(?=data-row|</main>)", page, re.S)
            assert rows, f"{address}: j and k find no row"
            assert all("data-open" in row for row in rows), f"{address}: Enter opens nothing"
        if address in MAIN or address.startswith("/dispatch/cases/"):
            assert re.search(r"data-(main|act)\b", page), f"{address}: e does nothing"
        below = address.count("/") > 2 or address in ("/dispatch/bulk", "/dispatch/ledger")
        assert ("data-back" in page) is below, f"{address}: Esc leads back from what stands below a list only"


async def test_the_leaders_dockets_have_rows_too(busy: tuple[World, str]) -> None:
    world, _ = busy
    _, order = await handed_over(world, "r4", territory=None)
    async with world.api(ROAD) as road:
        await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        asked = {"finish_by": "2017-07-28T18:00", "reason": "缺料"}
        assert (await post(road, f"/orders/{order}/request-extension", asked)).status_code == 201
    await world.settled()
    async with world.browser(LEADER) as leader:
        page = (await leader.get("/dispatch/extensions")).text
    assert re.search(r"data-row.*data-main.*data-open", page, re.S)


async def test_enter_presses_the_act_and_never_the_further_lines(busy: tuple[World, str]) -> None:
    """A browser takes the first submit button of a form for Enter in any of its fields."""
    world, case_id = busy
    await handed_over(world, "r4", territory=None)
    async with world.browser(ROAD) as road:
        for case, act in ((case_id, "plan"), ("c-r4", "sign")):
            page = (await road.get(f"/dispatch/cases/{case}")).text
            [form] = [part for part in page.split("<form")[1:] if f'/{act}"' in part[: part.index(">")]]
            buttons = re.findall(r"<button[^>]*>", form[: form.index("</form>")])
            assert any('name="more"' in button for button in buttons)
            assert 'type="submit"' in buttons[0]
            assert "formaction" not in buttons[0]
            assert "name=" not in buttons[0]
