"""Keeps a service's read models up to date with its log: one reader for all, each with its own checkpoint."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import asyncpg
import structlog

from services.chassis.builder import Builder
from services.chassis.clock import Clock, SystemClock, monotonic_s
from services.chassis.failures import passes, pause_s
from services.chassis.filling import Hook, Step
from services.chassis.keys import KeyRing
from services.chassis.lease import Lease, LeaseLost, Leases
from services.chassis.log.log import Log
from services.chassis.read_model import (
    Connection,
    Context,
    Projection,
    Tables,
    checkpoint_of,
    create_build,
    drop_retired,
    live_build,
    one_at_a_time,
    open_build,
)
from services.chassis.reader import Reader, Reading

__all__ = ["Connection", "Context", "Lag", "Projection", "Runner", "Tables"]

BATCH = 500
"""Events read and applied at once: enough to spread a transaction's cost, few enough that pages wait little."""

IDLE_S = 1.0
"""The longest wait for news; news normally wakes it at once."""

POLL_S = 0.02
"""How often a process that does not run the projections looks whether they are there yet."""

LAG = """
SELECT m.name, m.version, c.seq, h.seq - c.seq AS events,
       CASE WHEN e.seq IS NULL THEN 0 ELSE
         greatest(0, extract(epoch FROM least(clock_timestamp() - c.updated_at, $1 - e.time)))::float8 END AS seconds
  FROM read_model m
  JOIN checkpoint c ON c.version = m.version
       AND c.name = CASE WHEN m.generation = 1 THEN m.name ELSE m.name || '~' || m.generation END
 CROSS JOIN log_head h
  LEFT JOIN event e ON e.seq = c.seq + 1
 WHERE m.state = 'live'
"""

logger = structlog.get_logger(__name__)


class Lag(NamedTuple):
    """How far a read model is behind the local log. `stopped`: needs a person; `trouble`: is being tried again."""

    seq: int
    events: int
    seconds: float
    stopped: str | None
    trouble: str | None
    building: bool


