"""The command line of a service: `python -m services.<name> serve | migrate | rebuild NAME | verify`."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable
from types import FrameType
from urllib.parse import urlsplit

import asyncpg
import uvicorn
from fastapi import FastAPI

from services.chassis.log.verify import verify
from services.chassis.migrate import LOG_SQL, MigrationError, migrate
from services.chassis.service import Service, ServiceSpec
from services.chassis.settings import Settings
from services.chassis.telemetry import configure_logging, configure_tracing
from services.chassis.web.app import make_app

STOP_WITHIN_S = 5
"""From SIGTERM to the end: in-flight requests are finished, leases given back."""

FINISH_WITHIN_S = 2
"""Of those, for requests that are being answered; the rest is for leases, the broker and the database."""

BACKLOG = 1024


def build(spec: ServiceSpec, settings: Settings) -> FastAPI:
    """What a service's `app.build(settings)` returns."""
    return make_app(Service(spec, settings))


def run(spec: ServiceSpec, settings: Settings | None = None, arguments: list[str] | None = None) -> None:
    """A service's `__main__`: do what the command line says."""
    asked = _parser(spec.name).parse_args(arguments)
    chosen = settings or Settings()
    configure_logging(spec.name, chosen.log_level)
    commands: dict[str, Callable[[], int]] = {
        "serve": lambda: serve(spec, chosen),
        "migrate": lambda: _migrate(spec, chosen),
        "rebuild": lambda: asyncio.run(_rebuild(spec, chosen, asked.name)),
        "verify": lambda: asyncio.run(_verify(chosen)),
    }
    sys.exit(commands[asked.command]())


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m services.{name}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="take requests and work until told to stop")
    commands.add_parser("migrate", help="bring the database up to date, as its owner")
    rebuild = commands.add_parser("rebuild", help="make a read model again from the beginning of the log")
    rebuild.add_argument("name")
    commands.add_parser("verify", help="compute every hash of the log again")
    return parser


class Server(uvicorn.Server):
    """Ends the live streams when told to stop: they would otherwise hold the process until its time is up.

    A stop that was asked for ends with 0; uvicorn would raise the signal again and end by it, spans unsent.
    """

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._service.closing()
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def serve(spec: ServiceSpec, settings: Settings) -> int:
    """Run until SIGTERM or SIGINT."""
    tracing = configure_tracing(spec.name, settings.trace_exporter)
    service = Service(spec, settings)
    config = uvicorn.Config(
        make_app(service),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        log_config=None,
        # Every request already has one line of ours with its route and correlation id.
        access_log=False,
        backlog=BACKLOG,
        lifespan="on",
        server_header=False,
        timeout_graceful_shutdown=FINISH_WITHIN_S,
    )
    server = Server(config, service)
    server.run()
    if tracing:
        tracing.shutdown()
    return 0 if server.started else 1


def _migrate(spec: ServiceSpec, settings: Settings) -> int:
    try:
        role = urlsplit(settings.dsn).username if settings.owner_dsn else None
        folders = [LOG_SQL, spec.migrations]
        applied = asyncio.run(migrate(settings.migration_dsn, folders, service_role=role))
    except MigrationError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the answer of a command line
        return 1
    print("\n".join(applied) or "up to date")  # noqa: T201
    return 0


async def _rebuild(spec: ServiceSpec, settings: Settings, name: str) -> int:
    """Beside running processes: they serve the old rows until the new ones are complete, then both see the new."""
    service = Service(spec, settings)
    if name not in service.projection_names:
        print(f"no read model {name!r}; there are: {', '.join(service.projection_names)}", file=sys.stderr)  # noqa: T201
        return 1
    await service.rebuild(name)
    return 0


async def _verify(settings: Settings) -> int:
    connection = await asyncpg.connect(settings.dsn)
    try:
        report = await verify(connection)
    finally:
        await connection.close()
    for finding in report.findings:
        print(finding)  # noqa: T201
    print(f"{report.events} events, {'all as written' if report.ok else 'NOT as written'}")  # noqa: T201
    return 0 if report.ok else 1
