"""Filling the builds of read models that are not level with the log, and showing them when they are."""

import asyncio

import asyncpg

from services.chassis.failures import passes, pause_s
from services.chassis.filling import NEAR, Overtaken, Step, Unreadable, decode_at
from services.chassis.log.log import Log
from services.chassis.read_model import Build, Context, Projection, checkpoint_of, live_build, open_build
from services.chassis.reader import Reader

FAR = 5_000
"""A live build that is further behind, such as a new read model on an old log, is filled in bulk first."""

LOOK_AGAIN_S = 1.0
"""While another process fills the same build."""


class Builder:
    """Fills builds in bulk, beside the reading of the live ones."""

    def __init__(self, log: Log, pool: asyncpg.Pool, step: Step, context: Context) -> None:
        self._log, self._pool, self._step, self._context = log, pool, step, context

    async def unfinished(self, projection: Projection) -> Build | None:
        """A build to be filled in bulk: a new version's, one that an earlier rebuild left, or a live one far behind."""
        async with self._pool.acquire() as db:
            if (build := await open_build(db, projection)) is not None:
                return build
            live = await live_build(db, projection.name)
            if live is None or live.version != projection.version:
                return None
            seq = await checkpoint_of(db, live)
        return live if (await self._log.head()).seq - (seq or 0) > FAR else None

    async def finish(self, reader: Reader, build: Build) -> None:
        """Fill a build beside the reading of the others; what serves meanwhile is the old one, if there is one."""
        while not reader.stopped:
            try:
                await self.build(reader.projection, build)
            except Unreadable as error:
                reader.stop(str(error))
            except Overtaken:
                await asyncio.sleep(LOOK_AGAIN_S)  # another process fills it
                if await self.unfinished(reader.projection) != build:
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

    async def build(self, projection: Projection, build: Build) -> None:
        async with self._pool.acquire() as db:
            seq = await checkpoint_of(db, build)
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
