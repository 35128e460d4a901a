"""The engine against a slow oracle on two tables of days, 2010 to 2026, with the office hours of both packs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.duration import Duration, Unit
from contracts.pack import parse_pack
from services.chassis.deadlines import (
    Calendar,
    Rhythm,
    add_working,
    calendar_for,
    due,
    elapsed_working,
    reckon,
    resume,
    slot_days,
)
from services.chassis.zone import LOCAL
from tests.chassis.deadlines.oracle import DAY, Slow
from tests.chassis.deadlines.published import FIRST, LAST, OFF, WORKED, days

PACKS = Path(__file__).parents[3] / "deploy" / "packs"
OTHER_OFF, OTHER_WORKED = days(OFF), days(WORKED)
FEWER = settings(max_examples=150, deadline=None, derandomize=True)


def of_pack(name: str) -> Calendar:
    return calendar_for(parse_pack((PACKS / f"{name}.toml").read_bytes()))


def on_the_other_table(calendar: Calendar) -> Calendar:
    """The same office on the days of the second source."""
    return replace(calendar, holidays=OTHER_OFF, worked=OTHER_WORKED, first_published=FIRST, last_published=LAST)


JW, LT = of_pack("jw-2017"), replace(of_pack("lt-2019"), day_ends="midnight")
OFFICES = (JW, LT, on_the_other_table(JW), on_the_other_table(LT))


def slow(calendar: Calendar) -> Slow:
    """The oracle counts on the second source whatever table the engine has."""
    return Slow(OTHER_OFF, OTHER_WORKED, calendar.office, calendar.day_ends)


TURNS = sorted(day for day in OTHER_OFF | OTHER_WORKED if day < LAST - 60 * DAY)
"""Where mistakes live: around holidays and worked weekends."""

near_a_turn = st.builds(
    lambda day, off: day + off, st.sampled_from(TURNS), st.timedeltas(-timedelta(days=9), timedelta(days=9))
)
some_day = near_a_turn | st.dates(FIRST, LAST - 60 * DAY)
clock = st.integers(0, 24 * 60 - 1).map(lambda n: timedelta(minutes=n))
starts = st.builds(lambda day, at: datetime(day.year, day.month, day.day, tzinfo=LOCAL) + at, some_day, clock).filter(
    lambda at: at.date() >= FIRST
)
offices = st.sampled_from(OFFICES)
AMOUNTS = {"min": 500, "h": 200, "wh": 40, "d": 20, "wd": 15}
limits = st.sampled_from(sorted(AMOUNTS)).flatmap(lambda unit: st.tuples(st.just(unit), st.integers(1, AMOUNTS[unit])))


def test_both_sources_know_the_same_days() -> None:
    count = (LAST - FIRST).days + 1
    every = [FIRST + DAY * n for n in range(count)]
    assert [day for day in every if JW.is_working(day) != slow(JW).works(day)] == []
    assert all(JW.is_published(day) for day in every)
    assert all(day.isoweekday() > 5 for day in OTHER_WORKED)
    assert all(day.isoweekday() < 6 for day in OTHER_OFF)


@FEWER
@given(office=offices, start=starts, limit=limits)
def test_every_limit_ends_where_the_oracle_says(office: Calendar, start: datetime, limit: tuple[str, int]) -> None:
    unit, amount = limit
    assert due(start, Duration(Unit(unit), amount), office) == slow(office).due(start, unit, amount)


@pytest.mark.parametrize("office", [JW, LT], ids=["jw", "lt"])
@pytest.mark.parametrize(("unit", "amount"), [("wd", 1), ("wd", 5), ("d", 7)])
def test_on_every_single_day(office: Calendar, unit: str, amount: int) -> None:
    """At ten and on a rest day alike; there are 6,150 of them."""
    oracle = slow(office)
    begun = datetime(FIRST.year, FIRST.month, FIRST.day, 10, tzinfo=LOCAL)
    limit = Duration(Unit(unit), amount)
    for n in range((LAST - FIRST).days - 60):
        start = begun + DAY * n
        if unit == "d":
            expected = oracle.natural(start.date() + DAY * amount, start)
        else:
            first = start.date()
            while not oracle.works(first):
                first += DAY
            expected = oracle.closing(oracle.working_days(first, amount), start)
        assert due(start, limit, office) == expected, start


@FEWER
@given(office=offices, start=starts, minutes=st.integers(0, 12 * 24 * 60))
def test_working_time_is_the_number_of_worked_minutes(office: Calendar, start: datetime, minutes: int) -> None:
    end = start + timedelta(minutes=minutes)
    worked = slow(office).worked_minutes(start, end)
    assert elapsed_working(start, end, office) == timedelta(minutes=worked)
    if worked:
        assert add_working(start, timedelta(minutes=worked), office) <= end


@FEWER
@given(
    office=offices,
    start=starts,
    limit=limits,
    waited=st.integers(0, 10 * 24 * 60),
    rested=st.integers(0, 15 * 24 * 60),
)
def test_what_rested_has_left_what_was_left(
    office: Calendar, start: datetime, limit: tuple[str, int], waited: int, rested: int
) -> None:
    unit, amount = limit
    ends = due(start, Duration(Unit(unit), amount), office)
    paused = start + timedelta(minutes=waited)
    resumed = paused + timedelta(minutes=rested)
    assert resume(ends, paused, resumed, unit, office) == slow(office).resumed(ends, paused, resumed, unit)


def _last_of_month(day: date) -> bool:
    return (day + DAY).month != day.month


@pytest.mark.parametrize("office", [JW, on_the_other_table(LT)], ids=["jw", "other-lt"])
@pytest.mark.parametrize(
    ("rhythm", "named", "roll"),
    [
        (Rhythm("half_monthly", (1, 16), "forward"), lambda day: day.day in (1, 16), "forward"),
        (Rhythm("month_end"), _last_of_month, "back"),
        (Rhythm("weekly", ("tue", "thu"), "drop"), lambda day: day.isoweekday() in (2, 4), "drop"),
        (Rhythm("weekly"), lambda day: day.isoweekday() == 7, "back"),
    ],
    ids=["half-monthly", "month-end", "tue-thu", "weekly"],
)
def test_every_slot_of_seventeen_years(
    office: Calendar, rhythm: Rhythm, named: Callable[[date], bool], roll: str
) -> None:
    first, last = FIRST + 40 * DAY, LAST - 40 * DAY
    oracle = slow(office)
    every = (first + DAY * n for n in range((last - first).days + 1))
    assert slot_days(rhythm, first, last, office) == [day for day in every if oracle.is_slot(day, named, roll)]


@FEWER
@given(start=starts.filter(lambda at: at.year > 2010), limit=limits)
def test_what_was_provisional_is_settled_by_the_table_that_is_published_later(
    start: datetime, limit: tuple[str, int]
) -> None:
    """Before its year is published a limit is counted on weekends and says so; afterwards it is as if always known."""
    unit, amount = limit
    before = replace(JW, last_published=date(start.year - 1, 12, 31))
    guessed, known = (reckon(start, Duration(Unit(unit), amount), calendar) for calendar in (before, JW))
    assert guessed.provisional is (unit not in ("min", "h"))
    assert not known.provisional
    weekends_only = Slow(frozenset(), frozenset(), JW.office, JW.day_ends)
    assert guessed.at == weekends_only.due(start, unit, amount)
