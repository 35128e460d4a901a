"""R19: numbers said as the seeds say them and never better than they are; the sentence and the examples."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.dispatch import CaseReopened, CaseShowcased, ShowcaseWithdrawn
from contracts.pack import PackErrors, parse_pack
from services.reporting.domain.narrative import Unsayable, say
from services.reporting.domain.r19 import Example, Input, rows
from tests.reporting.history import PROGRAMME, history
from tests.reporting.world import World, activation, key

PACKS = Path(__file__).parents[2] / "deploy" / "packs"


@pytest.mark.parametrize(
    ("number", "style", "said"),
    [
        ("1250", "exact", "1250"),
        ("963", "余:10:件", "960余件"),
        ("3341", "余:100:家", "3300余家"),
        ("512", "余:100:次", "500余次"),
        ("352", "多:10:条", "350多条"),
        ("234", "余:10:场次", "230余场次"),
        ("498.6", "近:500:万元", "近500万元"),
        ("95.14", "以上:1", "95%以上"),
        ("95.62", "以上:95", "95%以上"),
        ("96", "基本:95:解决到位", "基本解决到位"),
        ("43600000", "万元", "43.6万元"),
    ],
)
def test_numbers_are_said_as_the_programmes_said_them(number: str, style: str, said: str) -> None:
    assert say(Fraction(number), style) == said


@pytest.mark.parametrize(
    ("number", "style"),
    [
        ("497", "余:500:次"),
        ("500", "余:500:次"),
        ("484", "近:500:万元"),
        ("94", "基本:95"),
        ("0", "余:10:件"),
        ("3", "余:0:件"),
    ],
)
def test_what_is_not_so_is_not_said(number: str, style: str) -> None:
    with pytest.raises(Unsayable):
        say(Fraction(number), style)


@given(st.integers(0, 10**7), st.sampled_from([1, 10, 100, 500]), st.sampled_from(["余", "多", "近"]))
def test_a_rounded_number_is_never_far_from_the_count(number: int, step: int, word: str) -> None:
    """余 and 多 understate by less than a step; 近 overstates by three percent of what it names at most."""
    try:
        said = say(Fraction(number), f"{word}:{step}")
    except Unsayable:
        return
    named = int("".join(filter(str.isdigit, said)))
    assert named - number <= named * 0.03 if word == "近" else 0 < number - named < step
    assert named % step == 0


def test_lt_45_and_jw_the_published_sentences() -> None:
    street = parse_pack((PACKS / "lt-2019.toml").read_bytes()).report("R19")
    counted = {"unit_visits": 512, "households": 3341, "requests": 1043, "solved": 836}
    found = rows(Input(street, {name: Fraction(n) for name, n in counted.items()}, []))
    assert found[0]["said"] == (
        "共计走访社区单位500余次，走访入户3300余家，收集居民群众诉求1000余个，解决实际问题800余个"
    )
    assert {row["name"]: row["exact"] for row in found[1:]} == {name: str(n) for name, n in counted.items()}
    district = parse_pack((PACKS / "jw-2017.toml").read_bytes()).report("R19")
    found = rows(Input(district, {"cases": Fraction(1250), "solved": Fraction(790)}, []))
    assert found[0]["said"] == "共梳理出全区问题1250条，其中790条已得到解决"


def test_a_number_that_may_not_be_said_so_stands_as_it_is_and_is_marked() -> None:
    street = parse_pack((PACKS / "lt-2019.toml").read_bytes()).report("R19")
    counted = {"unit_visits": 87, "households": 3341, "requests": 1043, "solved": 836}
    found = rows(Input(street, {name: Fraction(n) for name, n in counted.items()}, [Example("c", 7, "一办到底")]))
    assert str(found[0]["said"]).startswith("共计走访社区单位87次，走访入户3300余家")
    assert [(row["name"], row["as_worded"]) for row in found[1:5]] == [
        ("unit_visits", "no"),
        ("households", "yes"),
        ("requests", "yes"),
        ("solved", "yes"),
    ]
    assert (found[-1]["row"], found[-1]["case_no"], found[-1]["said"]) == ("example", 7, "一办到底")


def test_a_pack_speaks_only_of_numbers_that_there_are() -> None:
    text = (PACKS / "jw-2017.toml").read_text("utf-8")
    wrong = text.replace("其中{solved}条已得到解决", "其中{sloved}条").replace(
        'solved = "exact" } }', 'sloved = "exact" } }'
    )
    assert wrong != text
    with pytest.raises(PackErrors, match="sloved"):
        parse_pack(wrong.encode())


async def test_ha_23_eb_24_the_briefing_with_its_examples_stays_as_it_was(world: World) -> None:
    told = history(3, 12, district=world.service.settings.district)
    told.tell(activation())
    opened = [event for event in told.feeds["dispatch"] if event.type == "case-opened"]
    first, second, third = (event.stream.removeprefix("case-") for event in opened[:3])
    for number, case in enumerate((first, second, third), start=1):
        told.tell(CaseShowcased(case_id=case, case_no=number, reason=f"示例经验{number}"))
    told.tell(ShowcaseWithdrawn(case_id=second, case_no=2, reason="另选"))
    told.tell(CaseReopened(case_id=third, case_no=3, reason="relapse", round=9, was_struck_off=False))
    await world.hear(told)
    await world.settled()
    async with world.api() as api:
        made = await api.post("/reporting/api/runs", json={"report": "R19", "programme": PROGRAMME}, headers=key())
        assert made.status_code == 201, made.text
        run = made.json()
        found = (await api.get(f"/reporting/api/runs/{run['report_id']}?after={run['position']}")).json()["content"]
        r03 = (await api.get(f"/reporting/api/R03?programme={PROGRAMME}")).json()["rows"][-1]
        told.tell(ShowcaseWithdrawn(case_id=first, case_no=1, reason="另选"))
        await world.take("dispatch", told.feeds["dispatch"][world.heard["dispatch"] :])
        await world.settled()
        again = await api.post(f"/reporting/api/runs/{run['report_id']}/recompute")
        assert again.json()["same"]
        now = (await api.get(f"/reporting/api/R19?programme={PROGRAMME}")).json()["rows"]
    assert found[0]["said"] == f"共梳理出全区问题{r03['total']}条，其中{r03['solved']}条已得到解决"
    assert [row["said"] for row in found if row["row"] == "example"] == ["示例经验1"]
    assert [row for row in now if row["row"] == "example"] == []
    async with world.browser() as browser:
        page = (await browser.get(f"/reporting/runs/{run['report_id']}")).text
        live = (await browser.get(f"/reporting/r19?programme={PROGRAMME}")).text
    assert "典型案例 JW-2017-0001" in page
    assert found[0]["said"] in live
    assert "示例经验1" not in live


def test_a_pack_without_a_sentence_has_no_briefing() -> None:
    plain = parse_pack((PACKS / "jw-2017.toml").read_bytes()).report("R20")
    assert rows(Input(plain, {}, [])) == []
