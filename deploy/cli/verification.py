"""`huiyin verify`: logs checked from their bytes, and against what other logs saw of them."""

import json
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from deploy.local import announce
from deploy.local.addresses import Addresses
from deploy.local.installation import SERVICES
from deploy.local.record import Record
from services.chassis.log.types import SourceHead
from services.chassis.log.verify import Report, verify, verify_stream

HEADS = "SELECT source, epoch, position, chain FROM source_head ORDER BY source, epoch"


async def run(
    folder: Path,
    services: Sequence[str] | None,
    dsn: str | None,
    stream: str | None,
    against: Path | None,
    write_heads: Path | None,
) -> bool:
    """Verify one database or the services of an installation; True when nothing is wrong."""
    addresses = Addresses(Record(folder.absolute()))
    dsns = {"log": dsn} if dsn else {name: addresses.dsn(name) for name in services or SERVICES}
    seen = read_heads(against) if against else []
    if not dsn and not against:
        seen = await _witnessed({name: addresses.dsn(name) for name in SERVICES})
    good = True
    found: list[SourceHead] = []
    for name, address in dsns.items():
        report = await _verify(address, stream, seen)
        _show(name, report)
        good = good and report.ok
        found += report.heads
    if write_heads:
        write_heads.write_text(_as_json(found))
        announce.say(f"heads written to {write_heads}")
    return good


def read_heads(path: Path) -> list[SourceHead]:
    """Heads as `--heads` wrote them."""
    rows = json.loads(path.read_text())
    return [SourceHead(r["source"], r["epoch"], r["position"], bytes.fromhex(r["chain"]), None) for r in rows]


def _as_json(heads: Sequence[SourceHead]) -> str:
    rows = [
        {"source": head.source, "epoch": head.epoch, "position": head.position, "chain": head.chain.hex()}
        for head in heads
    ]
    return json.dumps(rows, indent=1)


async def _witnessed(dsns: dict[str, str]) -> list[SourceHead]:
    """What each service's log holds of the other services: nobody can cut a tail that somebody else has."""
    seen = []
    for service, dsn in dsns.items():
        connection = await asyncpg.connect(dsn)
        rows = await connection.fetch(HEADS)
        await connection.close()
        for source, epoch, position, chain in rows:
            if source != service and position > 0:
                seen.append(SourceHead(source, epoch, position, chain, None))
    return seen


async def _verify(dsn: str, stream: str | None, seen: Sequence[SourceHead]) -> Report:
    connection = await asyncpg.connect(dsn)
    try:
        if stream:
            return await verify_stream(connection, stream)
        own = await connection.fetchval("SELECT source FROM installation")
        return await verify(connection, [head for head in seen if head.source == own] if own else seen)
    finally:
        await connection.close()


def _show(name: str, report: Report) -> None:
    heads = "  ".join(f"{head.source}:{head.position}" for head in report.heads)
    if report.ok:
        announce.say(f"{name:<12} {report.events:>9,} events verified  {heads}")
        return
    announce.fail(f"{name}: {report.events:,} events read, {len(report.findings)} finding(s); the first:")
    for finding in report.findings:
        print(f"  {finding}")
