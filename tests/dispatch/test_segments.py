"""However a case goes, its clock is one line without gaps or doubled time while it is open."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.dispatch import (
    CaseClosedUnhandled,
    CaseCompleted,
    CaseMerged,
    CaseReopened,
    CaseResumed,
    MergeUndone,
    OrderCancelled,
)
from contracts.event import Event
from services.dispatch.read.segments import Timeline, of_case, project
from tests.dispatch.asking import DISPATCH, HOUR, OFFICE, handed_over, post
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
from tests.dispatch.world import DESK, ROAD, World
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
        (1, "ended", None, False),
        (2, "desk", None, False),
        (2, "handed_over", "bureau-b", True),
    ]
    first = line.segments[:7]
    spent = sum(((one.ended_at or NOON) - one.started_at for one in first), timedelta())
    assert spent == NOON + 9 * timedelta(hours=1) - opened.received_at


async def test_the_pieces_up_to_a_completion_add_up_to_what_it_records(world: World) -> None:
    """In every round, also what lay between the first completion and the second round."""
    case_id, order = await handed_over(world, territory=None)
    for number in (1, 2):
        async with world.api(ROAD) as road, world.api(OFFICE) as office, world.api(DESK) as desk:
            world.clock.advance(3 * HOUR)
            assert (await post(road, f"/orders/{order}/sign", {"responsible_person": "p-road"})).status_code == 201
            world.clock.advance(5 * HOUR)
            done = await post(road, f"/orders/{order}/complete", {"result": "solved", "reply": "已修好。"})
            assert done.status_code == 201, done.text
            await world.settled()
            rows = await of_case(world.service.pool, case_id)
            recorded = await elapsed(world, case_id)
            summed = sum(((row["ended_at"] - row["started_at"]).total_seconds() for row in rows), 0.0)
            assert abs(summed - recorded) < 2, (number, [dict(row) for row in rows])
            if number == 1:
                world.clock.advance(2 * DAY)
                again = {"reason": "spot_check", "text": "现场未修"}
                assert (await post(office, f"/cases/{case_id}/reopen", again)).status_code == 201
                await world.settled()
                handed = await post(desk, f"/cases/{case_id}/dispatch", {**DISPATCH, "territory": None})
                assert handed.status_code == 201, handed.text
                order = handed.json()["orders"][0]["order_id"]
                await world.settled()


async def elapsed(world: World, case_id: str) -> int:
    """Seconds from receipt to the latest completion, as its event says."""
    said: str = await world.service.pool.fetchval(
        "SELECT convert_from(payload, 'UTF8')::json -> 'data' ->> 'elapsed_s' FROM event"
        " WHERE stream = $1 AND type = $2 ORDER BY version DESC LIMIT 1",
        f"case-{case_id}",
        CaseCompleted.TYPE,
    )
    return int(said)
