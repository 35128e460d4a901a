"""A bare application with the UI kit on it, for tests and for looking at the style guide without a database.

    python -m tests.ui.mock_app PORT
"""

import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from services import ui
from services.chassis.web.session import Session, Sessions, User

USER = User("p-demo", "赵敏", "u-office", "区活动办", ("dispatcher",))
CSP = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"


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

    @app.get("/supervision/_badge")
    async def supervision(request: Request) -> Response:
        await seven(request)
        return Response('<span class="badge">7</span>', media_type="text/html")

    @app.middleware("http")
    async def as_the_chassis_does(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        ends = datetime.now(UTC) + timedelta(hours=1)
        request.state.session = Session(user=user, expires=ends, by_cookie=True) if user else None
        response = await call(request)
        response.headers["Content-Security-Policy"] = CSP
        return response

    return app


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(build(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
