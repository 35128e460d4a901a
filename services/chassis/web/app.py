"""Makes a service's web application: its routers inside the chassis' guards, errors, health, live notices."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import orjson
from fastapi import Depends, FastAPI
from starlette.responses import JSONResponse

from services.chassis.health import health_router
from services.chassis.service import Service
from services.chassis.web import errors
from services.chassis.web.commands import guard
from services.chassis.web.description import describe
from services.chassis.web.envelope import RequestEnvelope
from services.chassis.web.live import live_router
from services.chassis.web.problems import openapi_responses
from services.chassis.web.session import Sessions
from services.chassis.web.standing import renew_standing

GC_THRESHOLDS = (50_000, 20, 100)
"""Requests make little cyclic garbage; the default (700) walks the heap every few requests and doubles p99."""


class Json(JSONResponse):
    """JSON by orjson, which also writes dates, UUIDs and dataclasses."""

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z)


def make_app(service: Service) -> FastAPI:
    """One service's application; starting it starts the service, stopping it stops the service."""
    name = service.spec.name
    app = FastAPI(
        title=f"Huiyin {name}",
        version="1",
        lifespan=_lifespan(service),
        default_response_class=Json,
        # In this order: what a person may do now, then whether the request is theirs.
        dependencies=[Depends(renew_standing), Depends(guard)],
        responses=openapi_responses(),
        openapi_url=f"/{name}/api/openapi.json",
        # The viewers that FastAPI ships load scripts from other sites, which the content policy refuses.
        docs_url=None,
        redoc_url=None,
    )
    app.state.service = service
    app.state.sessions = Sessions(service.settings.secret.get_secret_value(), secure=service.settings.secure_cookies)
    app.state.public_host = urlsplit(service.settings.public_url).netloc
    app.state.role_names = service.spec.role_names
    errors.install(app)
    app.add_middleware(RequestEnvelope, metrics=service.metrics, on_bug=errors.refuse)
    app.include_router(health_router())
    app.include_router(live_router(name))
    for router in service.spec.routers:
        app.include_router(router)
    for install in service.spec.install:
        install(app)
    describe(app)
    return app


def _lifespan(service: Service) -> Any:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await service.start()
        quiet_collector()
        try:
            yield
        finally:
            await service.stop()

    return lifespan


def quiet_collector() -> None:
    """Take everything made while starting out of the collector's sight, and let it run rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
