"""Group appending: commands that wait while one batch is on its way go together in the next."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

import asyncpg

from services.chassis.clock import Clock
from services.chassis.crash import CrashPoints, no_crash
from services.chassis.log import batch
from services.chassis.log.types import Append, Appended, LogClosed, LogError, LogUnavailable
from services.chassis.tasks import end

BATCH_COMMANDS = 256
"""Enough for the database to be the limit; more would only make the first of a batch wait for the last."""

BATCH_BYTES = 4 * 1024 * 1024
"""A batch of large events stays a few milliseconds of network and memory."""

ANSWER_WITHIN_S = 10.0
"""A batch takes milliseconds. A database that needs this long is gone or frozen: ask again on a new connection."""

ASK_AGAIN_FOR_S = 20.0
"""How long a command outlives a restart of the database before its sender is told to send it again."""

PAUSE_S = (0.0, 0.05, 0.2, 0.5, 1.0)
"""Pauses between attempts; the first retry is at once, because a single lost connection is the usual case."""

CONNECTION_LOST = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.DeadlockDetectedError,
)
"""After these nobody knows whether the batch was committed, or it surely was not and may be sent again."""


class Waiting(NamedTuple):
    """A command in the queue and whoever waits for it."""

    append: Append
    size: int
    answer: asyncio.Future[Appended]


class Appender:
    """Sends at once when idle and keeps one batch in flight: a second would only wait for the same lock.

    Sending a batch again is safe, because every command in it is known by its id: what was committed before
    the connection broke is answered from the memory of commands.
    """

    def __init__(
        self, pool: asyncpg.Pool, clock: Clock, announce: Callable[[int], None], crash: CrashPoints = no_crash
    ) -> None:
        self._pool, self._clock, self._announce, self._crash = pool, clock, announce, crash
        self._queue: deque[Waiting] = deque()
        self._wake = asyncio.Event()
        self._connection: asyncpg.pool.PoolConnectionProxy | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._connected_before = False
        self.guard: Callable[[], Awaitable[None]] | None = None
        """Asked before the first append on every later connection: the database behind it may be an older copy."""
        self.acknowledged = (0, 0)
        """The highest own epoch and position that this process has recorded and answered with."""
        self.acknowledged_id = ""
        """The command whose last event lies there."""

    def start(self) -> None:
        self._stopping = False
        self._task = asyncio.create_task(self._run(), name="log-appender")

    async def stop(self, within_s: float) -> None:
        """Let what waits be written, then end. What is left after the time is told that the log is closed."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=within_s)
            await end(self._task)
            self._task = None
        _fail(self._queue, LogClosed("the service is stopping"))
        self._queue.clear()
        await self._drop_connection()

    async def append(self, append: Append) -> Appended:
        """The command's result, or the refusal raised. A cancelled caller does not undo a command under way."""
        if self._task is None or self._stopping:
            raise LogClosed("the log is not started")
        if self._task.done():
            self._task.result()
        answer: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        self._queue.append(Waiting(append, batch.check_size(append), answer))
        self._wake.set()
        return await answer

    async def _run(self) -> None:
        while True:
            if not self._queue:
                if self._stopping:
                    return
                self._wake.clear()
                await self._wake.wait()
            waiting = self._take()
            if waiting:
                await self._settle(waiting)
                # Those just answered often have their next command ready: let them join the next batch.
                await asyncio.sleep(0)

    def _take(self) -> list[Waiting]:
        """The next batch: nobody who has given up, and no command id twice (its repeat waits for the first)."""
        taken: list[Waiting] = []
        ids: set[str] = set()
        later: list[Waiting] = []
        size = 0
        while self._queue and len(taken) < BATCH_COMMANDS and (not taken or size < BATCH_BYTES):
            waiting = self._queue.popleft()
            if waiting.answer.done():
                continue
            if waiting.append.command_id in ids:
                later.append(waiting)
                continue
            ids.add(waiting.append.command_id)
            taken.append(waiting)
            size += waiting.size
        self._queue.extendleft(reversed(later))
        return taken

    async def _settle(self, waiting: list[Waiting]) -> None:
        """Write a batch and answer everyone in it. An error of unknown cause is narrowed down to its command."""
        try:
            answers = await self._ask([one.append for one in waiting])
        except asyncio.CancelledError:
            _fail(waiting, LogUnavailable("the service stopped before the database answered"))
            raise
        except LogClosed as error:
            _fail(waiting, error)
        except Exception as error:  # noqa: BLE001 - every error reaches the one whose command caused it
            if len(waiting) == 1:
                _fail(waiting, error)
                return
            for one in waiting:
                await self._settle([one])
        else:
            for one, answer in zip(waiting, answers, strict=True):
                _resolve(one, answer)

    async def _ask(self, appends: list[Append]) -> list[Appended | LogError]:
        """Send until there is an answer, for a limited time."""
        give_up = time.monotonic() + ASK_AGAIN_FOR_S
        pauses = iter(PAUSE_S)
        while True:
            try:
                return await self._send(appends)
            except CONNECTION_LOST as error:
                await self._drop_connection()
                if time.monotonic() > give_up:
                    raise LogUnavailable(f"the database does not answer: {error!r}") from error
                await asyncio.sleep(next(pauses, PAUSE_S[-1]))

    async def _send(self, appends: list[Append]) -> list[Appended | LogError]:
        if self._connection is None:
            if self._connected_before and self.guard is not None:
                await self.guard()
            self._connected_before = True
            self._connection = await self._pool.acquire(timeout=ANSWER_WITHIN_S)
        row = await self._connection.fetchrow(
            batch.APPEND_SQL, *batch.arguments(appends, self._clock.now()), timeout=ANSWER_WITHIN_S
        )
        self._crash("append:committed")
        assert row is not None
        statuses, details, head, epoch = row
        self._announce(head)
        answers = [
            batch.outcome(append.command_id, status, detail)
            for append, status, detail in zip(appends, statuses, details, strict=True)
        ]
        # What was recorded before may be of an earlier epoch, whose positions say nothing about this one.
        for answer in answers:
            if not isinstance(answer, Appended) or answer.repeated or not answer.positions:
                continue
            if (told := (epoch, answer.positions[-1])) > self.acknowledged:
                self.acknowledged, self.acknowledged_id = told, answer.command_id
        return answers

    async def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(*CONNECTION_LOST):  # it may be gone already; that is why it is dropped
                connection.terminate()
                await self._pool.release(connection)


def _resolve(one: Waiting, answer: Appended | LogError) -> None:
    if one.answer.done():
        return
    if isinstance(answer, Appended):
        one.answer.set_result(answer)
    else:
        one.answer.set_exception(answer)


def _fail(waiting: Iterable[Waiting], error: Exception) -> None:
    for one in waiting:
        if not one.answer.done():
            one.answer.set_exception(error)
