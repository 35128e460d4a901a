"""Rhythms: named days with rolling, periods without named days, and days that fall away."""

from datetime import date, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.chassis.deadlines import Calendar, Rhythm, slot_days

CN = Calendar(id="CN-2017@1", office=((time(9), time(12)), (time(13, 30), time(17, 30))))
TUE_THU = ("tue", "thu")


def days(rhythm: Rhythm, first: str, last: str) -> list[str]:
    return [d.isoformat()[5:] for d in slot_days(rhythm, date.fromisoformat(first), date.fromisoformat(last), CN)]


def test_half_monthly_slots_roll_forward() -> None:
    found = days(Rhythm("half_monthly", (1, 16), "forward"), "2017-07-01", "2017-09-30")
    assert found == ["07-03", "07-17", "08-01", "08-16", "09-01", "09-18"]


def test_month_ends_roll_back() -> None:
    assert days(Rhythm("month_end"), "2017-03-01", "2017-05-31") == ["03-31", "04-28", "05-31"]
    assert days(Rhythm("monthly", (31,), "back"), "2017-03-01", "2017-05-31") == ["03-31", "04-28", "05-31"]


def test_tuesdays_and_thursdays_drop_in_holidays() -> None:
    kept, all_days = Rhythm("weekly", TUE_THU, "drop"), Rhythm("weekly", TUE_THU, "forward")
    assert len(days(kept, "2019-09-10", "2019-12-13")) == 26
    assert len(days(kept, "2019-09-10", "2019-12-10")) == 25
    assert not {"10-01", "10-03"} & set(days(kept, "2019-09-10", "2019-12-10"))
    assert "10-08" in days(all_days, "2019-10-01", "2019-10-08"), "rolled behind the holiday, once"


def test_without_named_days_a_period_ends_with_its_last_working_day() -> None:
    assert days(Rhythm("weekly"), "2017-09-25", "2017-10-15") == ["09-30", "10-13"]
    assert days(Rhythm("half_monthly"), "2017-07-01", "2017-07-31") == ["07-14", "07-31"]
    assert days(Rhythm("monthly"), "2017-09-01", "2017-09-30") == ["09-30"]


def test_a_slot_rolled_into_the_window_counts_and_one_rolled_out_does_not() -> None:
    forward = Rhythm("half_monthly", (1, 16), "forward")
    assert days(forward, "2017-07-02", "2017-07-16") == ["07-03"]
    assert days(forward, "2017-07-16", "2017-07-16") == []


@given(
    first=st.dates(date(2016, 1, 1), date(2026, 1, 1)),
    cut=st.integers(0, 200),
    rest=st.integers(1, 200),
    rhythm=st.sampled_from(
        [
            Rhythm("half_monthly", (1, 16), "forward"),
            Rhythm("month_end"),
            Rhythm("weekly", TUE_THU, "drop"),
            Rhythm("weekly"),
        ]
    ),
)
def test_a_window_holds_what_its_two_halves_hold(first: date, cut: int, rest: int, rhythm: Rhythm) -> None:
    middle, last = first + timedelta(days=cut), first + timedelta(days=cut + rest)
    halves = slot_days(rhythm, first, middle, CN) + slot_days(rhythm, middle + timedelta(days=1), last, CN)
    assert slot_days(rhythm, first, last, CN) == halves
    assert all(CN.is_working(day) for day in halves)
