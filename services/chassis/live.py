"""Live notices: who watches a page hears that a stream changed, once this service can show the change."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import orjson
import structlog

from services.chassis.failures import passes
from services.chassis.log.log import Log
from services.chassis.log.types import Stored

HEARTBEAT_S = 15.0
"""Proxies cut a silent connection after 30 to 60 seconds."""

BATCH = 500
CATCH_UP = 2_000
"""Notices owed to a browser that comes back; with more, one says that everything changed."""

QUEUE = 1_000
"""A reader this far behind is cut off; its browser comes back with the id it last saw."""

APPLIED_WITHIN_S = 2.0
"""A stopped projector must not silence the others' pages."""

RETRY_S = 1.0
CaughtUp = Callable[[int, float], Awaitable[bool]]
log_ = structlog.get_logger("live")


def frame(stored: Stored) -> bytes:
    """One server-sent event. It names the stream and the type; what changed is read from the page."""
    data = orjson.dumps({"stream": stored.stream, "type": stored.type, "version": stored.version})
    return b"id: %d\nevent: changed\ndata: %s\n\n" % (stored.seq, data)


class Live:
    """Reads the local log once for all watchers of this process."""

    def __init__(self, log: Log, caught_up: CaughtUp) -> None:
        self._log = log
        self._caught_up = caught_up
        self._watchers: set[asyncio.Queue[Stored | None]] = set()
        self._closing = False
        self.seq = 0

    @property
    def watching(self) -> int:
        return len(self._watchers)

    async def start(self) -> None:
        """From the head of the log on; `run` then passes on what comes."""
        self.seq = (await self._log.head()).seq

    def close(self) -> None:
        """End every stream, so that the server can stop; browsers come back to the next process."""
        self._closing = True
        for queue in self._watchers:
            _end(queue)

    async def run(self) -> None:
        """Until cancelled. A failure that passes is waited out; a bug is raised."""
        while True:
            try:
                await self._log.wait(self.seq, HEARTBEAT_S)
                await self._pass_on()
            except Exception as error:
                if not passes(error):
                    raise
                # The next round asks again, and nothing is passed over meanwhile.
                log_.warning("live-notices-wait", error=repr(error))
                await asyncio.sleep(RETRY_S)

    async def _pass_on(self) -> None:
        batch = await self._log.read(self.seq, BATCH)
        if not batch:
            return
        await self._caught_up(batch[-1].seq, APPLIED_WITHIN_S)
        for queue in list(self._watchers):
            for stored in batch:
                if queue.full():
                    _end(queue)
                    break
                queue.put_nowait(stored)
        self.seq = batch[-1].seq

    async def watch(self, last_seen: int | None, streams: Sequence[str]) -> AsyncIterator[bytes]:
        """The frames for one browser, from the id it last saw."""
        queue: asyncio.Queue[Stored | None] = asyncio.Queue(QUEUE)
        self._watchers.add(queue)
        try:
            # Taken after joining: what is passed on from here is in the queue, what was before is in the log.
            joined = self.seq
            async for owed in self._owed(last_seen, joined, streams):
                yield owed
            yield b"id: %d\nevent: joined\ndata: {}\n\n" % joined
            while not self._closing:
                try:
                    stored = await asyncio.wait_for(queue.get(), HEARTBEAT_S)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if stored is None:
                    return
                if stored.seq > joined and _wanted(stored, streams):
                    yield frame(stored)
        finally:
            self._watchers.discard(queue)

    async def _owed(self, last_seen: int | None, joined: int, streams: Sequence[str]) -> AsyncIterator[bytes]:
        if last_seen is None or last_seen >= joined:
            return
        if joined - last_seen > CATCH_UP:
            # One notice of no stream in particular: the page asks for everything again.
            yield b"id: %d\nevent: changed\ndata: {}\n\n" % joined
            return
        while last_seen < joined:
            batch = await self._log.read(last_seen, min(BATCH, joined - last_seen))
            if not batch:
                return
            for stored in batch:
                if _wanted(stored, streams):
                    yield frame(stored)
            last_seen = batch[-1].seq


def _wanted(stored: Stored, streams: Sequence[str]) -> bool:
    return not streams or stored.stream in streams


def _end(queue: asyncio.Queue[Stored | None]) -> None:
    """Tell a reader to go; a full queue makes room, its rest is read again after reconnecting."""
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(None)
