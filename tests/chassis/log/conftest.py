"""A log on a real database, and events made the way a service makes them."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest

from services.chassis.clock import FixedClock
from services.chassis.log import Log

START = datetime(2017, 7, 17, 8, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(database, min_size=0, max_size=8) as pool:
        yield pool


@pytest.fixture
async def log(pool: asyncpg.Pool, clock: FixedClock) -> AsyncIterator[Log]:
    async with Log(pool, district="demo", source="dispatch", clock=clock) as log:
        yield log


@pytest.fixture
async def admin(database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


def new_id() -> str:
    return str(uuid.uuid4())
