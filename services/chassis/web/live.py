"""The stream of live notices over HTTP (server-sent events)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import StreamingResponse

from services.chassis.live import Live
from services.chassis.web.auth import current_user
from services.chassis.web.freshness import is_number


def live_router(service: str) -> APIRouter:
    """`GET /<service>/events`, for whoever is logged in."""
    router = APIRouter()

    @router.get(
        f"/{service}/events",
        dependencies=[Depends(current_user)],
        include_in_schema=False,
        response_class=StreamingResponse,
    )
    async def events(request: Request, stream: Annotated[list[str] | None, Query()] = None) -> StreamingResponse:
        live: Live = request.app.state.service.live
        seen = request.headers.get("last-event-id") or request.query_params.get("last_event_id") or ""
        last_seen = int(seen) if is_number(seen) else None
        return StreamingResponse(
            live.watch(last_seen, stream or ()),
            media_type="text/event-stream",
            # nginx and its kin hold a stream back until their buffer is full, unless told not to.
            headers={"X-Accel-Buffering": "no"},
        )

    return router
