"""Read models that are made anew: rebuilds, new versions beside old ones, filling from an old log."""

import asyncio
from dataclasses import replace
from typing import Any

import asyncpg

from services.chassis import builder, filling
from services.chassis.lease import Leases
from services.chassis.log.log import Log
from services.chassis.projection import Runner
from tests.chassis.cases import DDL, board, opened
from tests.chassis.conftest import running
from tests.chassis.histories import lives, record, rows


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

    runner = Runner(log, [newer], leases, before_commit=look)
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

    runner = Runner(log, [board()], leases, before_commit=count)
    async with running(runner.run()):
        assert await runner.caught_up("case_board", 900, 10)
        await record(log, opened("late"))
        assert await runner.caught_up("case_board", 901, 5)
    assert steps == [900, 901]
    assert len(await rows(log)) == 301


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
    runner = Runner(log, [board(version=2)], leases, before_commit=crash)
    async with running(runner.run()):
        assert await runner.caught_up("case_board", 300, 10)
    assert seen[:3] == [90, 180, 180]  # the second transaction is done again, the first is not
    assert {row[2] for row in await rows(log)} == {3}
