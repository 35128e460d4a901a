"""Common issues on a real database: detected once, declared, listed, assigned, resolved; and who may not."""

from typing import Any

import httpx

from contracts.intake import RoleAssigned
from services.chassis.web import User
from tests.dispatch.test_similar import AGAIN, NOISE, OTHER
from tests.dispatch.world import AUDITOR, CITY, DESK, MONDAY, PACK, ROAD, World, key

GROUP = User("p-town", "演示丁", "town-a", "示例甲镇", ("work_group_lead",))
DISPATCH = {"category": "environment-waste", "scope": "individual", "urgency": "real", "lead": "bureau-city"}
SOON = "2017-07-31T17:00"


async def post(api: httpx.AsyncClient, path: str, body: Any = None, **headers: str) -> httpx.Response:
    return await api.post(f"/dispatch/api{path}", json=body or {}, headers={**key(), **headers})


async def proposals(world: World) -> list[set[str]]:
    await world.settled()
    rows = await world.service.pool.fetch("SELECT proposed FROM common_issue ORDER BY stage, common_id")
    return [set(row["proposed"]) for row in rows]


async def test_the_same_matter_is_proposed_once(world: World, tmp_path: Any) -> None:
    pack = tmp_path / "detector.toml"
    three = PACK.read_text("utf-8").replace("\ncases = 5\n", "\ncases = 3\n")
    pack.write_text(three, "utf-8")
    await world.activate(pack)
    await world.case("r1", title=NOISE)
    await world.case("r2", title=OTHER)
    await world.case("r3", title=NOISE, territory_unit="town-b")
    await world.case("r4", title=AGAIN, category_hint="environment-waste")
    await world.case("r5", title=AGAIN)
    assert await proposals(world) == [], "two in one area and category are not three"
    await world.case("r6", title="搅拌站噪音何时停止，示例大道")
    assert await proposals(world) == [{"c-r1", "c-r5", "c-r6"}]
    await world.case("r7", title=NOISE)
    await world.case("r8", title=NOISE)
    await world.case("r9", title=NOISE)
    assert len(await proposals(world)) == 1, "what is alike to an open proposal is shown there"
    async with world.api(DESK) as desk:
        issue = (await desk.get("/dispatch/api/common?programme=jw-2017")).json()["items"][0]
        assert (issue["stage"], issue["area"], issue["within_days"]) == ("proposed", "town-a", 30)
        assert issue["likeness"] >= 40
        async with world.browser(DESK) as browser:
            found = await browser.get("/dispatch/common")
            shown = await browser.get(f"/dispatch/common/{issue['common_id']}")
        assert "两两相似至少" in found.text
        assert "示例甲镇" in found.text
        for words in (AGAIN, "认定为共性问题", "c-r7", "c-r8", "c-r9"):
            assert words in shown.text, "its members, what may be done, and those who came later"
        gone = await post(desk, f"/common/{issue['common_id']}/dismiss", {"reason": "各有原因"})
    assert gone.json()["events"] == ["common-issue-dismissed"]
    await world.case("r10", title=NOISE)
    assert await proposals(world) == [{"c-r1", "c-r5", "c-r6"}, {"c-r7", "c-r8", "c-r9", "c-r10"}]
    assert await world.service.pool.fetchval("SELECT count(*) FROM refusal") == 0


TEXT = "梧桐街口井盖夜里被车压得咣当响，老人孩子走过都要绕行，昨天又有人绊倒"
OTHERS = ("工地渣土车整晚轰鸣", "公交站台雨天湿滑", "村里水渠淤堵三年", "放学时校门口挤满汽车", "健身器材螺丝掉了几颗")
"""Matters of their own under the same words, so that the titles tell something."""

TITLES = ("夜间噪声", "行人摔伤", "请来看看", "道路隐患", "设施松动")


