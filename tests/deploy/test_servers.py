"""The servers of a local installation: durable, apart, and able to start after a kill."""

import os
from pathlib import Path

import asyncpg
import nats
import pytest

from deploy.local.account import WrongOwner
from deploy.local.broker import Broker
from deploy.local.ports import free_ports
from deploy.local.postgres import Postgres
from tests.conftest import DsnFactory


async def test_databases_are_fresh_and_durable(pg_dsn_factory: DsnFactory) -> None:
    first, second = pg_dsn_factory(""), pg_dsn_factory("")
    one, two = await asyncpg.connect(first), await asyncpg.connect(second)
    await one.execute("CREATE TABLE seen ()")
    assert await two.fetchval("SELECT to_regclass('seen')") is None
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        assert await one.fetchval(f"SHOW {setting}") == "on"
    await one.close()
    await two.close()


async def test_trigrams_know_chinese(pg_dsn_factory: DsnFactory) -> None:
    db = await asyncpg.connect(pg_dsn_factory(""))
    await db.execute("CREATE EXTENSION pg_trgm")
    assert await db.fetchval("SELECT similarity('路灯不亮了', '路灯不亮')") > 0.5
    await db.close()


async def test_a_killed_server_starts_again_with_its_data(scratch: Path) -> None:
    folder = scratch / "killed-server"
    first = Postgres(folder, free_ports(1)[0], password="p@ss/word")
    first.start()
    db = await asyncpg.connect(first.dsn())
    await db.execute("CREATE TABLE kept AS SELECT 1 AS n")
    abandoned = first.process
    assert abandoned is not None

    again = Postgres(folder, free_ports(1)[0], password="p@ss/word")  # the first one still runs: a leftover
    again.start()
    assert abandoned.wait(10) is not None
    db = await asyncpg.connect(again.dsn())
    assert await db.fetchval("SELECT n FROM kept") == 1
    await db.close()

    again.kill()
    (folder / "postmaster.pid").write_text(f"{os.getpid()}\n")  # the number now belongs to somebody else
    again.start()
    again.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
async def test_a_folder_of_another_account_is_refused_with_the_command_that_mends_it(scratch: Path) -> None:
    server = Postgres(scratch / "given-away", free_ports(1)[0])
    server.prepare()
    os.chown(server.data, 12345, 12345)
    with pytest.raises(WrongOwner, match=rf"chown -R {server.account.name} {server.data}"):
        server.prepare()


async def test_the_broker_keeps_streams(nats_server: Broker) -> None:
    client = await nats.connect(nats_server.url)
    await client.jetstream().add_stream(name="kept", subjects=["kept.>"])
    ack = await client.jetstream().publish("kept.one", b"1")
    assert ack.seq == 1
    await client.close()
