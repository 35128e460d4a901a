"""本单位办件通报: the draft's figures are the orders' own, its words may be edited, and it leaves no record."""

import io
from datetime import datetime, timedelta

import docx as word
import pytest

from services.dispatch.paper.bulletin import period, share, summary
from tests.dispatch.asking import handed_over, post
from tests.dispatch.test_pages import send
from tests.dispatch.world import DESK, MONDAY, ROAD, World

WHERE = "/dispatch/unit/bulletin"
DAY = timedelta(days=1)
EVEN = dict.fromkeys(
    ("carried", "received", "signed", "signed_in_time", "completed", "finished_in_time", "solved", "returned"), 2
)


async def test_figures_of_a_period_from_the_units_own_orders(world: World) -> None:
    """One done in time, one overdue, one carried over into the next month."""
    done = (await handed_over(world, "r1", territory=None))[1]
    late = (await handed_over(world, "r2", territory=None))[1]
    async with world.api(ROAD) as road:
        for order in (done, late):
            await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})
        await post(road, f"/orders/{done}/complete", {"result": "solved", "reply": "已修好"})
    world.clock.advance(10 * DAY)
    await world.settled()
    async with world.browser(ROAD) as road_page:
        page = (await road_page.get(f"{WHERE}?since=2017-07-01&until=2017-07-31")).text
        assert "上期结转交办单0张，新收2张，办结1张，期末在办1张" in page
        assert "期末逾期未办结1张" in page
        assert page.count('href="/dispatch/cases/c-r2"') == 1
        assert 'href="/dispatch/cases/c-r1"' not in page
        after = (await road_page.get(f"{WHERE}?since=2017-07-18&until=2017-07-31")).text
        assert "上期结转交办单1张，新收0张，办结0张，期末在办1张" in after
        emptied = await road_page.get(f"{WHERE}?since=&until=")
        assert emptied.status_code == 200
        assert "2017年7月1日至7月27日" in emptied.text, "this month up to now"


async def test_the_edited_words_stand_in_the_file_and_nothing_is_recorded(world: World) -> None:
    await handed_over(world, territory=None)
    before = (await world.service.log.head()).seq
    async with world.browser(ROAD) as road:
        page = (await road.get(WHERE)).text
        fields = {
            "since": "2017-07-01",
            "until": "2017-07-17",
            "summary": "本期抓了路面。",
            "next_steps": "下期抓排水。",
        }
        for kind, head in (("docx", b"PK"), ("pdf", b"%PDF")):
            answer = await send(road, page, WHERE, **fields, kind=kind)
            assert answer.status_code == 200
            assert answer.content.startswith(head)
            if kind == "docx":
                told = "\n".join(
                    cell.text
                    for table in word.Document(io.BytesIO(answer.content)).tables
                    for row in table.rows
                    for cell in row.cells
                )
                assert "本期抓了路面。" in told
                assert "下期抓排水。" in told
                assert "示例住建局" in told
    assert (await world.service.log.head()).seq == before


async def test_only_who_handles_orders_drafts_one(world: World) -> None:
    await world.settled()
    async with world.browser(DESK) as desk:
        assert (await desk.get(WHERE)).status_code == 403


def test_nothing_of_nothing_is_no_share() -> None:
    assert (share(0, 0), share(1, 3)) == ("——", "33.3%")


@pytest.mark.parametrize(
    ("until", "words"),
    [(MONDAY, "2017年7月1日至7月17日"), (datetime(2018, 1, 2, tzinfo=MONDAY.tzinfo), "2017年7月1日至2018年1月1日")],
)
def test_a_period_in_words_names_the_last_day_that_counts(until: datetime, words: str) -> None:
    assert period(MONDAY.replace(day=1, hour=0), until) == words


def test_the_first_draft_judges_nothing() -> None:
    start = MONDAY.replace(day=1, hour=0)
    quiet = summary("示例住建局", start, MONDAY, {**EVEN, "returned": 0, "again": 0, "open": 0, "overdue": 0})
    assert "退单" not in quiet
    assert "重办" not in quiet
    assert "期末没有逾期未办结的交办单。" in quiet
    busy = summary("示例住建局", start, MONDAY, {**EVEN, "again": 1, "open": 3, "overdue": 1})
    assert "（其中重办1张）" in busy
    assert "期末逾期未办结1张" in busy
