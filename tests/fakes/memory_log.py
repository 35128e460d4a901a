"""A log in memory for tests of handlers: it passes the same suite as the real one."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from contracts.codec import close
from services.chassis.clock import Clock
from services.chassis.log.chain import START, extend, prev_of
from services.chassis.log.types import (
    Append,
    Appended,
    ClaimTaken,
    CommandReused,
    Conflict,
    LogClosed,
    LogHead,
    SideRow,
    SourceHead,
    Stored,
)


class MemoryLog:
    """Own events only. `sides` holds the side rows that were written."""

    def __init__(self, *, district: str, source: str, clock: Clock) -> None:
        self.district, self.source, self.clock = district, source, clock
        self.events: list[Stored] = []
        self.sides: list[SideRow] = []
        self._results: dict[str, tuple[bytes, Appended]] = {}
        self._claims: dict[str, str] = {}
        self._news = asyncio.Event()
        self.refused: str | None = None
        self.openings = 0

    def refuse(self, reason: str) -> None:
        self.refused = reason

    def open_for_appends(self) -> None:
        self.openings += self.refused is not None
        self.refused = None

    async def append(self, append: Append) -> Appended:
        if self.refused is not None:
            raise LogClosed(self.refused)
        await asyncio.sleep(0)  # others may come in between, as with the real log
        if repeated := await self.result_of(append.command_id, append.body_hash):
            return repeated
        for expect in append.expects:
            if self._version(expect.stream) != expect.version:
                raise Conflict(expect.stream, expect.version, self._version(expect.stream))
        self._claim(append)
        first = len(self.events)
        time = self._time()
        for draft in append.drafts:
            self._record(draft.stream, draft.type, draft.schema, draft.body, time)
        self.sides.extend(append.side)
        new = self.events[first:]
        seqs = tuple(stored.seq for stored in new)
        appended = Appended(append.command_id, False, seqs, seqs, tuple(stored.version for stored in new))
        self._results[append.command_id] = (append.body_hash, appended)
        self._news.set()
        self._news = asyncio.Event()
        return appended

    async def result_of(self, command_id: str, body_hash: bytes) -> Appended | None:
        if command_id not in self._results:
            return None
        known, result = self._results[command_id]
        if known != body_hash:
            raise CommandReused(command_id)
        return Appended(command_id, True, result.seqs, result.positions, result.versions)

    async def stream(self, name: str, up_to: int | None = None) -> list[Stored]:
        return [one for one in self.events if one.stream == name and (up_to is None or one.version <= up_to)]

    async def read(self, after_seq: int, limit: int, types: Sequence[str] | None = None) -> list[Stored]:
        return [one for one in self.events[after_seq:] if types is None or one.type in types][:limit]

    async def head(self) -> LogHead:
        return LogHead(len(self.events), self.events[-1].time if self.events else None)

    async def source_head(self, source: str) -> SourceHead | None:
        if source != self.source or not self.events:
            return None
        last = self.events[-1]
        return SourceHead(source, 1, last.position, last.chain, last.time)

    async def wait(self, seq_beyond: int, timeout: float) -> int:
        if len(self.events) <= seq_beyond and timeout > 0:
            await asyncio.wait([asyncio.ensure_future(self._news.wait())], timeout=timeout)
        return len(self.events)

    def _claim(self, append: Append) -> None:
        for claim in append.claims:
            holder = self._claims.get(claim.key)
            if not claim.release and holder not in (None, claim.stream):
                raise ClaimTaken(claim.key, str(holder))
        for claim in append.claims:
            if not claim.release:
                self._claims[claim.key] = claim.stream
            elif self._claims.get(claim.key) == claim.stream:
                del self._claims[claim.key]

    def _record(self, stream: str, type: str, schema: int, body: bytes, time: datetime) -> None:
        mine = [one for one in self.events if one.stream == stream]
        version, prev = len(mine) + 1, prev_of(mine[-1].payload) if mine else ""
        payload = close(body, version=version, prev=prev, time=time)
        chain = extend(self.events[-1].chain if self.events else START, payload)
        seq = len(self.events) + 1
        self.events.append(Stored(seq, self.source, seq, stream, version, type, schema, time, payload, chain))

    def _version(self, stream: str) -> int:
        return sum(one.stream == stream for one in self.events)

    def _time(self) -> datetime:
        now = self.clock.now()
        return max(now, self.events[-1].time) if self.events else now
