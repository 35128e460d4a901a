"""Real, fixed and simulated time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from deploy.local.broker import Broker
from services.chassis.clock import FixedClock, SimulatedClock, SimulatedMoment, SystemClock
from services.chassis.log.log import Log
from services.chassis.log.types import WrongInstallation
from services.chassis.simulation import BackInTime, Driver, Follower, NotSimulated
from services.chassis.transport.link import Link, LinkOptions
from tests.chassis.conftest import running
from tests.spec import NOON

HOUR = timedelta(hours=1)


@pytest.fixture
async def link(nats_server: Broker) -> AsyncIterator[Link]:
    link = Link(LinkOptions(nats_server.url, "driver"))
    await link.start()
    await asyncio.wait_for(link.up.wait(), 5)
    yield link
    await link.stop()


def test_the_system_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_simulated_time_runs_at_its_rate_and_never_back() -> None:
    real = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
    clock = SimulatedClock(NOON, real)
    real.advance(HOUR)
    assert clock.now() == NOON  # it stands until the driver speaks
    clock.follow(SimulatedMoment(NOON + HOUR, real.now(), rate=60))
    real.advance(timedelta(minutes=1))
    assert clock.now() == NOON + 2 * HOUR
    clock.follow(SimulatedMoment(NOON, real.now(), rate=0))
    assert clock.now() == NOON + 2 * HOUR


async def _founded(pool: asyncpg.Pool, simulated_from: date | None) -> Log:
    log = Log(pool, district="demo", source="dispatch", clock=FixedClock(NOON), simulated_from=simulated_from)
    async with log:
        return log


async def test_every_service_follows_the_driver(pool: asyncpg.Pool, link: Link, district: str) -> None:
    await _founded(pool, date(2017, 7, 17))
    clocks = [SimulatedClock(NOON - HOUR), SimulatedClock(NOON - HOUR)]
    async with running(*(Follower(clock, link, district).run() for clock in clocks)):
        driver = await Driver.open(link, district, pool)
        assert await driver.now() is None
        await driver.set(NOON)
        assert await driver.advance(HOUR) == NOON + HOUR
        async with asyncio.timeout(5):
            while {clock.now() for clock in clocks} != {NOON + HOUR}:
                await asyncio.sleep(0.01)
        with pytest.raises(BackInTime):
            await driver.set(NOON)
    late = SimulatedClock(NOON - HOUR)
    async with running(Follower(late, link, district).run()), asyncio.timeout(5):
        while late.now() != NOON + HOUR:
            await asyncio.sleep(0.01)


async def test_simulated_time_is_refused_on_a_real_installation_and_the_other_way_round(
    pool: asyncpg.Pool, link: Link, district: str
) -> None:
    await _founded(pool, None)
    with pytest.raises(NotSimulated):
        await Driver.open(link, district, pool)
    with pytest.raises(WrongInstallation, match="is real, the settings say simulated"):
        await _founded(pool, date(2017, 7, 17))


async def test_a_simulated_installation_is_not_run_in_real_time(pool: asyncpg.Pool) -> None:
    await _founded(pool, date(2017, 7, 17))
    with pytest.raises(WrongInstallation, match="is simulated from 2017-07-17, the settings say real"):
        await _founded(pool, None)
