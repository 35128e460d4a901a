"""清单: orders by their official numbers, printed together; and what the 规则 page says is a trial figure."""

import re

from services.chassis.web import User
from tests.dispatch.asking import handed_over, post
from tests.dispatch.world import DESK, ROAD, ROAD_HEAD, World


async def test_orders_are_listed_by_number_filtered_and_printed_together(world: World) -> None:
    """HA-11, HA-13: nothing is handed over without a 交办单 of its own, found by its number and printed."""
    one = (await handed_over(world, "r1", territory=None))[1]
    two = (await handed_over(world, "r2", territory="town-a"))[1]
    async with world.api(ROAD) as road:
        await post(road, f"/orders/{one}/sign", {"responsible_person": "p-road"})
    await world.settled()
    async with world.browser(DESK) as desk:
        page = (await desk.get("/dispatch/orders")).text
        assert "共 3 张" in page
        numbers = re.findall(r'<span class="dots"><span>(交办[^<]+)<', page)
        assert numbers[::-1] == [f"交办〔2017〕{n}号" for n in (1, 2, 3)]
        unsigned = (await desk.get("/dispatch/orders?state=unsigned&unit=bureau-road")).text
        assert f'value="{two}"' in unsigned
        assert f'value="{one}"' not in unsigned
        assert "没有符合条件的" in (await desk.get("/dispatch/orders?until=2017-07-01")).text
        assert "没有符合条件的" in (await desk.get("/dispatch/orders?state=returned")).text
        assert "共 3 张" in (await desk.get("/dispatch/orders?state=nonsense&since=nonsense&cursor=nonsense")).text
        papers = await desk.get(f"/dispatch/orders/papers.pdf?order={one}&order={two}")
        assert papers.content.startswith(b"%PDF")


async def test_pages_go_on_where_the_one_before_ended(world: World) -> None:
    for n in range(31):
        await handed_over(world, f"r{n}", territory=None)
    await world.settled()
    async with world.browser(DESK) as desk:
        first = (await desk.get("/dispatch/orders")).text
        following = re.search(r'rel="next" href="([^"]+)"', first)
        assert following
        second = (await desk.get(following[1].replace("&amp;", "&"))).text
    assert (first.count("data-select"), second.count("data-select")) == (30, 1)


async def test_a_ruling_sees_the_evidence_and_whom_the_case_was_handed_to_before(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    async with world.browser(ROAD_HEAD) as head, world.api(DESK) as desk:
        page = (await head.get(f"/dispatch/cases/{case_id}")).text
        action = f"/dispatch/cases/{case_id}/orders/{order}/return"
        token = re.search(r'name="csrf" value="([^"]+)"', page)
        assert token
        fields = {"csrf": token[1], "command_id": "return-1", "reason_code": "not-ours", "reason": "职责不符"}
        fields["proposed_unit"] = "bureau-city"
        sent = await head.post(action, data=fields, files={"evidence": ("职责清单.txt", "示例住建局不管路灯".encode())})
        assert sent.status_code == 303, sent.text
        await world.settled()
        async with world.browser(DESK) as browser:
            assert "职责清单.txt" in (await browser.get("/dispatch/returns")).text
            await post(desk, f"/orders/{order}/rule", {"accepted": True, "reason": "属实", "new_unit": "town-b"})
            await world.settled()
            [again] = (await desk.get("/dispatch/api/orders?unit=town-b")).json()["items"]
        town = User("p-town-b", "演示己", "town-b", "示例乙镇", ("unit_leader",))
        async with world.api(town) as other:
            why = {"reason_code": "wrong-place", "reason": "属地不符", "proposed_unit": "town-a"}
            await post(other, f"/orders/{again['order_id']}/return", why)
        await world.settled()
        async with world.browser(DESK) as browser:
            docket = (await browser.get("/dispatch/returns")).text
    assert "历史派单" in docket
    assert "曾以“职责不符”退单" in docket


async def test_invented_figures_are_marked_on_the_rules_and_the_desk(world: World) -> None:
    await world.case("r1")
    async with world.browser(DESK) as desk:
        rules = (await desk.get("/dispatch/rules")).text
        returns = rules.split("退单次数")[1].split("</tr>")[0]
        assert "示例值" in returns
        assert "示例值" not in rules.split('<th scope="row">销号</th>')[1].split("</tr>")[0]  # by the document itself
        assert "（期限为示例值）" in (await desk.get("/dispatch/desk")).text
        assert "第 1 版" in rules
        assert "用去期限的 80% 起" in rules
