"""The read models: the same rows however the events are cut into batches or the sources arrive."""

import random
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from contracts.dispatch import (
    AbsorptionUndone,
    CaseAbsorbed,
    CaseOpened,
    CaseReopened,
    CaseResumed,
    CaseSuspended,
    ConsultationHeld,
    Decision,
    ExtensionDecided,
    ExtensionRequested,
    Milestone,
    MilestoneReached,
    OrderCancelled,
    RequestJoined,
)
from contracts.event import Event
from contracts.supervision import ClockResumed, DeadlineBreached, ProgrammePackActivated
from services.chassis.clock import SystemClock
from services.chassis.facts import Fact
from services.chassis.read_model import Bulk, Context, Projection
from services.dispatch.read.board import BOARD
from services.dispatch.read.consultations import CONSULTATIONS
from services.dispatch.read.history import HISTORY
from services.dispatch.read.numbers import NUMBERS
from services.dispatch.read.orders import ORDERS
from services.dispatch.read.segments import SEGMENTS
from services.dispatch.read.steps import STEPS
from services.dispatch.web.timeline import TELLERS
from tests.dispatch.story import (
    AT_WORK,
    DAY,
    NOON,
    TEXT,
    case_done,
    classified,
    issued,
    opened,
    order_done,
    planned,
    returned,
    routed,
    ruled,
    signed,
    struck_off,
)
from tests.dispatch.world import PACK
from tests.spec import facts

PACK_ON = ProgrammePackActivated(
    programme_id="jw-2017",
    name="演示",
    pack_version=1,
    sha256="0" * 64,
    content=PACK.read_text("utf-8"),
    effective_from=NOON,
)
SUSPENDED = CaseSuspended(
    case_id="c1", case_no=1, reason="汛期", condition="汛期结束", review_on=NOON + 5 * DAY, approver="p9"
)
RESUMED = CaseResumed(case_id="c1", case_no=1, reason="汛期结束", finish_by={"o1": NOON + 12 * DAY})
REOPENED = CaseReopened(case_id="c1", case_no=1, reason="spot_check", text="未修", round=2, was_struck_off=True)
OF_CASE: dict[str, Any] = {"case_id": "c1", "case_no": 1}
OF_ORDER: dict[str, Any] = {**OF_CASE, "order_id": "o1"}
STEP = Milestone(name="进场", due=NOON + 2 * DAY)
LATER = NOON + 10 * DAY
TURNS: tuple[Event, ...] = (
    planned.model_copy(update={"timetable": (STEP, STEP.model_copy(update={"name": "完工"}))}),
    MilestoneReached(**OF_ORDER, milestone=1, name="进场", late=False),
    ExtensionRequested(**OF_ORDER, reason="缺料", finish_by=LATER, n=1),
    ExtensionDecided(
        **OF_ORDER, granted=True, old_finish_by=NOON + 7 * DAY, finish_by=LATER, approver="p9", reason="属实"
    ),
    RequestJoined(**OF_CASE, request_id="r2", link="merged", channel="web", title=TEXT, text=TEXT, received_at=NOON),
    CaseAbsorbed(
        **OF_CASE, from_case="c9", from_no=9, request_ids=("r9",), link="merged", complained_units=("bureau-y",)
    ),
    AbsorptionUndone(**OF_CASE, to_case="c9", request_ids=("r9",), reason="不是一件事"),
    issued("o9", "bureau-c", role="co"),
    OrderCancelled(**{**OF_ORDER, "order_id": "o9"}, cause="desk", reason="不再需要"),
    ConsultationHeld(
        consult_id="k1",
        kind="consultation",
        chair="p9",
        attendees=("town-a",),
        case_ids=("c1",),
        held_at=NOON,
        decisions=(Decision(text="清运", unit="bureau-c", due=LATER),),
    ),
)
WHOLE: tuple[Event, ...] = (
    opened,
    classified,
    routed,
    issued(),
    returned(),
    ruled(accepted=False),
    signed(),
    planned,
    SUSPENDED,
    RESUMED,
    order_done(),
    case_done,
    struck_off,
    REOPENED,
    routed,
    issued("o2", "bureau-b", round=2),
)


def second(event: Event) -> Event:
    """The same, of another case."""
    changes = {"case_id": "c2"} | ({"order_id": "p" + event.order_id} if hasattr(event, "order_id") else {})
    if isinstance(event, ConsultationHeld):
        changes = {"consult_id": "k2", "case_ids": ("c2",)}
    return event.model_copy(update=changes)


async def tables(db: asyncpg.Connection, projection: Projection, suffix: str) -> dict[str, str]:
    found = {view: f"{view}_{suffix}" for view in projection.ddl}
    for view, ddl in projection.ddl.items():
        await db.execute(ddl.format(t=found[view]))
    return found


async def rows(db: asyncpg.Connection, found: dict[str, str]) -> dict[str, Any]:
    return {
        view: sorted(map(repr, map(dict, await db.fetch(f"SELECT * FROM {table}"))))
        for view, table in found.items()
        if view != "board_pack"
    }


