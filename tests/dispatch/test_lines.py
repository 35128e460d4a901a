"""归口汇总: functional lines bring together what they answer for and report it up (LT-41, LT-44)."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from contracts.dispatch import LineConsolidated, LineFigures
from contracts.pack import PackErrors, parse_pack
from services.dispatch.domain.consolidating import Consolidate, line_report
from services.dispatch.read import lines
from tests.dispatch.asking import DAY, DISTRICT, HOUR, LEADER, PAUSE, handed_over, post, refused
from tests.dispatch.test_pages import send
from tests.dispatch.test_street import street as street
from tests.dispatch.test_street import with_the_lead
from tests.dispatch.world import CITY, DESK, ROAD, World
from tests.spec import NOON, given

LT = parse_pack(DISTRICT.read_bytes())
FIGURES = LineFigures(carried=1, opened=2, completed=1, solved=1, struck_off=0, at_work=2, overdue=0, suspended=0)
TODAY = date(2019, 10, 20)
tell_it = Consolidate(
    "l1", "lt-2019", "people", date(2019, 10, 14), TODAY, TODAY, NOON, FIGURES, "诉求集中", "office", "包片领导", True
)
told = LineConsolidated(
    report_id="l1",
    programme_id="lt-2019",
    line="people",
    since=date(2019, 10, 14),
    until=TODAY,
    as_of=NOON,
    figures=FIGURES,
    text="诉求集中",
    by_unit="office",
)


def test_a_line_reports_a_period_once() -> None:
    given(line_report).when(tell_it).then(told)
    given(line_report).when(replace(tell_it, text=" ")).then_rejected("text-missing", field="text")
    given(line_report).when(replace(tell_it, held=False)).then_rejected("not-the-line")


@pytest.mark.parametrize(("since", "until"), [(-1, -2), (-2, 1), (-400, 0)])
def test_of_days_that_were(since: int, until: int) -> None:
    days = {"since": TODAY + timedelta(days=since), "until": TODAY + timedelta(days=until)}
    given(line_report).when(replace(tell_it, **days)).then_rejected("wrong-period", field="until")  # type: ignore[arg-type]


def test_every_category_belongs_to_at_most_one_line() -> None:
    people = next(line for line in LT.lists.line if line.code == "people")
    assert set(LT.line_categories(people)) == {"life-utility", "life-hardship", "life-dispute", "life-other"}
    leaves = [code for line in LT.lists.line for code in LT.line_categories(line)]
    assert sorted(leaves) == sorted(LT.category_names()), "六里屯: each of them to exactly one"
    text = DISTRICT.read_text("utf-8")
    for wrong in ('categories = ["waste", "life-other"]', 'categories = ["waste", "nothing"]'):
        with pytest.raises(PackErrors):
            parse_pack(text.replace('categories = ["waste"]', wrong).encode())
    with pytest.raises(PackErrors):
        parse_pack(
            text.replace('categories = ["waste"], by = "area_leader"', 'categories = ["waste"], by = "nobody"').encode()
        )


async def test_a_leader_reports_what_their_line_has_and_the_office_reads_it(street: World) -> None:
    await with_the_lead(street)
    await street.case("r2", programme="lt-2019", category_hint="life-other", title="邻里琐事")
    where = "/dispatch/lines?programme=lt-2019"
    async with street.browser(LEADER) as leader, street.browser(CITY) as city, street.api(LEADER) as api:
        page = (await leader.get(where)).text
        row = page[page.index("环境口</th>") :]
        assert row[: row.index("</tr>")].count('<td class="num">1</td>') == 2, "one came, one is at work"
        action = "/dispatch/lines/environment"
        bare = await send(leader, page, action, programme="lt-2019", since="2019-10-09", until="2019-10-15")
        assert bare.status_code == 422
        assert "请写明情况分析和建议。" in bare.text
        typed = {"programme": "lt-2019", "since": "2019-10-09", "until": "2019-10-15", "text": "暴露垃圾一处，已派单。"}
        done = await send(leader, bare.text, action, **typed)
        assert done.status_code == 200
        assert "暴露垃圾一处，已派单。" in done.text
        assert 'name="since" value="2019-10-09"' in done.text, "the period reported stays on the page"
        emptied = await leader.get(f"{where}&since=&until=")
        assert emptied.status_code == 200
        assert 'name="until" value="2019-10-15"' in emptied.text, "the last week up to today"
        shown = (await city.get(where)).text
        assert "暴露垃圾一处，已派单。" in shown
        assert f'action="{action}"' not in shown, "only the line's own leader reports"
        assert await refused(api, "/lines/nowhere", typed) == "no-such-line"
        again = await post(api, "/lines/people", {**typed, "since": "2019-10-20", "until": "2019-10-15"})
        assert (again.status_code, again.json()["code"]) == (422, "wrong-period")
        async with street.api(CITY) as other:
            assert await refused(other, "/lines/people", typed) == "not-the-line"
        listed = (await api.get("/dispatch/api/lines?programme=lt-2019")).json()["items"]
    assert [(one["line"], one["figures"]["opened"], one["figures"]["at_work"]) for one in listed] == [
        ("environment", 1, 1)
    ]


async def test_what_ended_otherwise_is_not_counted_and_a_pause_only_from_its_day(world: World) -> None:
    """Merged into another, split into two: their own figures stay those of the matters that are handled."""
    kept, order = await handed_over(world)
    merged, whole = await world.case("r2"), await world.case("r3")
    parts = {"reason": "两件事", "parts": [{"title": "路面破损"}, {"title": "路沿石松动"}]}
    until = world.clock.now() + HOUR
    async with world.api(DESK) as desk, world.api(ROAD) as road:
        assert (await post(road, f"/orders/{order}/sign")).status_code == 201
        assert (await post(desk, f"/cases/{merged}/merge", {"into": kept, "reason": "同一处"})).status_code == 201
        assert (await post(desk, f"/cases/{whole}/split", parts)).status_code == 201
        world.clock.advance(2 * DAY)
        paused = await post(desk, f"/cases/{kept}/suspend", PAUSE)
        assert paused.status_code == 201, paused.text
    await world.settled()

    async def counted(end: datetime) -> tuple[int, int, int]:
        period = (until - DAY, end)
        found = await lines.figures(world.service.pool, "jw-2017", ["road-surface"], period, world.clock.now())
        return found.opened, found.at_work, found.suspended

    assert await counted(until) == (3, 3, 0), "at the end of that day nothing was suspended"
    assert await counted(world.clock.now() + HOUR) == (3, 3, 1)
