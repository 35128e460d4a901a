"""Which failures pass by themselves: what real servers say."""

import asyncpg
import pytest

from deploy.local.postgres import Postgres
from services.chassis.failures import passes


async def _said(dsn: str, statement: str = "SELECT 1") -> BaseException:
    with pytest.raises(asyncpg.PostgresError) as caught:
        await _ask(dsn, statement)
    return caught.value


async def _ask(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_database_whose_copy_is_put_in_its_place_comes_back(postgres: Postgres, database: str) -> None:
    name = database.rpartition("/")[2].partition("?")[0]
    admin = await asyncpg.connect(postgres.dsn())
    try:
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        assert passes(await _said(database))
        await admin.execute(f"ALTER DATABASE {name} RENAME TO {name}_away")
        assert passes(await _said(database))
        await admin.execute(f"ALTER DATABASE {name}_away RENAME TO {name}")
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    finally:
        await admin.close()


async def test_a_statements_own_mistake_stays_one(database: str) -> None:
    mistake = await _said(database, "CREATE TEMP SEQUENCE never_asked; SELECT currval('never_asked')")
    assert isinstance(mistake, asyncpg.ObjectNotInPrerequisiteStateError)
    assert not passes(mistake)
