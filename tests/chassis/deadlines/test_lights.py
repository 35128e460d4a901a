"""Working time, what is left of a limit, and the lights that follow from it."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.duration import parse_duration
from contracts.pack import Mark, Percent
from services.chassis.deadlines import (
    Calendar,
    Light,
    add_working,
    due,
    elapsed_working,
    light,
    mark_at,
    remaining,
)
from services.chassis.zone import LOCAL

CN = Calendar(id="CN-2017@1", office=((time(8, 30), time(12)), (time(14), time(18))))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


moments = st.datetimes(datetime(2017, 1, 1), datetime(2018, 1, 1)).map(lambda t: t.replace(tzinfo=LOCAL))


@given(start=moments, minutes=st.integers(1, 20_000))
def test_working_time_added_is_working_time_elapsed(start: datetime, minutes: int) -> None:
    amount = timedelta(minutes=minutes)
    end = add_working(start, amount, CN)
    assert elapsed_working(start, end, CN) == amount
    assert elapsed_working(end, start, CN) == -amount
    assert remaining(start, end, "wh", CN) == amount


def test_what_is_left_counts_as_the_unit_does() -> None:
    friday, monday = at("2017-07-14 17:00"), at("2017-07-17 09:30")
    assert remaining(friday, monday, "wd", CN) == timedelta(hours=2)
    assert remaining(friday, monday, "h", CN) == timedelta(hours=64, minutes=30)
    assert remaining(monday, friday, "wh", CN) == -timedelta(hours=2)


@pytest.mark.parametrize(
    ("limit", "mark", "turns"),
    [
        ("24h", Percent(80), "2017-07-18 05:12"),
        ("1wd", Percent(80), "2017-07-18 15:18"),
        ("5wd", parse_duration("1wd"), "2017-07-21 18:00"),
        ("5wd", parse_duration("2d"), "2017-07-22 18:00"),
        ("5wd", parse_duration("2h"), "2017-07-24 16:00"),
        ("1h", parse_duration("1wd"), "2017-07-17 10:00"),
    ],
)
def test_the_light_turns_at_the_mark(limit: str, mark: Mark, turns: str) -> None:
    start = at("2017-07-17 10:00")
    ends, unit = due(start, limit, CN), parse_duration(limit).unit
    moment = mark_at(start, ends, unit, mark, CN)
    assert moment == at(turns)
    tick = timedelta(microseconds=1)
    if moment > start:
        assert light(moment - tick, start, ends, unit, mark, CN) is Light.GREEN
    assert light(moment, start, ends, unit, mark, CN) is Light.YELLOW
    assert light(ends, start, ends, unit, mark, CN) is Light.YELLOW, "the due moment is still in time"
    assert light(ends + tick, start, ends, unit, mark, CN) is Light.RED


@given(start=moments, minutes=st.integers(0, 60 * 24 * 40))
def test_working_time_is_the_sum_of_its_days_hours(start: datetime, minutes: int) -> None:
    end = start + timedelta(minutes=minutes)
    days = [start.date() + timedelta(days=n) for n in range((end.date() - start.date()).days + 1)]
    slow = [min(closes, end) - max(opens, start) for day in days for opens, closes in CN.intervals(day)]
    assert elapsed_working(start, end, CN) == sum((s for s in slow if s > timedelta()), timedelta())
