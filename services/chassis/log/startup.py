"""Before the first command: is the database safe to acknowledge on, and is it this installation's?"""

from datetime import date

import asyncpg

from services.chassis.log.types import UnsafeDatabase, WrongInstallation

MUST_NOT_BE_OFF = {
    "fsync": "a power cut could damage the whole database",
    "synchronous_commit": "a power cut could lose acknowledged commands",
    "full_page_writes": "a power cut could leave half-written pages",
}


async def check_durability(connection: asyncpg.pool.PoolConnectionProxy) -> None:
    """Refuse a database that could lose what it acknowledged."""
    for name, danger in MUST_NOT_BE_OFF.items():
        if await connection.fetchval("SELECT current_setting($1)", name) == "off":
            raise UnsafeDatabase(f"PostgreSQL runs with {name} = off: {danger}. Turn it on and start again.")


async def found_or_compare(
    connection: asyncpg.pool.PoolConnectionProxy, district: str, source: str, simulated_from: date | None
) -> None:
    """At the first start the database learns whose it is; afterwards the settings must agree with it."""
    try:
        await connection.execute("SELECT found_installation($1, $2, $3)", district, source, simulated_from)
    except asyncpg.UndefinedFunctionError as error:
        raise WrongInstallation("the database has no event log yet: run the service's `migrate` first") from error
    row = await connection.fetchrow("SELECT district, source, kind, simulated_from FROM installation")
    assert row is not None
    if (row["district"], row["source"]) != (district, source):
        raise WrongInstallation(
            f"the database belongs to {row['district']}/{row['source']}, the settings say {district}/{source}"
        )
    if row["simulated_from"] != simulated_from:
        raise WrongInstallation(
            f"the installation is {_kind(row['simulated_from'])}, the settings say {_kind(simulated_from)}; "
            "that is chosen once, when an installation is created"
        )


def _kind(simulated_from: date | None) -> str:
    return "real" if simulated_from is None else f"simulated from {simulated_from}"
