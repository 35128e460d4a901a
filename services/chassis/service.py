"""One service's process: everything that runs beside its web pages, started in order and stopped cleanly."""

import os
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import structlog
from fastapi import APIRouter, FastAPI

from services.chassis.clock import Clock, SystemClock
from services.chassis.handle import Commands
from services.chassis.live import Live
from services.chassis.log.log import Log
from services.chassis.settings import Settings
from services.chassis.telemetry import Metrics

LOG_CONNECTIONS = 3
"""One appends, one listens, one reads streams for decisions while pages use the other pool."""

log_ = structlog.get_logger("service")


@dataclass(frozen=True)
class ServiceSpec:
    """A service's parts, declared once in its `app.py`."""

    name: str
    migrations: Path
    projections: Sequence[Any] = ()
    reactors: Sequence[Any] = ()
    routers: Sequence[APIRouter] = ()
    sources: Sequence[str] = ()
    """Other services whose events this one takes in."""

    install: Sequence[Callable[[FastAPI], None]] = ()
    """What else the application gets: the shared screens, static files."""

    role_names: Mapping[str, str] = field(default_factory=dict)
    """Role code to its Chinese name, for a refusal that says who can."""

    on_start: Callable[["Service"], Awaitable[None]] | None = None
    on_stop: Callable[["Service"], Awaitable[None]] | None = None


class Service:
    """The parts of one process. Pages reach it as `request.app.state.service`."""

    pool: asyncpg.Pool
    log: Log
    commands: Commands
    live: Live

    def __init__(self, spec: ServiceSpec, settings: Settings, *, clock: Clock | None = None) -> None:
        self.spec, self.settings = spec, settings
        self.metrics = Metrics(spec.name)
        self.clock: Clock = clock or SystemClock()
        self.instance = f"{spec.name}@{socket.gethostname()}:{os.getpid()}"

    @property
    def projection_names(self) -> tuple[str, ...]:
        return tuple(projection.name for projection in self.spec.projections)

    async def start(self) -> None:
        """Open everything in the order of dependence; a refused start leaves nothing running."""
        size = self.settings.pool_size
        self.pool = await asyncpg.create_pool(self.settings.dsn, min_size=2, max_size=size)
        self.log_pool = await asyncpg.create_pool(self.settings.dsn, min_size=1, max_size=LOG_CONNECTIONS)
        self.log = Log(
            self.log_pool,
            district=self.settings.district,
            source=self.spec.name,
            clock=self.clock,
            simulated_from=self.settings.simulated_from,
        )
        await self.log.start()
        self.commands = Commands(self.log, self.settings.district, self.spec.name)
        self.live = Live(self.log, self.all_caught_up)
        await self.live.start()
        if self.spec.on_start:
            await self.spec.on_start(self)
        log_.info("started", instance=self.instance)

    def closing(self) -> None:
        """Called at the signal to stop, before requests are finished: ends what would never end by itself."""
        live = getattr(self, "live", None)
        if live:
            live.close()

    async def stop(self) -> None:
        if self.spec.on_stop:
            await self.spec.on_stop(self)
        await self.live.stop()
        await self.log.stop()
        await self.log_pool.close()
        await self.pool.close()
        log_.info("stopped", instance=self.instance)

    async def caught_up(self, name: str, seq: int, within_s: float) -> bool:
        return True

    async def all_caught_up(self, seq: int, within_s: float) -> bool:
        return True
