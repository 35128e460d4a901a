"""Read models on the real log: batches, crashes, stops, failures."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from contracts.dispatch import CaseCompleted, CaseOpened, CaseReopened, CaseStruckOff
from services.chassis.facts import Fact
from services.chassis.filling import Overtaken, Step, decode_at
from services.chassis.keys import Arrival, KeyRing
from services.chassis.lease import Leases
from services.chassis.log.log import Log
from services.chassis.projection import Projection, Runner
from services.chassis.read_model import Connection, Context, Tables, create_build
from tests.chassis.cases import DDL, board, completed, opened
from tests.chassis.conftest import running
from tests.chassis.histories import lives, record, rows


async def test_a_read_model_follows_the_log(log: Log, leases: Leases) -> None:
    await record(log, opened("A"))
    runner = Runner(log, [board()], leases)
    async with running(runner.run()):
        assert await runner.caught_up("case_board", 1, 5)
        await record(log, opened("B"), completed("A"))
        assert await runner.caught_up("case_board", 3, 2)
        assert not await runner.caught_up("case_board", 4, 0.05)
        assert await runner.applied() == 3
    assert await rows(log) == [("A", "completed", 2, 3, ["U-2"]), ("B", "open", 1, 2, [])]
    lag = (await runner.lag())["case_board"]
    assert (lag.seq, lag.events, lag.seconds, lag.stopped) == (3, 0, 0.0, None)


async def test_lag_is_told_in_events_and_seconds(log: Log, leases: Leases, clock: Any) -> None:
    runner = Runner(log, [board()], leases, clock=clock)
    await runner.prepare()
    await record(log, opened("A"), opened("B"))
    await asyncio.sleep(0.05)
    clock.advance(clock.now() - clock.now().replace(hour=0))
    lag = (await runner.lag())["case_board"]
    assert lag.events == 2
    assert lag.seconds > 0.05


async def test_another_process_sees_when_it_is_caught_up(log: Log, pool: asyncpg.Pool, leases: Leases) -> None:
    leader, follower = Runner(log, [board()], leases), Runner(log, [board()], Leases(pool, "other"))
    async with running(leader.run()):
        assert await leader.caught_up("case_board", 0, 5)
        async with running(follower.run()):
            await record(log, opened("A"))
            assert await follower.caught_up("case_board", 1, 2)


async def test_projections_share_a_reader_and_a_stopped_one_holds_nobody(log: Log, leases: Leases) -> None:
    reads: list[int] = []
    read = log.read

    async def counting(after_seq: int, limit: int, types: Sequence[str] | None = None) -> Any:
        reads.append(after_seq)
        return await read(after_seq, limit, types)

    async def broken(db: Any, batch: Any, t: Any, ctx: Any) -> None:
        for fact in batch:
            if fact.event.case_id == "B":
                raise KeyError("B")

    log.read = counting  # type: ignore[method-assign]
    bad = Projection("bad", 1, (CaseOpened,), {"bad_rows": DDL}, broken)
    others = [board(), board(name="second", view="second_board")]
    await record(log, opened("A"), completed("A"), opened("B"), opened("C"))
    runner = Runner(log, [bad, *others], leases)
    async with running(runner.run()):
        assert await runner.caught_up("case_board", 4, 5)
        assert await runner.caught_up("second", 4, 1)
        assert not await runner.caught_up("bad", 4, 1)
    assert reads.count(0) == 1
    assert runner.stopped == {"bad": "bad v1 stopped at seq 3: KeyError('B')"}
    assert await rows(log) == await rows(log, "second_board")
    assert (await runner.lag())["bad"].seq == 1  # what came before the bad one is in


async def test_a_newer_schema_of_a_handled_type_stops_it_red_and_named(log: Log, leases: Leases) -> None:
    await record(log, opened("A"))
    await record(log, opened("B"), schema=2)
    await record(log, opened("C"))
    runner = Runner(log, [board()], leases)
    async with running(runner.run()):
        assert not await runner.caught_up("case_board", 3, 3)
        reason = runner.stopped["case_board"]
    assert "seq 2: case-opened v2" in reason
    assert [row[0] for row in await rows(log)] == ["A"]


async def test_types_it_does_not_handle_pass_unread(log: Log, leases: Leases) -> None:
    await record(log, completed("A"), schema=7)
    only_openings = replace(board(), handles=(CaseOpened,))
    runner = Runner(log, [only_openings], leases)
    async with running(runner.run()):
        assert await runner.caught_up("case_board", 1, 5)
    assert await rows(log) == []


async def test_a_crash_before_the_commit_repeats_nothing(log: Log, leases: Leases) -> None:
    await lives(log, 3)
    crashes = iter([ConnectionResetError("cut"), ConnectionResetError("cut again")])

    async def crash(name: str, seq: int) -> None:
        if (error := next(crashes, None)) is not None:
            raise error

    runner = Runner(log, [board()], leases, before_commit=crash)
    async with running(runner.run()):
        assert await runner.caught_up("case_board", 9, 5)
    assert [row[2] for row in await rows(log)] == [3, 3, 3]


async def test_a_lost_database_connection_mends_itself_and_is_visible(log: Log, leases: Leases) -> None:
    failing = True

    async def gone(name: str, seq: int) -> None:
        if failing:
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    await record(log, opened("A"))
    runner = Runner(log, [board()], leases, before_commit=gone)
    async with running(runner.run()):
        assert not await runner.caught_up("case_board", 1, 0.5)
        assert "ConnectionDoesNotExist" in str((await runner.lag())["case_board"].trouble)
        failing = False
        assert await runner.caught_up("case_board", 1, 5)
        assert (await runner.lag())["case_board"].trouble is None


async def test_killed_backends_are_survived(log: Log, leases: Leases, database: str) -> None:
    runner = Runner(log, [board()], leases)
    async with running(runner.run()):
        assert await runner.caught_up("case_board", 0, 5)
        admin = await asyncpg.connect(database)
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        await admin.close()
        await record(log, opened("A"))
        assert await runner.caught_up("case_board", 1, 15)


async def test_two_processes_that_believe_they_lead_apply_once(log: Log, pool: asyncpg.Pool) -> None:
    wider = replace(board(), handles=(CaseOpened, CaseCompleted, CaseStruckOff, CaseReopened))
    runners = [Runner(log, [model], Leases(pool, name)) for model, name in ((board(), "one"), (wider, "other"))]
    assert runners[0].role != runners[1].role
    async with running(*(runner.run() for runner in runners)):
        await lives(log, 60)
        for runner in runners:
            assert await runner.caught_up("case_board", 180, 10)
    assert {row[2] for row in await rows(log)} == {3}


async def test_of_two_that_apply_the_same_events_one_is_told_and_neither_stops(log: Log, pool: asyncpg.Pool) -> None:
    """A frozen leader that wakes, or one whose restored database gave its lease away: their rows must never meet."""
    await lives(log, 1)
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def write(db: Connection, facts: Sequence[Fact], t: Tables, ctx: Context) -> None:
        for fact in facts:
            await db.execute(f"INSERT INTO {t['once']} VALUES ($1)", fact.seq)
        entered.set()
        await go_on.wait()

    ddl = {"once": "CREATE TABLE {t} (seq bigint PRIMARY KEY)"}
    once = Projection(name="once", version=1, handles=(CaseOpened,), ddl=ddl, apply=write)
    async with pool.acquire() as db, db.transaction():
        build = await create_build(db, once, "live")
    step, context = Step(log, pool), Context(log.clock)
    facts = [decode_at(stored) for stored in await log.read(0, 1)]
    first = asyncio.create_task(step.apply(once, build, facts, (0, 1), context))
    await entered.wait()
    second = asyncio.create_task(step.apply(once, build, facts, (0, 1), context))
    await asyncio.sleep(0.1)
    go_on.set()
    await first
    with pytest.raises(Overtaken):
        await second
    assert await pool.fetchval("SELECT count(*) FROM once") == 1


async def test_late_and_erased_keys_reach_the_rows(log: Log, pool: asyncpg.Pool, leases: Leases) -> None:
    heard: list[tuple[str, bool]] = []

    async def on_keys(db: Any, arrivals: Sequence[Arrival], t: Any, ctx: Context) -> None:
        heard.extend((one.key_id, one.erased) for one in arrivals)
        for one in arrivals:
            said = "erased" if one.erased else "readable"
            await db.execute(f"UPDATE {t['case_board']} SET status = $1", f"{said} {one.key_id}")

    ring = KeyRing(pool)
    await ring.take([("early", b"k" * 32, 1)])
    await record(log, opened("A"))
    for position, case in ((2, "B"), (3, "C")):  # a restart hears of nothing again
        runner = Runner(log, [replace(board(), on_keys=on_keys)], leases, keys=ring)
        async with running(runner.run()):
            assert await runner.caught_up("case_board", position - 1, 5)
            await ring.take([("late", b"k" * 32, 2)])
            await record(log, opened(case))  # read by this runner, after it asked for keys
            assert await runner.caught_up("case_board", position, 5)
            await shows(log, "readable late")
    await ring.forget(["late"])
    async with running(Runner(log, [replace(board(), on_keys=on_keys)], leases, keys=ring).run()):
        await shows(log, "erased late")
    assert heard == [("late", False), ("late", True)]


async def shows(log: Log, status: str) -> None:
    async with asyncio.timeout(5):
        while (await rows(log))[0][1] != status:
            await asyncio.sleep(0.02)
