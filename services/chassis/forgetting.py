"""Forgets which commands took effect, once nobody can repeat them any more: rows older than 90 days are deleted."""

import asyncio

import asyncpg
import structlog

from services.chassis.failures import passes, pause_s
from services.chassis.lease import Lease, LeaseLost, Leases

REMEMBERED_DAYS = 90
"""A phone that was offline for a whole campaign still gets its first answer; the table's own trigger keeps as many."""

BATCH_ROWS = 500
"""A few milliseconds under row locks that no append waits for."""

BETWEEN_BATCHES_S = 0.05
"""Appends come first: 90 days of a district's commands may wait the hour that this takes."""

FIRST_AFTER_S = 120.0
"""A process that starts has better things to do."""

EVERY_S = 3600.0
"""Days do not need more; short enough that a day's rows are few batches."""

WITHIN_S = 10.0
"""A batch that takes longer waits for something; the next round tries again."""

ROLE = "forget-commands"
FORGET = """
DELETE FROM command WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM command WHERE at < clock_timestamp() - make_interval(days => $1) LIMIT $2))"""

logger = structlog.get_logger(__name__)


class Forgetting:
    """One of a service's processes at a time, by lease; the others find nothing left to do."""

    def __init__(self, pool: asyncpg.Pool, leases: Leases) -> None:
        self._pool, self._leases = pool, leases

    async def run(self) -> None:
        """Until cancelled, now and then. A failure that passes is waited out; a bug is raised."""
        pause, failures = FIRST_AFTER_S, 0
        while True:
            await asyncio.sleep(pause)
            try:
                async with self._leases.hold(ROLE) as lease:
                    await self.sweep(lease)
                pause, failures = EVERY_S, 0
            except LeaseLost:
                pause = EVERY_S  # another process took over and goes on where this one was
            except Exception as error:
                if not passes(error):
                    raise
                failures += 1
                pause = pause_s(failures)
                logger.warning("commands not forgotten yet", error=repr(error))

    async def sweep(self, lease: Lease) -> int:
        """Forget everything that is old enough, in small batches; returns how many."""
        forgotten = 0
        while True:
            lease.check()
            done = await self._pool.execute(FORGET, REMEMBERED_DAYS, BATCH_ROWS, timeout=WITHIN_S)
            count = int(done.removeprefix("DELETE "))
            forgotten += count
            if count < BATCH_ROWS:
                break
            await asyncio.sleep(BETWEEN_BATCHES_S)
        if forgotten:
            logger.info("commands forgotten", count=forgotten, days=REMEMBERED_DAYS)
        return forgotten
