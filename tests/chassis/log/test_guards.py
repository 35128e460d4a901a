"""What the database and the start refuse: changing history, unsafe settings, the wrong installation."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import asyncpg
import psycopg
import pytest

from deploy.local.postgres import Postgres
from services.chassis.clock import FixedClock
from services.chassis.log import Log, UnsafeDatabase, WrongInstallation
from services.chassis.log.verify import verify
from services.chassis.migrate import LOG_SQL, migrate
from tests.chassis.log.making import command
from tests.conftest import DsnFactory

CHANGES = (
    "UPDATE event SET payload = 'x'",
    "DELETE FROM event",
    "TRUNCATE event",
    "DELETE FROM event_000000000001",
    "UPDATE event_000000000001 SET time = now()",
    "TRUNCATE event_000000000001",
    "UPDATE command SET result = '{}'",
    "DELETE FROM command",
    "TRUNCATE command",
    "UPDATE installation SET kind = 'real', simulated_from = NULL",
    "DELETE FROM source_head",
    "TRUNCATE stream_head",
    "DELETE FROM log_head",
)
LOGIN = "guard_login"


@pytest.mark.parametrize("change", CHANGES)
async def test_history_is_refused_a_change_even_by_its_owner(log: Log, admin: asyncpg.Connection, change: str) -> None:
    await log.append(command("case-1"))
    with pytest.raises(asyncpg.RestrictViolationError, match=r"append-only|remembered"):
        await admin.execute(change)


async def test_a_command_is_forgotten_after_ninety_days(log: Log, admin: asyncpg.Connection) -> None:
    await log.append(command("case-1", id="old"))
    await log.append(command("case-1", id="new"))
    await admin.execute("ALTER TABLE command DISABLE TRIGGER append_only")
    await admin.execute("UPDATE command SET at = at - interval '91 days' WHERE id = 'old'")
    await admin.execute("ALTER TABLE command ENABLE TRIGGER append_only")
    await admin.execute("DELETE FROM command WHERE at < now() - interval '90 days'")
    assert await admin.fetchval("SELECT array_agg(id) FROM command") == ["new"]


@pytest.fixture
def login_dsn(database: str, postgres: Postgres) -> Iterator[str]:
    with psycopg.connect(postgres.dsn(), autocommit=True) as admin:
        admin.execute(f"DROP ROLE IF EXISTS {LOGIN}")
        admin.execute(f"CREATE ROLE {LOGIN} LOGIN")
    yield database.replace("postgres@", f"{LOGIN}@", 1)
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(f"DROP OWNED BY {LOGIN}")
    with psycopg.connect(postgres.dsn(), autocommit=True) as admin:
        admin.execute(f"DROP ROLE {LOGIN}")


FORBIDDEN = (
    "INSERT INTO event SELECT 99, source, 99, stream, 99, type, schema, time, payload, chain, epoch FROM event LIMIT 1",
    "UPDATE event SET time = now()",
    "DELETE FROM event_000000000001",
    "UPDATE source_head SET position = 0",
    "INSERT INTO side_table VALUES ('lease')",
    "INSERT INTO command (id, result) VALUES ('x', '{}')",
    "SELECT write_side_rows('[]')",
    "ALTER TABLE event DISABLE TRIGGER ALL",
    "DROP TABLE event_000000000001",
    "SET session_replication_role = replica",
)


async def test_the_service_works_with_its_own_narrow_rights(
    database: str, login_dsn: str, clock: FixedClock, tmp_path: Path, admin: asyncpg.Connection
) -> None:
    folder = tmp_path / "desk" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001_desk.sql").write_text("CREATE TABLE desk (id int PRIMARY KEY);", "utf-8")
    await migrate(database, [LOG_SQL, folder], service_role=LOGIN)
    async with (
        asyncpg.create_pool(login_dsn, min_size=0, max_size=6) as pool,
        Log(pool, district="demo", source="dispatch", clock=clock) as log,
    ):
        assert (await log.append(command("case-1"))).seqs == (1,)
        await log.bump(clock.now())
        await pool.execute("INSERT INTO desk VALUES (1)")
        await pool.execute("INSERT INTO checkpoint (name, version, seq) VALUES ('board', 1, 0)")
        await pool.execute("CREATE TABLE board_v1 (id int)")
        for statement in FORBIDDEN:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await pool.execute(statement)
        async with pool.acquire() as connection:
            assert (await verify(connection)).ok


async def test_partitions_are_made_ahead_and_guarded(log: Log, admin: asyncpg.Connection) -> None:
    await admin.execute("CREATE OR REPLACE FUNCTION log_partition_size() RETURNS bigint LANGUAGE sql AS 'SELECT 40'")
    # The first partition has its full size: go close to its end, as a long history would. A reader is under way.
    await admin.execute("UPDATE log_head SET seq = 999990")
    await admin.execute("BEGIN; DECLARE reader CURSOR FOR SELECT * FROM event; FETCH 1 FROM reader")
    for _ in range(10):
        await log.append(command("case-1", "case-2", *["notebook"] * 10))
    await admin.execute("ROLLBACK")
    names = [
        row[0]
        for row in await admin.fetch(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'event'::regclass ORDER BY 1"
        )
    ]
    assert names[:3] == ["event_000000000001", "event_000001000001", "event_000001000041"]
    assert (await log.head()).seq == 1_000_110
    with pytest.raises(asyncpg.RestrictViolationError):
        await admin.execute("DELETE FROM event_000001000041")
    with pytest.raises(asyncpg.RestrictViolationError):
        await admin.execute("TRUNCATE event_000001000041")
    assert len(await log.stream("notebook")) == 100


async def test_a_session_that_may_lose_commands_is_refused(database: str, clock: FixedClock) -> None:
    async with asyncpg.create_pool(database, min_size=0, server_settings={"synchronous_commit": "off"}) as pool:
        with pytest.raises(UnsafeDatabase, match="synchronous_commit = off"):
            await Log(pool, district="demo", source="dispatch", clock=clock).start()


@asynccontextmanager
async def _altered(postgres: Postgres, setting: str) -> AsyncIterator[None]:
    connection = await asyncpg.connect(postgres.dsn())

    async def becomes(value: str) -> None:
        await connection.execute("SELECT pg_reload_conf()")
        async with asyncio.timeout(5):
            while await connection.fetchval("SELECT current_setting($1)", setting) != value:
                await asyncio.sleep(0.01)

    try:
        await connection.execute(f"ALTER SYSTEM SET {setting} = off")
        await becomes("off")
        yield
    finally:
        await connection.execute(f"ALTER SYSTEM RESET {setting}")
        await becomes("on")
        await connection.close()


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
async def test_a_server_that_may_lose_commands_is_refused(
    postgres: Postgres, database: str, pool: asyncpg.Pool, clock: FixedClock, setting: str
) -> None:
    async with _altered(postgres, setting):
        with pytest.raises(UnsafeDatabase, match=f"{setting} = off"):
            await Log(pool, district="demo", source="dispatch", clock=clock).start()


async def test_the_settings_must_name_the_same_installation(log: Log, pool: asyncpg.Pool, clock: FixedClock) -> None:
    with pytest.raises(WrongInstallation, match="belongs to demo/dispatch"):
        await Log(pool, district="demo", source="intake", clock=clock).start()
    with pytest.raises(WrongInstallation, match="installation is real, the settings say simulated from 2017-07-17"):
        await Log(pool, district="demo", source="dispatch", clock=clock, simulated_from=date(2017, 7, 17)).start()


async def test_a_database_without_tables_says_what_to_do(pg_dsn_factory: DsnFactory, clock: FixedClock) -> None:
    async with asyncpg.create_pool(pg_dsn_factory(""), min_size=0, max_size=4) as pool:
        with pytest.raises(WrongInstallation, match="migrate"):
            await Log(pool, district="demo", source="dispatch", clock=clock).start()