class Runner:
    """Runs a service's projections in whichever of its processes holds the lease."""

    def __init__(
        self,
        log: Log,
        projections: Sequence[Projection],
        leases: Leases,
        *,
        pool: asyncpg.Pool | None = None,
        keys: KeyRing | None = None,
        clock: Clock | None = None,
        before_commit: Hook | None = None,
    ) -> None:
        self._log, self._leases = log, leases
        self._pool = pool or log.pool
        self._clock = clock or SystemClock()
        self._readers = {projection.name: Reader(projection) for projection in projections}
        if len(self._readers) != len(projections):
            raise ValueError("two projections have the same name")
        step = Step(log, self._pool, before_commit)
        context = Context(self._clock, keys)
        self._reading = Reading(step, context)
        self._builder = Builder(log, self._pool, step, context)
        self._leading = False
        self._read_to = 0
        self._ask_keys_at = 0.0
        if keys is not None:
            keys.on_key(self._key_news)
            keys.on_erased(self._key_news)
        self._pulse = asyncio.Event()

    @property
    def role(self) -> str:
        """Builds that make the same tables from the same event versions take turns; a newer build has its own role,
        so that it can fill its tables, and read newer events, while an older one still runs."""
        what = sorted(
            f"{reader.projection.name} {reader.projection.version} {event.TYPE} {event.VERSION}"
            for reader in self._readers.values()
            for event in reader.projection.handles
        )
        return "projections:" + hashlib.sha256("\n".join(what).encode()).hexdigest()[:12]

    async def prepare(self) -> None:
        """Create what is missing: tables and views of a new read model, tables of a new version of an old one."""
        async with self._pool.acquire() as db, db.transaction():
            await one_at_a_time(db)
            for reader in self._readers.values():
                live = await live_build(db, reader.projection.name)
                if live is None:
                    await create_build(db, reader.projection, "live")
                elif live.version > reader.projection.version:
                    reader.stop(f"seq ?: v{live.version} is live; `rebuild` goes back to this version")
                elif live.version < reader.projection.version and not await open_build(db, reader.projection):
                    await create_build(db, reader.projection, "building")
            await drop_retired(db)

    async def run(self) -> None:
        """Until cancelled. Failures that pass are tried again with growing pauses; a bug in the runner ends it."""
        failures = 0
        while True:
            try:
                await self.prepare()
                async with self._leases.hold(self.role) as lease:
                    failures = 0
                    await self._lead(lease)
            except LeaseLost:
                logger.warning("projections go on in another process")
            except Exception as error:
                if not passes(error):
                    raise
                failures += 1
                logger.warning("projections are tried again", error=repr(error))
                await asyncio.sleep(pause_s(failures))

    async def caught_up(self, name: str, seq: int, within_s: float) -> bool:
        """Wait until the read model shows the log up to `seq`; False when the time is up or it has stopped."""
        reader = self._readers[name]
        deadline = monotonic_s() + within_s
        while True:
            pulse = self._pulse
            if await self._shown(reader) >= seq:
                return True
            left = deadline - monotonic_s()
            if left <= 0 or reader.stopped:
                return False
            if self._leading and reader.seq is not None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await pulse.wait()
            else:
                await asyncio.sleep(min(POLL_S, left))

    async def applied(self) -> int:
        """The seq up to which every read model shows the log."""
        return min(
            [await self._shown(reader) for reader in self._readers.values()], default=(await self._log.head()).seq
        )

    async def lag(self) -> dict[str, Lag]:
        """Every read model's distance to the head of the log."""
        rows = {row["name"]: row for row in await self._pool.fetch(LAG, self._clock.now())}
        found = {}
        for name, reader in self._readers.items():
            row = rows.get(name)
            seq, events, seconds = (row["seq"], row["events"], row["seconds"]) if row else (0, 0, 0.0)
            found[name] = Lag(seq, events, seconds, reader.stopped, reader.trouble, reader.building)
        return found

    @property
    def stopped(self) -> dict[str, str]:
        """Read models that need a person, and why."""
        return {name: reader.stopped for name, reader in self._readers.items() if reader.stopped}

    async def rebuild(self, name: str) -> None:
        """Make the read model again from the beginning of the log beside the live one, then show it instead."""
        reader = self._readers[name]
        async with self._pool.acquire() as db, db.transaction():
            await one_at_a_time(db)
            build = await create_build(db, reader.projection, "building")
        await self._builder.build(reader.projection, build)
        reader.stopped = None
        reader.seq = None

    async def _lead(self, lease: Lease) -> None:
        builders: list[asyncio.Task[None]] = []
        try:
            for reader in self._readers.values():
                reader.seq, reader.retry_at, reader.held = None, 0.0, False
            for reader in self._readers.values():
                if (build := await self._builder.unfinished(reader.projection)) is not None:
                    reader.building, reader.held = True, build.state == "live"
                    builders.append(asyncio.create_task(self._builder.finish(reader, build)))
            await self._locate()
            self._leading = True
            while True:
                lease.check()
                await self._locate()
                await self._hear_of_keys()
                if not await self._round():
                    await self._log.wait(self._read_to, self._patience())
        finally:
            self._leading = False
            self._beat()
            for builder in builders:
                builder.cancel()
            await asyncio.gather(*builders, return_exceptions=True)

    async def _hear_of_keys(self) -> None:
        """Now and then without being told, too: another process may have written them down."""
        if monotonic_s() >= self._ask_keys_at:
            self._ask_keys_at = monotonic_s() + IDLE_S
            for reader in self._readers.values():
                await self._reading.hear_of_keys(reader)

    def _key_news(self, _key_id: str) -> None:
        self._ask_keys_at = 0.0

    def _patience(self) -> float:
        if any(reader.building for reader in self._readers.values()):
            return POLL_S  # it is to be read on with as soon as it is full
        failing = [r for r in self._readers.values() if r.trouble and not r.stopped and not r.held]
        return max(POLL_S, min([IDLE_S, *(reader.retry_at - monotonic_s() for reader in failing)]))

    async def _locate(self) -> None:
        """Ask the database where the readers stand of which this process is not sure."""
        now = monotonic_s()
        lost = [
            reader
            for reader in self._readers.values()
            if reader.seq is None and reader.retry_at <= now and not reader.stopped and not reader.held
        ]
        if not lost:
            return
        async with self._pool.acquire() as db:
            for reader in lost:
                build = await live_build(db, reader.projection.name)
                if build is None or build.version < reader.projection.version:
                    continue  # its tables are still being filled
                if build.version > reader.projection.version:
                    reader.give_up(build)
                    continue
                reader.build = build
                reader.seq = await checkpoint_of(db, build)

    async def _round(self) -> bool:
        """Read on once for each group of readers that stand at the same place; False when there was nothing to read."""
        head = self._read_to = await self._log.wait(-1, 0)
        groups: dict[int, list[Reader]] = defaultdict(list)
        for reader in self._readers.values():
            if reader.seq is not None and reader.seq < head and not reader.stopped:
                groups[reader.seq].append(reader)
        for seq, group in groups.items():
            batch = await self._log.read(seq, BATCH)
            if batch:
                await self._reading.advance(group, batch)
        if groups:
            self._beat()
            await asyncio.sleep(0)
        return bool(groups)

    async def _shown(self, reader: Reader) -> int:
        if self._leading and reader.seq is not None:
            return reader.seq
        async with self._pool.acquire() as db:
            build = await live_build(db, reader.projection.name)
            return (await checkpoint_of(db, build) if build else None) or 0

    def _beat(self) -> None:
        self._pulse.set()
        self._pulse = asyncio.Event()
