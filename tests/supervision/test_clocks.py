"""A deadline is met, paused, cancelled or breached; breached once, with the instant it was due."""

from dataclasses import replace
from datetime import datetime, timedelta

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
    DeadlineReminderSent,
    Warnings,
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
    RemindByHand,
    RemindClock,
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


def test_what_was_owed_no_more_on_its_day_was_not_late_when_that_is_heard_after_the_breach() -> None:
    given(CLOCK, started, breached(9)).when(CancelClock(Seen(NOON + 2 * HOUR, None), "settled")).then(
        BreachWithdrawn(**ID, met_at=NOON + 2 * HOUR),
        ClockCancelled(**ID, at=NOON + 2 * HOUR, reason="settled"),
    )
    given(CLOCK, started, breached(9)).when(CancelClock(Seen(NOON + 10 * HOUR, None), "settled")).then(
        ClockCancelled(**ID, at=NOON + 10 * HOUR, reason="settled")
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


MARKS = Warnings(
    yellow_at=NOON + 6 * HOUR, marks={"50%": NOON + 4 * HOUR, "80%": NOON + 6 * HOUR, "1h": NOON + 7 * HOUR}
)
warned = started.model_copy(update={"limit": "8h", "warnings": MARKS})


def reminded(threshold: str, hours: int) -> DeadlineReminderSent:
    return DeadlineReminderSent(
        **ID, order_id="o1", threshold=threshold, to_unit="town-a", due=DUE, at=NOON + hours * HOUR
    )


def remind(hours: int) -> RemindClock:
    return RemindClock(NOON + hours * HOUR)


def test_each_mark_reminds_once_and_only_while_the_time_runs() -> None:
    given(CLOCK, warned).when(remind(3)).then()
    given(CLOCK, warned).when(remind(4)).then(reminded("50%", 4))
    given(CLOCK, warned, reminded("50%", 4)).when(remind(6)).then(reminded("80%", 6))
    given(CLOCK, warned, paused).when(remind(6)).then()
    given(CLOCK, warned, met).when(remind(6)).then()
    given(CLOCK, warned).when(remind(9)).then()


def test_after_an_outage_one_reminder_stands_for_those_that_were_missed() -> None:
    given(CLOCK, warned).when(remind(7)).then(reminded("1h", 7))
    given(CLOCK, warned, reminded("80%", 6)).when(remind(6)).then()


def test_marks_move_with_the_deadline_and_what_was_sent_is_not_sent_again() -> None:
    later = Warnings(yellow_at=NOON + 16 * HOUR, marks={"50%": NOON + 10 * HOUR, "80%": NOON + 16 * HOUR})
    move = ClockMoved(**ID, at=NOON + 5 * HOUR, due=NOON + 20 * HOUR, reason="extension", warnings=later)
    given(CLOCK, warned, reminded("50%", 4), move).when(remind(12)).then()
    given(CLOCK, warned, reminded("50%", 4), move).when(remind(17)).then(
        reminded("80%", 17).model_copy(update={"due": NOON + 20 * HOUR})
    )


def test_a_person_asks_for_haste_once_a_day_also_after_the_breach() -> None:
    given(CLOCK, warned).when(RemindByHand(NOON + HOUR)).then(reminded("hand", 1))
    given(CLOCK, warned, reminded("hand", 1)).when(RemindByHand(NOON + 2 * HOUR)).then()
    given(CLOCK, warned, breached(9), reminded("hand", 1)).when(RemindByHand(NOON + 20 * HOUR)).then(
        reminded("hand", 20)
    )
    given(CLOCK, warned, met).when(RemindByHand(NOON + 2 * HOUR)).then()


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


FACTS = (
    "sign", "hold", "go on", "more time", "calendar", "done", "cancelled", "begin",
)  # fmt: skip


def told(what: str, at: datetime) -> Command:
    """What one record of dispatch tells the clock."""
    seen = Seen(at, 9)
    match what:
        case "hold":
            return PauseClock(seen, "suspended")
        case "sign":
            return PauseClock(seen, "returned")
        case "go on":
            return ResumeClock(seen, at + 6 * HOUR)
        case "more time":
            return MoveClock(seen, at + 9 * HOUR, "extension")
        case "calendar":
            return MoveClock(seen, DUE + 3 * HOUR, "recomputed")
        case "done":
            return MeetClock(seen, at)
        case "cancelled":
            return CancelClock(seen)
        case _:
            return replace(start, limit="8h", warnings=MARKS)


def without_noticing(events: list[Event]) -> list[Event]:
    """The events as they stand whoever noticed the breach: less its watermark, and without reminders."""
    kept = [event for event in events if not isinstance(event, DeadlineReminderSent)]
    same = {"watermark": NOON, "dispatch_position": 0}
    return [event.model_copy(update=same) if isinstance(event, DeadlineBreached) else event for event in kept]


def lived(story: list[tuple[str, int]], looks: list[int], redelivered: int, restarts: set[int]) -> list[Event]:
    """The clock's events when dispatch's records come in their order, each at least once, and the timer looks now and
    then; a command id that was decided is never decided again, as in the log."""
    records = [(f"{n}", told(what, NOON + at * HOUR), at) for n, (what, at) in enumerate([("begin", 0), *story])]
    state, events, done = Clock(), list[Event](), set[str]()

    def take(name: str, command: Command) -> None:
        nonlocal state
        if name in done:
            return
        new = list(CLOCK.decide(state, command))
        done.add(name)
        state = CLOCK.fold(new, state)
        events.extend(new)

    for place, (name, command, at) in enumerate(records):
        for look in sorted(look for look in looks if look < at):
            take(f"judge {look} {place}", judge(look))
            take(f"remind {look} {place}", remind(look))
        take(name, command)
        if place in restarts:
            for again, same, _ in records[max(0, place - redelivered) : place + 1]:
                take(again, same)
            state = CLOCK.fold(events)
    take("the end", judge(1000))
    return events


@settings(max_examples=300, deadline=None)
@hypothesis_given(
    story=st.lists(st.tuples(st.sampled_from(FACTS), st.integers(0, 40)), max_size=8),
    looks=st.lists(st.integers(1, 60), max_size=8),
    redelivered=st.integers(0, 8),
    restarts=st.sets(st.integers(0, 8)),
)
def test_whenever_it_is_looked_at_restarted_or_told_again_the_same_is_recorded(
    story: list[tuple[str, int]], looks: list[int], redelivered: int, restarts: set[int]
) -> None:
    story = sorted(story, key=lambda told: told[1])
    events = lived(story, looks, redelivered, restarts)
    assert without_noticing(events) == without_noticing(lived(story, [], 0, set()))
    sent = [e.threshold for e in events if isinstance(e, DeadlineReminderSent)]
    assert len(sent) == len(set(sent))
    assert sum(isinstance(e, ClockStarted) for e in events) == 1
