"""Whatever is asked in whatever order: what no story of slips, follow-ups and slots may come to."""

from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.event import Event
from contracts.pack import Pass
from contracts.supervision import (
    CadenceFulfilled,
    CadenceMissed,
    EscalationRaised,
    FollowUpConducted,
    SupervisionClosed,
    SupervisionNoticeIssued,
    SupervisionReplied,
)
from services.chassis.decider import Command, Decider, Rejected, State
from services.supervision.domain import cadence, followup, notice
from services.supervision.domain.cadence import CADENCE_SLOT, FulfilSlot, JudgeSlot, SlotOf
from services.supervision.domain.followup import FOLLOW_UP, AttemptFollowUp, ConductFollowUp, ScheduleFollowUp
from services.supervision.domain.ladder import Ladder, answered_in_writing
from services.supervision.domain.notice import (
    NOTICE,
    CloseNotice,
    IssueNotice,
    JudgeReply,
    RaiseNotice,
    ReplyToNotice,
    VerifyReply,
)
from tests.spec import NOON

HOUR = timedelta(hours=1)
LADDER = Ladder(("prompt", "blue", "orange", "red", "interview", "rectify", "accountability"))
UNITS = ("town-a", "town-b", "office")
HANDLER = "town-a"
MOMENTS = st.integers(0, 400).map(lambda hours: NOON + hours * HOUR)
LEVELS = st.sampled_from(LADDER.levels)
HELD = settings(max_examples=150, deadline=None)


def told(decider: Decider[State, Command], commands: list[Command]) -> list[tuple[Command, list[Event]]]:
    """Each command that was taken, with what it recorded; a refusal records nothing."""
    state, taken = decider.initial, []
    for command in commands:
        try:
            events = list(decider.decide(state, command))
        except Rejected:
            continue
        for event in events:
            state = decider.evolve(state, event)
        taken.append((command, events))
    return taken


def issue(level: str, issuer: str | None) -> IssueNotice:
    return IssueNotice(
        notice_id="n1",
        programme_id="jw",
        ladder=LADDER,
        level=level,
        target_unit=HANDLER,
        matter="case:c1",
        source="office",
        problem="停工",
        requirements="复工",
        at=NOON,
        reply_by=NOON + 72 * HOUR,
        issuer=issuer,
    )


ISSUED = st.builds(issue, LEVELS.filter(lambda level: level != "prompt"), st.sampled_from([None, *UNITS]))
SLIPS = st.one_of(
    ISSUED,
    st.builds(ReplyToNotice, st.sampled_from(UNITS), st.just("已派工"), MOMENTS),
    st.builds(VerifyReply, st.sampled_from(UNITS), st.booleans(), st.just("已看"), st.just(LADDER), MOMENTS),
    st.builds(
        RaiseNotice,
        *(st.just(LADDER), LEVELS, st.just("person"), MOMENTS, st.sampled_from(["", "性质严重"])),
        st.sampled_from([None, *UNITS]),
    ),
    st.builds(lambda at: JudgeReply(LADDER, at, at + 72 * HOUR), MOMENTS),
    st.builds(CloseNotice, st.just("了结"), st.sampled_from([None, *UNITS])),
)


@HELD
@given(ISSUED, st.lists(SLIPS, max_size=20))
def test_a_slip_only_rises_waits_for_an_answer_and_ends_once(first: notice.Command, more: list[notice.Command]) -> None:
    taken = told(NOTICE, [first, *more])
    events = [event for _, recorded in taken for event in recorded]
    steps = [event for event in events if isinstance(event, EscalationRaised)]
    for step in steps:
        assert LADDER.rises(step.from_level, step.to_level)
    if events:
        assert isinstance(events[0], SupervisionNoticeIssued)
        assert [one.from_level for one in steps] == [events[0].level, *(one.to_level for one in steps)][: len(steps)]
    assert sum(isinstance(event, SupervisionNoticeIssued) for event in events) <= 1
    closed = [number for number, event in enumerate(events) if isinstance(event, SupervisionClosed)]
    assert closed in ([], [len(events) - 1]), "nothing happens to a slip that was closed"
    for command, recorded in taken:
        if isinstance(command, VerifyReply | CloseNotice | RaiseNotice) and recorded:
            assert command.unit != HANDLER, "nobody judges their own unit"
        if isinstance(command, IssueNotice) and recorded:
            assert command.issuer != HANDLER
        if isinstance(command, JudgeReply) and recorded:
            [risen] = recorded
            assert isinstance(risen, EscalationRaised)
            assert answered_in_writing(risen.from_level), "above the slips time alone raises nothing"


