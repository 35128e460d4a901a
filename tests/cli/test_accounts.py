"""Passwords from the command line."""

import asyncio

import asyncpg
from typer.testing import CliRunner

from deploy.cli.__main__ import app
from services.intake.accounts import check, put_account
from tests.conftest import DsnFactory


def test_a_new_password_opens_the_account_and_a_short_one_does_not(pg_dsn_factory: DsnFactory) -> None:
    dsn = pg_dsn_factory("intake")

    async def made() -> None:
        async with asyncpg.create_pool(dsn, min_size=1, max_size=1) as pool:
            await put_account(pool, "jia", "p-1", "first-password", demo=True)

    async def person(password: str) -> str:
        async with asyncpg.create_pool(dsn, min_size=1, max_size=1) as pool:
            return await check(pool, "jia", password)

    asyncio.run(made())
    call = ["account", "set-password", "--dsn", dsn, "--password"]
    assert CliRunner().invoke(app, [*call, "short", "jia"]).exit_code == 1
    assert CliRunner().invoke(app, [*call, "second-password", "nobody"]).exit_code == 1
    assert CliRunner().invoke(app, [*call, "second-password", "jia"]).exit_code == 0
    assert asyncio.run(person("second-password")) == "p-1"
