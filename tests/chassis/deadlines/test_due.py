"""The seven units of a time limit against the vectors of law and practice, and what must hold for any start."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.duration import Duration, DurationError, Unit, parse_duration
from services.chassis.deadlines import Calendar, DueInPast, Rhythm, UnknownSlot, due, reckon, resume
from services.chassis.zone import LOCAL

OFFICE = ((time(8, 30), time(12)), (time(14), time(18)))
HALF_MONTHLY = Rhythm("half_monthly", (1, 16), "forward")
CN = Calendar(id="CN-2017@1", office=OFFICE, rhythms=(("stats", HALF_MONTHLY),))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("start", "limit", "day"),
    [
        ("2017-09-27", "5wd", "2017-10-10"),
        ("2017-09-29", "1wd", "2017-09-30"),
        ("2017-03-30", "5wd", "2017-04-07"),
        ("2019-09-27", "7wd", "2019-10-12"),
        ("2012-04-27", "5wd", "2012-05-07"),
        ("2013-04-03", "5wd", "2013-04-11"),
        ("2026-09-28", "5wd", "2026-10-10"),
    ],
)
def test_working_days_know_worked_weekends(start: str, limit: str, day: str) -> None:
    for clock in ("08:30", "10:00", "13:00", "17:59"):
        assert due(at(f"{start} {clock}"), limit, CN) == at(f"{day} 18:00")


@pytest.mark.parametrize(
    ("start", "limit", "end", "why"),
    [
        ("2017-07-14 19:00", "1wd", "2017-07-18 18:00", "after Friday's close the clock starts on Monday"),
        ("2017-07-14 17:59", "1wd", "2017-07-17 18:00", "before Friday's close Friday is the start day"),
        ("2017-07-15 10:00", "1wd", "2017-07-18 18:00", "a rest day is no start day"),
        ("2017-07-14 07:00", "1wd", "2017-07-17 18:00", "before opening the same day starts"),
        ("2017-07-17 10:00", "4wh", "2017-07-17 16:00", "across lunch"),
        ("2017-07-17 08:00", "3wh", "2017-07-17 11:30", "starts at opening"),
        ("2017-07-17 12:00", "1wh", "2017-07-17 15:00", "lunch is outside"),
        ("2017-07-17 10:00", "2wh", "2017-07-17 12:00", "a limit may end at lunch, not after it"),
        ("2017-07-17 17:00", "4wh", "2017-07-18 11:30", "across the night"),
        ("2017-07-14 17:00", "4wh", "2017-07-17 11:30", "across the weekend"),
        ("2017-09-29 17:00", "4wh", "2017-09-30 11:30", "into a worked Saturday"),
        ("2017-07-15 10:00", "7d", "2017-07-24 18:00", "ends on an ordinary Saturday: moves to Monday"),
        ("2017-09-23 10:00", "7d", "2017-09-30 18:00", "ends on a worked Saturday: stays"),
        ("2017-09-25 10:00", "7d", "2017-10-09 18:00", "ends in the holiday: moves behind it"),
        ("2017-07-14 20:00", "24h", "2017-07-15 20:00", "clock hours never move"),
        ("2017-10-01 23:50", "15min", "2017-10-02 00:05", "nor do minutes"),
        ("2017-03-01 10:00", "date:2017-09-30", "2017-09-30 18:00", "a worked Saturday"),
        ("2017-07-17 10:00", "slot:stats", "2017-08-01 18:00", "the start day is not counted"),
        ("2017-06-30 10:00", "slot:stats", "2017-07-03 18:00", "the first is a Saturday"),
    ],
)
def test_timed_vectors(start: str, limit: str, end: str, why: str) -> None:
    assert due(at(start), limit, CN) == at(end), why


def test_a_natural_day_may_end_at_midnight() -> None:
    midnight = Calendar(id="CN-2017@1", office=OFFICE, day_ends="midnight")
    assert due(at("2017-07-17 10:00"), "1d", midnight) == at("2017-07-19 00:00")
    assert due(at("2017-07-17 10:00"), "1wd", midnight) == at("2017-07-18 18:00")


def test_an_instant_counts_the_same_in_any_zone() -> None:
    utc = datetime.fromisoformat("2017-07-14T11:00:00+00:00")
    assert due(utc, "1wd", CN) == at("2017-07-18 18:00")
    with pytest.raises(ValueError, match="without offset"):
        due(datetime(2017, 7, 14, 19), "1wd", CN)


def test_a_date_gone_by_and_an_unknown_slot_are_refused() -> None:
    with pytest.raises(DueInPast):
        due(at("2017-09-30 18:01"), "date:2017-09-30", CN)
    with pytest.raises(UnknownSlot):
        due(at("2017-07-17 10:00"), "slot:tea", CN)


def test_beyond_the_published_tables_only_weekends_count_and_the_due_time_says_so() -> None:
    known = reckon(at("2026-12-30 10:00"), "1wd", CN)
    beyond = reckon(at("2026-12-30 10:00"), "2wd", CN)
    assert (known.at, known.provisional) == (at("2026-12-31 18:00"), False)
    assert (beyond.at, beyond.provisional, beyond.calendar) == (at("2027-01-01 18:00"), True, "CN-2017@1")
    assert not reckon(at("2026-12-31 20:00"), "24h", CN).provisional
    assert reckon(at("2003-10-01 10:00"), "1wd", CN).provisional


@pytest.mark.parametrize(
    ("text", "unit", "amount"),
    [
        ("15min", Unit.MINUTE, 15),
        ("2h", Unit.HOUR, 2),
        ("4wh", Unit.WORKING_HOUR, 4),
        ("7d", Unit.DAY, 7),
        ("1wd", Unit.WORKING_DAY, 1),
    ],
)
def test_limits_are_read_and_written_back(text: str, unit: Unit, amount: int) -> None:
    assert parse_duration(text) == Duration(unit, amount)
    assert str(parse_duration(text)) == text


@pytest.mark.parametrize("text", ["date:2017-09-30", "slot:half-month-stats"])
def test_dates_and_slots_are_written_back(text: str) -> None:
    assert str(parse_duration(text)) == text


@pytest.mark.parametrize(
    "text", ["", "wd", "0wd", "-1d", "4 wh", "1.5h", "1w", "99999d", "date:2017-02-30", "slot:", "１d"]
)
def test_what_is_no_limit_is_refused_in_both_languages(text: str) -> None:
    with pytest.raises(DurationError) as refused:
        parse_duration(text)
    assert refused.value.message_en.isascii()
    assert not refused.value.message_zh.isascii()


moments = st.datetimes(datetime(2016, 1, 1), datetime(2027, 6, 1)).map(lambda t: t.replace(tzinfo=LOCAL))
counted = st.builds(Duration, st.sampled_from([u for u in Unit if u not in (Unit.DATE, Unit.SLOT)]), st.integers(1, 60))
limits = counted | st.just(Duration(Unit.SLOT, slot="stats"))


@given(start=moments, later=st.timedeltas(timedelta(), timedelta(days=30)), limit=limits)
def test_due_comes_after_the_start_and_never_earlier_for_a_later_start(
    start: datetime, later: timedelta, limit: Duration
) -> None:
    assert start < due(start, limit, CN) <= due(start + later, limit, CN)


@given(start=moments, limit=counted, more=st.integers(1, 20))
def test_a_longer_limit_never_ends_earlier(start: datetime, limit: Duration, more: int) -> None:
    assert due(start, limit, CN) <= due(start, Duration(limit.unit, limit.amount + more), CN)


@given(start=moments, limit=limits)
def test_day_limits_end_at_the_close_of_a_working_day(start: datetime, limit: Duration) -> None:
    ends = due(start, limit, CN)
    if limit.unit in (Unit.WORKING_DAY, Unit.DAY, Unit.SLOT):
        assert CN.is_working(ends.date())
        assert ends.time() == time(18)
    if limit.unit is Unit.WORKING_HOUR:
        assert any(opens < ends <= closes for opens, closes in CN.intervals(ends.date()))


@given(start=moments, amount=st.integers(1, 30), wait=st.integers(1, 28 * 24 * 60), pause=st.integers(0, 90 * 24 * 60))
def test_a_suspended_limit_keeps_what_was_left(start: datetime, amount: int, wait: int, pause: int) -> None:
    for unit in ("min", "h", "wh", "d", "wd"):
        ends = due(start, f"{amount}{unit}", CN)
        paused = start + timedelta(minutes=wait)
        resumed = paused + timedelta(minutes=pause)
        again = resume(ends, paused, resumed, unit, CN)
        assert resume(ends, paused, paused, unit, CN) == ends
        assert again >= ends
        if paused < ends:
            assert again > resumed
        else:
            assert again == ends


def test_suspension_vectors() -> None:
    ends = due(at("2017-07-17 10:00"), "5wd", CN)
    assert ends == at("2017-07-24 18:00")
    assert resume(ends, at("2017-07-19 09:00"), at("2017-08-02 09:00"), "wd", CN) == at("2017-08-07 18:00")
    assert resume(ends, at("2017-07-21 19:00"), at("2017-07-24 08:00"), "wd", CN) == ends, "no working time was lost"
    assert resume(ends, at("2017-07-24 10:00"), at("2017-07-29 10:00"), "wd", CN) == at("2017-07-31 18:00")
    hours = at("2017-07-17 16:00")
    assert resume(hours, at("2017-07-17 11:00"), at("2017-07-18 17:00"), "wh", CN) == at("2017-07-19 10:30")
    days = at("2017-07-24 18:00")
    assert resume(days, at("2017-07-20 09:00"), at("2017-07-31 09:00"), "d", CN) == at("2017-08-04 18:00")
    assert resume(hours, at("2017-07-17 15:00"), at("2017-07-22 15:00"), "h", CN) == at("2017-07-22 16:00")
    with pytest.raises(ValueError, match="before it paused"):
        resume(ends, at("2017-07-20 09:00"), at("2017-07-19 09:00"), "wd", CN)


def test_worked_weekends_are_the_published_ones() -> None:
    assert CN.is_working(date(2017, 9, 30))
    assert not CN.is_working(date(2017, 10, 1))
    assert CN.working_days_between(date(2017, 9, 27), date(2017, 10, 10)) == 5
