"""How each program of an installation is run, and when it counts as ready."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from deploy.local import gateway as caddy
from deploy.local.broker import Broker
from deploy.local.children import Program
from deploy.local.ports import LOOPBACK
from deploy.local.postgres import Postgres

ROOT = Path(__file__).resolve().parents[2]
HEALTH_SECONDS = 2.0
SHOWN_CHARACTERS = 2000


class Probe:
    """Asks programs over HTTP how they are."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(timeout=HEALTH_SECONDS, trust_env=False)

    async def fault(self, address: str) -> str | None:
        """None when all is well, else what it answered."""
        try:
            answer = await self._client.get(address)
        except httpx.TransportError as error:
            return repr(error)
        return None if answer.status_code == httpx.codes.OK else answer.text[:SHOWN_CHARACTERS]

    async def well(self, address: str) -> bool:
        return await self.fault(address) is None

    async def close(self) -> None:
        await self._client.aclose()


def postgres(server: Postgres, logs: Path) -> Program:
    return Program(
        name="postgres",
        command=server.command(),
        log_file=logs / "postgres.log",
        ready=lambda: asyncio.to_thread(server.answers),
        folder=server.data,
        account=server.account.switch,
        stop_signal=server.STOP_SIGNAL,
        stop_seconds=server.STOP_SECONDS,
    )


def nats(broker: Broker, logs: Path) -> Program:
    return Program(
        name="nats",
        command=broker.command(),
        log_file=logs / "nats.log",
        ready=lambda: asyncio.to_thread(broker.answers),
        folder=broker.folder,
    )


def service_name(service: str, n: int) -> str:
    """The process name of a service's n-th instance, counted from 0."""
    return service if n == 0 else f"{service}-{n + 1}"


def service(name: str, module: str, port: int, environment: Mapping[str, str], logs: Path, probe: Probe) -> Program:
    return Program(
        name=name,
        command=[sys.executable, "-m", f"services.{module}", "serve"],
        log_file=logs / f"{name}.log",
        ready=lambda: probe.well(f"http://{LOOPBACK}:{port}/healthz"),
        environment=environment,
        folder=ROOT,
    )


def gateway(
    folder: Path, host: str, port: int, url: str, upstreams: Mapping[str, Sequence[int]], logs: Path, probe: Probe
) -> Program:
    """The one address; its state stays in `folder`, whatever home the account has."""
    behind = {service: [f"{LOOPBACK}:{port}" for port in ports] for service, ports in upstreams.items()}
    path = caddy.write(folder / "caddy.json", caddy.caddy_config(host, port, behind))
    return Program(
        name="gateway",
        command=[caddy.program(), "run", "--config", str(path)],
        log_file=logs / "gateway.log",
        ready=lambda: probe.well(f"{url}{caddy.ALIVE}"),
        environment={"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)},
        folder=folder,
    )
