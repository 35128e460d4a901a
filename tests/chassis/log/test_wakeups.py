"""Readers are woken at once, across processes, and also when notifications are lost."""

import asyncio
import time
from datetime import timedelta

import asyncpg

from services.chassis.clock import FixedClock
from services.chassis.log import Log
from services.chassis.log.wakeups import POLL_S
from tests.chassis.log.conftest import START
from tests.chassis.log.making import command


async def test_another_instance_is_woken_well_before_it_polls(log: Log, pool: asyncpg.Pool, clock: FixedClock) -> None:
    async with Log(pool, district="demo", source="dispatch", clock=clock) as other:
        await asyncio.sleep(0.2)  # both listen
        waits = []
        for turn in range(5):
            waiting = asyncio.create_task(other.wait(turn, timeout=5))
            await asyncio.sleep(0.01)
            begun = time.monotonic()
            await log.append(command("case-1"))
            assert await waiting == turn + 1
            waits.append(time.monotonic() - begun)
        assert sorted(waits)[2] < POLL_S / 4


async def test_waiting_ends_with_the_time(log: Log) -> None:
    assert await log.wait(0, timeout=0.05) == 0
    await log.append(command("case-1"))
    assert await log.wait(0, timeout=0) == 1


async def test_a_killed_listener_is_replaced(log: Log, pool: asyncpg.Pool, clock: FixedClock, database: str) -> None:
    async with Log(pool, district="demo", source="dispatch", clock=clock) as other:
        await asyncio.sleep(0.2)
        killer = await asyncpg.connect(database)
        await killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await killer.close()
        await log.append(command("case-1"))
        assert await other.wait(0, timeout=5) == 1


async def test_the_watermark_holds_back_the_time_of_later_events(log: Log, clock: FixedClock) -> None:
    await log.append(command("case-1"))
    head = await log.bump(START + timedelta(seconds=30))
    assert (head.source, head.epoch, head.position, head.time) == ("dispatch", 1, 1, START + timedelta(seconds=30))
    assert (await log.bump(START)).time == START + timedelta(seconds=30)
    await log.append(command("case-1"))
    assert (await log.read(1, 1))[0].time == START + timedelta(seconds=30)