@HELD
@given(ISSUED, st.lists(SLIPS, max_size=20))
def test_an_answer_is_given_once_until_somebody_has_looked(first: notice.Command, more: list[notice.Command]) -> None:
    waiting = False
    for command, recorded in told(NOTICE, [first, *more]):
        if any(isinstance(event, SupervisionReplied) for event in recorded):
            assert not waiting
            waiting = True
        elif isinstance(command, VerifyReply):
            assert waiting
            waiting = False


RULE = Pass(solved=True, satisfaction_min="basic")
NEEDED, DAYS = 3, 2
ANSWERS = st.sampled_from(["very", "satisfied", "basic", "dissatisfied", "very_dissatisfied"])
SCHEDULED = ScheduleFollowUp("f1", "c1", 12, 1, "department", NOON, "all", (HANDLER,))
TRIES = st.one_of(
    st.builds(AttemptFollowUp, st.sampled_from(UNITS), st.just("phone"), MOMENTS),
    st.builds(
        ConductFollowUp,
        reviewer_unit=st.sampled_from(UNITS),
        method=st.just("phone"),
        reached=st.booleans(),
        pass_rule=st.just(RULE),
        closes=st.booleans(),
        attempts_needed=st.just(NEEDED),
        days_needed=st.just(DAYS),
        days_tried=st.frozensets(st.dates(date(2017, 7, 17), date(2017, 7, 20)), max_size=3),
        contacted=st.booleans(),
        solved=st.none() | st.booleans(),
        satisfaction=st.none() | ANSWERS,
        attributable=st.none() | st.booleans(),
    ),
)


@HELD
@given(st.lists(TRIES, max_size=12))
def test_a_follow_up_ends_once_never_by_its_handler_and_as_the_pack_says(tries: list[followup.Command]) -> None:
    taken = told(FOLLOW_UP, [SCHEDULED, *tries])
    tried = 0
    ends = []
    for command, recorded in taken:
        tried += isinstance(command, AttemptFollowUp)
        if isinstance(command, ConductFollowUp):
            [event] = recorded
            assert isinstance(event, FollowUpConducted)
            ends.append(event)
            assert command.reviewer_unit != HANDLER
            if event.verdict == "unreachable":
                assert not command.reached
                assert tried + 1 >= NEEDED
                assert len(command.days_tried) >= DAYS
                assert (event.solved, event.satisfaction, event.contacted) == (None, None, None), "no view is counted"
            elif not event.solved:
                assert event.verdict == "fail", "what is not solved is always reopened"
            else:
                assert event.satisfaction is not None
                good = event.satisfaction in ("very", "satisfied", "basic")
                assert event.verdict == ("pass" if good else "fail")
                assert good or event.attributable is not None
    assert len(ends) <= 1
    assert not ends or taken[-1][1] == ends, "nothing is tried after it ended"


SLOT = SlotOf("s1", "jw", "group-meeting", date(2017, 7, 17), "group-a", NOON + 100 * HOUR)
LOOKS = st.one_of(
    st.builds(lambda at, own: FulfilSlot(SLOT, f"m-{at:%d%H}", at, automatic=own), MOMENTS, st.booleans()),
    st.builds(lambda at: JudgeSlot(SLOT, at), MOMENTS),
)


@HELD
@given(st.lists(LOOKS, max_size=12))
def test_a_slot_is_kept_once_missed_once_and_never_missed_when_kept(looks: list[cadence.Command]) -> None:
    events = [event for _, recorded in told(CADENCE_SLOT, looks) for event in recorded]
    kept = [event for event in events if isinstance(event, CadenceFulfilled)]
    missed = [event for event in events if isinstance(event, CadenceMissed)]
    assert len(kept) <= 1
    assert len(missed) <= 1
    if kept and missed:
        assert events.index(missed[0]) < events.index(kept[0]), "made up afterwards, never missed after it was kept"
    for event in missed:
        assert event.due == SLOT.due
        assert event.watermark > SLOT.due, "nothing is missed before its day is over for everybody"
    for command, recorded in told(CADENCE_SLOT, looks):
        if isinstance(command, FulfilSlot) and recorded:
            assert isinstance(recorded[0], CadenceFulfilled)
            assert recorded[0].late == (command.at > SLOT.due)


def test_these_stories_reach_what_they_forbid() -> None:
    """Commands that are all refused would prove nothing."""
    rising: list[notice.Command] = [
        issue("blue", "office"),
        JudgeReply(LADDER, NOON + 80 * HOUR, NOON + 160 * HOUR),
        ReplyToNotice(HANDLER, "已派工", NOON + 90 * HOUR),
        VerifyReply("office", holds=True, text="属实", ladder=LADDER, reply_by=_later(100)),
    ]
    assert [len(recorded) for _, recorded in told(NOTICE, rising)] == [1, 1, 1, 2]


def _later(hours: int) -> datetime:
    return NOON + hours * HOUR
