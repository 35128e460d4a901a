"""Numbered SQL files, each applied once, in order, in its own transaction; a file changed afterwards is refused."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

LOG_SQL = Path(__file__).parent / "log" / "sql"
"""The log's own migrations; they come before a service's."""

LOCK_TIMEOUT = "5s"
"""A migration that waits longer for a lock would stall every command behind it: it gives up and is run again."""

ONE_AT_A_TIME = 0x4875_6979
"""Key of the advisory lock that lets one migrator at a time into a database."""

NAME = re.compile(r"^\d{4}_[a-z0-9_]+\.sql$")

CREATE_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migration (
    name text PRIMARY KEY,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)"""


class MigrationError(Exception):
    """A migration file that cannot be applied, and why."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file; `name` is its folder's last two parts and its own name, e.g. `log/sql/0001_log.sql`."""

    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def find(directory: Path) -> list[Migration]:
    """The migrations of a folder in their order; a gap, a repeated number or a stray name is refused."""
    files = sorted(directory.glob("*.sql"))
    for number, file in enumerate(files, start=1):
        if not NAME.match(file.name) or int(file.name[:4]) != number:
            raise MigrationError(f"{file}: expected the name {number:04d}_<words>.sql")
    prefix = f"{directory.parent.name}/{directory.name}"
    return [Migration(f"{prefix}/{file.name}", file.read_text("utf-8")) for file in files]


async def migrate(dsn: str, directories: Sequence[Path], *, service_role: str | None = None) -> list[str]:
    """Bring the database up to date as its owner; returns what was applied. Safe to run again and side by side.

    With `service_role` the login role of the service gets exactly the rights it needs.
    """
    migrations = [migration for directory in directories for migration in find(directory)]
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", ONE_AT_A_TIME)
        await connection.execute(CREATE_LEDGER)
        applied = [name for migration in migrations if (name := await _apply(connection, migration))]
        if service_role is not None:
            await connection.execute("SELECT grant_log_access($1)", service_role)
    finally:
        await connection.close()
    return applied


async def _apply(connection: asyncpg.Connection, migration: Migration) -> str | None:
    known = await connection.fetchval("SELECT sha256 FROM schema_migration WHERE name = $1", migration.name)
    if known == migration.sha256:
        return None
    if known is not None:
        raise MigrationError(f"{migration.name} was changed after it was applied; write a new migration instead")
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            await connection.execute(migration.sql)
            await connection.execute(
                "INSERT INTO schema_migration (name, sha256) VALUES ($1, $2)", migration.name, migration.sha256
            )
    except asyncpg.PostgresError as error:
        raise MigrationError(f"{migration.name}: {error}") from error
    return migration.name
