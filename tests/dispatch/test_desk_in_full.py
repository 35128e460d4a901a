"""The desk's wider screens on a real database: bulk, dockets, meetings, ledger, rules, a unit's own pages."""

from datetime import timedelta

from contracts.dispatch import CaseRouted, OrderIssued, SuggestionDecided
from contracts.intake import AbsenceDeclared
from tests.dispatch.asking import handed_over, post
from tests.dispatch.test_pages import FORM, send
from tests.dispatch.world import CITY, DESK, ROAD, World, user

OFFICE = user("p-office-head", "programme_office")
SIGN = {"responsible_person": "p-road"}


async def events(world: World, case_id: str) -> list[str]:
    rows = await world.service.pool.fetch(
        "SELECT type FROM event WHERE stream = $1 ORDER BY version", f"case-{case_id}"
    )
    return [row["type"] for row in rows]


async def test_several_cases_are_previewed_order_by_order_before_any_is_issued(world: World) -> None:
    first = await world.case("r1", title="示例路面破损一")
    second = await world.case("r2", title="示例路面破损二", territory_unit="town-b")
    barred = await world.case("r3", title="示例路面破损三", complained_units=("bureau-road",))
    chosen = {**FORM, "cases": [first, second, barred], "own_territory": "yes", "instruction": "统一修复"}
    async with world.browser(DESK) as desk:
        page = (await desk.get("/dispatch/bulk")).text
        none = await send(desk, page, "/dispatch/bulk/preview", **FORM)
        assert none.status_code == 422
        assert "请选择要派的诉求" in none.text
        preview = (await send(desk, page, "/dispatch/bulk/preview", **chosen)).text
        assert preview.count('class="card draft') == 3
        assert "示例甲镇" in preview
        assert "示例乙镇" in preview
        assert "诉求反映的是示例住建局或其上级" in preview
        assert await events(world, first) == ["case-opened"]  # nothing is issued by looking
        issue = {**FORM, "cases": [first, second], "own_territory": "yes", "instruction": "统一修复"}
        done = (await send(desk, preview, "/dispatch/bulk/issue", **issue)).text
        assert "已下发 2 件" in done
        assert "/dispatch/orders/papers.pdf?order=" in done
    assert OrderIssued.TYPE in await events(world, second)
    assert await events(world, barred) == ["case-opened"]


async def test_what_became_of_the_suggestion_is_recorded_with_the_order(world: World) -> None:
    for n in range(3):
        case_id = await world.case(f"old-{n}", title=f"示例路面破损积水{n}")
        async with world.api(DESK) as desk:
            await post(desk, f"/cases/{case_id}/dispatch", {**FORM, "instruction": "请核实"})
    await world.settled()
    case_id = await world.case("new", title="示例路面破损积水")
    async with world.browser(DESK) as desk:
        page = (await desk.get(f"/dispatch/desk?case={case_id}")).text
        assert "route[3]" in page
        assert 'name="level"' in page
        where = f"/dispatch/desk/{case_id}/_route?scope=individual"
        assert "route[2]" in (await desk.get(f"{where}&level=district")).text
        assert 'name="suggested" value="lead bureau-road' in page
        grounds = page.split('name="suggested" value="lead ')[1].split('"')[0]
        said = {**FORM, "lead": "town-a", "instruction": "请核实", "suggested": f"lead {grounds}", "level": "district"}
        done = await send(desk, page, f"/dispatch/desk/{case_id}", **said)
        assert done.status_code == 200
        history = (await desk.get(f"/dispatch/cases/{case_id}")).text
    assert SuggestionDecided.TYPE in await events(world, case_id)
    assert "建议示例住建局，改为示例甲镇" in history
    routed = (
        "SELECT convert_from(payload, 'UTF8')::json -> 'data' ->> 'rule_id' FROM event WHERE stream = $1 AND type = $2"
    )
    assert await world.service.pool.fetchval(routed, f"case-{case_id}", CaseRouted.TYPE) == "route[2]"


