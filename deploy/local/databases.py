"""One database per service, with a role that owns it and a role that serves from it."""

import asyncio
import hashlib
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import asyncpg

from deploy.local.children import ChildFailed
from deploy.local.postgres import Postgres
from deploy.local.programs import ROOT

SHOWN_CHARACTERS = 3000
"""Of a failed migration's output: its last lines say why."""


def database(service: str) -> str:
    return f"huiyin_{service}"


def role(service: str) -> str:
    """The login role of the running service: it can append to its history and not change it."""
    return f"huiyin_{service}"


def owner(service: str) -> str:
    """The role that migrates; the running service does not know its password."""
    return f"huiyin_{service}_owner"


async def create_missing(postgres: Postgres, services: tuple[str, ...], secret: Callable[[str], str]) -> None:
    """Make the roles and databases that are not there yet, and close each to everybody else."""
    connection = await asyncpg.connect(postgres.dsn())
    try:
        roles = {row[0] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
        databases = {row[0] for row in await connection.fetch("SELECT datname FROM pg_database")}
        for service in services:
            for name in (owner(service), role(service)):
                if name not in roles:
                    password = await connection.fetchval("SELECT quote_literal($1::text)", secret(f"pg_{name}"))
                    await connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD {password}")
            if database(service) not in databases:
                await connection.execute(f"CREATE DATABASE {database(service)} OWNER {owner(service)}")
            await connection.execute(f"REVOKE ALL ON DATABASE {database(service)} FROM PUBLIC")
            await connection.execute(f"GRANT CONNECT, TEMP ON DATABASE {database(service)} TO {role(service)}")
    finally:
        await connection.close()


async def migrate(postgres: Postgres, service: str, environment: Mapping[str, str]) -> None:
    """As in production, by the service's own command; skipped while its SQL files are the same as last time."""
    fingerprint = _fingerprint(ROOT / "services")
    if await _migrated(postgres, service) == fingerprint:
        return
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"services.{service}", "migrate"),
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        shown = output.decode(errors="replace")[-SHOWN_CHARACTERS:]
        raise ChildFailed(f"the migration of {service} failed:\n{shown}")
    await _note_migrated(postgres, service, fingerprint)


def _fingerprint(services: Path) -> str:
    """Of all SQL files under `services/`: while it is the same there is nothing to migrate."""
    digest = hashlib.sha256()
    for file in sorted(services.rglob("*.sql")):
        digest.update(f"{file.relative_to(services)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


async def _migrated(postgres: Postgres, service: str) -> str | None:
    """The fingerprint that was noted at the database itself, so that it goes where a copy of it goes."""
    connection = await asyncpg.connect(postgres.dsn(database(service)))
    try:
        noted: str | None = await connection.fetchval(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        )
    finally:
        await connection.close()
    return noted


async def _note_migrated(postgres: Postgres, service: str, fingerprint: str) -> None:
    """After everything was applied."""
    connection = await asyncpg.connect(postgres.dsn())
    try:
        await connection.execute(f"COMMENT ON DATABASE {database(service)} IS '{fingerprint}'")
    finally:
        await connection.close()
