"""A bare application with the UI kit on it, for tests and for looking at the style guide without a database.

python -m tests.ui.mock_app PORT
"""

import asyncio
import json
import sys
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from services import ui
from services.chassis.clock import SystemClock
from services.chassis.web.session import Session, Sessions, User

USER = User("p-demo", "赵敏", "u-office", "区活动办", ("dispatcher",))
CSP = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"


def chain(damaged: int = 0) -> list[bytes]:
    """Five payloads that name each other's hashes; one letter of record `damaged` is changed afterwards."""
    payloads: list[bytes] = []
    for version in range(1, 6):
        prev = sha256(payloads[-1]).hexdigest() if payloads else ""
        payloads.append(json.dumps({"streamversion": version, "prev": prev, "data": "好"}, ensure_ascii=False).encode())
    return [p.replace("好".encode(), "坏".encode()) if i == damaged else p for i, p in enumerate(payloads, 1)]


TAIL = sha256(chain()[-1]).hexdigest()


class Noon:
    def now(self) -> datetime:
        return datetime(2017, 7, 17, 0, 0, tzinfo=UTC)


def build(*, user: User | None = USER, simulated: bool = False) -> FastAPI:
    app = FastAPI()
    app.state.sessions = Sessions("x" * 40, secure=False)

    async def nine(request: Request) -> int:
        return 9

    async def seven(request: Request) -> int:
        return 7

    ui.install(app, "dispatch", [], district_name="青岚区", clock=Noon(), simulated=simulated, badge=nine)

    @app.get("/intake/_badge")
    async def intake() -> Response:
        return Response(status_code=204)

    @app.get("/supervision/_badge")
    async def supervision(request: Request) -> Response:
        await seven(request)
        return Response('<span class="badge">7</span>', media_type="text/html")

    @app.get("/dispatch/proof")
    async def proof(damaged: int = 0) -> dict[str, list[dict[str, object]]]:
        return {"records": [{"version": i, "payload": b64encode(p).decode()} for i, p in enumerate(chain(damaged), 1)]}

    @app.post("/dispatch/_styleguide")
    async def slow(request: Request) -> Response:
        app.state.posted = getattr(app.state, "posted", 0) + 1
        await asyncio.sleep(0.5)
        return Response("<!doctype html><title>sent</title><p>sent</p>", media_type="text/html")

    @app.middleware("http")
    async def as_the_chassis_does(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        ends = SystemClock().now() + timedelta(hours=1)
        request.state.session = Session(user=user, expires=ends, by_cookie=True) if user else None
        response = await call(request)
        response.headers["Content-Security-Policy"] = CSP
        return response

    return app


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(build(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
