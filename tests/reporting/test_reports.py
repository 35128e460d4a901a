"""Reports on a real database: the same as a plain reading of the prefix, at any vector, in any order of arrival."""

import io
import random
import re
from typing import Any

import openpyxl
import orjson

from services.chassis.log.chain import extend
from services.chassis.log.types import Stored
from tests.reporting.history import PROGRAMME, history
from tests.reporting.oracle import r03_by_hand, r09_by_hand
from tests.reporting.world import AUDITOR, OFFICE, VISITOR, World, activation, key

SLOTS = ("2017-06-16", "2017-07-03", "2017-07-17", "2017-10-09")


async def heard(world: World, seed: int = 7, cases: int = 40) -> Any:
    told = history(seed, cases, district=world.service.settings.district)
    told.tell(activation())
    await world.hear(told)
    await world.settled()
    return told


async def test_a_run_says_the_same_when_computed_again_although_more_has_happened(world: World) -> None:
    told = history(3, 40, district=world.service.settings.district)
    told.feeds["dispatch"], rest = told.feeds["dispatch"][:80], told.feeds["dispatch"][80:]
    told.tell(activation())
    await world.hear(told)
    async with world.api() as api:
        made = await api.post("/reporting/api/runs", json={"programme": PROGRAMME, "slot": "2017-07-17"}, headers=key())
        assert made.status_code == 201, made.text
        run = made.json()
        await world.take("dispatch", rest)
        again = await api.post(f"/reporting/api/runs/{run['report_id']}/recompute?after={run['position']}")
        assert again.json() == {"same": True, **dict.fromkeys(("recorded", "computed", "stored"), run["rows_sha256"])}
        shown = (await api.get(f"/reporting/api/runs/{run['report_id']}")).json()
        now = (await api.get(f"/reporting/api/R03?programme={PROGRAMME}")).json()
    assert shown["content"][-1]["row"] == "total"
    assert now["rows_sha256"] != run["rows_sha256"]


async def test_r03_at_random_vectors_is_what_a_plain_reading_of_the_prefix_gives(world: World) -> None:
    told = await heard(world)
    draw = random.Random(1)
    feed = told.feeds["dispatch"]
    seen = set()
    async with world.api() as api:
        for position in [0, 1, len(feed), *(draw.randint(2, len(feed)) for _ in range(25))]:
            asked: dict[str, str | int] = {"programme": PROGRAMME, "slot": draw.choice(SLOTS), "dispatch": position}
            answer = (await api.get("/reporting/api/R03", params=asked)).json()
            assert answer["rows"] == r03_by_hand(feed[:position], answer), position
            seen |= {figure for figure, count in answer["rows"][-1].items() if count}
    assert {"carried", "opened_in", "done_in", "overdue", "suspended", "returned", "reworked"} <= seen


async def test_r09_at_random_vectors_is_what_a_plain_reading_of_both_feeds_gives(world: World) -> None:
    told = await heard(world, cases=60)
    draw = random.Random(2)
    cases, calls = told.feeds["dispatch"], told.feeds["supervision"]
    async with world.api() as api:
        for _ in range(20):
            asked = {"dispatch": draw.randint(1, len(cases)), "supervision": draw.randint(1, len(calls))}
            answer = (await api.get("/reporting/api/R09", params={"programme": PROGRAMME, **asked})).json()
            assert answer["rows"] == r09_by_hand(cases[: asked["dispatch"]], calls[: asked["supervision"]])
        rows = (await api.get(f"/reporting/api/R09?programme={PROGRAMME}")).json()["rows"]
    total = rows[-1]
    assert all(total[figure] for figure in total if figure not in ("row", "unit")), "every column has been tried"
    counted = [figure for figure, value in total.items() if isinstance(value, int)]
    assert {figure: sum(row[figure] for row in rows[:-1]) for figure in counted} == {f: total[f] for f in counted}


