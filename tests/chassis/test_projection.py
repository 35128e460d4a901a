"""Read models on the real log: batches, crashes, stops, failures, new versions and rebuilds."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.codec import encode_open
from contracts.dispatch import CaseCompleted, CaseOpened, CaseReopened, CaseStruckOff
from contracts.event import Event
from services.chassis import builder, filling
from services.chassis.identity import uuid7
from services.chassis.keys import Arrival, KeyRing
from services.chassis.lease import Leases
from services.chassis.log.log import Log
from services.chassis.log.types import Append, Draft
from services.chassis.projection import Projection, Runner
from services.chassis.read_model import Bulk, Context
from tests.chassis.cases import DDL, board, board_rows, completed, meta, opened, struck_off
from tests.chassis.conftest import running
from tests.spec import facts, given_rows

LIFE = (opened, completed, struck_off)


async def record(log: Log, *events: Event, schema: int | None = None) -> None:
    """Append without deciding."""
    drafts = []
    for event in events:
        body = encode_open(event, meta(), event_id=uuid7(), district="demo", source="dispatch")
        if schema is not None:
            body = body.replace(b'"schemaversion":1', b'"schemaversion":%d' % schema)
        drafts.append(Draft(event.stream, event.TYPE, schema or event.VERSION, body))
    await log.append(Append(uuid7(), b"", (), drafts))


async def lives(log: Log, count: int, prefix: str = "C") -> None:
    for first in range(0, count, 100):
        events = [make(f"{prefix}-{n}") for n in range(first, min(first + 100, count)) for make in LIFE]
        await record(log, *events)


async def rows(log: Log, view: str = "case_board") -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await log.pool.fetch(f"SELECT * FROM {view} ORDER BY 1")]


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


async def test_a_crash_before_the_checkpoint_repeats_nothing(log: Log, leases: Leases) -> None:
    await lives(log, 3)
    crashes = iter([ConnectionResetError("cut"), ConnectionResetError("cut again")])

    async def crash(name: str, seq: int) -> None:
        if (error := next(crashes, None)) is not None:
            raise error

    runner = Runner(log, [board()], leases, before_checkpoint=crash)
    async with running(runner.run()):
        assert await runner.caught_up("case_board", 9, 5)
    assert [row[2] for row in await rows(log)] == [3, 3, 3]


async def test_a_lost_database_connection_mends_itself_and_is_visible(log: Log, leases: Leases) -> None:
    failing = True

    async def gone(name: str, seq: int) -> None:
        if failing:
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    await record(log, opened("A"))
    runner = Runner(log, [board()], leases, before_checkpoint=gone)
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


async def test_rebuild_fills_beside_the_live_one_and_then_switches(log: Log, leases: Leases, monkeypatch: Any) -> None:
    monkeypatch.setattr(filling, "FILL_BATCH", 40)
    monkeypatch.setattr(filling, "FLUSH_EVENTS", 100)
    monkeypatch.setattr(filling, "NEAR", 20)
    await lives(log, 100)
    runner = Runner(log, [board()], leases)
    async with running(runner.run()):
        assert await runner.caught_up("case_board", 300, 10)
        right = await rows(log)
        await log.pool.execute("UPDATE case_board_v1 SET status = 'spoilt'")
        await runner.rebuild("case_board")
        assert await rows(log) == right
        await record(log, opened("late"))
        assert await runner.caught_up("case_board", 301, 5)
    assert len(await rows(log)) == 101
    assert await log.pool.fetchval("SELECT count(*) FROM case_board_v1_2") == 101
    states = await log.pool.fetch("SELECT generation, state FROM read_model ORDER BY 1")
    assert [tuple(state) for state in states] == [(1, "retired"), (2, "live")]


async def test_a_new_version_is_built_while_the_old_one_serves(log: Log, leases: Leases) -> None:
    await lives(log, 300)
    old = Runner(log, [board()], leases)
    async with running(old.run()):
        assert await old.caught_up("case_board", 900, 10)
    before = await rows(log)
    newer = replace(board(version=2), ddl={"case_board": DDL.replace("text[] NOT NULL", "text[] NOT NULL, extra int")})
    filled = asyncio.Event()
    served: list[Any] = []

    async def look(name: str, seq: int) -> None:
        served.append(await rows(log))
        filled.set()

    runner = Runner(log, [newer], leases, before_checkpoint=look)
    async with running(runner.run()):
        await asyncio.wait_for(filled.wait(), 10)
        await record(log, opened("late"))
        assert await runner.caught_up("case_board", 901, 10)
    assert served[0] == before
    after = await rows(log)
    assert [row[:5] for row in after if row[0] != "late"] == before
    assert len(after[0]) == 6
    assert [row[:5] for row in after if row[0] == "late"] == [("late", "open", 1, 901, [])]
    outdated = Runner(log, [board()], leases)
    await outdated.prepare()
    assert "v2 is live" in outdated.stopped["case_board"]


async def test_an_old_process_leaves_the_field_to_a_newer_one(log: Log, pool: asyncpg.Pool, leases: Leases) -> None:
    await lives(log, 10)
    old, newer = Runner(log, [board()], leases), Runner(log, [board(version=2)], Leases(pool, "newer"))
    async with running(old.run()):
        assert await old.caught_up("case_board", 30, 10)
        async with running(newer.run()):
            async with asyncio.timeout(5):
                while not await pool.fetchval("SELECT true FROM read_model WHERE version = 2 AND state = 'live'"):
                    await asyncio.sleep(0.02)
            await record(log, opened("late"))
            assert await newer.caught_up("case_board", 31, 5)
            assert await old.caught_up("case_board", 31, 5)  # by looking at what the newer one keeps
            async with asyncio.timeout(5):
                while "v2 is live" not in str((await old.lag())["case_board"].trouble):
                    await asyncio.sleep(0.02)
            lag = (await old.lag())["case_board"]
            assert (lag.events, lag.stopped) == (0, None)
    assert len(await rows(log)) == 11


async def test_a_new_read_model_on_an_old_log_is_filled_in_bulk(log: Log, leases: Leases, monkeypatch: Any) -> None:
    monkeypatch.setattr(builder, "FAR", 100)
    await lives(log, 300)
    steps: list[int] = []

    async def count(name: str, seq: int) -> None:
        steps.append(seq)

    runner = Runner(log, [board()], leases, before_checkpoint=count)
    async with running(runner.run()):
        assert await runner.caught_up("case_board", 900, 10)
        await record(log, opened("late"))
        assert await runner.caught_up("case_board", 901, 5)
    assert steps == [900, 901]
    assert len(await rows(log)) == 301


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
    for _ in range(2):  # a restart hears of nothing again
        runner = Runner(log, [replace(board(), on_keys=on_keys)], leases, keys=ring)
        async with running(runner.run()):
            assert await runner.caught_up("case_board", 1, 5)
            await ring.take([("late", b"k" * 32, 2)])
            await record(log, opened("B"))
            assert await runner.caught_up("case_board", 2, 5)
            await shows(log, "readable late")
    await ring.forget(["late"])
    async with running(Runner(log, [replace(board(), on_keys=on_keys)], leases, keys=ring).run()):
        await shows(log, "erased late")
    assert heard == [("late", False), ("late", True)]


async def shows(log: Log, status: str) -> None:
    async with asyncio.timeout(5):
        while (await rows(log))[0][1] != status:
            await asyncio.sleep(0.02)


async def test_filling_goes_on_after_a_crash(log: Log, leases: Leases, monkeypatch: Any) -> None:
    for name, value in (("FILL_BATCH", 30), ("FLUSH_EVENTS", 90), ("NEAR", 20)):
        monkeypatch.setattr(filling, name, value)
    await lives(log, 100)
    seen: list[int] = []

    async def crash(name: str, seq: int) -> None:
        seen.append(seq)
        if len(seen) == 2:
            raise ConnectionResetError("cut")

    old = Runner(log, [board()], leases)
    await old.prepare()
    runner = Runner(log, [board(version=2)], leases, before_checkpoint=crash)
    async with running(runner.run()):
        assert await runner.caught_up("case_board", 300, 10)
    assert seen[:3] == [90, 180, 180]  # the second transaction is done again, the first is not
    assert {row[2] for row in await rows(log)} == {3}


def test_a_row_is_specified_without_a_database() -> None:
    given_rows(board_rows, opened(), completed()).row("C-7", status="completed", units=("U-2",)).no_row("C-8")


events = st.lists(st.tuples(st.sampled_from(LIFE), st.sampled_from("ABCDE")), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_interleaving_of_streams_gives_the_same_rows(data: Any) -> None:
    """Order within a stream is kept, between streams it is not: that must not matter."""
    order = [(case_id, step) for case_id in "ABC" for step in range(3)]
    mixed = data.draw(st.permutations(order))
    ranks = dict.fromkeys("ABC", 0)
    interleaved = []
    for case_id, _ in mixed:
        interleaved.append(LIFE[ranks[case_id]](case_id))
        ranks[case_id] += 1
    straight = given_rows(board_rows, *(LIFE[step](case_id) for case_id, step in order)).rows
    shuffled = given_rows(board_rows, *interleaved).rows
    assert {key: replace(row, last_seq=0) for key, row in shuffled.items() if row} == {
        key: replace(row, last_seq=0) for key, row in straight.items() if row
    }


@pytest.fixture
async def two_boards(pool: asyncpg.Pool) -> asyncpg.Pool:
    for table in ("one", "many", "filled"):
        await pool.execute(DDL.replace("{t}", table))
    return pool


async def test_one_batch_is_as_good_as_many(two_boards: asyncpg.Pool) -> None:
    """Any split into batches, with any of them rolled back and done again, gives the rows of one batch."""
    await _splits(two_boards)


async def _splits(pool: asyncpg.Pool) -> None:
    loop = asyncio.get_running_loop()

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(events, st.lists(st.integers(1, 7), min_size=1), st.randoms(use_true_random=False))
    def check(history: Any, sizes: list[int], random: Any) -> None:
        asyncio.run_coroutine_threadsafe(_compare(pool, history, sizes, random), loop).result(60)

    await asyncio.to_thread(check)


async def _compare(pool: asyncpg.Pool, history: Any, sizes: list[int], random: Any) -> None:
    all_facts = facts(*(make(case_id) for make, case_id in history))
    context = Context(clock=None)  # type: ignore[arg-type]
    bulk = replace(context, bulk=Bulk(complete=True))
    async with pool.acquire() as db:
        await db.execute("TRUNCATE one, many, filled")
        await board_rows.apply(db, all_facts, {"case_board": "one"}, context)
        rest, turn = list(all_facts), 0
        while rest:
            size = sizes[turn % len(sizes)]
            batch, rest, turn = rest[:size], rest[size:], turn + 1
            if random.random() < 0.3:
                crashed = db.transaction()
                await crashed.start()
                await board_rows.apply(db, batch, {"case_board": "many"}, context)
                await crashed.rollback()
            await board_rows.apply(db, batch, {"case_board": "many"}, context)
            await board_rows.apply(db, batch, {"case_board": "filled"}, bulk)
            if random.random() < 0.3:
                await bulk.bulk.flush(db)  # type: ignore[union-attr]
        await bulk.bulk.flush(db)  # type: ignore[union-attr]
        first = await db.fetch("SELECT * FROM one ORDER BY case_id")
        assert first == await db.fetch("SELECT * FROM many ORDER BY case_id")
        assert first == await db.fetch("SELECT * FROM filled ORDER BY case_id")
