"""Limits of a class, and the day for signing that the desk may set where the pack lets it."""

from datetime import date, datetime, timedelta

import pytest

from contracts.dispatch import Durations
from contracts.pack import Pack, parse_pack
from services.chassis.clock import LOCAL
from services.chassis.deadlines import calendar_for, due
from services.chassis.decider import Rejected
from services.dispatch.domain.limits import durations, for_another_unit, with_sign_day
from tests.dispatch.asking import DISTRICT, OFFICE, handed_over, post, shown
from tests.dispatch.test_pages import FORM, send
from tests.dispatch.test_refusals_on_pages import beside
from tests.dispatch.world import DESK, MONDAY, PACK, ROAD_HEAD, World

JW = parse_pack(PACK.read_bytes())
TODAY, TOMORROW, LATER = date(2017, 7, 17), date(2017, 7, 18), date(2017, 7, 19)


def set_day(day: date, urgency: str = "real", pack: Pack = JW, at: datetime = MONDAY) -> Durations:
    """Monday at ten; `real` is signed within a working day, `good` within four working hours."""
    return with_sign_day(pack, durations(pack, urgency), day, at, calendar_for(pack))


def refused(**asked: object) -> tuple[str, str | None]:
    with pytest.raises(Rejected) as caught:
        set_day(**asked)  # type: ignore[arg-type]
    return caught.value.code, caught.value.field


@pytest.mark.parametrize(
    ("urgency", "contact", "finish"),
    [
        ("emergency", "10-05 09:30", "10-05 11:00"),
        ("timely", "10-05 11:00", "10-06 09:00"),
        ("normal", "10-06 09:00", "10-12 17:30"),
        ("complex", "10-06 09:00", "10-21 17:30"),
    ],
)
def test_the_street_answers_at_all_hours_by_how_urgent_it_is(urgency: str, contact: str, finish: str) -> None:
    """LT-12, LT-13: on a holiday too; days end at the close of office, and one that ends on a rest day on the next."""
    lt = parse_pack(DISTRICT.read_bytes())
    begun = datetime(2019, 10, 5, 9, 0, tzinfo=LOCAL)
    said = durations(lt, urgency)
    ends = [due(begun, limit, calendar_for(lt)) for limit in (said.contact, said.finish) if limit]
    assert [f"{end.astimezone(LOCAL):%m-%d %H:%M}" for end in ends] == [contact, finish]


def test_the_desk_may_ask_for_signing_sooner_than_the_class_does() -> None:
    assert set_day(TODAY) == durations(JW, "real").model_copy(update={"sign": "date:2017-07-17"})
    assert set_day(TOMORROW).sign == "date:2017-07-18"


def test_but_not_later_nor_in_the_past_nor_where_the_pack_says_nothing_of_it() -> None:
    assert refused(day=LATER) == ("sign-beyond-class", "sign_on")
    assert refused(day=TODAY, urgency="good") == (
        "sign-beyond-class",
        "sign_on",
    )  # four hours end before the office does
    assert refused(day=date(2017, 7, 14)) == ("due-in-past", "sign_on")
    strict = replace_order(JW)
    assert refused(day=TODAY, pack=strict) == ("sign-by-class", "sign_on")


def replace_order(pack: Pack) -> Pack:
    """The same rules without that leave."""
    return pack.model_copy(update={"order": pack.order.model_copy(update={"desk_sets_sign": False})})


def test_the_day_is_the_first_units_alone() -> None:
    set_for_one = set_day(TODAY).model_copy(update={"finish": "date:2017-08-01"})
    again = for_another_unit(set_for_one, durations(JW, "real"))
    assert (again.sign, again.finish) == ("1wd", "date:2017-08-01")
    assert for_another_unit(None, durations(JW, "real")) == durations(JW, "real")


async def test_the_desks_form_sets_it_and_the_order_holds_the_moment(world: World) -> None:
    case_id = await world.case("r1")
    action = f"/dispatch/desk/{case_id}"
    async with world.browser(DESK) as desk, world.api(OFFICE) as office:
        page = (await desk.get("/dispatch/desk")).text
        assert 'name="sign_on"' in page
        late = await send(desk, page, action, **FORM, sign_on="2017-07-19", instruction="写了很久的意见")
        assert beside(late, "sign_on", "签收期限不能晚于分级规定的期限；不填即按分级计算。")
        assert "写了很久的意见" in late.text
        assert 'value="2017-07-19"' in late.text
        done = await send(desk, late.text, action, **FORM, sign_on="2017-07-17", instruction="请核实")
        assert done.status_code == 200
        [order] = (await shown(office, world, case_id))["orders"]
        assert order["sign_by"] == "2017-07-17T10:00:00Z", "when the office closes on that day"
        assert order["finish_by"].startswith("2017-07-24")


async def test_a_unit_that_takes_over_signs_by_the_class(world: World) -> None:
    case_id, order = await handed_over(world, territory=None, sign_on="2017-07-17")
    async with world.api(ROAD_HEAD) as head, world.api(DESK) as desk:
        await post(head, f"/orders/{order}/return", {"reason": "不属本单位", "proposed_unit": "bureau-city"})
        world.clock.advance(timedelta(days=1))
        ruled = await post(
            desk, f"/orders/{order}/rule", {"accepted": True, "reason": "属实", "new_unit": "bureau-city"}
        )
        assert ruled.status_code == 201, ruled.text
        orders = (await shown(desk, world, case_id))["orders"]
    new = next(one for one in orders if one["unit"] == "bureau-city")
    assert new["sign_by"] == "2017-07-19T10:00:00Z", "one working day, as the class has it"
