"""A log that is not what was acknowledged or told is found out: nothing forks, and only an operator decides."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from contracts.codec import envelope_of
from deploy.local.broker import Broker
from services.chassis.clock import SystemClock
from services.chassis.log.log import Log
from services.chassis.log.types import LogClosed
from services.chassis.transport.epoch import begin_epoch
from tests.chassis.transport.agreeing import holds, is_open, stream_equals_log
from tests.chassis.transport.conftest import StartNode, put_back
from tests.chassis.transport.node import Node, command
from tests.chassis.transport.until import until
from tests.conftest import DsnFactory

Copy = Callable[[str], str]


async def test_another_history_is_refused_and_both_positions_are_named(
    pg_dsn_factory: DsnFactory, start: StartNode, copy_of: Copy, tmp_path: Path
) -> None:
    dsn = pg_dsn_factory()
    async with start(pg_dsn_factory(), "dispatch", "intake") as dispatch:
        async with start(dsn, "intake") as intake:
            await is_open(intake)
            await intake.append(3)
            await stream_equals_log(intake)
        backup = copy_of(dsn)
        async with start(dsn, "intake") as intake:
            await is_open(intake)
            await intake.append(4)
            await holds(dispatch, "intake", 7)
        # A copy on which somebody worked apart from the others: 2 events of its own after position 3.
        async with start(backup, "intake", url="nats://127.0.0.1:9", data_dir=tmp_path / "apart") as apart:
            await until(lambda: apart.transport.health().state == "unknown")
            apart.log.open_for_appends()
            await apart.append(2)
        async with start(backup, "intake", data_dir=tmp_path / "apart") as apart:
            await until(lambda: apart.transport.health().state == "forked")
            with pytest.raises(LogClosed):
                await apart.append()
            (reason,) = apart.transport.health().red
            assert "position 5" in reason
            assert "broker at 7, log at 5" in reason
            # Only an operator ends this: a new epoch, in which the others follow.
            await decide_for(backup, apart.log.district, tmp_path / "apart")
            await until(lambda: apart.log.refused is None)
            await apart.append(2)
            await until(lambda: dispatch.transport.held("intake") == 3)
            assert await dispatch.payloads("intake", 2) == await apart.payloads("intake", 2)
            assert len(await dispatch.payloads("intake", 1)) == 7


async def test_an_older_copy_shows_by_the_witness_file_alone(
    pg_dsn_factory: DsnFactory, start: StartNode, copy_of: Copy, own_nats_server: Callable[..., Broker]
) -> None:
    server, dsn = own_nats_server(), pg_dsn_factory()
    server.start()
    async with start(dsn, "intake", url=server.url) as intake:
        await is_open(intake)
    backup = copy_of(dsn)
    async with start(dsn, "intake", url=server.url) as intake:
        await is_open(intake)
        await intake.append(2)
        await stream_equals_log(intake)
    server.stop()
    async with start(backup, "intake", url=server.url) as intake:
        await until(lambda: intake.transport.health().state == "unknown")
        assert "had come to 2, the database ends at 0" in intake.transport.health().red[0]
        server.start()
        await is_open(intake)
        assert await intake.position() == 2


async def test_a_log_that_others_hold_further_closes_when_it_hears_of_it(
    pg_dsn_factory: DsnFactory, start: StartNode, copy_of: Copy, tmp_path: Path
) -> None:
    dsn = pg_dsn_factory()
    async with start(dsn, "intake") as intake:
        await is_open(intake)
    backup = copy_of(dsn)
    async with start(backup, "intake", data_dir=tmp_path / "other") as late:
        await is_open(late)
        opened = late.log.openings
        async with start(dsn, "intake", holder="b") as intake:
            await is_open(intake)
            await intake.append(3)
            await stream_equals_log(intake)
            others = await intake.payloads("intake")
        # It may be open again before anybody looks: that it had closed is told by its having opened once more.
        await until(lambda: late.log.openings > opened)
        assert await late.payloads("intake") == others


async def test_a_database_restored_under_a_running_service_is_compared_before_the_next_append(
    pg_dsn_factory: DsnFactory, start: StartNode, copy_of: Copy
) -> None:
    dsn = pg_dsn_factory()
    async with start(dsn, "intake") as intake:
        await is_open(intake)
        await intake.append(2)
        await stream_equals_log(intake)
    backup = copy_of(dsn)
    async with start(dsn, "intake") as intake:
        await is_open(intake)
        await intake.append(5)
        await stream_equals_log(intake)
        before = await intake.payloads("intake")
        await asyncio.to_thread(put_back, backup, dsn)
        await until_appended(intake)
        assert (await intake.payloads("intake"))[:7] == before
        await stream_equals_log(intake)


async def test_what_was_acknowledged_and_is_nowhere_any_more_is_not_passed_over(
    pg_dsn_factory: DsnFactory, start: StartNode, copy_of: Copy, own_nats_server: Callable[..., Broker]
) -> None:
    server, dsn = own_nats_server(), pg_dsn_factory()
    server.start()
    async with start(dsn, "intake", url=server.url) as intake:
        await is_open(intake)
        await intake.append(2)
        await stream_equals_log(intake)
    backup = copy_of(dsn)
    async with start(dsn, "intake", url=server.url) as intake:
        await is_open(intake)
        server.stop()
        await until(lambda: not intake.transport.link.up.is_set())
        await intake.append(3)
        await asyncio.to_thread(put_back, backup, dsn)
        with pytest.raises(LogClosed):
            await intake.append(1)
        server.start()
        await until(lambda: intake.transport.health().connected)
        await until(lambda: intake.transport.health().state == "unknown")
        assert "had come to 5, the database ends at 2" in intake.transport.health().red[0]
        assert await intake.position() == 2


async def test_an_acknowledged_command_whose_place_another_instance_took_is_missed(
    pg_dsn_factory: DsnFactory,
    start: StartNode,
    copy_of: Callable[[str], str],
    own_nats_server: Callable[..., Broker],
    tmp_path: Path,
) -> None:
    """The other instance knew nothing of it and went on from the copy, beyond what this one had come to."""
    server, dsn = own_nats_server(), pg_dsn_factory()
    server.start()
    async with start(dsn, "intake", url=server.url) as intake:
        await is_open(intake)
    backup = copy_of(dsn)
    async with start(dsn, "intake", url=server.url, data_dir=tmp_path / "own") as intake:
        await is_open(intake)
        server.stop()
        await until(lambda: not intake.transport.link.up.is_set())
        await intake.append(2)
        await asyncio.to_thread(put_back, backup, dsn)
        async with asyncpg.create_pool(dsn, min_size=0, max_size=3) as pool:
            async with Log(pool, district=intake.log.district, source="intake", clock=SystemClock()) as other:
                for number in range(4):
                    await other.append(command(other, f"other-{number}"))
        (tmp_path / "own" / "head-intake.json").unlink(missing_ok=True)
        with pytest.raises(LogClosed):
            await intake.append(1)
        await until(lambda: intake.transport.health().state == "unknown")
        assert "not the command that this process acknowledged" in intake.transport.health().red[0]


async def decide_for(dsn: str, district: str, data_dir: Path) -> None:
    """As the operator, in a process of its own: the running service is told by the database alone."""
    async with asyncpg.create_pool(dsn, min_size=1, max_size=3) as pool:
        async with Log(pool, district=district, source="intake", clock=SystemClock()) as log:
            head = await begin_epoch(log, data_dir, operator="li-lei", reason="restored from an older copy")
            assert (head.epoch, head.position) == (2, 1)
            (event,) = await log.stream("log-intake")
            assert envelope_of(event.payload).actor.person == "li-lei"


async def test_without_a_broker_the_operators_decision_opens_an_older_copy(
    pg_dsn_factory: DsnFactory, start: StartNode, tmp_path: Path
) -> None:
    dsn = pg_dsn_factory()
    async with start(dsn, "intake", url="nats://127.0.0.1:9", data_dir=tmp_path / "own") as intake:
        await until(lambda: intake.transport.health().state == "unknown")
        await decide_for(dsn, intake.log.district, tmp_path / "own")
        await is_open(intake)
        assert intake.transport.health().state == "offline"


async def test_what_an_earlier_epoch_had_come_to_is_no_objection_to_the_next(
    pg_dsn_factory: DsnFactory, start: StartNode, own_nats_server: Callable[..., Broker], tmp_path: Path
) -> None:
    server, dsn = own_nats_server(), pg_dsn_factory()
    server.start()
    async with start(dsn, "intake", url=server.url, data_dir=tmp_path / "own") as intake:
        await is_open(intake)
        known = command(intake.log, "in-the-first-epoch")
        await intake.append(4)
        await intake.log.append(known)
        await stream_equals_log(intake)
        server.stop()
        await until(lambda: not intake.transport.link.up.is_set())
        await decide_for(dsn, intake.log.district, tmp_path / "own")
        assert (await intake.log.append(known)).repeated
        for _ in range(2):  # the second time with something acknowledged in the new epoch
            before = intake.transport.forks.compared
            server.start()
            await compared_beyond(intake, before)
            assert intake.transport.health().red == ()
            await intake.append(1)
            await stream_equals_log(intake)
            server.stop()
            await until(lambda: not intake.transport.link.up.is_set())
        assert intake.log.acknowledged == (2, 3)


async def compared_beyond(one: Node, times: int) -> None:
    await until(lambda: one.transport.forks.compared > times)


async def until_appended(one: Node) -> None:
    """Send the same command until it is taken."""

    async def taken() -> bool:
        try:
            await one.log.append(command(one.log, "after-the-restore"))
        except LogClosed:
            return False
        return True

    await until(taken)
