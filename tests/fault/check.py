"""After the faults: no acknowledged command lost, none done twice, every chain whole, all logs the same."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import asyncpg
import orjson

from services.chassis.log.verify import verify

EVENTS = "SELECT source, epoch, position, payload, chain FROM event ORDER BY source, epoch, position"


@dataclass
class Checked:
    """What was compared."""

    acked: int = 0
    events: int = 0
    logs: int = 0
    findings: list[str] = field(default_factory=list)


def check(dsns: Mapping[str, str], acked: set[str]) -> Checked:
    """Compare the logs of all services (by source) with each other and with what was acknowledged."""
    return asyncio.run(_check(dsns, acked))


async def _check(dsns: Mapping[str, str], acked: set[str]) -> Checked:
    result = Checked(acked=len(acked), logs=len(dsns))
    digests: dict[str, dict[str, str]] = {}
    done: Counter[str] = Counter()
    for holder, dsn in dsns.items():
        connection = await asyncpg.connect(dsn)
        try:
            report = await verify(connection)
            result.findings += [f"{holder}: {finding}" for finding in report.findings]
            digests[holder] = await _digests(connection, result)
            done.update(await _commands(connection, holder))
        finally:
            await connection.close()
    first, *others = digests.items()
    for holder, digest in others:
        if digest != first[1]:
            result.findings.append(f"{holder} holds other events than {first[0]}: {digest} {first[1]}")
    lost = acked - done.keys()
    twice = [command for command, times in done.items() if times > 1]
    if lost:
        result.findings.append(f"{len(lost)} acknowledged commands are lost: {sorted(lost)[:5]}")
    if twice:
        result.findings.append(f"{len(twice)} commands were done twice: {sorted(twice)[:5]}")
    return result


@dataclass
class Agreement:
    """What was compared where not everybody need hold everything."""

    common: int = 0
    """Positions that more than one log holds."""
    findings: list[str] = field(default_factory=list)


def compare(dsns: Mapping[str, str]) -> Agreement:
    """Each log verifies by itself, and no two hold different bytes at the same position of a source and epoch."""
    return asyncio.run(_compare(dsns))


async def _compare(dsns: Mapping[str, str]) -> Agreement:
    result = Agreement()
    first: dict[tuple[str, int, int], tuple[str, bytes, bytes]] = {}
    for holder, dsn in dsns.items():
        connection = await asyncpg.connect(dsn)
        try:
            report = await verify(connection)
            result.findings += [f"{holder}: {finding}" for finding in report.findings]
            rows = await connection.fetch(EVENTS)
        finally:
            await connection.close()
        for source, epoch, position, payload, chain in rows:
            known = first.setdefault((source, epoch, position), (holder, payload, chain))
            result.common += known[0] != holder
            if known[1:] != (payload, chain):
                place = f"{source} epoch {epoch} position {position}"
                result.findings.append(f"{holder} holds other bytes than {known[0]} at {place}")
    return result


async def _digests(connection: asyncpg.Connection, result: Checked) -> dict[str, str]:
    """One hash over the payloads and chains of each source and epoch, in the order of positions."""
    hashes: dict[str, hashlib._Hash] = {}
    count = 0
    async with connection.transaction():
        async for row in connection.cursor(EVENTS, prefetch=2000):
            found = hashes.setdefault(f"{row['source']}/{row['epoch']}", hashlib.sha256())
            found.update(row["position"].to_bytes(8) + row["payload"] + row["chain"])
            count += 1
    result.events = count
    return {source: found.hexdigest() for source, found in hashes.items()}


async def _commands(connection: asyncpg.Connection, source: str) -> list[str]:
    """The commands that took effect: each names the stream it made, whose first event counts."""
    rows = await connection.fetch("SELECT payload FROM event WHERE source = $1 AND version = 1", source)
    return [str(orjson.loads(row["payload"])["commandid"]) for row in rows]