async def test_one_text_under_several_titles_is_one_matter(world: World) -> None:
    for n, (title, other) in enumerate(zip(TITLES, OTHERS, strict=True)):
        await world.case(f"other-{n}", title=title, text_of=other, category_hint="environment-waste")
    for n, title in enumerate(TITLES):
        await world.case(f"r{n}", title=title, text_of=TEXT)
    assert await proposals(world) == [{f"c-r{n}" for n in range(len(TITLES))}]
    assert await world.service.pool.fetchval("SELECT likeness FROM common_issue") >= 50
    async with world.browser(DESK) as browser:
        desk = (await browser.get("/dispatch/desk?case=c-r0")).text
    for title in TITLES[1:]:
        assert title in desk.split("相似")[-1] or f'">{title}</a>' in desk


async def test_matters_that_nobody_can_place_share_no_area(world: World) -> None:
    for n in range(5):
        await world.case(f"r{n}", title=NOISE, territory_unit=None)
    assert await proposals(world) == []
    for n in range(5, 10):
        await world.case(f"r{n}", title=NOISE)
    assert await proposals(world) == [{f"c-r{n}" for n in range(5, 10)}]


async def test_by_hand_with_numbers_and_a_member_at_work(world: World) -> None:
    cases = [await world.case(f"r{n}", title=NOISE) for n in (1, 2)]
    async with world.api(DESK) as desk:
        handed = await post(desk, f"/cases/{cases[0]}/dispatch", DISPATCH)
        assert handed.status_code == 201, handed.text
    await world.settled()
    async with world.browser(DESK) as browser:
        page = await browser.get("/dispatch/common")
        csrf = csrf_of(page)
        typed = {"csrf": csrf, "programme": "jw-2017", "title": "搅拌站噪音", "category": "environment-waste",
                 "lead_group": "bureau-city", "numbers": "JW-2017-0001、99"}  # fmt: skip
        wrong = await browser.post("/dispatch/common", data={**typed, "command_id": "a"})
        assert "没有这个编号的问题：99" in wrong.text
        assert "搅拌站噪音" in wrong.text, "nothing typed is lost"
        made = await browser.post("/dispatch/common", data={**typed, "command_id": "b", "numbers": "1 2"})
        assert made.status_code == 303
        here = made.headers["location"].split("?")[0]
        form = {"csrf": csrf, "suggested_unit": "bureau-city", "suggested_measures": "限时", "finish_by": SOON}
        assert (await browser.post(f"{here}/report", data={**form, "command_id": "c"})).status_code == 303
        late = {"csrf": csrf, "command_id": "d", "finish_by": "2017-07-01T17:00", "to_unit": "bureau-city"}
        refused = await browser.post(f"{here}/assign", data=late)
        assert "期限已过" in refused.text
        handed_on = {"csrf": csrf, "command_id": "e", "finish_by": SOON, "to_unit": "bureau-city", "urgency": "real"}
        assert "1 件成员问题还没有定级" in (await browser.get(here)).text
        assert (await browser.post(f"{here}/assign", data=handed_on)).status_code == 303
    await world.settled()
    async with world.browser(CITY) as browser:
        done = {"csrf": csrf_of(await browser.get(here)), "command_id": "f", "measures": "已加装隔音棚"}
        answer = await browser.post(f"{here}/resolve", data=done)
        shown = await browser.get(answer.headers["location"])
        at_work, waiting = [await browser.get(f"/dispatch/cases/{case_id}") for case_id in cases]
    for page in (at_work, waiting):
        assert "共性问题已化解，建议办结：已加装隔音棚" in page.text, "proposed on every member that is not done"
    assert shown.text.count("共性问题已化解，建议办结") == 2, "each has its order: by hand, and by the list"
    assert await world.service.pool.fetchval("SELECT count(*) FROM event WHERE type = 'case-completed'") == 0


def csrf_of(page: httpx.Response) -> str:
    return page.text.split('name="csrf" value="')[1].split('"')[0]


