"""Short ways to start the nodes that these tests need."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from deploy.local.broker import Broker
from services.chassis.transport import forks
from tests.chassis.transport.node import Node, node


class StartNode(Protocol):
    """Starts an instance of `source` on a database; `foreign` are the sources it takes in."""

    def __call__(self, dsn: str, source: str, *foreign: str, **options: Any) -> AbstractAsyncContextManager[Node]: ...


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person would wait for in peace is waited for here a hundred times."""
    monkeypatch.setattr(forks, "BROKER_SECONDS", 0.7)
    monkeypatch.setattr(forks, "RECHECK_SECONDS", 1.0)


@pytest.fixture
def start(nats_server: Broker, district: str, tmp_path: Path) -> StartNode:
    """Nodes on the shared open broker; each source has a data folder of its own."""

    def make(dsn: str, source: str, *foreign: str, **options: Any) -> AbstractAsyncContextManager[Node]:
        url = options.pop("url", nats_server.url)
        folder = options.pop("data_dir", tmp_path / source)
        return node(dsn, url, district, source, foreign, folder, **options)

    return make


@pytest.fixture
def copy_of() -> Iterator[Callable[[str], str]]:
    """Copies a database nobody is connected to, as a backup would; returns the copy's address."""
    made: list[tuple[str, str]] = []

    def copy(dsn: str) -> str:
        parts = conninfo_to_dict(dsn)
        original = str(parts["dbname"])
        name = f"{original}_copy{len(made)}"
        address, admin = (dsn.replace(f"/{original}", f"/{other}", 1) for other in (name, "postgres"))
        _execute(admin, "CREATE DATABASE {} TEMPLATE {}", name, original)
        made.append((admin, name))
        return address

    yield copy
    for admin, name in made:
        _execute(admin, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def put_back(copy: str, dsn: str) -> None:
    """Restore: the copy takes the place of the database, whoever is connected to it."""
    name, original = str(conninfo_to_dict(copy)["dbname"]), str(conninfo_to_dict(dsn)["dbname"])
    admin = dsn.replace(f"/{original}", "/postgres", 1)
    _execute(admin, "DROP DATABASE {} WITH (FORCE)", original)
    _execute(admin, "ALTER DATABASE {} RENAME TO {}", name, original)


def _execute(dsn: str, statement: str, *names: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
