"""A process with one log, its transport and a load of commands, for the faults: `python -m tests.fault.service SPEC`.

Every command is tried until it is acknowledged and then written to a journal, so that afterwards it can be told
whether an acknowledged command was lost or done twice. After a crash it goes on with the first one not in the journal.
"""

import asyncio
import hashlib
import json
import os
import signal
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from services.chassis.clock import SystemClock
from services.chassis.crash import Place
from services.chassis.lease import Leases
from services.chassis.log.log import Log
from services.chassis.log.types import Append, Draft, Expect, LogClosed
from services.chassis.transport import LinkOptions, Transport

LANES = 3
"""Commands under way at a time, so that batches form."""
RETRY_S = 0.1
START_AGAIN_S = 0.5
STATUS_S = 0.2
HELD_FOR_S = 1.5


REPEATED: Counter[str] = Counter()
"""Commands of this process that were answered as done before: sent again because the first answer never came."""


@dataclass(frozen=True)
class Spec:
    """What a service process is told."""

    dsn: str
    nats_url: str
    password: str | None
    district: str
    source: str
    instance: str
    foreign: tuple[str, ...]
    folder: str
    pause_s: float
    crash: tuple[Place, int] | None = None

    @property
    def name(self) -> str:
        return f"{self.source}-{self.instance}"

    def journal(self, lane: int) -> Path:
        return Path(self.folder) / f"{self.name}-{lane}.acked"

    @property
    def status(self) -> Path:
        return Path(self.folder) / f"{self.name}.status"

    def to_json(self) -> str:
        return json.dumps(asdict(self))


class DieAt:
    """Kills the process when a place is passed for the n-th time: no handler, no cleanup, like a power cut."""

    def __init__(self, crash: tuple[Place, int] | None) -> None:
        self._place: Place | None = crash[0] if crash else None
        self._times = crash[1] if crash else 0
        self._passed: Counter[str] = Counter()

    def __call__(self, place: Place) -> None:
        self._passed[place] += 1
        if place == self._place and self._passed[place] >= self._times:
            os.kill(os.getpid(), signal.SIGKILL)


def command(spec: Spec, lane: int, number: int) -> Append:
    """The n-th command of a lane: always the same one. Each tenth lengthens its lane's stream by two events."""
    command_id = f"{spec.name}-{lane}-{number}"
    stream = f"thing-{command_id}"
    body: dict[str, Any] = {
        "specversion": "1.0",
        "id": command_id,
        "type": "thing-happened",
        "source": f"/huiyin/{spec.district}/{spec.source}",
        "subject": stream,
        "schemaversion": 1,
        "commandid": command_id,
        "data": {"filler": "x" * (number % 700)},
    }
    draft = Draft(stream, "thing-happened", 1, orjson.dumps(body)[:-1])
    drafts = [draft] * (3 if number % 10 == 0 else 1)
    return Append(command_id, hashlib.sha256(command_id.encode()).digest(), [Expect(stream, 0)], drafts)


async def load(log: Log, spec: Spec, lane: int, stop: asyncio.Event, going: asyncio.Event) -> None:
    """One command after the other, each until it is acknowledged."""
    journal = spec.journal(lane)
    number = len(journal.read_text().splitlines()) if journal.exists() else 0
    with journal.open("a") as acked:
        while not stop.is_set():
            await going.wait()
            append = command(spec, lane, number)
            try:
                answer = await log.append(append)
            except LogClosed:
                await asyncio.sleep(RETRY_S)
                continue
            REPEATED[spec.name] += answer.repeated
            acked.write(f"{append.command_id}\n")
            acked.flush()
            number += 1
            await asyncio.sleep(spec.pause_s)


async def tell(transport: Transport, log: Log, spec: Spec) -> None:
    """Write how it stands to a file, for those outside who wait or check."""
    while True:
        health = transport.health()
        status = {
            "pid": os.getpid(),
            "state": health.state,
            "refused": log.refused,
            "compared": transport.forks.compared,
            "red": health.red,
            "alarms": health.alarms,
            "leading": transport.relay.leading,
            "repeated": REPEATED[spec.name],
            "held": {one.source: one.position for one in health.sources},
        }
        fresh = spec.status.with_suffix(".fresh")
        fresh.write_text(json.dumps(status))
        fresh.replace(spec.status)
        await asyncio.sleep(STATUS_S)


async def serve(spec: Spec) -> None:
    """Until SIGTERM; SIGUSR1 ends only the load, SIGUSR2 lets it pause and go on."""
    ended, unloaded, going = asyncio.Event(), asyncio.Event(), asyncio.Event()
    going.set()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, unloaded.set)
    loop.add_signal_handler(signal.SIGUSR2, lambda: going.clear() if going.is_set() else going.set())
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    async with asyncpg.create_pool(spec.dsn, min_size=1, max_size=8, timeout=5, command_timeout=10) as pool:
        crash = DieAt(spec.crash)
        async with Log(pool, district=spec.district, source=spec.source, clock=SystemClock(), crash=crash) as log:
            transport = Transport(
                log,
                Leases(pool, spec.name, held_for_s=HELD_FOR_S),
                SystemClock(),
                foreign=spec.foreign,
                link=LinkOptions(spec.nats_url, spec.source, spec.source if spec.password else None, spec.password),
                data_dir=Path(spec.folder) / spec.source,
                crash=crash,
            )
            await transport.start()
            lanes = [asyncio.create_task(load(log, spec, lane, unloaded, going)) for lane in range(LANES)]
            telling = asyncio.create_task(tell(transport, log, spec))
            await ended.wait()
            unloaded.set()
            for task in (*lanes, telling):
                task.cancel()
            await asyncio.wait([*lanes, telling])
            await transport.stop()


def main() -> None:
    raw = json.loads(sys.argv[1])
    raw["foreign"] = tuple(raw["foreign"])
    raw["crash"] = tuple(raw["crash"]) if raw["crash"] else None
    while True:
        try:
            asyncio.run(serve(Spec(**raw)))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            # The database is away at the start; whoever keeps a service running would start it again.
            print(f"not started: {error!r}", file=sys.stderr, flush=True)
            time.sleep(START_AGAIN_S)
        else:
            return


if __name__ == "__main__":
    main()
