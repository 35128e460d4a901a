"""What a service's process adds to its parts: keys between services, simulated time, health that names its reasons."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from contracts.sealed import Sealed
from deploy.local.broker import Broker
from services.chassis.log.types import WrongInstallation
from services.chassis.service import Service, ServiceSpec
from services.chassis.settings import Settings
from services.chassis.simulation import Driver
from tests.chassis.transport.until import until
from tests.chassis.web.conftest import SECRET
from tests.chassis.web.notebook import SPEC
from tests.conftest import DsnFactory

OWNER = ServiceSpec("intake", Path(__file__).parent, keys="owner", sources=("dispatch",))
ENTITLED = replace(SPEC, keys="entitled", sources=("intake",))


@pytest.fixture
async def two(
    pg_dsn_factory: DsnFactory, nats_server: Broker, district: str, tmp_path: Path
) -> AsyncIterator[tuple[Service, Service]]:
    """The owner of the keys and a service that may have them, in an installation simulated from 2017."""
    async with AsyncExitStack() as stack:
        services = []
        for spec in (OWNER, ENTITLED):
            settings = Settings(
                district=district,
                dsn=pg_dsn_factory("log"),
                nats_url=nats_server.url,
                secret=SecretStr(SECRET),
                data_dir=tmp_path / spec.name,
                simulated_from=date(2017, 7, 17),
            )
            settings.data_dir.mkdir()
            service = Service(spec, settings)
            await service.start()
            stack.push_async_callback(service.stop)
            services.append(service)
        yield services[0], services[1]


async def test_a_sealed_text_is_read_where_its_key_may_go_until_it_is_erased(two: tuple[Service, Service]) -> None:
    owner, entitled = two
    assert owner.keys
    assert entitled.keys
    await owner.keys.new("r-1")
    sealed: Sealed = await owner.keys.seal("井盖坏了", "r-1")
    await until(lambda: entitled.keys and entitled.keys.open(sealed))
    assert await entitled.keys.open(sealed) == "井盖坏了"
    await owner.keys.erase(["r-1"])
    await until(lambda: _gone(entitled, sealed))


async def _gone(service: Service, sealed: Sealed) -> bool:
    assert service.keys
    return await service.keys.open(sealed) is None


async def test_all_services_follow_the_simulation(two: tuple[Service, Service]) -> None:
    owner, other = two
    assert owner.transport
    assert owner.clock.now() == other.clock.now() == datetime(2017, 7, 16, 16, tzinfo=UTC)
    await until(owner.transport.link.up.is_set)
    later = datetime(2017, 8, 1, 1, tzinfo=UTC)
    driver = await Driver.open(owner.transport.link, owner.settings.district, owner.pool)
    await driver.set(later)
    await until(lambda: owner.clock.now() == other.clock.now() == later)


async def test_a_simulation_is_refused_on_a_real_installation(app: FastAPI) -> None:
    settings = app.state.service.settings.model_copy(update={"simulated_from": date(2017, 7, 17)})
    with pytest.raises(WrongInstallation):
        await Service(SPEC, settings).start()


async def test_a_stopped_read_model_turns_health_red_and_is_named(app: FastAPI, api: httpx.AsyncClient) -> None:
    service = app.state.service
    await until(lambda: _status(api, "ready"))
    async with asyncpg.create_pool(service.settings.dsn, min_size=1, max_size=1) as owner:
        await owner.execute("ALTER TABLE line_count_v1 RENAME COLUMN lines TO rows")
    await api.post("/dispatch/api/cases/c-1/lines", json={"text": "已到现场"}, headers={"Idempotency-Key": "k-1"})
    await until(lambda: _status(api, "red"))
    answer = await api.get("/readyz")
    assert answer.status_code == 503
    assert "line_count v1 stopped at seq 1" in answer.json()["red"][0]
    assert (await api.get("/healthz")).status_code == 200


async def _status(api: httpx.AsyncClient, status: str) -> bool:
    found: str = (await api.get("/readyz")).json()["status"]
    return found == status
