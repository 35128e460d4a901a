"""One whole installation in a folder: start it, stop it, reach its parts, break one on purpose."""

import asyncio
import signal
import time
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any, Self

import psutil

from deploy.local import databases, gateway, nats_conf, programs
from deploy.local.addresses import FIXED, Addresses
from deploy.local.broker import Broker
from deploy.local.children import Child, ChildFailed, Program, Say
from deploy.local.ports import LOOPBACK, free_ports, is_free
from deploy.local.postgres import Postgres
from deploy.local.programs import Probe
from deploy.local.record import Kind, Record, Refused

SERVICES = gateway.SERVICES
USUAL_PORT = 8080
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - recognised, not bound to
READY_SECONDS = 60.0
LEFTOVER_SECONDS = 10.0
POLL_SECONDS = 0.1


class Installation:
    """The processes of one installation folder. `async with Installation(folder) as i: ... i.url`."""

    def __init__(
        self,
        folder: Path | str,
        *,
        simulated_from: date | None = None,
        district: str = "demo",
        instances: int = 1,
        host: str = LOOPBACK,
        port: int | None = None,
        log_level: str = "info",
        demo: bool = True,
        say: Say | None = None,
    ) -> None:
        self.folder = Path(folder).absolute()
        self.said: list[str] = []
        self.processes: dict[str, Child] = {}
        self._say = say or self.said.append
        self._wanted = Kind(district, simulated_from)
        self._demo_wanted = demo
        self._instances, self._host, self._wanted_port, self._log_level = instances, host, port, log_level
        self._record = Record(self.folder)
        self.addresses = Addresses(self._record)
        self._held, self._holds = ExitStack(), False
        self._probe = Probe()
        self._logs = self.folder / "log"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """The one address people and programs use."""
        shown = LOOPBACK if self._host in EVERYWHERE else self._host
        return f"http://{shown}:{self.port}"

    def dsn(self, service: str) -> str:
        """A service's database, with the rights of the running service; `addresses` has the other ones."""
        return self.addresses.dsn(service)

    def admin_dsn(self, service: str | None = None) -> str:
        """The superuser's address, for damaging things on purpose."""
        return self.addresses.admin_dsn(service)

    @property
    def nats_admin_url(self) -> str:
        """The broker with the operator's rights."""
        return self.addresses.nats_admin_url

    def service_urls(self, service: str) -> list[str]:
        """The addresses of a service's instances, past the gateway (health, metrics)."""
        return [f"http://{LOOPBACK}:{port}" for port in self._upstreams[service]]

    async def start(self) -> None:
        """Bring everything up in order; on a failure everything is stopped again and the error says why."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._held.enter_context(self._record.only_runner())
        self._holds = True
        try:
            self._prepare()
            await self._end_leftovers()
            await _all(self._run(program) for program in self._servers())
            await databases.create_missing(self.postgres, SERVICES, self._record.secret)
            await _all(map(self._migrate, SERVICES))
            await _all(self._run(program) for program in self._services())
            await self._run(self._gateway())
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop in the reverse order: nobody is asked for what is already gone."""
        groups = [["gateway"], [*self._service_names()], ["nats"], ["postgres"]]
        for group in groups:
            await asyncio.gather(*(self.processes[name].stop() for name in group if name in self.processes))
        self.processes.clear()
        if self._holds:
            self._record.clear_running()
        self._holds = False
        await self._probe.close()
        self._held.close()

    async def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait until every instance says that its logs and read models have caught up."""
        deadline = time.monotonic() + seconds
        for service in SERVICES:
            for address in self.service_urls(service):
                while (said := await self._probe.fault(f"{address}/readyz")) is not None:
                    if time.monotonic() > deadline:
                        raise ChildFailed(f"{service} was not ready in {seconds:.0f} s; it says: {said}")
                    await asyncio.sleep(POLL_SECONDS)

    def kill(self, process: str, number: int = signal.SIGKILL) -> None:
        """Send a signal to a process by its name (`dispatch`, `dispatch-2`, `nats`, `postgres`, `gateway`)."""
        self.processes[process].signal(number)

    @property
    def demo(self) -> bool:
        """Whether it was made to try things out; one made for real work never gets demo accounts later."""
        return bool(self.remembered("is_demo", self._demo_wanted))

    def is_new(self, what: str) -> bool:
        """True once for each `what` and installation, until `done(what)` is said."""
        return self._record.note(what) is None

    def remembered(self, what: str, first: Any) -> Any:
        """A choice of the first start, for all later ones."""
        known = self._record.note(what)
        if known is None:
            self._record.remember(what, first)
            return first
        return known

    def done(self, what: str) -> None:
        self._record.remember(what, True)

    def secret(self, name: str) -> str:
        return self._record.secret(name)

    def environment(self, service: str, port: int) -> dict[str, str]:
        """The settings of one service process, as production sets them too."""
        told = self.addresses.service_settings(service, port, self.url, self._log_level)
        return {**told, "HUIYIN_DEMO": "true"} if self.demo else told

    def _prepare(self) -> None:
        self.kind = self._record.kind(self._wanted)
        self.port = self._choose_port()
        ports = self.addresses.choose(len(SERVICES) * self._instances)
        each = self._instances
        self._upstreams = {
            service: ports[FIXED + n * each : FIXED + (n + 1) * each] for n, service in enumerate(SERVICES)
        }
        self.postgres = Postgres(self.folder / "pg", ports[0], password=self._record.secret("pg_superuser"))
        folder = self.folder / "nats"
        users = (*SERVICES, nats_conf.OPERATOR, nats_conf.DRIVER)
        config = nats_conf.render(
            district=self.kind.district,
            passwords={name: self._record.secret(f"nats_{name}") for name in users},
            services=SERVICES,
            store_dir=folder / "jetstream",
            simulated=self.kind.simulated_from is not None,
        )
        self.broker = Broker(folder, ports[1], ports[2], config=config)

    def _choose_port(self) -> int:
        """The address people know: the wanted one or refuse; the usual one or say which instead."""
        if self._wanted_port is not None:
            if self._wanted_port and not is_free(self._wanted_port, self._host):
                raise Refused(f"port {self._wanted_port} is taken; choose another with HUIYIN_PORT")
            return self._wanted_port or free_ports(1)[0]
        if is_free(USUAL_PORT, self._host):
            return USUAL_PORT
        port = free_ports(1, self._host)[0]
        self._say(f"port {USUAL_PORT} is taken by another program: using {port} this time")
        return port

    async def _end_leftovers(self) -> None:
        """Processes of a launcher that was killed: stopped first, they hold ports and the broker's store."""
        leftovers = self._record.leftovers()
        if not leftovers:
            return
        self._say("ending what an earlier, killed run left behind")
        for process in leftovers:
            _ask_to_end(process)
        _, alive = await asyncio.to_thread(psutil.wait_procs, leftovers, LEFTOVER_SECONDS)
        for process in alive:
            process.kill()

    def _write_running(self) -> None:
        pids = {name: child.pid for name, child in self.processes.items() if child.pid is not None}
        self._record.write_running(self.url, pids)

    def _service_names(self) -> list[str]:
        return [programs.service_name(service, n) for service in SERVICES for n in range(self._instances)]

    async def _run(self, program: Program) -> None:
        child = Child(program, self._say)
        self.processes[program.name] = child
        child.on_restart = self._write_running
        await child.start()
        self._write_running()

    def _servers(self) -> Sequence[Program]:
        if self.postgres.prepare():
            self._say("made a new database folder")
        self.broker.prepare()
        return programs.postgres(self.postgres, self._logs), programs.nats(self.broker, self._logs)

    async def _migrate(self, service: str) -> None:
        await databases.migrate(service, self.addresses.owner_dsn(service))

    def _services(self) -> Sequence[Program]:
        found = []
        for service in SERVICES:
            (self.folder / "data" / service).mkdir(parents=True, exist_ok=True)
            for n, port in enumerate(self._upstreams[service]):
                name, told = programs.service_name(service, n), self.environment(service, port)
                found.append(programs.service(name, service, port, told, self._logs, self._probe))
        return found

    def _gateway(self) -> Program:
        folder = self.folder / "gateway"
        return programs.gateway(folder, self._host, self.port, self.url, self._upstreams, self._logs, self._probe)


async def _all(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Side by side; all come to their end before the first failure is told, so that none is left half done."""
    for outcome in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


def _ask_to_end(process: psutil.Process) -> None:
    try:
        process.terminate() if process.name() != "postgres" else process.send_signal(signal.SIGINT)
    except psutil.NoSuchProcess:
        return