async def test_before_anybody_was_asked_there_is_no_share_of_nothing(world: World) -> None:
    told = history(1, 1, district=world.service.settings.district)
    told.feeds["supervision"], told.feeds["dispatch"] = [], told.feeds["dispatch"][:3]
    told.tell(activation())
    await world.hear(told)
    await world.settled()
    async with world.browser() as browser:
        shown = (await browser.get("/reporting/r09")).text
    assert re.findall(r"<td[^>]*>([^<]*)</td>", shown[shown.index("<tfoot>") :])[:3] == ["0", "0", "—"]


async def test_a_past_instant_reads_each_source_up_to_that_instant(world: World) -> None:
    told = await heard(world)
    feed = told.feeds["dispatch"]
    instant = feed[len(feed) // 2].time
    expected = sum(event.time <= instant for event in feed)
    async with world.api() as api:
        asked = {"programme": PROGRAMME, "as_of": instant.isoformat()}
        answer = (await api.get("/reporting/api/R03", params=asked)).json()
        future = await api.get("/reporting/api/R03", params={**asked, "as_of": "2030-01-01T00:00:00Z"})
    assert answer["inputs"]["dispatch"]["position"] == expected
    assert answer["rows"] == r03_by_hand(feed[:expected], answer)
    assert future.status_code == 422
    assert future.json()["code"] == "in-future"


async def test_order_of_arrival_and_duplicates_change_nothing(world: World) -> None:
    told = history(11, 30, district=world.service.settings.district)
    told.tell(activation())
    draw = random.Random(5)
    while any(world.heard[source] < len(feed) for source, feed in told.feeds.items()):
        source = draw.choice(sorted(told.feeds))
        start = max(0, world.heard[source] - draw.randint(0, 3))
        await world.take(source, told.feeds[source][start : world.heard[source] + draw.randint(1, 60)])
    await world.settled()
    async with world.api() as api:
        answer = (await api.get(f"/reporting/api/R03?programme={PROGRAMME}")).json()
        ledger = (await api.get(f"/reporting/api/R02?programme={PROGRAMME}")).json()
    assert answer["rows"] == r03_by_hand(told.feeds["dispatch"], answer)
    assert len(ledger["rows"]) == answer["rows"][-1]["total"]
    await world.service.projections.rebuild("case_facts")
    async with world.api() as api:
        assert (await api.get(f"/reporting/api/R03?programme={PROGRAMME}")).json()["rows"] == answer["rows"]


def in_a_new_epoch(events: list[Stored]) -> list[Stored]:
    """As the source would have published them after its operator began one: positions and chain begin again."""
    chain, found = bytes(32), []
    for position, event in enumerate(events, start=1):
        chain = extend(chain, event.payload)
        found.append(event._replace(epoch=2, position=position, chain=chain))
    return found


async def test_a_new_epoch_comes_after_the_one_before(world: World) -> None:
    told = history(3, 40, district=world.service.settings.district)
    told.tell(activation())
    feed = told.feeds.pop("dispatch")
    last = 120  # of the first epoch; the second has more, so that its positions would cover those of the first
    second = in_a_new_epoch(feed[last:])
    assert len(second) > last
    await world.hear(told)
    await world.take("dispatch", feed[:last])
    asked = {"programme": PROGRAMME, "slot": "2017-10-09"}
    async with world.api() as api:
        made = (await api.post("/reporting/api/runs", json=asked, headers=key())).json()
        await world.take("dispatch", second, epoch=2)
        again = (await api.post(f"/reporting/api/runs/{made['report_id']}/recompute?after={made['position']}")).json()
        assert again == {"same": True, **dict.fromkeys(("recorded", "computed", "stored"), made["rows_sha256"])}
        now = (await api.post("/reporting/api/runs", json=asked, headers=key())).json()
        assert now["inputs"]["dispatch"] == {"epoch": 2, "position": len(second)}
        for place, seen in [("2:0", last), ("2:1", last + 1), ("7", last + 7), ("1:50", 50), (f"1:{last}", last)]:
            answer = (await api.get("/reporting/api/R03", params={**asked, "dispatch": place})).json()
            assert answer["rows"] == r03_by_hand(feed[:seen], answer), place
        for seen in (last - 5, last + 5):
            instant = {"programme": PROGRAMME, "as_of": feed[seen - 1].time.isoformat()}
            answer = (await api.get("/reporting/api/R03", params=instant)).json()
            epoch, position = (1, seen) if seen <= last else (2, seen - last)
            assert answer["inputs"]["dispatch"] == {"epoch": epoch, "position": position}
            assert answer["rows"] == r03_by_hand(feed[:seen], answer)
        await world.service.projections.rebuild("case_facts")
        ledger = (await api.get("/reporting/api/R02", params=asked)).json()
        assert [row["measures"] for row in ledger["rows"]] == measures_by_hand(feed)
        assert (await api.get("/reporting/api/R03", params={**asked, "dispatch": "0:1"})).status_code == 422
        for beyond in ("99999999", f"{len(second) + 1}", f"1:{last + 1}", "3:0", "3:1"):
            refused = await api.get("/reporting/api/R03", params={**asked, "dispatch": beyond})
            assert (refused.status_code, refused.json()["code"]) == (422, "not-held"), beyond
            assert refused.json()["errors"][0]["field"] == "dispatch"
            assert f"2:{len(second)}" in refused.json()["detail"]
    async with world.browser() as browser:
        assert f"dispatch:2:{len(second)}" in (await browser.get(f"/reporting/runs/{now['report_id']}")).text


def measures_by_hand(feed: list[Stored]) -> list[str | None]:
    """Of each case's last plan, in the order in which the cases were opened; each round replaces the order's words."""
    found: dict[str, str | None] = {}
    for event in feed:
        data = orjson.loads(event.payload)["data"]
        if event.type == "case-opened":
            found[data["case_id"]] = None
        elif event.type == "handling-plan-filed":
            found[data["case_id"]] = data["measures"]
    return list(found.values())


async def test_the_same_key_makes_one_run_and_roles_are_asked_for(world: World) -> None:
    await heard(world, cases=3)
    once = key()
    body = {"programme": PROGRAMME, "report": "R02"}
    async with world.api() as api:
        first = await api.post("/reporting/api/runs", json=body, headers=once)
        second = await api.post("/reporting/api/runs", json=body, headers=once)
        runs = (await api.get(f"/reporting/api/runs?after={first.json()['position']}")).json()["items"]
        unknown = await api.post("/reporting/api/runs", json={"programme": "none"}, headers=key())
        no_slot = await api.post("/reporting/api/runs", json={**body, "slot": "2017-07-16"}, headers=key())
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["rows_sha256"] == first.json()["rows_sha256"]
    assert len(runs) == 1
    assert unknown.json()["code"] == "no-programme"
    assert no_slot.json()["code"] == "no-such-slot"
    async with world.api(AUDITOR) as api:
        assert (await api.post("/reporting/api/runs", json=body, headers=key())).status_code == 403
    async with world.api(VISITOR) as api:
        assert (await api.get("/reporting/api/runs")).status_code == 403


async def test_pages_show_what_the_api_says_and_every_number_opens_its_cases(world: World) -> None:
    await heard(world)
    async with world.browser() as browser:
        for path in ("/reporting/", "/reporting/r03", "/reporting/r02", "/reporting/r09", "/reporting/runs", "/audit/"):
            shown = await browser.get(path)
            assert shown.status_code == 200, (path, shown.text[:2000])
        table = (await browser.get("/reporting/r03?slot=2017-08-01")).text
        links = re.findall(r'href="(/reporting/r03/cases\?[^"]+)" aria-label="[^"]* (\d+)"', table)
        assert len(links) > 20
        for href, number in links:
            cases = (await browser.get(href.replace("&amp;", "&"))).text
            assert f"共 {number} 件" in cases, href
        table = (await browser.get("/reporting/r09")).text
        links = re.findall(r'href="(/reporting/r09/cases\?[^"]+)" aria-label="[^"]* (\d+)"', table)
        assert len(links) > 20
        for href, number in links:
            cases = (await browser.get(href.replace("&amp;", "&"))).text
            assert re.search(rf"共 {number} (次回访|件)", cases), href


async def test_a_run_in_the_browser_its_file_and_its_check(world: World) -> None:
    await heard(world, cases=12)
    async with world.browser() as browser:
        form = (await browser.get("/reporting/r03?slot=2017-07-17")).text
        csrf = re.search(r'name="csrf" value="([^"]+)"', form)
        assert csrf is not None
        fields = {"csrf": csrf[1], "command_id": "c-1", "report": "R03", "programme": PROGRAMME, "slot": "2017-07-17"}
        made = await browser.post("/reporting/runs", data=fields)
        assert made.status_code == 303, made.text[:2000]
        run = await browser.get(made.headers["location"])
        assert "编号" in run.text
        where = made.headers["location"].partition("?")[0]
        assert "一致：" in (await browser.get(f"{where}?check=true")).text
        file = (await browser.get(f"{where}.xlsx")).content
        assert (await browser.get(f"{where}.xlsx")).content == file
        ledger = await browser.get(f"/reporting/r02.xlsx?programme={PROGRAMME}")
        shown = (await browser.get(f"/reporting/r02?programme={PROGRAMME}")).text
    # Names are intake's: one fragment for the whole page, and no reference where a name belongs.
    assert shown.count('hx-get="/intake/_requesters?ref=q-') == 1
    assert shown.count('id="who-q-') == shown.count("ref=q-") > 0
    assert not re.search(r">\s*q-", shown)
    sheet = openpyxl.load_workbook(io.BytesIO(file)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]][:3] == ["单位", "上期结转", "本期新增"]
    assert sheet.max_column == 18
    words = [str(row[0].value) for row in sheet.iter_rows(min_col=1, max_col=1)]
    assert any(word.startswith("统计时点：2017-07-17 23:59") for word in words)
    lines = openpyxl.load_workbook(io.BytesIO(ledger.content)).active
    assert lines is not None
    assert lines.max_column == 21
    # A file names no requester, and its head says where the names are.
    assert (lines.cell(2, 5).value, str(lines.cell(3, 5).value)[:2]) == ("反映人（代号，姓名在台账页面查看）", "q-")


