"""Commands are remembered for 90 days and then forgotten in small batches, by one process."""

import asyncio

import asyncpg
import pytest

from services.chassis import forgetting
from services.chassis.forgetting import ROLE, Forgetting
from services.chassis.lease import Leases
from services.chassis.log import Log
from tests.chassis.log.making import command
from tests.chassis.transport.until import until

AGE = "UPDATE command SET at = at - interval '89 days' - CASE WHEN id = 'kept' THEN '0' ELSE interval '1 day' END"


async def made(log: Log, admin: asyncpg.Connection, old: int) -> None:
    """So many commands of just over 90 days ago, one of 89 days ago and one of now."""
    for number in range(old):
        await log.append(command("case-1", id=f"old-{number}"))
    await log.append(command("case-1", id="kept"))
    await admin.execute("ALTER TABLE command DISABLE TRIGGER append_only")
    await admin.execute(AGE)
    await admin.execute("ALTER TABLE command ENABLE TRIGGER append_only")
    await log.append(command("case-1", id="new"))


async def test_old_commands_are_forgotten_by_whoever_holds_the_lease(
    pool: asyncpg.Pool, log: Log, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "BATCH_ROWS", 3)
    monkeypatch.setattr(forgetting, "FIRST_AFTER_S", 0.0)
    await made(log, admin, old=7)
    async with Leases(pool, "another process").hold(ROLE):
        waiting = asyncio.create_task(Forgetting(pool, Leases(pool, "this process")).run())
        await asyncio.sleep(0.3)
        assert await admin.fetchval("SELECT count(*) FROM command") == 9

    async def forgotten() -> bool:
        left: list[str] = await admin.fetchval("SELECT array_agg(id ORDER BY id) FROM command")
        return left == ["kept", "new"]

    await until(forgotten)
    waiting.cancel()
    await asyncio.wait({waiting})
    assert (await log.append(command("case-1", id="kept"))).repeated