async def test_more_time_is_asked_decided_in_the_docket_and_both_deadlines_stay(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    base = f"/dispatch/cases/{case_id}"
    later = (world.clock.now() + timedelta(days=12)).strftime("%Y-%m-%dT%H:%M")
    async with world.browser(ROAD) as road, world.browser(OFFICE) as office:
        page = (await send(road, (await road.get(base)).text, f"{base}/orders/{order}/sign", **SIGN)).text
        asked = await send(road, page, f"{base}/orders/{order}/request-extension", reason="连续降雨", finish_by=later)
        assert "申请延期" in asked.text
        assert f'action="{base}/orders/{order}/decide-extension"' not in asked.text
        docket = (await office.get("/dispatch/extensions")).text
        action = f"/dispatch/extensions/{case_id}/{order}"
        untold = await send(office, docket, action, granted="yes", reason="属实")
        assert untold.status_code == 422
        assert "同意延期须告知诉求人" in untold.text
        told = world.clock.now().strftime("%Y-%m-%dT%H:%M")
        done = await send(office, untold.text, action, granted="yes", reason="属实", requester_told_at=told)
        assert "没有延期待批" in done.text
        shown = (await office.get(base)).text.split("延期</h2>")[1].split("</section>")[0]
    assert "07-24 18:00" in shown
    assert later[5:10] in shown


async def test_a_meeting_stands_in_its_case_and_a_merge_is_undone_from_the_page(world: World) -> None:
    case_id, _order = await handed_over(world, territory=None)
    other = await world.case("r9", title="示例路再次破损")
    async with world.browser(OFFICE) as office:
        form = (await office.get(f"/dispatch/consultations/new?case={case_id}")).text
        said = {"case_ids": case_id, "chair": "p-office-head", "attendees": ["bureau-road"], "kind": "joint_handling"}
        empty = await send(office, form, "/dispatch/consultations", **said)
        assert empty.status_code == 422
        assert "请写明议定事项" in empty.text
        held = await send(office, empty.text, "/dispatch/consultations", **said, no_decision="待现场查看")
        assert "待现场查看" in held.text
        await world.settled()
        page = (await office.get(f"/dispatch/cases/{case_id}")).text
        assert "会议记录" in page
        base = f"/dispatch/cases/{other}"
        merge = {"into": "JW-2017-0001", "link": "merged", "reason": "同一路段"}
        merged = (await send(office, (await office.get(base)).text, f"{base}/merge", **merge)).text
        assert "已并案" in merged
        assert "JW-2017-0001" in merged.split("全程记录")[1]
        undone = (await send(office, merged, f"{base}/undo-merge", reason="并错了")).text
    assert "待交办" in undone
    assert "撤销并案" in undone


async def test_whom_a_consultation_asked_stands_in_its_record(world: World) -> None:
    """DI-22: bodies of the city among them, which are in no directory of the district."""
    case_id, _order = await handed_over(world, territory=None)
    said = {"case_ids": case_id, "chair": "p-office-head", "attendees": ["bureau-road"], "kind": "consultation"}
    words = (("unit", ""), ("question", "该路段能否拓宽？"), ("answer", "可以，按规划线执行。"))
    asked = {
        f"advice.{n}.{name}": f"{unit}{word}"
        for n, unit in enumerate(("市规划局", "市水利局", "区人大办"))
        for name, word in words
    }
    async with world.browser(OFFICE) as office:
        form = (await office.get(f"/dispatch/consultations/new?case={case_id}")).text
        half = await send(
            office, form, "/dispatch/consultations", **said, **{"advice.0.unit": "市规划局"}, no_decision="待查"
        )
        assert half.status_code == 422
        assert 'id="f-advice.0.question"' in half.text
        assert "市规划局" in half.text
        held = await send(office, half.text, "/dispatch/consultations", **said, **asked, no_decision="待查")
        assert held.status_code == 200
        await world.settled()
        record = (await office.get(held.url.path)).text
        for unit in ("市规划局", "市水利局", "区人大办"):
            assert f"{unit}该路段能否拓宽？" in record
            assert f"{unit}可以，按规划线执行。" in record
        kept = (await office.get(f"/dispatch/api/consultations?case_id={case_id}")).json()["items"][0]["advice"]
    assert [one["unit"] for one in kept] == ["市规划局", "市水利局", "区人大办"]


async def test_a_stand_in_finds_and_signs_what_waits_for_the_absent(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    base = f"/dispatch/cases/{case_id}"
    now = world.clock.now()
    away = AbsenceDeclared(
        person_id="p-road", absence_id="a1", starts_at=now, ends_at=now + timedelta(days=1), backup_id="p-city"
    )
    await world.hear(away)
    await world.settled()
    async with world.browser(CITY) as city:
        inbox = (await city.get("/dispatch/inbox")).text
        assert "代岗待签收" in inbox
        assert base in inbox
        page = (await city.get(base)).text
        assert "您今日代示例住建局签收" in page
        signed = (await send(city, page, f"{base}/orders/{order}/sign", responsible_person="p-road")).text
        assert "代演示甲签收" in signed
        await world.settled()
        later = (await city.get("/dispatch/inbox")).text
        assert "代岗在办" in later, "what was addressed to the absent stays in sight once it is signed"
        assert base in later.split("代岗在办", 1)[1]


async def test_lists_answer_what_is_asked_every_day(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    await world.case("r2", title="示例村路灯不亮")
    async with world.browser(ROAD) as road:
        near = (await road.get("/dispatch/cases?due=10")).text
        assert "示例路路面破损" in near
        assert "示例村路灯不亮" not in near
        assert "没有符合条件的" in (await road.get("/dispatch/cases?again=yes")).text
        assert "route[3]" in (await road.get("/dispatch/rules?territory=town-b")).text
        assert (await road.get("/dispatch/unit")).status_code == 200
        page = (
            await send(road, (await road.get(f"/dispatch/cases/{case_id}")).text, _act(case_id, order, "sign"), **SIGN)
        ).text
        page = (await send(road, page, _act(case_id, order, "complete"), result="solved", reply="已修好")).text
        await send(road, page, f"/dispatch/cases/{case_id}/strike-off")
        ledger = (await road.get("/dispatch/ledger?unit=bureau-road&since=2017-07-01")).text
        assert f"/dispatch/cases/{case_id}" in ledger
        assert "没有符合条件的" in (await road.get("/dispatch/ledger?until=2017-07-01")).text


async def test_a_list_that_ends_says_how_many_there_are(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    more = (
        "INSERT INTO case_order SELECT (jsonb_populate_record(o, jsonb_build_object('order_id', 'o-' || n,"
        " 'status', $2::text,"
        " 'returned_at', o.issued_at, 'return_n', 1, 'return_code', 'not-ours', 'return_reason', '不属'))).*"
        " FROM case_order o, generate_series(1, 120) AS n WHERE o.order_id = $1"
    )
    await world.service.pool.execute(more, order, "open")
    async with world.browser(ROAD) as road, world.browser(OFFICE) as office:
        inbox = (await road.get("/dispatch/inbox")).text
        assert "121 件待签收" in inbox
        assert "只列最急的 100 件" in inbox
        assert "/dispatch/cases?unit=bureau-road" in inbox.split("只列最急的")[1]
        await world.service.pool.execute("UPDATE case_order SET status = 'returned' WHERE order_id LIKE 'o-%'")
        returns = (await office.get("/dispatch/returns")).text
    assert "120 件待审" in returns
    assert "先列 100 件" in returns
    assert case_id in returns


async def test_a_plan_takes_six_steps_and_starts_from_the_one_in_force(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    base = f"/dispatch/cases/{case_id}"
    steps = {f"timetable.{n}.name": f"第{n}段" for n in range(6)}
    steps |= {f"timetable.{n}.due": f"2017-07-{18 + n}T17:00" for n in range(6)}
    plan = {"responsible_person": "p-road", "responsible_leader": "p-road-head", "responsible_dept": "城建科",
            "measures": "分段修补", "resolve_by": "2017-07-24T17:00"}  # fmt: skip
    async with world.browser(ROAD) as road:
        page = (await send(road, (await road.get(base)).text, f"{base}/orders/{order}/sign", **SIGN)).text
        assert 'name="timetable.5.name"' in page
        filed = await send(road, page, f"{base}/orders/{order}/plan", **plan, **steps)
        assert filed.status_code == 200
        again = filed.text.split(f'action="{base}/orders/{order}/plan"')[1].split("</form>")[0]
    for n in range(6):
        assert f'value="第{n}段"' in again
        assert f'value="2017-07-{18 + n}T17:00"' in again
    assert 'name="timetable.7.name"' in again, "and has room for two more"


async def test_the_rules_show_the_years_calendar(world: World) -> None:
    await world.settled()
    async with world.browser(DESK) as desk:
        answer = await desk.get("/dispatch/rules")
        assert answer.status_code == 200, answer.text
        shown = answer.text.split('id="calendar"')[1].split("</table>")[0]
    assert "2017 年工作日历" in shown
    assert "10-01 – 10-08" in shown, "the national day and mid-autumn of 2017"
    assert "09-30" in shown, shown
    assert "调休上班" in shown, shown


def _act(case_id: str, order: str, name: str) -> str:
    return f"/dispatch/cases/{case_id}/orders/{order}/{name}"
