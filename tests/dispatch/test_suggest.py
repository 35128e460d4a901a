"""Suggestions: a category from what alike cases were, a lead unit from who led them; no database needed to decide."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from services.dispatch.read.similar_search import Hit
from services.dispatch.read.suggest import Suggested, Suggestions, _best, category_of
from services.dispatch.web.similar import reason, suggested_views
from tests.dispatch.test_common_api import DISPATCH, post
from tests.dispatch.test_similar import AGAIN, NOISE
from tests.dispatch.world import DESK, World

HIT = Hit(
    case_id="c1",
    case_no=1,
    programme="jw-2017",
    title="",
    title_state="open",
    category="noise",
    classified=True,
    territory=None,
    opened_at=datetime(2017, 7, 17, tzinfo=ZoneInfo("Asia/Shanghai")),
    step="handling",
    result=None,
    lead_unit="bureau-a",
    likeness=50,
    shared=5,
    words=(),
    same_area=False,
    days_apart=1,
    closed=False,
)


def test_the_most_alike_cases_say_the_category() -> None:
    near = [replace(HIT, likeness=60), replace(HIT, likeness=55)]
    far = [replace(HIT, category="road", likeness=31)] * 3
    assert category_of([*near, *far]) == Suggested("category", "noise", "similar", 2, 5)
    assert category_of([*near, *far], categories={"road"}) == Suggested("category", "road", "similar", 3, 3)


def test_one_case_or_an_unclassified_one_is_no_ground() -> None:
    assert category_of([HIT]) is None
    assert category_of([replace(HIT, classified=False)] * 4) is None


def test_a_unit_complained_of_is_not_suggested_but_counted() -> None:
    led = [("bureau-x", 6), ("bureau-a", 3), ("bureau-b", 1)]
    best = _best(led, "history", {"bureau-x"})
    assert best == Suggested("lead", "bureau-a", "history", 3, 10)
    assert best.share == 30, "of all, not of those that are left"
    assert _best([("bureau-x", 6)], "history", {"bureau-x"}) is None


def test_the_reason_names_the_numbers() -> None:
    said = Suggested("lead", "bureau-a", "history", 91, 100)
    assert reason(said) == "同类 91% 由该部门主办（91 / 100 件）"
    views = suggested_views(Suggestions(lead=said), {"bureau-a": "示例局"}, {})
    assert [(view.field, view.code, view.word) for view in views] == [("lead", "bureau-a", "示例局")]


async def test_the_history_of_alike_cases_suggests_and_a_person_decides(world: World) -> None:
    async with world.api(DESK) as desk:
        for n in (1, 2, 3):
            case_id = await world.case(f"r{n}", title=NOISE)
            assert (await post(desk, f"/cases/{case_id}/dispatch", DISPATCH)).status_code == 201
        again = await world.case("r9", title=AGAIN, category_hint=None)
        said = (await desk.get(f"/dispatch/api/cases/{again}/similar")).json()["suggestions"]
        accused = await world.case("r10", title=AGAIN, category_hint=None, complained_units=("bureau-city",))
        other = (await desk.get(f"/dispatch/api/cases/{accused}/similar")).json()["suggestions"]
    assert [(one["what"], one["code"], one["matching"], one["looked_at"]) for one in said] == [
        ("category", "environment-waste", 3, 3),
        ("lead", "bureau-city", 3, 3),
    ]
    assert [one["what"] for one in other] == ["category"], "the only unit that led such cases is complained of"
    assert await world.service.pool.fetchval(f"SELECT step FROM case_board WHERE case_id = '{again}'") == "registered"
