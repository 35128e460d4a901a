"""The accounts that services run under can add to history and nothing else."""

import asyncpg
import pytest

from deploy.local.installation import Installation
from tests.e2e.conftest import Background


def test_the_running_service_cannot_change_its_history(huiyin: Background) -> None:
    huiyin.run(_tries(huiyin.installation))


async def _tries(installation: Installation) -> None:
    db = await asyncpg.connect(installation.dsn("dispatch"))
    try:
        for statement in ("DELETE FROM event", "UPDATE event SET payload = ''", "TRUNCATE event", "DROP TABLE event"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await db.execute(statement)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(installation.dsn("dispatch"), database="huiyin_intake")
    finally:
        await db.close()
