"""Ways to hurt a running installation of the four real services, one after the other."""

import asyncio
import os
import random
import shutil
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import nats
import psutil
from nats.js.errors import NotFoundError

from contracts import feeds
from deploy.local import databases
from deploy.local.children import Child
from deploy.local.installation import SERVICES, Installation
from services.chassis.crash import Place
from tests.fault.working import ANSWER_WITHIN_S, POLL_S, Load

SERVERS = ("nats", "postgres")
BACK_WITHIN_S = 90.0
OLDER_BY = 60
"""Commands between a copy of a database and its return: about a hundred events of the service whose it is."""

PLACES: tuple[Place, ...] = (
    "append:committed",
    "relay:before-publish",
    "relay:unacked",
    "relay:published",
    "inbound:before-insert",
    "inbound:inserted",
)
LATEST_PASS = 20
RECORDING = ("intake", "dispatch", "supervision")
"""Reporting records nothing while nobody makes a report: it passes no place of its own log."""

HELD = "SELECT position FROM source_head WHERE source = $1 AND epoch = 1"


class Faults:
    """Hurts one process after the other; a supervisor starts what was killed again, as in production."""

    def __init__(self, installation: Installation, seed: int) -> None:
        self.installation, self.random = installation, random.Random(seed)
        self.done: Counter[str] = Counter()

    def services(self) -> Sequence[str]:
        return [name for name in self.installation.processes if name not in ("gateway", *SERVERS)]

    async def throw(self, load: Load) -> None:
        """One at random: what only one process or one store suffers, or what needs the load for it."""
        anything: list[Callable[[], Awaitable[None]]] = [
            lambda: self.kill(self._any_service()),
            lambda: self.freeze(self._any_service()),
            lambda: self.kill(self.random.choice(SERVERS)),
            lambda: self.freeze(self.random.choice(SERVERS)),
            lambda: self.crash(self.random.choice(RECORDING), self.random.choice(PLACES)),
            self.empty_broker,
            lambda: self.delete_stream(self.random.choice(SERVICES)),
            lambda: self.restore(self.random.choice(SERVICES), load),
        ]
        await self.random.choice(anything)()

    async def kill(self, target: str) -> None:
        """kill -9, and wait until its successor answers."""
        child = self.installation.processes[target]
        before = child.pid
        child.signal(signal.SIGKILL)
        await _until(lambda: child.pid not in (before, None), f"{target} was started again")
        await child.wait_ready(BACK_WITHIN_S)
        self._count("kill", target)

    async def freeze(self, target: str, seconds: float | None = None) -> None:
        """It stands still but keeps its connections: what hangs, rather than dies."""
        root = psutil.Process(self.installation.processes[target].pid)
        frozen = [root, *root.children(recursive=True)]
        try:
            for process in frozen:
                _signal(process.pid, signal.SIGSTOP)
            await asyncio.sleep(seconds or self.random.uniform(0.5, 2 * ANSWER_WITHIN_S))
        finally:
            for process in frozen:
                _signal(process.pid, signal.SIGCONT)
        await self.installation.processes[target].wait_ready(BACK_WITHIN_S)
        self._count("freeze", target)

    async def crash(self, service: str, place: Place) -> None:
        """All instances stop; one comes back and dies between two steps, as it takes in what came meanwhile."""
        names = [name for name in self.services() if _service_of(name) == service]
        children = [self.installation.processes[name] for name in names]
        doomed, usual = children[0], children[0].program
        times = str(self.random.randint(1, LATEST_PASS))
        command = [sys.executable, "-m", "tests.fault.crashing", service, place, times]
        for child in children:
            await self._away(child)
        doomed.program = replace(usual, command=command)
        doomed.hold(False)
        try:
            await _until(lambda: doomed.pid is not None, f"{service} was started to die")
            doomed.hold(True)
            await _until(lambda: doomed.pid is None, f"{service} died at {place}")
        finally:
            doomed.program = usual
            for child in children:
                child.hold(False)
        for child in children:
            await child.wait_ready(BACK_WITHIN_S)
        self._count(f"crash at {place}", service)

    async def empty_broker(self) -> None:
        """Killed, and all that it stored is gone when it comes back."""
        broker = self.installation.processes["nats"]
        await self._away(broker)
        shutil.rmtree(self.installation.broker.store)
        broker.hold(False)
        await broker.wait_ready(BACK_WITHIN_S)
        self._count("empty", "nats")

    async def delete_stream(self, service: str) -> None:
        """As the operator, who alone may; again while the stream is not there."""
        admin = await nats.connect(self.installation.nats_admin_url)
        name = feeds.stream_name(self.installation.kind.district, service, 1)
        try:
            async with asyncio.timeout(BACK_WITHIN_S):
                while True:
                    try:
                        await admin.jetstream().delete_stream(name)
                        break
                    except NotFoundError:
                        await asyncio.sleep(POLL_S)
        finally:
            await admin.close()
        self._count("delete the stream of", service)

    async def restore(self, service: str, load: Load) -> None:
        """A copy about a hundred events old takes the place of a database, under running services.

        The clients rest for that moment, so that everything acknowledged has reached somebody: it must all come back.
        """
        name = databases.database(service)
        copy = f"{name}_copy"
        async with self._cut_off(name) as admin:
            await admin.execute(f"DROP DATABASE IF EXISTS {copy}")
            await admin.execute(f"CREATE DATABASE {copy} TEMPLATE {name} OWNER {databases.owner(service)}")
        await load.progress(OLDER_BY)
        async with load.resting():
            await self._published(service)
            async with self._cut_off(name) as admin:
                await admin.execute(f"ALTER DATABASE {copy} ALLOW_CONNECTIONS false")
                await admin.execute(f"DROP DATABASE {name}")
                await admin.execute(f"ALTER DATABASE {copy} RENAME TO {name}")
                await databases.create_missing(self.installation.postgres, SERVICES, self.installation.secret)
        await self.installation.wait_ready(BACK_WITHIN_S)
        self._count("restore", service)

    async def _published(self, service: str) -> None:
        """Until all hold what this service recorded."""
        held: dict[str, int] = {}
        try:
            async with asyncio.timeout(BACK_WITHIN_S):
                while len(held) < len(SERVICES) or len(set(held.values())) > 1:
                    held = {each: await self._held(each, service) for each in SERVICES}
        except TimeoutError as error:
            raise AssertionError(f"not everybody holds what {service} recorded: {held}") from error

    async def _held(self, holder: str, source: str) -> int:
        """The last position of a source that a service holds; 0 as well while the source recorded nothing."""
        connection = await asyncpg.connect(self.installation.admin_dsn(holder))
        try:
            position: int | None = await connection.fetchval(HELD, source)
        finally:
            await connection.close()
        return position or 0

    @asynccontextmanager
    async def _cut_off(self, name: str) -> AsyncIterator[asyncpg.Connection]:
        """During the block nobody is connected to the database."""
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
        admin = await asyncpg.connect(self.installation.admin_dsn())
        try:
            await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            while await admin.fetch(end, name):
                await asyncio.sleep(POLL_S)
            yield admin
            await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        finally:
            await admin.close()

    async def _away(self, child: Child) -> None:
        """Killed, and not started again until it is let."""
        child.hold(True)
        child.signal(signal.SIGKILL)
        await _until(lambda: child.pid is None, f"{child.program.name} is gone")

    def _any_service(self) -> str:
        return self.random.choice(self.services())

    def _count(self, what: str, target: str) -> None:
        self.done[f"{what} {_service_of(target)}"] += 1


def _service_of(process: str) -> str:
    return next((name for name in SERVICES if process.startswith(name)), process)


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # a database session ended by itself between two looks


async def _until(true: Callable[[], bool], what: str) -> None:
    async with asyncio.timeout(BACK_WITHIN_S):
        while not true():
            await asyncio.sleep(POLL_S)
    assert true(), what
