"""Moving a build of a read model along the log: one step of a live one, and the fast filling of a new one."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import NamedTuple

import asyncpg

from contracts.codec import Undecodable
from services.chassis.facts import Fact, decode_fact
from services.chassis.log.log import Log
from services.chassis.log.types import Stored
from services.chassis.read_model import (
    Build,
    Bulk,
    Connection,
    Context,
    Projection,
    live_build,
    one_at_a_time,
    switch,
)

FILL_BATCH = 1_000
"""Events folded between two turns of the event loop: about 20 ms, which a page can wait."""

KEY_BATCH = 500
"""Keys that a build hears of in one transaction."""

FLUSH_EVENTS = 100_000
"""Events per transaction while filling: a kill repeats a few seconds of work, and memory stays bounded."""

NEAR = 500
"""Closer to the head than this, filling is over and the switch is tried."""

Hook = Callable[[str, int], Awaitable[None]]

# Read models can be made again from the log, so their commits need not wait for the disk: rows and checkpoint of one
# transaction are kept or lost together. Set here, to save a round trip. A reactor that a lost checkpoint makes react
# again gives the same commands, which have their effect once.
MOVE = """
UPDATE checkpoint SET seq = $4, updated_at = clock_timestamp()
 WHERE name = $1 AND version = $2 AND seq = $3 AND set_config('synchronous_commit', 'off', true) IS NOT NULL
"""


MOVE_ALL = """
UPDATE checkpoint SET seq = $4, updated_at = clock_timestamp() FROM unnest($1::text[], $2::int[]) AS build (n, v)
 WHERE name = n AND version = v AND seq = $3 AND set_config('synchronous_commit', 'off', true) IS NOT NULL
