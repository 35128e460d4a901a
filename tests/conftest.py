"""Real servers for the tests: PostgreSQL and NATS once per worker, a database of its own for every test."""

import asyncio
import importlib
import inspect
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol, cast

import asyncpg
import psycopg
import pytest
from hypothesis import settings
from psycopg import sql

from deploy.local.broker import Broker
from deploy.local.ports import free_ports
from deploy.local.postgres import Postgres, remove

ROOT = Path(__file__).parents[1]
CHASSIS_MIGRATIONS = ROOT / "services" / "chassis" / "log" / "sql"
SERVICES = ("intake", "dispatch", "supervision", "reporting")
_serial = itertools.count(1)

settings.register_profile("fixed", derandomize=True, database=None)
settings.load_profile("fixed")
# The build tries the same examples every time; `--hypothesis-profile=default` tries others.


WHOLE_SECONDS = 300
"""A whole installation starts in seconds, but in a minute where two cores are shared with much else."""

MEMORY_BYTES = 6 << 30
"""Three runs side by side write below 2 GB each."""

SERVER_FIXTURES = {"postgres", "nats_server", "own_nats_server"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for a server is an integration test; folders mark what runs whole installations."""
    for item in items:
        folder = item.path.relative_to(ROOT / "tests").parts[0] if item.path.is_relative_to(ROOT / "tests") else ""
        if folder in ("e2e", "fault"):
            item.add_marker(folder)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(WHOLE_SECONDS))
        elif SERVER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("integration")


class DsnFactory(Protocol):
    """Makes a fresh database and returns its address: "" empty, "log" the log's tables, or a service's."""

    def __call__(self, template: str = "log") -> str: ...


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder that other accounts can enter too: as root, PostgreSQL runs under its own account."""
    folder = Path(tempfile.mkdtemp(prefix="huiyin-test-", dir=_memory()))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _memory() -> Path | None:
    """Where there is room, servers keep their files in memory: a new database is some 650 files, and on a disk making
    them took 0.4 s of the 0.7 s that the setup of a test took. Killed servers find their files again just the same.
    """
    shared = Path("/dev/shm")
    enough = shared.is_dir() and shutil.disk_usage(shared).free >= MEMORY_BYTES
    return shared if enough else None


@pytest.fixture(scope="session")
def postgres(scratch: Path) -> Iterator[Postgres]:
    """A running PostgreSQL with its durable settings on; `.dsn(database)` is the superuser's address."""
    server = Postgres(scratch / "pg", free_ports(1)[0])
    server.start()
    yield server
    server.stop()
    remove(server.folder)


@pytest.fixture(scope="session")
def _templates(postgres: Postgres) -> dict[str, str]:
    return {}


@pytest.fixture
def pg_dsn_factory(postgres: Postgres, _templates: dict[str, str]) -> Iterator[DsnFactory]:
    """Fresh databases, dropped after the test; each kind is migrated once per worker and then copied."""
    made: list[str] = []

    def make(template: str = "log") -> str:
        if template not in _templates:
            _templates[template] = _make_template(postgres, template)
        name = f"t{os.getpid()}_{next(_serial)}"
        _execute(postgres, "CREATE DATABASE {} TEMPLATE {}", name, _templates[template])
        made.append(name)
        return postgres.dsn(name)

    yield make
    for name in made:
        _execute(postgres, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def database(pg_dsn_factory: DsnFactory) -> str:
    """The address of a fresh database that holds the tables of the log."""
    return pg_dsn_factory("log")


@pytest.fixture(scope="session")
def nats_server(scratch: Path) -> Iterator[Broker]:
    """An open nats-server with JetStream; tests stay apart by using a `district` of their own."""
    server = Broker(scratch / "nats", *free_ports(2))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_nats_server(tmp_path: Path) -> Iterator[Callable[..., Broker]]:
    """Makes nats-servers that a test may kill, empty or configure; started by the test with `.start()`."""
    made: list[Broker] = []

    def make(config: str | None = None) -> Broker:
        server = Broker(tmp_path / f"nats{len(made)}", *free_ports(2), config=config)
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def district() -> str:
    """A district code nobody else uses on the shared servers."""
    return f"t{os.getpid()}-{next(_serial)}"


def _make_template(postgres: Postgres, kind: str) -> str:
    name = f"template_{kind or 'empty'}"
    _execute(postgres, "CREATE DATABASE {}", name)
    if kind:
        _migrate(postgres.dsn(name), kind)
    return name


def _migrate(dsn: str, kind: str) -> None:
    from services.chassis.migrate import migrate

    folders = [CHASSIS_MIGRATIONS]
    if kind in SERVICES:
        folders.append(ROOT / "services" / kind / "migrations")
    outcome: Any = migrate(dsn, folders)
    if inspect.iscoroutine(outcome):
        _run_apart(outcome)
    if kind in SERVICES:
        _run_apart(_prepare_read_models(dsn, kind))


async def _prepare_read_models(dsn: str, service: str) -> None:
    """Their tables are half of what a service does at its first start: made once and copied."""
    from services.chassis.lease import Leases
    from services.chassis.projection import Runner

    spec = importlib.import_module(f"services.{service}.app").SPEC
    async with asyncpg.create_pool(dsn, min_size=1, max_size=1) as pool:
        nothing_to_read = cast(Any, None)
        await Runner(nothing_to_read, spec.projections, Leases(pool, "template"), pool=pool).prepare()


def _run_apart(work: Coroutine[Any, Any, Any]) -> None:
    """In a thread of its own, because the test's own event loop must stay untouched."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


def _execute(postgres: Postgres, statement: str, *names: str) -> None:
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
