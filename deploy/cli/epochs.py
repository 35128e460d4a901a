"""`huiyin epoch begin`: a service's log goes on in a new epoch, where nobody has its lost tail any more."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

import asyncpg

from deploy.local.addresses import Addresses
from deploy.local.installation import SERVICES
from deploy.local.record import Record, Refused
from services.chassis.clock import LOCAL, Clock, SimulatedClock, SystemClock
from services.chassis.log.log import Log
from services.chassis.log.types import SourceHead
from services.chassis.transport.epoch import begin_epoch
from services.chassis.transport.witness import UnreadableWitness, Witness

HELD = """
SELECT epoch, position, encode(chain, 'hex') FROM source_head WHERE source = $1 AND position > 0
 ORDER BY epoch DESC LIMIT 1"""

CHAIN_SHOWN = 16
ANSWER_WITHIN_S = 5.0
"""A database that is away must not keep the operator from deciding; it is named instead."""

Confirm = Callable[[str], None]
"""Asks; raises when the answer is no."""


@dataclass(frozen=True, slots=True)
class Known:
    """How far somebody knows a log to have come."""

    holder: str
    epoch: int
    position: int
    chain: str

    @property
    def place(self) -> tuple[int, int]:
        return self.epoch, self.position

    def __str__(self) -> str:
        return f"epoch {self.epoch} position {self.position} chain {self.chain[:CHAIN_SHOWN]}… ({self.holder})"


async def begin(folder: Path, service: str, reason: str, operator: str, confirm: Confirm) -> SourceHead:
    """Show both heads, ask, and begin."""
    if service not in SERVICES:
        raise Refused(f"no service {service!r}; there are: {', '.join(SERVICES)}")
    addresses = Addresses(Record(folder.absolute()))
    settings = addresses.service_settings(service, 0, "", "info")
    data_dir = Path(settings["HUIYIN_DATA_DIR"])
    async with asyncpg.create_pool(addresses.dsn(service), min_size=1, max_size=3) as pool:
        log = Log(
            pool,
            district=addresses.kind.district,
            source=service,
            clock=_clock(addresses),
            simulated_from=addresses.kind.simulated_from,
        )
        async with log:
            own = await log.source_head(service)
            assert own is not None, "a started log knows its own source"
            confirm(await _question(log, own, addresses, data_dir))
            return await begin_epoch(log, data_dir, operator=operator, reason=reason)


async def _question(log: Log, own: SourceHead, addresses: Addresses, data_dir: Path) -> str:
    """What is about to be left behind, by both heads."""
    here = Known("this database", own.epoch, own.position, own.chain.hex())
    known, silent = await _others(log, addresses, data_dir)
    lines = [f"{log.source}: the log ends at {here}"]
    if not known:
        lines.append("nobody else is known to hold anything of it")
    else:
        furthest = max(known, key=lambda one: one.place)
        lines.append(f"{log.source}: the furthest that is known elsewhere is {furthest}")
        lines.append(await _left_behind(log, own, furthest))
    if silent:
        lines.append(f"not asked, because they do not answer: {', '.join(silent)}")
    lines.append(
        f"纪元 {own.epoch + 1} 将从 1 开始，不可撤销 / epoch {own.epoch + 1} begins at 1; this cannot be undone. OK?"
    )
    return "\n".join(lines)


async def _left_behind(log: Log, own: SourceHead, other: Known) -> str:
    if other.place <= (own.epoch, own.position):
        chain = await log.chain_at(own.source, other.epoch, other.position)
        if chain is not None and chain.hex() == other.chain:
            return "nothing is missing here: the others hold the same events, or fewer; is a new epoch what you want?"
        return f"the two differ at position {other.position}: what the others hold stays in their logs, apart"
    return (
        f"positions {own.position + 1} to {other.position} are left behind for ever; "
        "while a broker or a service that holds them can be started, start it instead and they are taken back"
    )


async def _others(log: Log, addresses: Addresses, data_dir: Path) -> tuple[list[Known], list[str]]:
    """The witness file and what the other services' logs hold; and who did not answer."""
    known, silent = [], []
    try:
        mark = Witness(data_dir, log.district, log.source).read()
    except UnreadableWitness as error:
        silent.append(str(error))
    else:
        if mark is not None:
            known.append(Known("the witness file", mark.epoch, mark.position, mark.chain))
    for name in SERVICES:
        if name == log.source:
            continue
        try:
            row = await _held_by(addresses.dsn(name), log.source)
        except (OSError, asyncpg.PostgresError) as error:
            silent.append(f"{name} ({error})")
        else:
            if row is not None:
                known.append(Known(name, *row))
    return known, silent


async def _held_by(dsn: str, source: str) -> asyncpg.Record | None:
    async with asyncio.timeout(ANSWER_WITHIN_S):
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchrow(HELD, source)
        finally:
            await connection.close()


def _clock(addresses: Addresses) -> Clock:
    """A simulated log records the event at its own last time: nothing here may move its time on."""
    since = addresses.kind.simulated_from
    return SystemClock() if since is None else SimulatedClock(datetime.combine(since, time(), LOCAL))
