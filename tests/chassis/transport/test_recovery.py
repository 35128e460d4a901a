"""What was lost comes back: the broker's messages from the logs, a log's tail from its holders."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import nats
import pytest

from contracts import feeds
from deploy.local.broker import Broker
from services.chassis.log.types import LogClosed
from tests.chassis.transport.agreeing import holds, is_open, stream_equals_log
from tests.chassis.transport.conftest import StartNode
from tests.chassis.transport.node import command
from tests.chassis.transport.until import until
from tests.conftest import DsnFactory

Copy = Callable[[str], str]


async def test_a_deleted_stream_is_published_again_under_load(
    pg_dsn_factory: DsnFactory, start: StartNode, nats_server: Broker
) -> None:
    async with (
        start(pg_dsn_factory(), "intake", "dispatch") as intake,
        start(pg_dsn_factory(), "dispatch", "intake") as dispatch,
    ):
        await is_open(intake, dispatch)
        admin = await nats.connect(nats_server.url)
        name = feeds.stream_name(intake.log.district, "intake", 1)
        for _ in range(2):
            await intake.append(20)
            await stream_equals_log(intake)
            loading = asyncio.create_task(intake.append(40))
            await admin.jetstream().delete_stream(name)
            await loading
        await admin.close()
        await stream_equals_log(intake)
        await holds(dispatch, "intake", 120)
        assert await dispatch.payloads("intake") == await intake.payloads("intake")


async def test_an_emptied_store_is_filled_again(
    pg_dsn_factory: DsnFactory, start: StartNode, own_nats_server: Callable[..., Broker]
) -> None:
    server = own_nats_server()
    server.start()
    async with (
        start(pg_dsn_factory(), "intake", "dispatch", url=server.url) as intake,
        start(pg_dsn_factory(), "dispatch", "intake", url=server.url) as dispatch,
    ):
        await is_open(intake, dispatch)
        await intake.append(5)
        await holds(dispatch, "intake", 5)
        server.kill()
        shutil.rmtree(server.store)
        await intake.append(5)  # commands go on without a broker
        server.start()
        await holds(dispatch, "intake", 10)
        await stream_equals_log(intake)
        assert intake.transport.health().red == ()


async def test_a_service_starts_without_a_broker_and_publishes_later(
    pg_dsn_factory: DsnFactory, start: StartNode, own_nats_server: Callable[..., Broker]
) -> None:
    server, dsn = own_nats_server(), pg_dsn_factory()
    server.start()
    async with start(dsn, "intake", url=server.url) as intake:
        await is_open(intake)
        await intake.append(2)
        await stream_equals_log(intake)
    server.stop()
    async with start(dsn, "intake", url=server.url) as intake:
        await is_open(intake)
        assert intake.transport.health().state == "offline"
        await intake.append(3)
        server.start()
        await until(lambda: intake.transport.health().state == "agreed")
        await stream_equals_log(intake)


async def test_without_anybody_who_knows_it_a_log_stays_closed(
    pg_dsn_factory: DsnFactory, start: StartNode, own_nats_server: Callable[..., Broker], tmp_path: Path
) -> None:
    server, dsn = own_nats_server(), pg_dsn_factory()
    async with start(dsn, "intake", url=server.url) as intake:
        await until(lambda: intake.transport.health().state == "unknown")
        with pytest.raises(LogClosed, match="nobody is reachable"):
            await intake.append()
        assert intake.transport.health().red
        server.start()
        await is_open(intake)


async def test_a_restored_copy_takes_its_events_back_from_the_broker(
    pg_dsn_factory: DsnFactory, start: StartNode, copy_of: Copy
) -> None:
    dsn = pg_dsn_factory()
    async with start(dsn, "intake") as intake:
        await is_open(intake)
        await intake.append(3)
        await stream_equals_log(intake)
    backup = copy_of(dsn)
    async with start(dsn, "intake") as intake:
        await is_open(intake)
        await intake.log.append(command(intake.log, "after-the-backup"))
        await intake.append(120)
        await stream_equals_log(intake)
        before = await intake.payloads("intake")
    async with start(backup, "intake") as intake:
        await is_open(intake)
        assert await intake.payloads("intake") == before
        # The command whose effect came back is known again: sent once more it changes nothing.
        assert (await intake.log.append(command(intake.log, "after-the-backup"))).repeated
        await intake.append(1)
        await stream_equals_log(intake)


async def test_a_restored_copy_takes_its_events_back_from_a_peer(
    pg_dsn_factory: DsnFactory, start: StartNode, copy_of: Copy, nats_server: Broker
) -> None:
    dsn = pg_dsn_factory()
    async with start(pg_dsn_factory(), "dispatch", "intake") as dispatch:
        async with start(dsn, "intake", "dispatch") as intake:
            await is_open(intake)
        backup = copy_of(dsn)
        async with start(dsn, "intake", "dispatch") as intake:
            await is_open(intake)
            await intake.append(10)
            await holds(dispatch, "intake", 10)
        admin = await nats.connect(nats_server.url)
        await admin.jetstream().delete_stream(feeds.stream_name(dispatch.log.district, "intake", 1))
        await admin.close()
        async with start(backup, "intake", "dispatch") as intake:
            await is_open(intake)
            assert await intake.payloads("intake") == await dispatch.payloads("intake")
            await intake.append(1)
            await holds(dispatch, "intake", 11)
