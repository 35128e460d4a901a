"""One database per service, with a role that owns it and a role that serves from it."""

from collections.abc import Callable

import asyncpg

from deploy.local.children import ChildFailed
from deploy.local.postgres import Postgres
from deploy.local.programs import ROOT
from services.chassis import migrate as chassis

SERVICES = ROOT / "services"


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


async def migrate(service: str, owner_dsn: str) -> None:
    """What the service's own command `migrate` does, without loading the service for it: that took longer."""
    try:
        await chassis.migrate(
            owner_dsn, [chassis.LOG_SQL, SERVICES / service / "migrations"], service_role=role(service)
        )
    except (chassis.MigrationError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise ChildFailed(f"the migration of {service} failed: {error}") from error
