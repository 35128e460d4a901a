"""The notebook service on a real database, asked through ASGI."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import structlog
from fastapi import FastAPI
from pydantic import SecretStr

from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.web.app import make_app
from tests.chassis.web.notebook import READER, SPEC, WRITER
from tests.clients import client, program

SECRET = "a secret that only the tests of this folder use"


@pytest.fixture(autouse=True, scope="module")
def _plain_log_lines() -> None:
    """The default draws a bug's whole traceback with its variables, which takes seconds."""
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])


@pytest.fixture
async def app(database: str, district: str, tmp_path: Path) -> AsyncIterator[FastAPI]:
    settings = Settings(
        district=district, dsn=database, nats_url=None, secret=SecretStr(SECRET), data_dir=tmp_path, pool_size=4
    )
    application = make_app(Service(SPEC, settings))
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture
async def api(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A script of the writer's."""
    async with program(app, WRITER) as found:
        yield found


@pytest.fixture
async def reader_api(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with program(app, READER) as found:
        yield found


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The writer's browser, logged in."""
    async with client(app, accept="text/html") as found:
        await found.post("/login", data={"who": "writer"})
        yield found


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app, accept="text/html") as found:
        yield found