"""


class Overtaken(Exception):
    """Another process moved this checkpoint, or the build is no longer the one to fill."""


class Unreadable(Exception):
    """A handled event that this build cannot decode; everything before it was applied."""

    def __init__(self, seq: int, cause: Undecodable) -> None:
        super().__init__(f"seq {seq}: {cause}")
        self.seq, self.cause = seq, cause


def decode_at(stored: Stored) -> Fact:
    """Decode, and say where it failed."""
    try:
        return decode_fact(stored)
    except Undecodable as error:
        raise Unreadable(stored.seq, error) from error


class Work(NamedTuple):
    """What a batch holds for one build."""

    projection: Projection
    build: Build
    facts: list[Fact]


class Step:
    """Moves a build's checkpoint and applies facts to it, in one transaction.

    The checkpoint goes first: of two processes that believe they lead, the one that comes late learns it there. Were
    the rows first, they would meet the other's, and a read model that is well would stop as if it had a bug.
    """

    def __init__(self, log: Log, pool: asyncpg.Pool, before_commit: Hook | None = None) -> None:
        self._log, self._pool, self._before_commit = log, pool, before_commit

    async def apply(
        self, projection: Projection, build: Build, facts: list[Fact], span: tuple[int, int], context: Context
    ) -> None:
        """Everything of `facts`, and the checkpoint from span[0] to span[1], or nothing."""
        async with self._pool.acquire() as db, db.transaction():
            await self.move(db, build, span)
            await projection.apply(db, facts, build.tables(projection), context)
            await self._about_to_commit([build], span[1])

    async def move(self, db: Connection, build: Build, span: tuple[int, int], *, keys: bool = False) -> None:
        name = build.key_checkpoint if keys else build.checkpoint
        if await db.execute(MOVE, name, build.version, *span) != "UPDATE 1":
            raise Overtaken(f"{build.name} v{build.version} is no longer at {span[0]}")

    async def apply_all(self, works: Sequence[Work], span: tuple[int, int], context: Context) -> None:
        """A batch for several builds in one transaction, all or nothing; builds without facts only move.

        Of twenty read models an event concerns few, and a transaction for each was half of what it cost.
        """
        builds = [work.build for work in works]
        names, versions = [build.checkpoint for build in builds], [build.version for build in builds]
        async with self._pool.acquire() as db, db.transaction():
            if await db.execute(MOVE_ALL, names, versions, *span) != f"UPDATE {len(builds)}":
                raise Overtaken(f"one of {', '.join(names)} is no longer at {span[0]}")
            for work in works:
                if work.facts:
                    await work.projection.apply(db, work.facts, work.build.tables(work.projection), context)
            await self._about_to_commit(builds, span[1])

    async def _about_to_commit(self, builds: Sequence[Build], seq: int) -> None:
        if self._before_commit is not None:
            for build in builds:
                await self._before_commit(build.name, seq)

    async def hear_of_keys(self, projection: Projection, build: Build, context: Context) -> bool:
        """Tell the build of the next keys that arrived or were erased; False when there is nothing new."""
        if projection.on_keys is None or context.keys is None:
            return False
        async with self._pool.acquire() as db, db.transaction():
            heard = await db.fetchval(
                "SELECT seq FROM checkpoint WHERE name = $1 AND version = $2 FOR UPDATE",
                build.key_checkpoint,
                build.version,
            )
            if heard is None:
                raise Overtaken(f"{build.name} v{build.version} is no longer live")
            arrivals = await context.keys.arrivals(heard, KEY_BATCH)
            if not arrivals:
                return False
            await projection.on_keys(db, arrivals, build.tables(projection), context)
            await self.move(db, build, (heard, arrivals[-1].arrival), keys=True)
        return True

    async def fill(self, projection: Projection, build: Build, start: int, context: Context) -> int:
        """Apply everything up to near the head, fast; returns the seq reached. Raises `Unreadable`."""
        bulk = Bulk(complete=start == 0)
        seq = start
        while (head := (await self._log.head()).seq) - seq >= NEAR:
            target = min(head, seq + FLUSH_EVENTS)
            async with self._pool.acquire() as db, db.transaction():
                await self._fill_to(db, projection, build, (seq, target), replace(context, bulk=bulk))
            seq = target
        return seq

    async def _fill_to(
        self, db: Connection, projection: Projection, build: Build, span: tuple[int, int], context: Context
    ) -> None:
        await self.move(db, build, span)
        tables = build.tables(projection)
        async with aclosing(self._reading_ahead(projection, span)) as batches:
            async for batch in batches:
                await projection.apply(db, [decode_at(stored) for stored in batch], tables, context)
                await asyncio.sleep(0)  # let the pages of this process have their turn
        assert context.bulk is not None
        await context.bulk.flush(db)
        await self._about_to_commit([build], span[1])

    async def _reading_ahead(self, projection: Projection, span: tuple[int, int]) -> AsyncGenerator[list[Stored], None]:
        """The handled events within the span, the next batch being fetched while this one is applied."""
        types = sorted(projection.types)
        start, target = span
        coming = asyncio.create_task(self._log.read(start, FILL_BATCH, types))
        try:
            while True:
                batch = await coming
                within = [stored for stored in batch if stored.seq <= target]
                if len(within) == FILL_BATCH:
                    coming = asyncio.create_task(self._log.read(batch[-1].seq, FILL_BATCH, types))
                if within:
                    yield within
                if len(within) < FILL_BATCH:
                    return
        finally:
            coming.cancel()

    async def switch_if_level(self, projection: Projection, build: Build, seq: int) -> bool:
        """Show the build if it is not behind what pages show now, nor behind the log; True when it is live."""
        async with self._pool.acquire() as db, db.transaction():
            await one_at_a_time(db)
            old = await live_build(db, projection.name)
            if old == build._replace(state="live"):
                return True
            shown = old and await db.fetchval(
                "SELECT seq FROM checkpoint WHERE name = $1 AND version = $2 FOR UPDATE", old.checkpoint, old.version
            )
            if seq < (shown or 0) or (await self._log.head()).seq - seq > NEAR:
                return False
            await switch(db, projection, build)
            return True
