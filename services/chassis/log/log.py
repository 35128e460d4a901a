"""The event log of one service: append, read, take in what others wrote, and wait for more."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from types import TracebackType
from typing import Self

import asyncpg
import orjson

from services.chassis.clock import Clock
from services.chassis.crash import CrashPoints, no_crash
from services.chassis.log import batch, inbound, startup
from services.chassis.log.appender import Appender
from services.chassis.log.types import (
    Append,
    Appended,
    CommandReused,
    LogClosed,
    LogError,
    LogHead,
    SourceHead,
    Stored,
)
from services.chassis.log.wakeups import Wakeups

STOP_WITHIN_S = 3.0
"""How long a stopping service waits for commands that are on their way."""

COLUMNS = "seq, source, position, stream, version, type, schema, time, payload, chain, epoch"

READ = f"SELECT {COLUMNS} FROM event WHERE seq > $1 ORDER BY seq LIMIT $2"  # noqa: S608
READ_TYPES = f"SELECT {COLUMNS} FROM event WHERE seq > $1 AND type = ANY ($3) ORDER BY seq LIMIT $2"  # noqa: S608
READ_STREAM = f"SELECT {COLUMNS} FROM event WHERE stream = $1 AND version <= $2 ORDER BY version, seq"  # noqa: S608
READ_SOURCE = f"""
SELECT {COLUMNS} FROM event WHERE source = $1 AND position > $2
   AND epoch = coalesce($4, (SELECT max(epoch) FROM source_head WHERE source = $1))
 ORDER BY position LIMIT $3"""  # noqa: S608
HEADS = """
SELECT DISTINCT ON (source) source, epoch, position, chain, nullif(time, '-infinity') FROM source_head
 WHERE $1::text IS NULL OR source = $1 ORDER BY source, epoch DESC"""
EPOCHS = """
SELECT source, epoch, position, chain, nullif(time, '-infinity') FROM source_head
 WHERE source = $1 ORDER BY epoch DESC"""
COMMAND_AT = """
SELECT convert_from(payload, 'UTF8')::jsonb ->> 'commandid' FROM event
 WHERE source = $1 AND epoch = $2 AND position = $3"""
LEFT = "SELECT previous_position, previous_chain FROM epoch_change WHERE source = $1 AND epoch = $2"
LAST_VERSION = 2**31 - 1


class Log:
    """One process's door to the log. It keeps two connections of the pool: one appends, one listens.

    `simulated_from` says which kind of installation this is; it must be the one the database was founded as.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        *,
        district: str,
        source: str,
        clock: Clock,
        simulated_from: date | None = None,
        crash: CrashPoints = no_crash,
    ) -> None:
        self.pool, self.district, self.source, self.clock = pool, district, source, clock
        self._simulated_from = simulated_from
        self._wakeups = Wakeups(pool)
        self._appender = Appender(pool, clock, self._wakeups.announce, crash)
        self._closed: str | None = None
        self.openings = 0
        """How often it was opened again after refusing; what was known of streams before may be of lost events."""

    async def start(self) -> None:
        """Check the database and open for appends, unless `refuse` was called before."""
        async with self.pool.acquire() as connection:
            await startup.check_durability(connection)
            await startup.found_or_compare(connection, self.district, self.source, self._simulated_from)
            self._wakeups.advance(await connection.fetchval("SELECT seq FROM log_head"))
        self._wakeups.start()
        self._appender.start()

    async def stop(self) -> None:
        await self._appender.stop(STOP_WITHIN_S)
        await self._wakeups.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def refuse(self, reason: str) -> None:
        """Take no commands until `open_for_appends`; reading and taking in go on."""
        self._closed = reason

    def open_for_appends(self) -> None:
        self.openings += self._closed is not None
        self._closed = None

    @property
    def refused(self) -> str | None:
        """Why commands are refused now, if they are."""
        return self._closed

    def guard(self, ask: Callable[[], Awaitable[None]]) -> None:
        """Ask before appending on a new database connection, where the old one was lost; it may raise `LogClosed`."""
        self._appender.guard = ask

    @property
    def acknowledged(self) -> tuple[int, int]:
        """The highest own epoch and position that this process has recorded a command at; (0, 0): none yet."""
        return self._appender.acknowledged

    async def lost_acknowledged(self) -> int | None:
        """The position of the last command that this process acknowledged, if another event lies there now."""
        epoch, position = self._appender.acknowledged
        found = await self.pool.fetchval(COMMAND_AT, self.source, epoch, position)
        return None if found in (None, self._appender.acknowledged_id) else position

    async def append(self, append: Append) -> Appended:
        """Record a command's effect, durably when this returns. The same id again returns the first result.

        Raises `Conflict`, `CommandReused`, `ClaimTaken`, `SideRowRefused`, `EventTooLarge` or `LogClosed`.
        """
        if self._closed is not None:
            raise LogClosed(self._closed)
        return await self._appender.append(append)

    async def result_of(self, command_id: str, body_hash: bytes) -> Appended | None:
        """What the command answered, if it took effect; raises `CommandReused` when its body was another."""
        row = await self.pool.fetchrow("SELECT body_hash, result FROM command WHERE id = $1", command_id)
        if row is None:
            return None
        if row["body_hash"] not in (None, body_hash):
            raise CommandReused(command_id)
        return batch.appended(command_id, orjson.loads(row["result"]), repeated=True)

    async def stream(self, name: str, up_to: int | None = None) -> list[Stored]:
        """A stream's events in their order, up to a version if one is given."""
        rows = await self.pool.fetch(READ_STREAM, name, LAST_VERSION if up_to is None else up_to)
        return [Stored._make(row) for row in rows]

    async def read(self, after_seq: int, limit: int, types: Sequence[str] | None = None) -> list[Stored]:
        """The next events in local order. With `types`, fewer than `limit` means none up to the head at that moment."""
        if types is None:
            rows = await self.pool.fetch(READ, after_seq, limit)
        else:
            rows = await self.pool.fetch(READ_TYPES, after_seq, limit, list(types))
        return [Stored._make(row) for row in rows]

    async def read_source(self, source: str, after_position: int, limit: int, epoch: int | None = None) -> list[Stored]:
        """The next events of a source, in its current epoch or the one given."""
        rows = await self.pool.fetch(READ_SOURCE, source, after_position, limit, epoch)
        return [Stored._make(row) for row in rows]

    async def head(self) -> LogHead:
        row = await self.pool.fetchrow("SELECT seq, nullif(time, '-infinity') FROM log_head")
        assert row is not None
        return LogHead(*row)

    async def source_head(self, source: str) -> SourceHead | None:
        """How far the log holds a source; None: nothing of it yet."""
        row = await self.pool.fetchrow(HEADS, source)
        return None if row is None else SourceHead(*row)

    async def source_heads(self) -> list[SourceHead]:
        return [SourceHead(*row) for row in await self.pool.fetch(HEADS, None)]

    async def epochs(self, source: str) -> list[SourceHead]:
        """How far the log holds each epoch of a source, the newest first."""
        return [SourceHead(*row) for row in await self.pool.fetch(EPOCHS, source)]

    async def chain_at(self, source: str, epoch: int, position: int) -> bytes | None:
        """The chain after a position; None when the log does not hold it."""
        if position == 0:
            return bytes(32)
        chain: bytes | None = await self.pool.fetchval(
            "SELECT chain FROM event WHERE source = $1 AND epoch = $2 AND position = $3", source, epoch, position
        )
        return chain

    async def insert_foreign(self, source: str, epoch: int, messages: Sequence[inbound.Message]) -> int:
        """Verify and insert another source's events; returns how many were new.

        Raises `Gap`, `ChainBroken` or `StaleEpoch`; what came before the bad transaction stays.
        """
        if source == self.source:
            raise ValueError("own events come back by adopt_own")
        return await self._take_in(source, epoch, messages)

    async def adopt_own(self, epoch: int, messages: Sequence[inbound.Message]) -> int:
        """Take back own events that a restore lost. Only while the log refuses commands."""
        if self._closed is None:
            raise ValueError("refuse commands before re-adopting own events")
        return await self._take_in(self.source, epoch, messages)

    async def new_epoch(self, reason: str, opening: Callable[[SourceHead], Append]) -> SourceHead:
        """Begin a new epoch of the own source, because what it published earlier cannot be recovered.

        `opening` is told where the old epoch ended here and makes the command whose events the new one begins with:
        both are recorded, or nothing is. It may be called while commands are refused, and by another process.
        """
        async with self.pool.acquire() as connection, connection.transaction():
            epoch = await connection.fetchval("SELECT begin_epoch($1)", reason)
            left = await connection.fetchrow(LEFT, self.source, epoch)
            assert left is not None
            first = opening(SourceHead(self.source, epoch - 1, left["previous_position"], left["previous_chain"], None))
            batch.check_size(first)
            row = await connection.fetchrow(batch.APPEND_SQL, *batch.arguments([first], self.clock.now()))
            assert row is not None
            statuses, details, head, _ = row
            answer = batch.outcome(first.command_id, statuses[0], details[0])
            if isinstance(answer, LogError):
                raise answer
        self._wakeups.announce(head)
        begun = await self.source_head(self.source)
        assert begun is not None
        return begun

    async def bump(self, now: datetime) -> SourceHead:
        """Promise that no later own event will be recorded before `now`: the watermark."""
        row = await self.pool.fetchrow("SELECT * FROM bump_watermark($1)", now)
        assert row is not None
        return SourceHead(self.source, *row)

    async def wait(self, seq_beyond: int, timeout: float) -> int:
        """The last seq, as soon as it is beyond the given one; after the timeout as it is."""
        return await self._wakeups.wait(seq_beyond, timeout)

    async def _take_in(self, source: str, epoch: int, messages: Sequence[inbound.Message]) -> int:
        async with self.pool.acquire() as connection:
            inserted, head = await inbound.take_in(connection, self.district, source, epoch, messages)
        self._wakeups.announce(head)
        return inserted
