"""One watched deadline: started, paused, resumed, moved, met or cancelled; breached at most once.

A breach is recorded with the instant it was due, whether the timer notices it or the late fact itself does. The
deciding events are the same either way, so neither a restart nor the order of noticing changes what is recorded.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

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
)
from services.chassis.decider import Decider
from services.chassis.zone import LOCAL
from services.supervision.domain.clock_commands import (
    CancelClock,
    CancelReason,
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
)
from services.supervision.domain.clock_state import BY_HAND, Clock, Status, evolve

__all__ = [
    "CLOCK",
    "CancelClock",
    "CancelReason",
    "Clock",
    "Command",
    "JudgeClock",
    "MeetClock",
    "MoveClock",
    "PauseClock",
    "RemindByHand",
    "RemindClock",
    "ResumeClock",
    "Seen",
    "StartClock",
    "Status",
]


def decide(clock: Clock, command: Command) -> Sequence[Event]:
    if isinstance(command, StartClock):
        return _start(clock, command)
    if clock.due is None or clock.ended:
        return []  # nothing is watched, so nothing changes: a repeated or a late fact
    match command:
        case PauseClock():
            return _pause(clock, command)
        case ResumeClock():
            return _resume(clock, command)
        case MoveClock():
            return _move(clock, command)
        case MeetClock():
            return _meet(clock, command)
        case CancelClock():
            return _cancel(clock, command)
        case JudgeClock(watermark=watermark, position=position):
            return _overrun(clock, Seen(watermark, position))
        case RemindClock(watermark=watermark):
            return _remind(clock, watermark)
        case RemindByHand(at=at):
            return _remind_by_hand(clock, at)
        case _:
            assert_never(command)


def _start(clock: Clock, c: StartClock) -> Sequence[Event]:
    if clock.status is not Status.NONE:
        return []
    return [
        ClockStarted(
            clock_id=c.clock_id,
            case_id=c.case_id,
            order_id=c.order_id,
            kind=c.kind,
            unit=c.unit,
            started_at=c.started_at,
            due=c.due,
            limit=c.limit,
            warnings=c.warnings,
            matter=c.matter,
            about=c.about,
        )
    ]


def _overrun(clock: Clock, seen: Seen) -> list[Event]:
    """The breach, when the clock ran past its due instant before `seen`."""
    if clock.status is not Status.RUNNING or clock.breached or clock.due is None or seen.at <= clock.due:
        return []
    return [
        DeadlineBreached(
            clock_id=clock.clock_id,
            case_id=clock.case_id,
            order_id=clock.order_id,
            kind=clock.kind,
            unit=clock.unit,
            due=clock.due,
            watermark=seen.at,
            dispatch_position=seen.position,
            matter=clock.matter,
        )
    ]


def _pause(clock: Clock, c: PauseClock) -> Sequence[Event]:
    if clock.status is Status.PAUSED:
        return []
    pause = ClockPaused(clock_id=clock.clock_id, case_id=clock.case_id, kind=clock.kind, reason=c.reason, at=c.seen.at)
    return [*_overrun(clock, c.seen), pause]


def _resume(clock: Clock, c: ResumeClock) -> Sequence[Event]:
    if clock.status is not Status.PAUSED:
        return []
    return [
        ClockResumed(
            clock_id=clock.clock_id,
            case_id=clock.case_id,
            kind=clock.kind,
            at=c.seen.at,
            due=c.due,
            warnings=c.warnings,
        )
    ]


def _move(clock: Clock, c: MoveClock) -> Sequence[Event]:
    """Time granted before anybody noticed the breach, or after: the same events, and no breach is left.

    Only what was asked for in time is granted, and a calendar is the same for all; so a due instant that is still to
    come takes the breach of the old one away. A paused clock keeps its pause.
    """
    if clock.due == c.due:
        return []
    before = _overrun(clock, c.seen)
    if (clock.breached is not None or before) and c.due > c.seen.at:
        before.append(
            BreachWithdrawn(clock_id=clock.clock_id, case_id=clock.case_id, kind=clock.kind, met_at=c.seen.at)
        )
    moved = ClockMoved(
        clock_id=clock.clock_id,
        case_id=clock.case_id,
        kind=clock.kind,
        at=c.seen.at,
        due=c.due,
        reason=c.reason,
        warnings=c.warnings,
    )
    return [*before, moved]


def _meet(clock: Clock, c: MeetClock) -> Sequence[Event]:
    if clock.due is None:
        return []
    before: list[Event] = []
    if clock.breached is not None and c.met_at <= clock.breached:
        late = False
        before.append(BreachWithdrawn(clock_id=clock.clock_id, case_id=clock.case_id, kind=clock.kind, met_at=c.met_at))
    elif clock.breached is not None:
        late = True
    else:
        late = clock.status is Status.RUNNING and c.met_at > clock.due
        before += _overrun(clock, c.seen) if late else []
    met = ClockMet(clock_id=clock.clock_id, case_id=clock.case_id, kind=clock.kind, at=c.met_at, late=late)
    return [*before, met]


def _cancel(clock: Clock, c: CancelClock) -> Sequence[Event]:
    """What was owed no more on its day was not late, though that was heard of after the breach."""
    at = c.seen.at
    before: list[Event] = []
    if clock.breached is not None and at <= clock.breached:
        before.append(BreachWithdrawn(clock_id=clock.clock_id, case_id=clock.case_id, kind=clock.kind, met_at=at))
    else:
        before += _overrun(clock, c.seen)
    end = ClockCancelled(clock_id=clock.clock_id, case_id=clock.case_id, kind=clock.kind, at=at, reason=c.reason)
    return [*before, end]


def _remind(clock: Clock, watermark: datetime) -> Sequence[Event]:
    """The latest mark that has passed and was not sent; marks before one that was sent say nothing new.

    So an outage is followed by one reminder and not by all that were missed, and a breach by none.
    """
    if clock.status is not Status.RUNNING or clock.breached or clock.due is None or watermark > clock.due:
        return []
    due_marks = [(at, mark) for at, mark in clock.marks if at <= watermark]
    sent = max((at for at, mark in clock.marks if mark in clock.reminded), default=None)
    unsent = [(at, mark) for at, mark in due_marks if mark not in clock.reminded and (sent is None or at > sent)]
    return [_reminder(clock, unsent[-1][1], watermark)] if unsent else []


def _remind_by_hand(clock: Clock, at: datetime) -> Sequence[Event]:
    if clock.status is not Status.RUNNING:
        return []
    if clock.hand_at is not None and clock.hand_at.astimezone(LOCAL).date() == at.astimezone(LOCAL).date():
        return []
    return [_reminder(clock, BY_HAND, at)]


def _reminder(clock: Clock, threshold: str, at: datetime) -> DeadlineReminderSent:
    assert clock.due is not None, "a running clock has a due instant"
    return DeadlineReminderSent(
        clock_id=clock.clock_id,
        case_id=clock.case_id,
        order_id=clock.order_id,
        kind=clock.kind,
        threshold=threshold,
        to_unit=clock.unit,
        due=clock.due,
        at=at,
    )


CLOCK: Decider[Clock, Command] = Decider("clock", Clock(), evolve, decide)
