"""A log on a real database, and what runs on it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from services.chassis.clock import FixedClock
from services.chassis.handle import Commands
from services.chassis.lease import Leases
from services.chassis.log.log import Log
from tests.spec import NOON


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(database, min_size=0, max_size=20) as pool:
        yield pool


@pytest.fixture
async def log(pool: asyncpg.Pool, clock: FixedClock) -> AsyncIterator[Log]:
    async with Log(pool, district="demo", source="dispatch", clock=clock) as log:
        yield log


@pytest.fixture
def commands(log: Log) -> Commands:
    return Commands(log, "demo", "dispatch")


@pytest.fixture
def leases(pool: asyncpg.Pool) -> Leases:
    return Leases(pool, "tests")


@asynccontextmanager
async def running(*work: Awaitable[Any]) -> AsyncIterator[None]:
    """Run these beside the block; a failure in one of them fails the block."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        yield
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()
    finally:
        while pending := [task for task in tasks if not task.done()]:
            # More than once: libraries that use `wait_for` lose a cancellation now and then in Python 3.11.
            for task in pending:
                task.cancel()
            await asyncio.wait(pending, timeout=0.5)
