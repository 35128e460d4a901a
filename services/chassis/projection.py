"""Keeps a service's read models up to date with its log: one reader for all, each with its own checkpoint."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import asyncpg
import structlog

from services.chassis.clock import Clock, SystemClock, monotonic_s
from services.chassis.facts import Fact
from services.chassis.failures import passes, pause_s
from services.chassis.filling import NEAR, Hook, Overtaken, Step, Unreadable, decode_at
from services.chassis.keys import KeyRing
from services.chassis.lease import Lease, LeaseLost, Leases
from services.chassis.log.log import Log
from services.chassis.log.types import Stored
from services.chassis.read_model import (
    Build,
    Connection,
    Context,
    Projection,
    Tables,
    create_build,
    drop_retired,
    live_build,
    one_at_a_time,
    open_build,
)

__all__ = ["Connection", "Context", "Lag", "Projection", "Runner", "Tables"]

BATCH = 500
"""Events read and applied at once: enough to spread a transaction's cost, few enough that pages wait little."""

FAR = 5_000
"""A live build that is further behind, such as a new read model on an old log, is filled in bulk first."""

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


@dataclass
class _Reader:
    """One projection's place in the log, as far as this process knows it."""

    projection: Projection
    build: Build | None = None
    seq: int | None = None
    stopped: str | None = None
    trouble: str | None = None
    building: bool = False
    """A build of it is being filled…"""
    held: bool = False
    """…and that build is the live one, far behind."""
    failures: int = 0
    retry_at: float = 0.0

    def wrap(self, error: BaseException) -> None:
        """Try again later, from the place that the database says."""
        self.failures += 1
        self.seq, self.trouble = None, repr(error)
        self.retry_at = monotonic_s() + pause_s(self.failures)
        logger.warning("projection is tried again", projection=self.projection.name, error=repr(error))

    def stop(self, reason: str) -> None:
        self.stopped = f"{self.projection.name} v{self.projection.version} stopped at {reason}"
        logger.error("projection stopped", projection=self.projection.name, reason=reason)

    def moved(self, seq: int) -> None:
        self.seq, self.failures, self.trouble = seq, 0, None


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
        before_checkpoint: Hook | None = None,
    ) -> None:
        self._log, self._leases = log, leases
        self._pool = pool or log.pool
        self._clock = clock or SystemClock()
        self._readers = {projection.name: _Reader(projection) for projection in projections}
        if len(self._readers) != len(projections):
            raise ValueError("two projections have the same name")
        self._step = Step(log, self._pool, before_checkpoint)
        self._context = Context(self._clock, keys)
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
        await self._build(reader.projection, build)
        reader.stopped = None
        reader.seq = None

    async def _lead(self, lease: Lease) -> None:
        builders: list[asyncio.Task[None]] = []
        try:
            for reader in self._readers.values():
                reader.seq, reader.retry_at = None, 0.0
            for reader in self._readers.values():
                if (build := await self._unfinished(reader.projection)) is not None:
                    reader.building, reader.held = True, build.state == "live"
                    builders.append(asyncio.create_task(self._finish_build(reader, build)))
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
        """Late and erased keys. Now and then it asks anyway: another process may have written them down."""
        if monotonic_s() < self._ask_keys_at:
            return
        self._ask_keys_at = monotonic_s() + IDLE_S
        for reader in self._readers.values():
            if reader.seq is None or reader.build is None or reader.stopped:
                continue
            try:
                while await self._step.hear_of_keys(reader.projection, reader.build, self._context):
                    pass
            except Overtaken:
                reader.seq = None
            except Exception as error:  # noqa: BLE001 - told apart by `passes`; a bug stops it, red
                if passes(error):
                    reader.wrap(error)
                else:
                    reader.stop(f"its keys: {error!r}")

    def _key_news(self, _key_id: str) -> None:
        self._ask_keys_at = 0.0

    def _patience(self) -> float:
        if any(reader.building for reader in self._readers.values()):
            return POLL_S  # it is to be read on with as soon as it is full
        failing = [r for r in self._readers.values() if r.trouble and not r.stopped and not r.building]
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
                if build is None or build.version != reader.projection.version:
                    continue  # its tables are still being filled
                reader.build = build
                reader.seq = await _checkpoint(db, build)

    async def _round(self) -> bool:
        """Read on once for each group of readers that stand at the same place; False when there was nothing to read."""
        head = self._read_to = await self._log.wait(-1, 0)
        groups: dict[int, list[_Reader]] = defaultdict(list)
        for reader in self._readers.values():
            if reader.seq is not None and reader.seq < head and not reader.stopped:
                groups[reader.seq].append(reader)
        for seq, group in groups.items():
            batch = await self._log.read(seq, BATCH)
            if batch:
                await self._advance(group, batch)
        if groups:
            self._beat()
            await asyncio.sleep(0)
        return bool(groups)

    async def _advance(self, group: list[_Reader], batch: list[Stored]) -> None:
        """Apply a batch to each reader of the group in its own transaction; what is handled is decoded once."""
        decoded: dict[int, Fact] = {}
        idle: list[_Reader] = []
        for reader in group:
            assert reader.seq is not None
            facts, last, bad = _handled(reader.projection, batch, decoded)
            if facts:
                await self._apply(reader, facts, last)
            elif bad is None:
                idle.append(reader)
                continue
            if bad is not None and reader.trouble is None and reader.seq is not None:
                if reader.seq < last:
                    await self._apply(reader, [], last)
                reader.stop(str(bad))
        await self._pass_over(idle, batch[-1].seq)

    async def _apply(self, reader: _Reader, facts: list[Fact], last: int) -> None:
        assert reader.build is not None
        assert reader.seq is not None
        try:
            await self._step.apply(reader.projection, reader.build, facts, (reader.seq, last), self._context)
        except Overtaken:
            reader.seq = None
        except Exception as error:  # noqa: BLE001 - told apart by `passes`; a bug stops it, red
            if passes(error):
                reader.wrap(error)
            elif len(facts) > 1:
                await self._one_by_one(reader, facts)
            else:
                reader.stop(f"seq {facts[0].seq}: {error!r}" if facts else repr(error))
        else:
            reader.moved(last)

    async def _one_by_one(self, reader: _Reader, facts: list[Fact]) -> None:
        """After a bug in a batch: what is good lands, and the bad one is named."""
        for fact in facts:
            if reader.seq is None or reader.stopped:
                return
            await self._apply(reader, [fact], fact.seq)

    async def _pass_over(self, readers: list[_Reader], last: int) -> None:
        if not readers:
            return
        assert readers[0].seq is not None
        builds = [reader.build for reader in readers if reader.build is not None]
        try:
            await self._step.pass_over(builds, (readers[0].seq, last))
        except Overtaken:
            for reader in readers:
                reader.seq = None
        except Exception as error:
            if not passes(error):
                raise
            for reader in readers:
                reader.wrap(error)
        else:
            for reader in readers:
                reader.moved(last)

    async def _unfinished(self, projection: Projection) -> Build | None:
        """A build to be filled in bulk: a new version's, one that an earlier rebuild left, or a live one far behind."""
        async with self._pool.acquire() as db:
            if (build := await open_build(db, projection)) is not None:
                return build
            live = await live_build(db, projection.name)
            if live is None or live.version != projection.version:
                return None
            seq = await _checkpoint(db, live)
        return live if (await self._log.head()).seq - (seq or 0) > FAR else None

    async def _finish_build(self, reader: _Reader, build: Build) -> None:
        """Fill a build beside the reading of the others; what serves meanwhile is the old one, if there is one."""
        while not reader.stopped:
            try:
                await self._build(reader.projection, build)
            except Unreadable as error:
                reader.stop(str(error))
            except Overtaken:
                await asyncio.sleep(IDLE_S)  # another process fills it
                if await self._unfinished(reader.projection) != build:
                    break
            except Exception as error:  # noqa: BLE001 - told apart by `passes`; a bug stops it, red
                if passes(error):
                    reader.wrap(error)
                    await asyncio.sleep(pause_s(reader.failures))
                else:
                    reader.stop(f"filling: {error!r}")
            else:
                break
        reader.building = reader.held = False
        reader.seq, reader.failures, reader.trouble, reader.retry_at = None, 0, None, 0.0

    async def _build(self, projection: Projection, build: Build) -> None:
        async with self._pool.acquire() as db:
            seq = await _checkpoint(db, build)
        if seq is None:
            raise Overtaken(f"{build.name} v{build.version} is no longer being built")
        while True:
            seq = await self._step.fill(projection, build, seq, self._context)
            if await self._step.switch_if_level(projection, build, seq):
                return
            seq = await self._creep(projection, build, seq)

    async def _creep(self, projection: Projection, build: Build, seq: int) -> int:
        """The last few events, in the way of a live build."""
        batch = await self._log.read(seq, NEAR)
        if not batch:
            return seq
        facts = [decode_at(stored) for stored in batch if stored.type in projection.types]
        await self._step.apply(projection, build, facts, (seq, batch[-1].seq), self._context)
        return batch[-1].seq

    async def _shown(self, reader: _Reader) -> int:
        if self._leading and reader.seq is not None:
            return reader.seq
        async with self._pool.acquire() as db:
            build = await live_build(db, reader.projection.name)
            return (await _checkpoint(db, build) if build else None) or 0

    def _beat(self) -> None:
        self._pulse.set()
        self._pulse = asyncio.Event()


def _handled(
    projection: Projection, batch: Sequence[Stored], decoded: dict[int, Fact]
) -> tuple[list[Fact], int, Unreadable | None]:
    """The batch's facts that the projection handles, the seq up to which it can be applied, and what is in the way."""
    facts: list[Fact] = []
    for stored in batch:
        if stored.type not in projection.types:
            continue
        try:
            fact = decoded.get(stored.seq) or decode_at(stored)
        except Unreadable as error:
            return facts, stored.seq - 1, error
        decoded[stored.seq] = fact
        facts.append(fact)
    return facts, batch[-1].seq, None


async def _checkpoint(db: Connection, build: Build) -> int | None:
    seq: int | None = await db.fetchval(
        "SELECT seq FROM checkpoint WHERE name = $1 AND version = $2", build.checkpoint, build.version
    )
    return seq
