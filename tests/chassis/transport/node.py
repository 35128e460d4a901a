"""A whole log with its transport inside one process, and commands for it."""

import hashlib
import itertools
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from services.chassis.clock import SystemClock
from services.chassis.crash import CrashPoints, no_crash
from services.chassis.lease import Leases
from services.chassis.log.log import Log
from services.chassis.log.types import Append, Appended, Draft, Expect
from services.chassis.transport import LinkOptions, Transport

HELD_FOR_S = 1.5
"""Short leases, so that a take-over is seen within a test."""
POOL = 8
_serial: Iterator[int] = itertools.count(1)


@dataclass
class Node:
    """One instance of one service."""

    log: Log
    transport: Transport
    pool: asyncpg.Pool

    async def append(self, count: int = 1, *, prefix: str = "c") -> list[Appended]:
        """Append that many events, each on a stream of its own, one after the other."""
        return [await self.log.append(command(self.log, f"{prefix}-{next(_serial)}")) for _ in range(count)]

    async def position(self, source: str | None = None) -> int:
        head = await self.log.source_head(source or self.log.source)
        return head.position if head else 0

    async def payloads(self, source: str, epoch: int | None = None) -> list[bytes]:
        return [e.payload for e in await self.log.read_source(source, 0, 1_000_000, epoch)]


def command(log: Log, command_id: str, *, filler: int = 0) -> Append:
    """A command that creates one stream with one event."""
    stream = f"thing-{command_id}"
    body: dict[str, Any] = {
        "specversion": "1.0",
        "id": command_id,
        "type": "thing-happened",
        "source": f"/huiyin/{log.district}/{log.source}",
        "subject": stream,
        "schemaversion": 1,
        "commandid": command_id,
        "data": {"filler": "x" * filler},
    }
    return Append(
        command_id=command_id,
        body_hash=hashlib.sha256(command_id.encode()).digest(),
        expects=[Expect(stream, 0)],
        drafts=[Draft(stream, "thing-happened", 1, orjson.dumps(body)[:-1])],
    )


@asynccontextmanager
async def node(
    dsn: str,
    nats_url: str,
    district: str,
    source: str,
    foreign: Sequence[str],
    data_dir: Path,
    *,
    holder: str = "a",
    user: str | None = None,
    password: str | None = None,
    crash: CrashPoints = no_crash,
) -> AsyncIterator[Node]:
    """Start, hand over, stop."""
    async with asyncpg.create_pool(dsn, min_size=1, max_size=POOL) as pool:
        async with Log(pool, district=district, source=source, clock=SystemClock()) as log:
            transport = Transport(
                log,
                Leases(pool, f"{source}-{holder}", held_for_s=HELD_FOR_S),
                SystemClock(),
                foreign=foreign,
                link=LinkOptions(nats_url, source, user, password),
                data_dir=data_dir,
                crash=crash,
            )
            await transport.start()
            try:
                yield Node(log, transport, pool)
            finally:
                await transport.stop()
