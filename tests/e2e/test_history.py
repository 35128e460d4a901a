"""The accounts that services run under can add to history and nothing else."""

import asyncpg
import pytest

from tests.e2e.conftest import Background


async def test_the_running_service_cannot_change_its_history(huiyin: Background) -> None:
    installation = huiyin.installation
    db = await asyncpg.connect(installation.dsn("dispatch"))
    try:
        for statement in ("DELETE FROM event", "UPDATE event SET payload = ''", "TRUNCATE event", "DROP TABLE event"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await db.execute(statement)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(installation.dsn("dispatch"), database="huiyin_intake")
    finally:
        await db.close()
