"""One holder per role, also when the holder is frozen instead of dead."""

import asyncio
import time
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.chassis.lease import HELD_FOR_S, TRY_EVERY_S, Lease, LeaseLost, Leases

SHORT_S = 0.6
SNATCH = "UPDATE lease SET token = token + 1, holder = 'two' WHERE role = 'relay'"


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(database, min_size=0, max_size=6) as pool:
        yield pool


def test_takeover_takes_no_more_than_ten_seconds() -> None:
    assert HELD_FOR_S + 2 * TRY_EVERY_S < 10


async def test_the_second_waits_until_the_first_is_done(pool: asyncpg.Pool) -> None:
    one, two = Leases(pool, "one"), Leases(pool, "two")
    order: list[str] = []

    async def second() -> None:
        async with two.hold("relay") as lease:
            order.append("two")
            assert lease.token == 2

    async with one.hold("relay") as lease:
        waiting = asyncio.create_task(second())
        await asyncio.sleep(0.1)
        order.append("one")
        lease.check()
        assert await two.holder_of("relay") == "one"
    given_back = time.monotonic()
    await waiting
    assert order == ["one", "two"]
    assert time.monotonic() - given_back < HELD_FOR_S / 2


async def test_a_lease_outlasts_its_first_term(pool: asyncpg.Pool) -> None:
    leases = Leases(pool, "one", held_for_s=SHORT_S)
    async with leases.hold("relay") as lease:
        await asyncio.sleep(SHORT_S * 2.5)
        lease.check()
        await _fenced(pool, lease)


async def test_a_frozen_holder_is_replaced_and_fenced_off(pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frozen: its renewals do not happen, its clock goes on, and it wakes up in the middle of its work."""
    frozen = Leases(pool, "frozen", held_for_s=SHORT_S)

    async def no_renewal(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(frozen, "_renew", no_renewal)
    async with frozen.hold("relay") as old:
        await _fenced(pool, old)
        async with Leases(pool, "next", held_for_s=SHORT_S).hold("relay") as new:
            assert new.token == old.token + 1
            with pytest.raises(LeaseLost):
                old.check()
            with pytest.raises(LeaseLost):
                await _fenced(pool, old)
            await _fenced(pool, new)
    assert await frozen.holder_of("relay") is None


async def test_a_fenced_transaction_holds_the_successor_back(pool: asyncpg.Pool) -> None:
    """Whoever passed the fence may finish its write: nobody takes the role in between, and its renewals go on."""
    holder = Leases(pool, "one", held_for_s=SHORT_S)
    async with holder.hold("relay") as lease, pool.acquire() as connection:
        async with connection.transaction():
            await lease.fence(connection)
            rival = asyncio.create_task(pool.execute(SNATCH))
            await asyncio.sleep(SHORT_S * 1.5)
            assert not rival.done()
            lease.check()
        await rival


async def test_the_block_ends_when_the_role_is_lost(pool: asyncpg.Pool) -> None:
    leases = Leases(pool, "one", held_for_s=SHORT_S)

    async def work() -> None:
        async with leases.hold("relay"):
            await pool.execute("UPDATE lease SET holder = 'somebody', token = token + 1")
            await asyncio.sleep(30)

    with pytest.raises(LeaseLost):
        await work()
    task = asyncio.current_task()
    assert task is not None
    assert not task.cancelling()


async def test_a_cancelled_holder_is_cancelled_not_lost(pool: asyncpg.Pool) -> None:
    leases = Leases(pool, "one")
    holding = asyncio.Event()

    async def work() -> None:
        async with leases.hold("relay"):
            holding.set()
            await asyncio.sleep(30)

    task = asyncio.create_task(work())
    await holding.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await leases.holder_of("relay") is None


async def _fenced(pool: asyncpg.Pool, lease: Lease) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await lease.fence(connection)
