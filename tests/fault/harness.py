"""A small district of service processes on real servers, ways to hurt it, and the check that nothing was lost.

Reused by the fixed set of faults in `make test` and by the long run of `make proof`.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from deploy.local.broker import Broker
from deploy.local.children import die_with_parent
from deploy.local.postgres import Postgres
from services.chassis.crash import Place
from tests.fault.check import Agreement, Checked, check, compare
from tests.fault.service import LANES, Spec

ROOT = Path(__file__).parents[2]
SETTLE_S = 60.0
"""Leases run out, links come back and stalled readings begin again well within this."""
POLL_S = 0.1


class District:
    """Services by source, each in one or more instances, with their databases on one server."""

    def __init__(
        self,
        folder: Path,
        postgres: Postgres,
        broker: Broker,
        databases: dict[str, str],
        *,
        district: str,
        passwords: dict[str, str] | None = None,
        instances: Sequence[str] = ("a",),
        pause_s: float = 0.005,
    ) -> None:
        self.folder, self.postgres, self.broker, self.databases = folder, postgres, broker, databases
        self.district = district
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.specs: dict[str, Spec] = {}
        for source in databases:
            for instance in instances:
                spec = Spec(
                    dsn=postgres.dsn(databases[source]),
                    nats_url=broker.url,
                    password=(passwords or {}).get(source),
                    district=district,
                    source=source,
                    instance=instance,
                    foreign=tuple(other for other in databases if other != source),
                    folder=str(folder),
                    pause_s=pause_s,
                )
                self.specs[spec.name] = spec

    @contextmanager
    def running(self) -> Iterator[None]:
        """All processes, until the end of the block."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in self.specs:
            self.start(name)
        try:
            yield
        finally:
            for name in list(self._processes):
                self.kill(name)

    def start(self, name: str, *, crash: tuple[Place, int] | None = None) -> None:
        spec = replace(self.specs[name], crash=crash)
        spec.status.unlink(missing_ok=True)
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", "tests.fault.service", spec.to_json()],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,
            )

    def signal(self, name: str, number: int) -> None:
        self._processes[name].send_signal(number)

    def kill(self, name: str) -> None:
        """Like a power cut, also for a frozen one."""
        process = self._processes.pop(name)
        process.kill()
        process.wait()

    def wait_for_crash(self, name: str, within_s: float = 20.0) -> None:
        """Until it has killed itself at its crash point."""
        assert self._processes.pop(name).wait(within_s) == -signal.SIGKILL

    def alive(self, name: str) -> bool:
        return name in self._processes and self._processes[name].poll() is None

    def status(self, name: str) -> dict[str, object]:
        """What the process last said of itself; empty while it has not."""
        try:
            found: dict[str, object] = json.loads(self.specs[name].status.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return found

    def compared(self, name: str) -> int:
        """How often the process has compared its log's head with the others'."""
        return int(str(self.status(name).get("compared", 0)))

    def repeated(self, name: str) -> int:
        """How many commands the process was answered as done before it asked."""
        return int(str(self.status(name).get("repeated", 0)))

    def leading(self, source: str) -> str:
        """The instance whose relay holds the lease."""
        for name, spec in self.specs.items():
            if spec.source == source and self.alive(name) and self.status(name).get("leading"):
                return name
        return next(name for name, spec in self.specs.items() if spec.source == source)

    def open(self) -> bool:
        """Whether every process takes commands."""
        return all(self.status(name).get("state") == "agreed" for name in self.specs)

    def acked(self) -> int:
        """How many commands were acknowledged so far."""
        return sum(len(self.journal(name)) for name in self.specs)

    def journal(self, name: str) -> list[str]:
        spec = self.specs[name]
        lanes = [spec.journal(lane) for lane in range(LANES)]
        return [line for lane in lanes if lane.exists() for line in lane.read_text().splitlines()]

    def progress(self, more: int, within_s: float = SETTLE_S) -> None:
        """Until that many more commands were acknowledged."""
        goal = self.acked() + more
        self.until(lambda: self.acked() >= goal, f"{goal} acknowledged commands", within_s)

    def until(self, true: Callable[[], bool], what: str, within_s: float = SETTLE_S) -> None:
        deadline = time.monotonic() + within_s
        while not true():
            if time.monotonic() > deadline:
                said = "\n".join(f"{name}: {self.alive(name)} {self.status(name)}" for name in self.specs)
                raise AssertionError(f"not within {within_s} s: {what}\n{said}")
            time.sleep(POLL_S)

    def slow_down(self, pause_s: float) -> None:
        """For long runs: less load, so that the comparison at the end stays short."""
        self.specs = {name: replace(spec, pause_s=pause_s) for name, spec in self.specs.items()}

    def published(self, source: str) -> bool:
        """Whether somebody else holds everything that the source's log holds."""
        held = [self._heads(other).get((source, 1), 0) for other in self.databases]
        return len(set(held)) == 1

    def settle_and_check(self, *, within_s: float = SETTLE_S) -> Checked:
        """End the load, wait until everybody holds everything, then compare all logs and journals."""
        self.until(self.open, "every service takes commands", within_s)
        for name in self.specs:
            self.signal(name, signal.SIGUSR1)
        self.until(self._level, "every log holds every source", within_s)
        acked = {line for name in self.specs for line in self.journal(name)}
        return check({source: self.postgres.dsn(name) for source, name in self.databases.items()}, acked)

    def backup(self, source: str) -> str:
        """A copy of a service's database as it is now; its sessions are ended for the moment of copying."""
        copy = f"{self.databases[source]}_backup"
        with self._cut_off(source) as admin:
            admin.execute(_named("DROP DATABASE IF EXISTS {}", copy))
            admin.execute(_named("CREATE DATABASE {} TEMPLATE {}", copy, self.databases[source]))
        return copy

    def restore(self, source: str, copy: str) -> None:
        """Put the copy in the place of the database, under running services."""
        with self._cut_off(source) as admin:
            admin.execute(_named("DROP DATABASE {}", self.databases[source]))
            admin.execute(_named("CREATE DATABASE {} TEMPLATE {}", self.databases[source], copy))

    def agreement(self) -> Agreement:
        """Verify every log by itself and compare what several hold, whether or not all hold everything."""
        return compare({source: self.postgres.dsn(name) for source, name in self.databases.items()})

    @contextmanager
    def frozen_postgres(self) -> Iterator[None]:
        """The server with all its sessions stands still during the block; connections stay."""
        server = psutil.Process(pid_of(self.postgres.process))
        processes = [server, *server.children(recursive=True)]
        for process in processes:
            freeze(process.pid)
        try:
            yield
        finally:
            for process in processes:
                thaw(process.pid)

    @contextmanager
    def _cut_off(self, source: str) -> Iterator[psycopg.Connection]:
        name = self.databases[source]
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        with psycopg.connect(self.postgres.dsn(), autocommit=True) as admin:
            admin.execute(_named("ALTER DATABASE {} ALLOW_CONNECTIONS false", name))
            while admin.execute(end, [name]).fetchall():
                time.sleep(0.01)
            yield admin
            admin.execute(_named("ALTER DATABASE {} ALLOW_CONNECTIONS true", name))

    def _level(self) -> bool:
        heads = [self._heads(source) for source in self.databases]
        return all(held == heads[0] for held in heads)

    def _heads(self, source: str) -> dict[tuple[str, int], int]:
        """How far a service's database holds each source and epoch."""
        with psycopg.connect(self.postgres.dsn(self.databases[source])) as connection:
            rows = connection.execute("SELECT source, epoch, position FROM source_head").fetchall()
        return {(row[0], row[1]): row[2] for row in rows}


def _named(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))


def pid_of(process: subprocess.Popen[bytes] | None) -> int:
    assert process is not None
    return process.pid


def freeze(pid: int) -> None:
    """The process stands still but keeps its connections: what hangs, rather than dies."""
    os.kill(pid, signal.SIGSTOP)


def thaw(pid: int) -> None:
    os.kill(pid, signal.SIGCONT)
