"""Events travel from log to log: in order, once, equal to the byte, behind a watermark."""

from datetime import timedelta
from pathlib import Path

from deploy.local.broker import Broker
from services.chassis.clock import SystemClock
from services.chassis.crash import Place
from tests.chassis.transport.node import Node, node
from tests.chassis.transport.until import until
from tests.conftest import DsnFactory


async def equal(one: Node, other: Node, source: str) -> None:
    """Wait until both hold the same positions of a source, then compare them byte by byte."""

    async def same() -> bool:
        return await one.position(source) == await other.position(source)

    await until(same)
    assert await one.payloads(source) == await other.payloads(source)


async def test_events_of_both_reach_both(
    pg_dsn_factory: DsnFactory, nats_server: Broker, district: str, tmp_path: Path
) -> None:
    async with (
        node(pg_dsn_factory(), nats_server.url, district, "intake", ["dispatch"], tmp_path) as intake,
        node(pg_dsn_factory(), nats_server.url, district, "dispatch", ["intake"], tmp_path) as dispatch,
    ):
        await until(lambda: intake.log.refused is None and dispatch.log.refused is None)
        await intake.append(3)
        await dispatch.append(2)
        await equal(intake, dispatch, "intake")
        await equal(intake, dispatch, "dispatch")
        before = SystemClock().now()
        await until(lambda: (dispatch.transport.watermark("intake") or before - timedelta(1)) >= before)
        assert dispatch.transport.held("intake") == 3
        health = dispatch.transport.health()
        assert (health.red, health.alarms, health.state) == ((), (), "agreed")
        assert health.sources[0].behind == 0


class Lost:
    """What was done is not heard of: the first times that a place is passed, the answer is lost."""

    def __init__(self, place: Place, times: int) -> None:
        self.place, self.left = place, times

    def __call__(self, place: Place) -> None:
        if place == self.place and self.left:
            self.left -= 1
            raise TimeoutError(f"{place}: the answer is lost")


async def test_what_was_published_without_an_ack_is_published_once(
    pg_dsn_factory: DsnFactory, nats_server: Broker, district: str, tmp_path: Path
) -> None:
    lost = Lost("relay:unacked", 1)
    async with (
        node(pg_dsn_factory(), nats_server.url, district, "intake", [], tmp_path, crash=lost) as intake,
        node(pg_dsn_factory(), nats_server.url, district, "dispatch", ["intake"], tmp_path) as dispatch,
    ):
        await until(lambda: intake.log.refused is None and dispatch.log.refused is None)
        await intake.append(12)
        await equal(intake, dispatch, "intake")
        assert (lost.left, await dispatch.position("intake")) == (0, 12)
        assert dispatch.transport.health().alarms == ()


async def test_an_owner_that_has_recorded_nothing_yet_has_a_watermark_too(
    pg_dsn_factory: DsnFactory, nats_server: Broker, district: str, tmp_path: Path
) -> None:
    """Or what nobody ever reported could never be missed."""
    async with (
        node(pg_dsn_factory(), nats_server.url, district, "reporting", ["supervision"], tmp_path) as reporting,
        node(pg_dsn_factory(), nats_server.url, district, "supervision", ["reporting"], tmp_path) as supervision,
    ):
        await until(lambda: reporting.log.refused is None and supervision.log.refused is None)
        before = SystemClock().now()
        await until(lambda: (supervision.transport.watermark("reporting") or before - timedelta(1)) >= before)
        assert supervision.transport.held("reporting") == 0
        await reporting.append(1)
        await equal(reporting, supervision, "reporting")
