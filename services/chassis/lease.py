"""Singleton roles: one process acts at a time, another takes over when the first dies, hangs or is cut off."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import structlog

from services.chassis.tasks import end

HELD_FOR_S = 6.0
"""Without renewal a role is free after this; with TRY_EVERY_S a successor acts within 10 s of the holder's end."""

RENEW_EVERY_S = 2.0
"""Two renewals may fail before the role is lost."""

TRY_EVERY_S = 1.0
"""How often those in waiting ask."""

ANSWER_WITHIN_S = 2.0
"""For one renewal: less than what is left of the lease after a renewal that failed."""

MARGIN_S = 1.0
"""The holder stops believing in its lease this long before others may take it."""

TAKE = """
INSERT INTO lease AS l (role, holder, token, until)
VALUES ($1, $2, 1, clock_timestamp() + make_interval(secs => $3))
ON CONFLICT (role) DO UPDATE SET holder = excluded.holder, token = l.token + 1, until = excluded.until
 WHERE l.until < clock_timestamp()
RETURNING token"""
RENEW = """
UPDATE lease SET until = clock_timestamp() + make_interval(secs => $4)
 WHERE role = $1 AND holder = $2 AND token = $3 AND until >= clock_timestamp()
RETURNING token"""
GIVE_BACK = "UPDATE lease SET until = '-infinity' WHERE role = $1 AND holder = $2 AND token = $3"
FENCE = "SELECT 1 FROM lease WHERE role = $1 AND token = $2 FOR KEY SHARE"

UNREACHABLE = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresError)

logger = structlog.get_logger(__name__)


class LeaseLost(Exception):
    """This process is no longer the one that acts in the role."""

    def __init__(self, role: str) -> None:
        super().__init__(f"the lease of {role} is lost")
        self.role = role


class Lease:
    """A role held by this process. `check` is cheap and local; `fence` is certain, inside a transaction."""

    def __init__(self, role: str, token: int, held_for_s: float, asked_at: float) -> None:
        self.role, self.token = role, token
        self._held_for_s = held_for_s
        self._valid_until = 0.0
        self.renewed(asked_at)

    def renewed(self, asked_at: float) -> None:
        """Counted from before the question was sent, so never longer than the database grants it."""
        self._valid_until = asked_at + self._held_for_s - min(MARGIN_S, self._held_for_s / 6)

    @property
    def left_s(self) -> float:
        return self._valid_until - time.monotonic()

    def check(self) -> None:
        """Raises `LeaseLost` when the lease was not renewed in time; a process that was frozen learns it here."""
        if self.left_s <= 0:
            raise LeaseLost(self.role)

    async def fence(self, connection: asyncpg.Connection | asyncpg.pool.PoolConnectionProxy) -> None:
        """Call in the transaction that writes: a successor cannot take the role before it ends, or did already."""
        if await connection.fetchval(FENCE, self.role, self.token) is None:
            raise LeaseLost(self.role)


class Leases:
    """The roles of one process. `holder` names the process; two with the same name still get different tokens."""

    def __init__(self, pool: asyncpg.Pool, holder: str, *, held_for_s: float = HELD_FOR_S) -> None:
        self._pool, self.holder, self._held_for_s = pool, holder, held_for_s

    @asynccontextmanager
    async def hold(self, role: str) -> AsyncIterator[Lease]:
        """Wait for the role, act in it, give it back. When it is lost the block is cancelled and `LeaseLost` raised."""
        lease = await self._wait_for(role)
        block = asyncio.current_task()
        assert block is not None
        lost = asyncio.Event()
        renewing = asyncio.create_task(self._renew(lease, block, lost), name=f"lease-{role}")
        try:
            try:
                yield lease
            finally:
                await end(renewing)
        except asyncio.CancelledError:
            if lost.is_set() and block.uncancel() == 0:
                raise LeaseLost(role) from None
            raise
        finally:
            await self._give_back(lease)

    async def holder_of(self, role: str) -> str | None:
        """Who holds the role now."""
        holder: str | None = await self._pool.fetchval(
            "SELECT holder FROM lease WHERE role = $1 AND until >= clock_timestamp()", role
        )
        return holder

    async def _wait_for(self, role: str) -> Lease:
        while True:
            asked_at = time.monotonic()
            try:
                token = await self._ask(TAKE, role, self.holder, self._held_for_s)
            except UNREACHABLE as error:
                logger.warning("lease not reachable", role=role, error=repr(error))
                token = None
            if token is not None:
                logger.info("lease taken", role=role, holder=self.holder, token=token)
                return Lease(role, token, self._held_for_s, asked_at)
            await asyncio.sleep(min(TRY_EVERY_S, self._held_for_s / 6))

    async def _renew(self, lease: Lease, block: asyncio.Task[object], lost: asyncio.Event) -> None:
        """Keep the lease alive; at its end stop whoever works under it."""
        while lease.left_s > 0:
            await asyncio.sleep(min(RENEW_EVERY_S, self._held_for_s / 3, max(lease.left_s, 0)))
            asked_at = time.monotonic()
            try:
                if await self._ask(RENEW, lease.role, self.holder, lease.token, self._held_for_s) is None:
                    break
            except UNREACHABLE as error:
                logger.warning("lease not renewed", role=lease.role, error=repr(error))
                continue
            lease.renewed(asked_at)
        logger.warning("lease lost", role=lease.role, holder=self.holder)
        lease.renewed(float("-inf"))
        lost.set()
        block.cancel()

    async def _give_back(self, lease: Lease) -> None:
        try:
            await self._ask(GIVE_BACK, lease.role, self.holder, lease.token)
        except UNREACHABLE as error:
            logger.warning("lease not given back, it will run out", role=lease.role, error=repr(error))

    async def _ask(self, sql: str, *arguments: object) -> int | None:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            token: int | None = await self._pool.fetchval(sql, *arguments)
        return token
