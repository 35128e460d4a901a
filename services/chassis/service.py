"""One service's process: everything that runs beside its web pages, started in order and stopped cleanly."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Any, Literal

import asyncpg
import structlog
from fastapi import APIRouter, FastAPI

from services.chassis.clock import LOCAL, Clock, SimulatedClock, SimulatedMoment, SystemClock, monotonic_s
from services.chassis.failures import passes, pause_s
from services.chassis.forgetting import Forgetting
from services.chassis.handle import Commands
from services.chassis.key_feed import KeyFeed
from services.chassis.keys import KeyRing
from services.chassis.lease import Leases
from services.chassis.live import Live
from services.chassis.log.log import Log
from services.chassis.projection import Projection, Runner
from services.chassis.reacting import ReactorRunner
from services.chassis.reactor import ReactContext, Reactor
from services.chassis.settings import Settings
from services.chassis.simulation import Follower
from services.chassis.telemetry import Metrics
from services.chassis.transport.link import LinkOptions
from services.chassis.transport.transport import Transport

LOG_CONNECTIONS = 8
"""One appends, one listens; the rest read streams for decisions, take in foreign events and move read models."""

DATABASE_WITHIN_S = 30.0
"""A server that restarts is back by then; later the process ends and whoever runs it decides."""

CONNECT_WITHIN_S = 5.0
"""A database on the same network answers within milliseconds; one that is frozen accepts and says nothing."""

PAGE_QUERY_S = 15.0
"""A page's query that takes longer has lost its reader."""

CLOSE_WITHIN_S = 1.0
"""Connections are given back by then, or cut: a stopping process has 5 s in all."""

CANCEL_AGAIN_S = 0.5
"""A part that has not ended by then has missed the cancellation."""

log_ = structlog.get_logger("service")


@dataclass(frozen=True)
class ServiceSpec:
    """A service's parts, declared once in its `app.py`."""

    name: str
    migrations: Path
    projections: Sequence[Projection] = ()
    reactors: Sequence[Reactor] = ()
    routers: Sequence[APIRouter] = ()
    sources: Sequence[str] = ()
    """Other services whose events this one takes in."""

    keys: Literal["owner", "entitled"] | None = None
    """Whether it makes the keys of sealed text, may keep them, or never sees them."""

    install: Sequence[Callable[[FastAPI], None]] = ()
    """What else the application gets: the shared screens, static files."""

    role_names: Mapping[str, str] = field(default_factory=dict)
    """Role code to its Chinese name, for a refusal that says who can."""

    on_start: Callable[["Service"], Awaitable[None]] | None = None
    on_stop: Callable[["Service"], Awaitable[None]] | None = None