async def fold(
    db: Any, projection: Projection, told: Sequence[Fact], cuts: Sequence[int], suffix: str, *, bulk: bool = False
) -> dict[str, Any]:
    """The rows after the facts, in batches that end at `cuts`."""
    found = await tables(db, projection, suffix)
    ctx = Context(SystemClock(), bulk=Bulk(complete=True) if bulk else None)
    wanted = projection.types
    for start, end in zip([0, *cuts], [*cuts, len(told)], strict=True):
        batch = [fact for fact in told[start:end] if fact.event.TYPE in wanted]
        if batch:
            await projection.apply(db, batch, found, ctx)
    if ctx.bulk is not None:
        await ctx.bulk.flush(db)
    return await rows(db, found)


FOLDED = (BOARD, ORDERS, NUMBERS, HISTORY, STEPS, SEGMENTS, CONSULTATIONS)


@pytest.mark.parametrize("projection", FOLDED, ids=lambda p: p.name)
async def test_any_cut_into_batches_gives_the_same_rows(projection: Projection, database: str) -> None:
    story = (*WHOLE[:7], *TURNS, *WHOLE[7:])
    both = [event for one in story for event in (one, second(one))]
    told = facts(PACK_ON, *both)
    rng = random.Random(7)
    async with asyncpg.create_pool(database, min_size=1, max_size=1) as pool, pool.acquire() as db:
        once = await fold(db, projection, told, [], "once")
        assert any(once.values())
        assert await fold(db, projection, told, range(1, len(told)), "single") == once
        assert await fold(db, projection, told, [9], "bulk", bulk=True) == once
        for turn in range(3):
            cuts = sorted(rng.sample(range(1, len(told)), 5))
            assert await fold(db, projection, told, cuts, f"cut{turn}") == once


async def test_a_clock_of_another_source_may_come_before_its_order(database: str) -> None:
    clock = ClockResumed(clock_id="o1-finish", case_id="c1", kind="finish", at=NOON, due=NOON + 9 * DAY)
    breach = DeadlineBreached(
        clock_id="o1-finish",
        case_id="c1",
        order_id="o1",
        kind="finish",
        unit="town-a",
        due=NOON,
        watermark=NOON,
        dispatch_position=1,
    )
    async with asyncpg.create_pool(database, min_size=1, max_size=1) as pool, pool.acquire() as db:
        for projection in (BOARD, ORDERS, HISTORY):
            await fold(db, projection, facts(clock, breach, PACK_ON, *AT_WORK), [2], "early")
        after = await fold(db, ORDERS, facts(PACK_ON, *AT_WORK, clock), [], "late")
    assert "'finish_by': datetime.datetime(2017, 7, 26" in after["case_order"][0]


async def test_rows_say_where_the_case_stands(database: str) -> None:
    async with asyncpg.create_pool(database, min_size=1, max_size=1) as pool, pool.acquire() as db:
        for number, (count, step) in enumerate(
            [(1, "registered"), (4, "issued"), (5, "returned"), (7, "handling"), (9, "suspended"), (12, "completed")]
        ):
            await fold(db, BOARD, facts(PACK_ON, *WHOLE[:count]), [], f"s{number}")
            row = await db.fetchrow(f"SELECT * FROM case_board_s{number}")
            assert row is not None
            assert row["step"] == step
            if row["finish_by"]:
                assert row["issued_at"] < row["yellow_from"] < row["finish_by"]


async def test_numbers_count_per_programme(database: str) -> None:
    def opening(case_id: str) -> CaseOpened:
        return opened.model_copy(update={"case_id": case_id})

    told = facts(*(opening(f"c{n}") for n in range(4)))
    async with asyncpg.create_pool(database, min_size=1, max_size=1) as pool, pool.acquire() as db:
        found = await fold(db, NUMBERS, told, [1, 2], "n")
    assert len(found["case_number"]) == 4
    assert all(f"'case_no': {n + 1}" in row for n, row in enumerate(found["case_number"]))


def test_every_event_of_a_history_has_its_sentence() -> None:
    assert set(TELLERS) == set(HISTORY.handles)


async def test_what_is_added_to_a_case_and_taken_away_leaves_it_as_it_was(database: str) -> None:
    async with asyncpg.create_pool(database, min_size=1, max_size=1) as pool, pool.acquire() as db:
        await fold(db, BOARD, facts(PACK_ON, *AT_WORK, *TURNS), [], "turns")
        row = await db.fetchrow("SELECT * FROM case_board_turns")
        await fold(db, ORDERS, facts(*AT_WORK, *TURNS), [], "turns")
        order = await db.fetchrow("SELECT * FROM case_order_turns WHERE order_id = 'o1'")
    assert row is not None
    assert order is not None
    assert (row["request_ids"], row["complained"], row["absorbed"]) == (["r1", "r2"], ["bureau-x"], [])
    assert (row["co_units"], row["co_orders"], row["extending"]) == ([], [], [])
    assert (row["finish_by"], row["extension_count"]) == (LATER, 1)
    assert (order["finish_by"], order["ruled_finish_by"], order["asked_at"]) == (LATER, NOON + 7 * DAY, None)
    assert (order["milestones"], order["milestones_done"]) == (2, 1)
