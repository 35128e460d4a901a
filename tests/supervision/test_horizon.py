"""How far dispatch is known while it goes on recording: real services, a real broker, a reactor that is held up."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import asyncpg
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from deploy.local.broker import Broker
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.web.app import make_app
from services.supervision.app import SPEC
from services.supervision.react.case_clocks import CASE_CLOCKS
from services.supervision.react.clocks import CLOCKS
from services.supervision.react.horizon import DispatchHorizon, OwnHorizon
from services.supervision.react.own_clocks import OWN_CLOCKS
from services.supervision.react.rhythm import VISIT_TO_SLOT, RhythmHorizon
from services.supervision.read.case_pulse import CASE_PULSE
from tests.chassis.transport.node import Node, command, node
from tests.chassis.transport.until import until
from tests.conftest import DsnFactory

HOLD = "SELECT FROM checkpoint WHERE name = $1 FOR UPDATE"


@pytest.fixture
async def service(
    pg_dsn_factory: DsnFactory, nats_server: Broker, district: str, tmp_path: Path
) -> AsyncIterator[Service]:
    settings = Settings(
        district=district,
        dsn=pg_dsn_factory("supervision"),
        nats_url=nats_server.url,
        secret=SecretStr("a secret that only the tests of this folder use"),
        data_dir=tmp_path / "supervision",
        pool_size=8,
    )
    app: FastAPI = make_app(Service(SPEC, settings))
    async with app.router.lifespan_context(app):
        yield app.state.service


@pytest.fixture
async def dispatch(
    pg_dsn_factory: DsnFactory, nats_server: Broker, district: str, tmp_path: Path
) -> AsyncIterator[Node]:
    async with node(pg_dsn_factory(), nats_server.url, district, "dispatch", [], tmp_path / "dispatch") as found:
        await until(lambda: found.log.refused is None)
        yield found


async def recorded_at(service: Service, source: str, position: int) -> datetime:
    found: datetime = await service.pool.fetchval(
        "SELECT time FROM event WHERE source = $1 AND position = $2", source, position
    )
    return found


@pytest.mark.parametrize("held_up", [f"reactor:{CLOCKS.name}", f"reactor:{CASE_CLOCKS.name}", CASE_PULSE.name])
async def test_later_events_do_not_shut_it_and_one_not_reacted_to_does(
    service: Service, dispatch: Node, held_up: str
) -> None:
    """Of a reactor as of a read model by which something is judged, as a case's silence is by its pulse."""
    horizon = DispatchHorizon(service, CASE_PULSE.name)
    await dispatch.append(2)

    async def knows(position: int) -> bool:
        known = await horizon()
        return known is not None and known[1] >= position

    await until(lambda: knows(2))
    assert service.transport is not None
    dsn = service.settings.dsn
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute(HOLD, held_up)
            await dispatch.append(1)
            await until(lambda: service.transport is not None and service.transport.held("dispatch") == 3)
            third = await recorded_at(service, "dispatch", 3)
            await until(lambda: (service.transport.watermark("dispatch") or third) > third)  # type: ignore[union-attr]
            known = await horizon()
            assert known is not None, "what was known before is known still, though a later event is here"
            assert known[0] <= third, "but nothing beyond the event that was not reacted to"
            assert known[1] == 2
    finally:
        await connection.close()
    await until(lambda: knows(3))
    known = await horizon()
    assert known is not None
    assert known[0] > third


async def test_of_its_own_log_it_knows_what_its_reactor_has_seen(service: Service) -> None:
    horizon = OwnHorizon(service)

    async def known() -> bool:
        return await horizon() is not None

    await until(known)
    connection = await asyncpg.connect(service.settings.dsn)
    try:
        async with connection.transaction():
            await connection.execute(HOLD, f"reactor:{OWN_CLOCKS.name}")
            before = await horizon()
            await service.log.append(command(service.log, "own-1"))
            own = await recorded_at(service, "supervision", 1)

            async def promised() -> bool:
                head = await service.log.source_head("supervision")
                return head is not None and head.time is not None and head.time > own

            await until(promised)
            held = await horizon()
            assert before is not None
            assert held is not None
            assert before[0] <= held[0] <= own
    finally:
        await connection.close()

    async def beyond() -> bool:
        found = await horizon()
        return found is not None and found[0] > own

    await until(beyond)

    await service.log.append(command(service.log, "own-1"))


async def test_the_rhythm_is_judged_while_visits_go_on_coming(
    service: Service, pg_dsn_factory: DsnFactory, nats_server: Broker, district: str, tmp_path: Path
) -> None:
    horizon = RhythmHorizon(service)

    async def open_() -> bool:
        return await horizon() is not None

    async with (
        node(pg_dsn_factory(), nats_server.url, district, "intake", [], tmp_path / "intake") as intake,
        node(pg_dsn_factory(), nats_server.url, district, "reporting", [], tmp_path / "reporting") as reporting,
    ):
        await until(lambda: intake.log.refused is None and reporting.log.refused is None)
        await intake.append(1)
        await until(open_)
        connection = await asyncpg.connect(service.settings.dsn)
        try:
            async with connection.transaction():
                await connection.execute(HOLD, f"reactor:{VISIT_TO_SLOT.name}")
                await intake.append(1)
                await until(lambda: service.transport is not None and service.transport.held("intake") == 2)
                second = await recorded_at(service, "intake", 2)
                known = await horizon()
                assert known is not None
                assert known <= second
        finally:
            await connection.close()
