"""Sweeps away what was uploaded and never named: a form that was closed, a command that was refused."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import asyncpg
import structlog

from services.chassis.failures import passes, pause_s
from services.chassis.files.failures import FilesAway
from services.chassis.files.store import FileStore
from services.chassis.lease import Lease, LeaseLost
from services.chassis.service import Service

UNNAMED_FOR = timedelta(days=7)
"""A phone that recorded its visit offline uploads first and sends the command when it can."""

FIRST_AFTER_S = 300.0
"""A process that starts has better things to do."""

EVERY_S = 3600.0
"""A week does not need more."""

SHOWN_WITHIN_S = 10.0
"""What names a file is told by a read model: if it does not follow, nothing is swept."""

BATCH = 50
"""Rows are held while their files are deleted; an upload of one of them waits as long."""

ROLE = "sweep-files"
OLD = """
SELECT sha256 FROM stored_file f
 WHERE kept_at < clock_timestamp() - $1::interval
   AND NOT EXISTS (SELECT 1 FROM evidence_file e WHERE e.sha256 = f.sha256)
 ORDER BY kept_at LIMIT $2 FOR UPDATE SKIP LOCKED"""

logger = structlog.get_logger(__name__)


class Sweep:
    """One of the service's processes at a time, by lease."""

    def __init__(self, service: Service, place: Callable[[], FileStore]) -> None:
        self._service, self._place = service, place

    async def run(self) -> None:
        """Until cancelled. A failure that passes is waited out; a bug is raised."""
        pause, failures = FIRST_AFTER_S, 0
        while True:
            await asyncio.sleep(pause)
            try:
                async with self._service.leases.hold(ROLE) as lease:
                    await self.sweep(lease)
                pause, failures = EVERY_S, 0
            except LeaseLost:
                pause = EVERY_S
            except Exception as error:
                if not passes(error) and not isinstance(error, FilesAway):
                    raise
                failures += 1
                pause = pause_s(failures)
                logger.warning("files not swept yet", error=repr(error))

    async def sweep(self, lease: Lease | None = None, older_than: timedelta = UNNAMED_FOR) -> int:
        """Delete what is old and unnamed; returns how many. Nothing while the read model is behind the log."""
        head = await self._service.log.head()
        if not await self._service.caught_up("evidence_file", head.seq, SHOWN_WITHIN_S):
            logger.warning("files not swept: what names them is not known up to now", seq=head.seq)
            return 0
        swept, store = 0, self._place()
        while batch := await self._batch(store, lease, older_than):
            swept += batch
        if swept:
            logger.info("unnamed files swept", count=swept, older_than=str(older_than))
        return swept

    async def _batch(self, store: FileStore, lease: Lease | None, older_than: timedelta) -> int:
        """The file goes before its row: a crash between leaves a row, which the next sweep takes."""
        pool: asyncpg.Pool = self._service.pool
        async with pool.acquire() as db, db.transaction():
            if lease is not None:
                await lease.fence(db)
            names = [row["sha256"] for row in await db.fetch(OLD, older_than, BATCH)]
            for name in names:
                await store.remove(name)
            await db.execute("DELETE FROM stored_file WHERE sha256 = ANY ($1)", names)
        return len(names)
