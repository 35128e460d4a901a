"""Each migration is applied once, whole or not at all, and stays as it was."""

import asyncio
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from services.chassis.migrate import LOG_SQL, MigrationError, find, migrate
from tests.conftest import DsnFactory


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "desk" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001_desk.sql").write_text("CREATE TABLE desk (id int); INSERT INTO desk VALUES (1);", "utf-8")
    return folder


async def test_each_file_is_applied_once_also_by_several_at_once(pg_dsn_factory: DsnFactory, folder: Path) -> None:
    dsn = pg_dsn_factory("")
    applied = await asyncio.gather(*(migrate(dsn, [LOG_SQL, folder]) for _ in range(3)))
    assert sorted(name for names in applied for name in names) == [
        "desk/migrations/0001_desk.sql",
        *(f"log/sql/{file.name}" for file in sorted(LOG_SQL.glob("*.sql"))),
    ]
    (folder / "0002_more.sql").write_text("INSERT INTO desk VALUES (2)", "utf-8")
    assert await migrate(dsn, [LOG_SQL, folder]) == ["desk/migrations/0002_more.sql"]
    assert await _rows(dsn) == 2


async def test_a_file_changed_after_it_was_applied_is_refused(pg_dsn_factory: DsnFactory, folder: Path) -> None:
    dsn = pg_dsn_factory("")
    await migrate(dsn, [folder])
    (folder / "0001_desk.sql").write_text("CREATE TABLE desk (id bigint)", "utf-8")
    with pytest.raises(MigrationError, match=r"0001_desk\.sql was changed after it was applied"):
        await migrate(dsn, [folder])


async def test_a_failing_file_leaves_nothing_and_can_be_mended(pg_dsn_factory: DsnFactory, folder: Path) -> None:
    dsn = pg_dsn_factory("")
    bad = folder / "0002_bad.sql"
    bad.write_text("INSERT INTO desk VALUES (2); SELECT nonsense;", "utf-8")
    with pytest.raises(MigrationError, match=r"0002_bad\.sql.*nonsense"):
        await migrate(dsn, [folder])
    assert await _rows(dsn) == 1
    bad.write_text("INSERT INTO desk VALUES (3)", "utf-8")
    assert await migrate(dsn, [folder]) == ["desk/migrations/0002_bad.sql"]


async def test_an_upgrade_migrates_over_what_the_service_made_itself(pg_dsn_factory: DsnFactory, folder: Path) -> None:
    """Two roles as in production: the owner migrates again after the service made its read models."""
    dsn = pg_dsn_factory("")
    admin = await asyncpg.connect(dsn)
    owner, service = (f"{name}_{uuid.uuid4().hex[:8]}" for name in ("owner", "service"))
    try:
        for role in (owner, service):
            await admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
        await admin.execute(f"ALTER SCHEMA public OWNER TO {owner}")
        as_owner, as_service = (_login(dsn, role) for role in (owner, service))
        await migrate(as_owner, [LOG_SQL, folder], service_role=service)
        running = await asyncpg.connect(as_service)
        await running.execute("CREATE TABLE board (id int); CREATE VIEW shown AS SELECT * FROM board")
        (folder / "0002_more.sql").write_text(
            "CREATE TABLE extra (id int GENERATED ALWAYS AS IDENTITY, x int);", "utf-8"
        )
        assert await migrate(as_owner, [LOG_SQL, folder], service_role=service) == ["desk/migrations/0002_more.sql"]
        await running.execute("INSERT INTO extra (x) VALUES (1)")
        assert await running.fetchval("SELECT count(*) FROM event") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await running.execute("DELETE FROM event")
        await running.close()
    finally:
        await admin.execute(f"DROP OWNED BY {service}, {owner} CASCADE")
        await admin.execute(f"DROP ROLE {service}, {owner}")
        await admin.close()


@pytest.mark.parametrize("name", ["0003_gap.sql", "0001_twice.sql", "2_short.sql"])
def test_numbers_run_without_a_gap(folder: Path, name: str) -> None:
    (folder / name).write_text("SELECT 1", "utf-8")
    with pytest.raises(MigrationError, match="expected the name"):
        find(folder)


def _login(dsn: str, role: str) -> str:
    """The same database for another role; the password is the tests' own."""
    parts = urlsplit(dsn)
    return parts._replace(netloc=f"{role}:x@{parts.hostname}:{parts.port}").geturl()


async def _rows(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        count: int = await connection.fetchval("SELECT count(*) FROM desk")
    finally:
        await connection.close()
    return count