async def test_a_run_of_the_call_backs_keeps_its_file_and_its_hash(world: World) -> None:
    await heard(world)
    async with world.api() as api:
        body = {"programme": PROGRAMME, "report": "R09", "slot": "2017-08-01"}
        made = (await api.post("/reporting/api/runs", json=body, headers=key())).json()
        again = await api.post(f"/reporting/api/runs/{made['report_id']}/recompute?after={made['position']}")
    assert again.json()["same"]
    async with world.browser() as browser:
        kept = openpyxl.load_workbook(
            io.BytesIO((await browser.get(f"/reporting/runs/{made['report_id']}.xlsx")).content)
        ).active
        live = await browser.get(f"/reporting/r09.xlsx?programme={PROGRAMME}")
        shown = (await browser.get(f"/reporting/runs/{made['report_id']}")).text
    assert kept is not None
    assert [cell.value for cell in kept[2]][:8] == [
        *("单位", "应回访", "已回访", "回访率", "联系到", "未联系上", "响应率", "已解决"),
    ]
    assert (kept.max_column, live.status_code) == (16, 200)
    assert f"/reporting/r09/cases?report_id={made['report_id']}" in shown


async def test_verification_is_green_on_what_was_written(world: World) -> None:
    told = await heard(world, cases=5)
    async with world.api(AUDITOR) as api:
        checked = (await api.post("/reporting/api/integrity/verify")).json()
    assert checked["ok"], checked
    assert checked["events"] == sum(len(feed) for feed in told.feeds.values())


async def test_verification_names_the_position_that_was_changed(world: World) -> None:
    await heard(world, cases=5)
    async with world.service.log.pool.acquire() as db:
        await db.execute("SET session_replication_role = replica")
        await db.execute(
            "UPDATE event SET payload = convert_to(replace(convert_from(payload, 'UTF8'), '2017-', '2016-'), 'UTF8')"
            " WHERE source = 'dispatch' AND position = 4"
        )
        await db.execute("SET session_replication_role = DEFAULT")
    async with world.api(OFFICE) as api:
        checked = (await api.post("/reporting/api/integrity/verify")).json()
    assert not checked["ok"]
    assert "position 4" in checked["findings"][0]
