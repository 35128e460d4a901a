"""Reporting on a real database with the feeds of other services put into its log, asked through ASGI."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.chassis.clock import FixedClock
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.web.app import make_app
from services.reporting.app import SPEC
from tests.reporting.world import SECRET, World


@pytest.fixture
async def world(pg_dsn_factory: Callable[[str], str], district: str, tmp_path: Path) -> AsyncIterator[World]:
    """A reporting service that has heard nothing yet."""
    settings = Settings(
        district=district,
        dsn=pg_dsn_factory("reporting"),
        nats_url=None,
        secret=SecretStr(SECRET),
        data_dir=tmp_path,
        pool_size=4,
    )
    clock = FixedClock(World.NOW)
    service = Service(SPEC, settings, clock=clock)
    app = make_app(service)
    async with app.router.lifespan_context(app):
        yield World(app, service, clock)
