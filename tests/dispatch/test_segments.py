"""However a case goes, its clock is one line without gaps or doubled time while it is open."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.dispatch import (
    CaseClosedUnhandled,
    CaseMerged,
    CaseReopened,
    CaseResumed,
    MergeUndone,
    OrderCancelled,
)
from contracts.event import Event
from services.dispatch.read.segments import Timeline, project
from tests.dispatch.story import (
    DAY,
    NOON,
    case_done,
    issued,
    opened,
    returned,
    ruled,
    signed,
    suspended,
)
from tests.spec import facts

GONE = CaseMerged(case_id="c1", case_no=1, into="c2", into_no=2, request_ids=("r1",), link="merged", reason="同一处")
BACK = MergeUndone(case_id="c1", case_no=1, from_case="c2", reason="不是同一处")
AGAIN = CaseReopened(case_id="c1", case_no=1, reason="spot_check", text="未修", round=2, was_struck_off=True)
CLOSED = CaseClosedUnhandled(
    case_id="c1", case_no=1, reason_code="withdrawn", reason="撤回", approver="p9", told_at=NOON
)
RESUMED = CaseResumed(case_id="c1", case_no=1, reason="汛期结束", finish_by={"o1": NOON + 9 * DAY})
CANCELLED = OrderCancelled(case_id="c1", case_no=1, order_id="o1", cause="merged", reason="并案")
ENDS = (case_done, GONE, CLOSED)
ANY: list[Event] = [
    issued(),
    issued("o2", "bureau-b"),
    issued("o3", "bureau-c", role="co"),
    signed(),
    signed("o3"),
    returned(),
    ruled(accepted=False),
    ruled(accepted=True),
    CANCELLED,
    suspended,
    RESUMED,
    AGAIN,
    BACK,
    *ENDS,
]


def line_of(*events: Event) -> Timeline:
    """One event an hour, the opening at noon."""
    line = Timeline()
    for hour, fact in enumerate(facts(opened, *events)):
        project(line, replace(fact, time=NOON + timedelta(hours=hour)))
    return line


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(ANY), max_size=12))
def test_pieces_follow_each_other_and_only_an_end_leaves_a_gap(events: list[Event]) -> None:
    line = line_of(*events)
    assert line.segments[0].started_at == opened.received_at
    for before, after in zip(line.segments, line.segments[1:], strict=False):
        assert before.ended_at is not None
        assert before.started_at < before.ended_at <= after.started_at
        if before.ended_at < after.started_at:
            hour = round((before.ended_at - NOON) / timedelta(hours=1))
            assert events[hour - 1] in ENDS
    assert [one.n for one in line.segments] == list(range(1, len(line.segments) + 1))


def test_each_piece_is_the_units_that_had_it() -> None:
    line = line_of(
        issued(),
        returned(),
        ruled(accepted=False),
        signed(),
        suspended,
        RESUMED,
        issued("o3", "bureau-c", role="co"),
        signed("o3"),
        case_done,
        AGAIN,
        issued("o2", "bureau-b", round=2),
    )
    said = [(one.round, one.kind, one.unit, one.ended_at is None) for one in line.segments]
    assert said == [
        (1, "desk", None, False),
        (1, "handed_over", "town-a", False),
        (1, "returned", "town-a", False),
        (1, "handed_over", "town-a", False),
        (1, "working", "town-a", False),
        (1, "paused", "town-a", False),
        (1, "working", "town-a", False),
        (2, "desk", None, False),
        (2, "handed_over", "bureau-b", True),
    ]
    first = line.segments[:7]
    spent = sum(((one.ended_at or NOON) - one.started_at for one in first), timedelta())
    assert spent == NOON + 9 * timedelta(hours=1) - opened.received_at
