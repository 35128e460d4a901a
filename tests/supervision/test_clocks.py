"""A deadline is met, paused, cancelled or breached; breached once, with the instant it was due."""

from datetime import timedelta

from hypothesis import given as hypothesis_given
from hypothesis import settings
from hypothesis import strategies as st

from contracts.event import Event
from contracts.supervision import (
    BreachWithdrawn,
    ClockCancelled,
    ClockMet,
    ClockMoved,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    DeadlineBreached,
)
from services.supervision.domain.clock import (
    CLOCK,
    CancelClock,
    Clock,
    Command,
    JudgeClock,
    MeetClock,
    MoveClock,
    PauseClock,
    ResumeClock,
    Seen,
    StartClock,
    Status,
)
from tests.spec import NOON, given

HOUR = timedelta(hours=1)
DUE = NOON + 8 * HOUR
ID = {"clock_id": "o1-finish", "case_id": "c1", "kind": "finish"}

start = StartClock("o1-finish", "c1", "o1", "finish", "town-a", NOON, DUE)
started = ClockStarted(**ID, order_id="o1", unit="town-a", started_at=NOON, due=DUE)
paused = ClockPaused(**ID, reason="suspended", at=NOON + HOUR)
resumed = ClockResumed(**ID, at=NOON + 3 * HOUR, due=DUE + 2 * HOUR)
met = ClockMet(**ID, at=NOON + HOUR, late=False)


def breached(hours: int, position: int = 9) -> DeadlineBreached:
    """Noticed so many hours after noon; due when it was due."""
    return DeadlineBreached(
        **ID, order_id="o1", unit="town-a", due=DUE, watermark=NOON + hours * HOUR, dispatch_position=position
    )


def judge(hours: int) -> JudgeClock:
    return JudgeClock(NOON + hours * HOUR, 9)


def meet(hours: int) -> MeetClock:
    return MeetClock(Seen(NOON + hours * HOUR, 9), NOON + hours * HOUR)


def test_a_clock_starts_once() -> None:
    given(CLOCK).when(start).then(started)


def test_it_is_met_in_time() -> None:
    given(CLOCK, started).when(meet(1)).then(met)


def test_it_is_met_at_the_very_instant_it_is_due() -> None:
    given(CLOCK, started).when(meet(8)).then(ClockMet(**ID, at=DUE, late=False))


def test_nothing_is_judged_before_the_watermark_has_passed_the_due_instant() -> None:
    given(CLOCK, started).when(judge(8)).then()


def test_behind_the_watermark_it_is_breached_with_the_moment_it_was_due() -> None:
    given(CLOCK, started).when(judge(9)).then(breached(9))


def test_a_late_act_records_the_breach_that_the_timer_had_not_yet_seen() -> None:
    given(CLOCK, started).when(meet(10)).then(breached(10), ClockMet(**ID, at=NOON + 10 * HOUR, late=True))


def test_a_breached_clock_is_not_breached_again() -> None:
    given(CLOCK, started, breached(9)).when(judge(20)).then()


def test_a_late_fact_that_proves_the_breach_wrong_withdraws_it() -> None:
    late_news = MeetClock(Seen(NOON + 10 * HOUR, 12), NOON + 7 * HOUR)
    given(CLOCK, started, breached(9)).when(late_news).then(
        BreachWithdrawn(**ID, met_at=NOON + 7 * HOUR), ClockMet(**ID, at=NOON + 7 * HOUR, late=False)
    )


def test_a_paused_clock_is_not_judged_and_goes_on_with_its_new_due_instant() -> None:
    given(CLOCK, started, paused).when(judge(30)).then()
    given(CLOCK, started, paused).when(ResumeClock(Seen(NOON + 3 * HOUR, 9), DUE + 2 * HOUR)).then(resumed)
    given(CLOCK, started, paused, resumed).when(judge(9)).then()


def test_a_pause_after_the_due_instant_does_not_hide_the_breach() -> None:
    given(CLOCK, started).when(PauseClock(Seen(NOON + 9 * HOUR, 9), "returned")).then(
        breached(9), ClockPaused(**ID, reason="returned", at=NOON + 9 * HOUR)
    )


