"""Waking whoever waits for new events: at once inside the process, by LISTEN/NOTIFY between processes."""

import asyncio
import contextlib
import time

import asyncpg
import structlog

from services.chassis.tasks import end

CHANNEL = "huiyin_log"

POLL_S = 1.0
"""The net under notifications, which a dying process or a lost connection can swallow."""

ANNOUNCE_GAP_S = 0.005
"""The first of a burst is announced at once, the rest together: other processes need to know that there is more,
not how often, and a notification costs as much as a small append."""

RECONNECT_S = 1.0
"""Between attempts to listen again; waiting goes on by polling, so haste gains nothing."""

CONNECT_WITHIN_S = 5.0
"""A connection that takes longer to get is tried again later."""

LOST = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresError)

logger = structlog.get_logger(__name__)


class Wakeups:
    """Knows the highest seq that anybody told of. Events are announced after their commit, in a transaction of its
    own: NOTIFY takes a lock that all databases of a server share, and must not hold it through a flush to disk."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._seen = 0
        self._waiters: dict[asyncio.Future[None], int] = {}
        self._to_announce = 0
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def seen(self) -> int:
        return self._seen

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="log-wakeups")

    async def stop(self) -> None:
        if self._task is not None:
            await end(self._task)
            self._task = None

    def announce(self, seq: int) -> None:
        """Tell of events up to `seq` that this process has just committed."""
        if seq > self._seen:
            self.advance(seq)
            self._to_announce = seq
            self._wake.set()

    def advance(self, seq: int) -> None:
        """Learn that the log reaches `seq`."""
        if seq <= self._seen:
            return
        self._seen = seq
        for waiter, beyond in list(self._waiters.items()):
            if seq > beyond and not waiter.done():
                waiter.set_result(None)

    async def wait(self, beyond: int, timeout: float) -> int:
        """The head of the log once it is beyond the given seq, or as it is when the time is up."""
        if self._seen <= beyond and timeout > 0:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters[waiter] = beyond
            try:
                await asyncio.wait({waiter}, timeout=timeout)
            finally:
                del self._waiters[waiter]
        return self._seen

    async def _run(self) -> None:
        while True:
            try:
                async with self._pool.acquire(timeout=CONNECT_WITHIN_S) as connection:
                    await self._listen(connection)
            except LOST as error:
                logger.warning("log notifications interrupted", error=repr(error))
            await asyncio.sleep(RECONNECT_S)

    async def _listen(self, connection: asyncpg.pool.PoolConnectionProxy) -> None:
        # Behind a new connection may be an older copy of the log: what was seen before may not exist any more.
        self._seen = 0
        polled = -POLL_S
        try:
            await connection.add_listener(CHANNEL, self._on_notify)
            while not connection.is_closed():
                if self._to_announce:
                    seq, self._to_announce = self._to_announce, 0
                    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, str(seq))
                    await asyncio.sleep(ANNOUNCE_GAP_S)
                if time.monotonic() - polled >= POLL_S:
                    self.advance(await connection.fetchval("SELECT seq FROM log_head"))
                    polled = time.monotonic()
                self._wake.clear()
                if not self._to_announce:
                    await self._wake_or_poll()
        finally:
            await self._leave(connection)

    async def _leave(self, connection: asyncpg.pool.PoolConnectionProxy) -> None:
        """Listen no more. A lost connection still knows its listener, and the pool takes back none that does: it is
        ended for good, and its errors do not hide a cancellation."""
        with contextlib.suppress(asyncpg.InterfaceError, asyncpg.InternalClientError):
            if not connection.is_closed():
                await connection.remove_listener(CHANNEL, self._on_notify)
                return
        with contextlib.suppress(asyncpg.InterfaceError):
            connection.terminate()

    async def _wake_or_poll(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._wake.wait()
        except TimeoutError:
            return

    def _on_notify(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self.advance(int(str(payload)))