class Service:
    """The parts of one process. Pages reach it as `request.app.state.service`."""

    pool: asyncpg.Pool
    """For pages and read queries; the log, projections and leases use `log.pool`."""

    log: Log
    leases: Leases
    commands: Commands
    projections: Runner
    reactors: ReactorRunner
    live: Live
    transport: Transport | None = None
    keys: KeyRing | None = None

    def __init__(self, spec: ServiceSpec, settings: Settings, *, clock: Clock | None = None) -> None:
        self.spec, self.settings = spec, settings
        self.metrics = Metrics(spec.name)
        self.clock: Clock = clock or _clock(settings)
        self.instance = f"{spec.name}@{socket.gethostname()}:{os.getpid()}"
        self.bugs: list[str] = []
        """Parts that ended by themselves: they stay stopped, and `/readyz` names them."""
        self.was_ready = False
        self._stack = AsyncExitStack()

    @property
    def projection_names(self) -> tuple[str, ...]:
        return tuple(projection.name for projection in self.spec.projections)

    async def start(self) -> None:
        """Open everything in the order of dependence; a refused start leaves nothing running."""
        try:
            await self._open_log()
            await self._open_keys()
            await self._open_transport()
            await self._open_readers()
            if self.spec.on_stop:
                self._stack.push_async_callback(self.spec.on_stop, self)
            if self.spec.on_start:
                await self.spec.on_start(self)
        except BaseException as error:
            log_.error("not started", reason=str(error) or repr(error))
            await self._stack.aclose()
            raise
        log_.info("started", instance=self.instance, now=self.clock.now().isoformat())

    async def stop(self) -> None:
        """Close everything in the opposite order; leases are given back, so that another process goes on at once."""
        await self._stack.aclose()
        log_.info("stopped", instance=self.instance)

    def closing(self) -> None:
        """Called at the signal to stop, before requests are finished: ends what would never end by itself."""
        live = getattr(self, "live", None)
        if live is not None:
            live.close()

    async def rebuild(self, name: str) -> None:
        """In a process of its own: fill the read model anew beside the one that serves, then switch."""
        async with self._stack:
            await self._open_log()
            await self._open_keys()
            runner = Runner(self.log, self.spec.projections, self.leases, keys=self.keys, clock=self.clock)
            await runner.prepare()
            await runner.rebuild(name)

    async def caught_up(self, name: str, seq: int, within_s: float) -> bool:
        """Wait until the read model `name` shows the log up to `seq`."""
        return await self.projections.caught_up(name, seq, within_s)

    async def all_caught_up(self, seq: int, within_s: float) -> bool:
        """The same for every read model that has not stopped."""
        running = [name for name in self.projection_names if name not in self.projections.stopped]
        shown = await asyncio.gather(*(self.caught_up(name, seq, within_s) for name in running))
        return all(shown)

    async def _open_log(self) -> None:
        self.pool = await self._connect(2, self.settings.pool_size, command_timeout=PAGE_QUERY_S)
        log_pool = await self._connect(2, LOG_CONNECTIONS)
        self.log = Log(
            log_pool,
            district=self.settings.district,
            source=self.spec.name,
            clock=self.clock,
            simulated_from=self.settings.simulated_from,
        )
        await self._stack.enter_async_context(self.log)
        head = await self.log.head()
        if isinstance(self.clock, SimulatedClock) and head.time is not None:
            # A simulation that goes on: until its driver is heard, the time that was last recorded.
            self.clock.follow(SimulatedMoment(head.time, SystemClock().now(), 0.0))
        self.leases = Leases(log_pool, self.instance)
        self.commands = Commands(self.log, self.settings.district, self.spec.name)

    async def _open_keys(self) -> None:
        if self.spec.keys is not None:
            self.keys = KeyRing(self.pool)

    async def _open_transport(self) -> None:
        """Until the heads are compared the log refuses commands: nothing may fork it."""
        settings = self.settings
        if not settings.nats_url:
            return
        password = settings.nats_password.get_secret_value() if settings.nats_password else None
        link = LinkOptions(settings.nats_url, self.spec.name, settings.nats_user, password, settings.nats_creds)
        transport = Transport(
            self.log,
            self.leases,
            self.clock,
            foreign=self.spec.sources,
            link=link,
            data_dir=settings.data_dir,
            replicas=settings.nats_replicas,
        )
        self._stack.push_async_callback(transport.stop)
        await transport.start()
        self.transport = transport
        if self.keys is not None:
            owner = self.spec.keys == "owner"
            feed = KeyFeed(
                self.keys, self.pool, transport.link, settings.district, owner=owner, replicas=settings.nats_replicas
            )
            self.keep("key feed", feed.run())
        if isinstance(self.clock, SimulatedClock):
            self.keep("simulated time", Follower(self.clock, transport.link, settings.district).run())

    async def _open_readers(self) -> None:
        """Tables of read models exist before the first page asks for them."""
        self.projections = Runner(self.log, self.spec.projections, self.leases, keys=self.keys, clock=self.clock)
        await self.projections.prepare()
        context = ReactContext(self.commands, self.pool, self.clock, self.keys)
        self.reactors = ReactorRunner(
            self.log, self.spec.reactors, self.leases, context, shown=self.projections.caught_up
        )
        self.live = Live(self.log, self.all_caught_up)
        await self.live.start()
        self.keep("live notices", self.live.run())
        self._stack.callback(self.live.close)
        self.keep("forgetting", Forgetting(self.log.pool, self.leases).run())
        if self.spec.projections:
            self.keep("projections", self.projections.run())
        if self.spec.reactors:
            self.keep("reactors", self.reactors.run())

    def keep(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` until the service stops; should it end by itself, that is a bug and health turns red."""
        task = asyncio.create_task(work, name=f"{self.spec.name} {name}")

        def ended(done: asyncio.Task[None]) -> None:
            if done.cancelled():
                return
            error = done.exception()
            self.bugs.append(f"{name} ended: {error!r}")
            log_.error("part ended", part=name, exc_info=error)

        async def end() -> None:
            # More than once: `asyncio.wait_for` of Python 3.11, which the broker's client uses, can lose one.
            while not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=CANCEL_AGAIN_S)

        task.add_done_callback(ended)
        self._stack.push_async_callback(end)

    async def _connect(self, least: int, most: int, **options: Any) -> asyncpg.Pool:
        """A pool, as soon as the database answers."""
        until, failures = monotonic_s() + DATABASE_WITHIN_S, 0
        while True:
            try:
                pool = await asyncpg.create_pool(
                    self.settings.dsn,
                    min_size=least,
                    max_size=max(least, most),
                    timeout=CONNECT_WITHIN_S,
                    reset=_as_it_is,
                    server_settings={"application_name": f"huiyin-{self.spec.name}"},
                    **options,
                )
            except (OSError, asyncpg.PostgresError) as error:
                failures += 1
                if monotonic_s() > until or not passes(error):
                    raise
                log_.warning("database not ready", error=repr(error))
                await asyncio.sleep(pause_s(failures))
            else:
                self._stack.push_async_callback(_close, pool)
                return pool


async def _close(pool: asyncpg.Pool) -> None:
    try:
        await asyncio.wait_for(pool.close(), CLOSE_WITHIN_S)
    except TimeoutError:
        pool.terminate()


def _clock(settings: Settings) -> Clock:
    """A simulation stands at the beginning of its first day until its driver speaks."""
    if settings.simulated_from is None:
        return SystemClock()
    return SimulatedClock(datetime.combine(settings.simulated_from, time(), LOCAL))


async def _as_it_is(_connection: object) -> None:
    """Nothing outlives a connection's use: settings are LOCAL, the one listener takes itself off. The client's own
    statement against it costs a round trip each time, as much as many a query here.
    """
