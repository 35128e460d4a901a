"""Carries keys of sealed text from the owning service's table through the broker's bucket to the entitled services."""

import asyncio
from collections.abc import Sequence

import asyncpg
import structlog

from contracts.feeds import keys_bucket
from services.chassis.bucket import Bucket, BucketMissing
from services.chassis.keys import KeyRing
from services.chassis.transport.link import TRANSIENT, Link

LOOK_EVERY_S = 2.0
"""The net under announcements, and how soon a bucket that was lost is noticed and filled again."""

SEND_WITHIN_S = 0.5
"""A command does not wait longer for the broker: the key is stored, and sent as soon as the broker is back."""

SENT_AT_ONCE = 100
"""Unsent keys handed over side by side."""

# A bucket made anew has nothing: the owner sends everything again, the others read it from its beginning.
NEW_BUCKET = "UPDATE key_feed SET bucket_created = $1, revision = 0 WHERE bucket_created IS DISTINCT FROM $1"
# The guard: a revision of a bucket that has been lost meanwhile means nothing.
SENT = """
UPDATE sealing_key SET revision = $2
 WHERE key_id = $1 AND revision IS NULL AND (key IS NULL) = $3 AND (SELECT bucket_created FROM key_feed) = $4
"""

logger = structlog.get_logger(__name__)


class KeyFeed:
    """One process's exchange with the key bucket. The owner also sends; a process that is not entitled has none."""

    def __init__(
        self, ring: KeyRing, pool: asyncpg.Pool, link: Link, district: str, *, owner: bool, replicas: int = 1
    ) -> None:
        self._ring, self._pool, self._link, self._owner = ring, pool, link, owner
        self._bucket = Bucket(link, keys_bucket(district), replicas=replicas)
        self._created: str | None = None
        self._revision = 0
        if owner:
            ring.send = self._send_now

    async def run(self) -> None:
        """Until cancelled; whatever the broker or the database do, it goes on when they are back."""
        await self._bucket.follow(self._exchange, LOOK_EVERY_S)

    async def _exchange(self) -> None:
        try:
            created = await self._bucket.created()
        except BucketMissing:
            if not self._owner:
                return
            await self._bucket.ensure()
            created = await self._bucket.created()
        if created != self._created:
            await self._meet(created)
        # A database that was put back stands further back than this process remembers: read again from there.
        self._revision = min(self._revision, await self._pool.fetchval("SELECT revision FROM key_feed"))
        if self._owner:
            await self._send_rest()
        while entries := await self._bucket.read(self._revision):
            await self._ring.take(entries)
            self._revision = entries[-1].revision

    async def _meet(self, created: str) -> None:
        """A bucket that this process sees for the first time: known from earlier, or made anew."""
        async with self._pool.acquire() as db, db.transaction():
            if await db.execute(NEW_BUCKET, created) == "UPDATE 1":
                logger.info("key bucket is new", created=created)
                if self._owner:
                    await db.execute("UPDATE sealing_key SET revision = NULL WHERE revision IS NOT NULL")
            # Read again from where this database stands: what another process took is taken again without effect.
            self._revision = await db.fetchval("SELECT revision FROM key_feed")
        self._created = created

    async def _send_rest(self) -> None:
        while True:
            rows = await self._pool.fetch(
                "SELECT key_id, key FROM sealing_key WHERE revision IS NULL ORDER BY key_id LIMIT $1", SENT_AT_ONCE
            )
            await self._send(rows)
            if len(rows) < SENT_AT_ONCE:
                return

    async def _send_now(self, key_ids: Sequence[str]) -> None:
        """On behalf of a command: if the broker is there, the key is out before the event that needs it."""
        if not self._link.up.is_set() or self._created is None:
            return
        rows = await self._pool.fetch(
            "SELECT key_id, key FROM sealing_key WHERE revision IS NULL AND key_id = ANY ($1)", list(key_ids)
        )
        try:
            async with asyncio.timeout(SEND_WITHIN_S):
                await self._send(rows)
        except TRANSIENT as error:
            logger.info("keys are sent later", keys=len(rows), error=repr(error))

    async def _send(self, rows: Sequence[asyncpg.Record]) -> None:
        created = self._created
        revisions = await asyncio.gather(
            *(
                self._bucket.purge(row["key_id"]) if row["key"] is None else self._bucket.put(row["key_id"], row["key"])
                for row in rows
            )
        )
        sent = [
            (row["key_id"], revision, row["key"] is None, created)
            for row, revision in zip(rows, revisions, strict=True)
        ]
        if sent:
            await self._pool.executemany(SENT, sent)
