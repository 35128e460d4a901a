"""What a process says about itself to machines: alive, ready, and its metrics."""

import asyncio
from dataclasses import asdict
from typing import Any

import asyncpg
import orjson
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.projection import Lag as ProjectionLag
from services.chassis.reacting import ReactorLag
from services.chassis.service import Service

ASK_WITHIN_S = 2.0
"""A log that does not answer in this time counts as away; the probe itself must answer sooner than it is asked."""

NEAR = 200
"""A fresh process takes traffic once its read models are this close to the head; afterwards lag only warns,
because taking every instance out of service would not make one of them faster."""

AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


def health_router() -> APIRouter:
    """`/healthz`, `/readyz` and `/metrics`: for the machine room, not for the gateway's public paths."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz(request: Request) -> Response:
        service: Service = request.app.state.service
        head = await _head(service)
        said = {"status": "ok", "service": service.spec.name, "now": service.clock.now(), "log": head}
        return _json(said | {"simulated": service.settings.simulated}, 200)

    @router.get("/readyz")
    async def readyz(request: Request) -> Response:
        said = await readiness(request.app.state.service)
        return _json(said, 200 if said["status"] == "ready" else 503)

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        service: Service = request.app.state.service
        await _measure(service)
        return Response(generate_latest(service.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router


async def _head(service: Service) -> dict[str, Any]:
    try:
        head = await asyncio.wait_for(service.log.head(), ASK_WITHIN_S)
    except AWAY as error:
        return {"reachable": False, "error": repr(error)}
    return {"reachable": True, "seq": head.seq, "time": head.time}


async def readiness(service: Service) -> dict[str, Any]:
    """`red` needs a person, `starting` and `recovering` mend themselves; every reason is named."""
    try:
        readers = await asyncio.wait_for(_readers(service), ASK_WITHIN_S)
    except AWAY as error:
        return {"status": "red", "service": service.spec.name, "red": [f"the database does not answer: {error!r}"]}
    red = [*service.bugs, *(reader["stopped"] for reader in readers if reader["stopped"])]
    waiting = [r["name"] for r in readers if r["events"] > NEAR or r.get("building")]
    carried = service.transport.health() if service.transport else None
    if carried:
        red.extend(carried.red)
    refused = service.log.refused
    status = "ready"
    if red:
        status = "red"
    elif refused:
        status = "recovering" if carried and carried.recovering else "refusing"
    elif waiting and not service.was_ready:
        status = "starting"
    service.was_ready = service.was_ready or status == "ready"
    return {
        "status": status,
        "service": service.spec.name,
        "instance": service.instance,
        "red": red,
        "refusing": refused,
        "alarms": list(carried.alarms) if carried else [],
        "behind": waiting,
        "connected": carried.connected if carried else None,
        "sources": [asdict(source) for source in carried.sources] if carried else [],
        "readers": readers,
    }


async def _readers(service: Service) -> list[dict[str, Any]]:
    """Projections and reactors alike: how far they are and what holds them."""
    lags: list[tuple[str, str, ProjectionLag | ReactorLag]] = [
        *((name, "projection", lag) for name, lag in (await service.projections.lag()).items()),
        *((name, "reactor", lag) for name, lag in (await service.reactors.lag()).items()),
    ]
    return [{"name": name, "kind": kind, **lag._asdict()} for name, kind, lag in lags]


async def _measure(service: Service) -> None:
    """Gauges are read when they are asked for; a database that is away leaves the last values."""
    metrics, name = service.metrics, service.spec.name
    metrics.streams.labels(name).set(service.live.watching)
    try:
        heads, readers = await asyncio.wait_for(
            asyncio.gather(service.log.source_heads(), _readers(service)), ASK_WITHIN_S
        )
    except AWAY:
        return
    metrics.head.labels(name).set((await service.log.head()).seq)
    for head in heads:
        metrics.positions.labels(name, head.source).set(head.position)
    for reader in readers:
        metrics.reader_lag.labels(name, reader["name"]).set(reader["events"])
        metrics.reader_stopped.labels(name, reader["name"]).set(bool(reader["stopped"]))
    for source in service.transport.health().sources if service.transport else ():
        metrics.source_lag.labels(name, source.source).set(source.behind)
        if source.watermark:
            age = (service.clock.now() - source.watermark).total_seconds()
            metrics.watermark_age.labels(name, source.source).set(age)


def _json(content: dict[str, Any], status: int) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
