"""The stage of the ladder's stories."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.chassis.clock import FixedClock
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.web.app import make_app
from services.supervision.app import SPEC
from tests.conftest import DsnFactory
from tests.supervision.ladder_stage import JW, MakeStage, Stage, local


@pytest.fixture
async def make_stage(pg_dsn_factory: DsnFactory, tmp_path: Path) -> AsyncIterator[MakeStage]:
    """The service with a pack in force, on the day named."""
    settings = Settings(
        district="demo",
        dsn=pg_dsn_factory("supervision"),
        nats_url=None,
        secret=SecretStr("a secret that only the tests of this file use"),
        data_dir=tmp_path,
        pool_size=4,
    )
    clock = FixedClock(local("2017-07-17 09:00"))
    application: FastAPI = make_app(Service(SPEC, settings, clock=clock))
    async with application.router.lifespan_context(application):

        async def make(pack: bytes = JW, programme: str = "jw-2017", begins: str = "2017-07-17 12:00") -> Stage:
            clock.set(local(begins))
            stage = Stage(application, programme)
            await stage.begin(pack)
            return stage

        yield make
