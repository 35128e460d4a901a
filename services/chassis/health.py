"""What a process says about itself to machines: alive, ready, and its metrics."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


def health_router() -> APIRouter:
    """`/healthz`, `/readyz` and `/metrics`: for the machine room, not for the gateway's public paths."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz(request: Request) -> Response:
        service = request.app.state.service
        return JSONResponse({"status": "ok", "service": service.spec.name, "now": service.clock.now().isoformat()})

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        service = request.app.state.service
        return Response(generate_latest(service.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router