def test_a_later_due_instant_does_not_undo_a_breach() -> None:
    later = ClockResumed(**ID, at=NOON + 20 * HOUR, due=NOON + 40 * HOUR)
    given(CLOCK, started, breached(9), paused, later).when(meet(30)).then(
        ClockMet(**ID, at=NOON + 30 * HOUR, late=True)
    )


def test_an_accepted_return_ends_it() -> None:
    given(CLOCK, started, paused).when(CancelClock(Seen(NOON + 2 * HOUR, 9))).then(
        ClockCancelled(**ID, at=NOON + 2 * HOUR, reason="return-accepted")
    )


def test_a_cancelled_order_ends_it() -> None:
    given(CLOCK, started).when(CancelClock(Seen(NOON + 2 * HOUR, 9), "order-cancelled")).then(
        ClockCancelled(**ID, at=NOON + 2 * HOUR, reason="order-cancelled")
    )


def moved(hours: int, due: int) -> MoveClock:
    return MoveClock(Seen(NOON + hours * HOUR, 9), NOON + due * HOUR, "extension")


def movement(hours: int, due: int) -> ClockMoved:
    return ClockMoved(**ID, at=NOON + hours * HOUR, due=NOON + due * HOUR, reason="extension")


def test_more_time_moves_it_and_is_judged_by_the_new_due_instant() -> None:
    given(CLOCK, started).when(moved(2, 20)).then(movement(2, 20))
    given(CLOCK, started, movement(2, 20)).when(judge(9)).then()
    given(CLOCK, started).when(moved(2, 8)).then()


def test_time_granted_after_the_due_instant_leaves_no_breach_whoever_noticed_it_first() -> None:
    withdrawn = BreachWithdrawn(clock_id="o1-finish", case_id="c1", kind="finish", met_at=NOON + 10 * HOUR)
    given(CLOCK, started).when(moved(10, 20)).then(breached(10), withdrawn, movement(10, 20))
    given(CLOCK, started, breached(9)).when(moved(10, 20)).then(withdrawn, movement(10, 20))


def test_a_new_due_instant_that_has_passed_too_excuses_nothing() -> None:
    given(CLOCK, started, breached(9)).when(moved(10, 9)).then(movement(10, 9))


def test_a_paused_clock_keeps_its_pause_when_it_moves() -> None:
    given(CLOCK, started, paused, movement(2, 20)).when(judge(30)).then()


COMMANDS: list[Command] = [
    start,
    meet(5),
    meet(12),
    judge(7),
    judge(9),
    judge(50),
    PauseClock(Seen(NOON + 4 * HOUR, 9), "suspended"),
    PauseClock(Seen(NOON + 11 * HOUR, 9), "returned"),
    ResumeClock(Seen(NOON + 13 * HOUR, 9), DUE + 9 * HOUR),
    CancelClock(Seen(NOON + 14 * HOUR, 9)),
    moved(6, 30),
    moved(12, 40),
]


@settings(max_examples=300, deadline=None)
@hypothesis_given(st.lists(st.sampled_from(COMMANDS), max_size=12))
def test_however_it_goes_a_clock_ends_once_and_has_at_most_one_standing_breach(commands: list[Command]) -> None:
    state, events = Clock(), list[Event]()
    for command in commands:
        new = list(CLOCK.decide(state, command))
        state, events = CLOCK.fold(new, state), [*events, *new]
    ends = [e for e in events if isinstance(e, (ClockMet, ClockCancelled))]
    breaches = sum(isinstance(e, DeadlineBreached) for e in events)
    withdrawn = sum(isinstance(e, BreachWithdrawn) for e in events)
    assert len(ends) <= 1
    assert 0 <= breaches - withdrawn <= 1
    assert (state.status in (Status.MET, Status.CANCELLED)) == bool(ends)
    if breaches:
        assert next(e for e in events if isinstance(e, DeadlineBreached)).watermark > DUE