async def test_from_declaring_to_resolving(world: World) -> None:
    cases = [await world.case(f"r{n}", title=NOISE) for n in (1, 2, 3)]
    await world.case("r4", title=OTHER, complained_units=("bureau-road",))
    await world.hear(RoleAssigned(person_id="p-town", role="work_group_lead", unit_id="town-a"))
    declared = {"title": "搅拌站噪音", "category": "environment-waste", "lead_group": "town-a", "programme": "jw-2017"}
    async with (
        world.api(DESK) as desk,
        world.api(GROUP) as group,
        world.api(CITY) as city,
        world.api(ROAD) as road,
        world.api(AUDITOR) as auditor,
    ):
        assert (await post(auditor, "/common", {**declared, "case_ids": cases})).status_code == 403
        same = key()
        first = await post(desk, "/common", {**declared, "case_ids": cases[:2]}, **same)
        assert first.json()["events"] == ["common-issue-declared"]
        again = await post(desk, "/common", {**declared, "case_ids": cases[:2]}, **same)
        assert (again.json()["common_id"], again.json()["repeated"]) == (first.json()["common_id"], True)
        twice = await post(desk, "/common", {**declared, "case_ids": cases[1:]})
        assert (twice.status_code, twice.json()["code"]) in ((409, "claim-taken"), (422, "member-elsewhere"))
        here = f"/common/{first.json()['common_id']}"
        assert (await post(desk, f"{here}/members", {"added": ["c-r3", "c-r4"]})).status_code == 201

        listed = {"suggested_unit": "bureau-city", "suggested_measures": "限时作业", "finish_by": SOON}
        accused = await post(group, f"{here}/report", {**listed, "suggested_unit": "bureau-road"})
        assert (accused.status_code, accused.json()["code"]) == (422, "complained-unit")
        assert (await post(group, f"{here}/report", listed)).status_code == 201
        assert (await post(group, f"{here}/assign", {"to_unit": "bureau-city", "finish_by": SOON})).status_code == 403
        to_city = {"to_unit": "bureau-city", "finish_by": SOON}
        unsaid = await post(desk, f"{here}/assign", to_city)
        assert (unsaid.status_code, unsaid.json()["code"], unsaid.json()["errors"][0]["field"]) == (
            422,
            "no-urgency",
            "urgency",
        )
        odd = await post(desk, f"{here}/assign", {**to_city, "urgency": "never"})
        assert odd.json()["code"] == "unknown-urgency"
        handed = await post(desk, f"{here}/assign", {**to_city, "urgency": "real"})
        assert handed.json()["events"] == ["common-issue-assigned"]
        await world.settled()
        not_theirs = await post(road, f"{here}/resolve", {"measures": "已加装隔音棚"})
        assert (not_theirs.status_code, not_theirs.json()["code"]) == (422, "not-your-issue")
        done = await post(city, f"{here}/resolve", {"measures": "已加装隔音棚"})
        assert done.json()["events"] == ["common-issue-resolved"]

        shown = (await auditor.get(f"/dispatch/api{here}?after={done.json()['position']}")).json()
        assert (shown["stage"], shown["list_number"], shown["to_unit"]) == ("resolved", 1, "bureau-city")
        assert [one["step"] for one in shown["cases"]] == ["issued"] * 4, "nothing is completed by itself"
        lines = (await auditor.get("/dispatch/api/pooled-lists?programme=jw-2017")).json()["items"]
        assert [(line["list_number"], line["cases"], line["areas"]) for line in lines] == [(1, 4, ["town-a"])]
        async with world.browser(CITY) as browser:
            paper = await browser.get("/dispatch/common/lists")
            member = await browser.get(f"/dispatch/common/{first.json()['common_id']}")
        assert "第 1 号清单" in paper.text
        assert "限时作业" not in paper.text, "what was done stands in the place of what was meant to be"
        assert "已加装隔音棚" in paper.text
        assert member.text.count("共性问题已化解，建议办结") == 4
        free = await post(desk, "/common", {**declared, "case_ids": cases[:2]})
        assert free.status_code == 201, "resolved: the matter may come back"
    assert world.clock.now() == MONDAY
