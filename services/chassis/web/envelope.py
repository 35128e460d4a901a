"""The outermost layer of every request: correlation id, server span, security headers, size limit, timing."""

import re
from collections.abc import Awaitable, Callable
from time import perf_counter
from uuid import uuid4

import structlog
from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.telemetry import Metrics, mark_failed, span

CORRELATION_HEADER = "X-Correlation-Id"
CORRELATION = re.compile(r"[\w.:-]{1,100}", re.ASCII)

MAX_BODY_BYTES = 32 * 1024 * 1024
"""Photographs of an evidence form fit; a message file is imported by the command line, not by a form."""

QUIET = ("/healthz", "/readyz", "/metrics", "/_ui/")
"""Asked every few seconds by machines; they are counted but write no log line and no span."""

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
}
"""Scripts and styles come from our own files only: nothing inline, nothing evaluated, no foreign frame."""

log = structlog.get_logger("http")
OnBug = Callable[[Request, Exception], Awaitable[Response]]


class RequestEnvelope:
    """ASGI middleware around one service's application."""

    def __init__(self, app: ASGIApp, metrics: Metrics, on_bug: OnBug) -> None:
        self._app = app
        self._metrics = metrics
        self._on_bug = on_bug

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        correlation = headers.get(CORRELATION_HEADER, "")
        if not CORRELATION.fullmatch(correlation):
            correlation = uuid4().hex
        scope.setdefault("state", {})["correlation_id"] = correlation
        if scope["path"].startswith(QUIET):
            await self._answer(scope, receive, send, correlation)
            return
        with (
            structlog.contextvars.bound_contextvars(correlation_id=correlation),
            span(
                f"{scope['method']} {scope['path']}",
                parent=headers.get("traceparent"),
                kind=SpanKind.SERVER,
                **{"http.request.method": scope["method"], "url.path": scope["path"]},
            ) as current,
        ):
            status, seconds = await self._answer(scope, receive, send, correlation)
            current.update_name(f"{scope['method']} {_route(scope)}")
            current.set_attribute("http.response.status_code", status)
            if status >= 500:
                mark_failed(current, f"answered {status}")
            log.info(
                "answered",
                method=scope["method"],
                path=scope["path"],
                status=status,
                ms=round(seconds * 1000, 1),
            )

    async def _answer(self, scope: Scope, receive: Receive, send: Send, correlation: str) -> tuple[int, float]:
        status = 0
        live = False
        started = perf_counter()

        async def with_headers(message: Message) -> None:
            nonlocal status, live
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                live = headers.get("content-type", "").startswith("text/event-stream")
                for name, value in SECURITY.items():
                    headers[name] = value
                headers[CORRELATION_HEADER] = correlation
                if "cache-control" not in headers:
                    # Pages show cases of one person's unit: no cache between us and the browser keeps them.
                    headers["Cache-Control"] = "no-store"
            await send(message)

        try:
            await self._app(scope, _limited(scope, receive), with_headers)
        except Exception as error:
            if status:
                raise  # the answer is half sent: nothing is left but to cut it off
            response = await self._on_bug(Request(scope), error)
            await response(scope, receive, with_headers)
        finally:
            if (form := scope["state"].pop("form", None)) is not None:
                await form.close()
        seconds = perf_counter() - started
        if not live:
            self._metrics.request(scope["method"], _route(scope), status, seconds)
        return status, seconds


def _route(scope: Scope) -> str:
    """The route's template, so that a metric has one row a route and not one a case."""
    route = scope.get("route")
    return getattr(route, "path", None) or "(none)"


def _limited(scope: Scope, receive: Receive) -> Receive:
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return receive
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MAX_BODY_BYTES:
            raise HTTPException(413)
        return message

    return counted
