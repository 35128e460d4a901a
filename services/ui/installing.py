"""Gives a service its pages: what is rendered, the frame around it and what stands beside it."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from services.ui import chrome, i18n, styleguide
from services.ui.assets import Assets, shared
from services.ui.middleware import LanguageMiddleware
from services.ui.render import VARY, Ui, problem_page

Badge = Callable[[Request], Awaitable[int]]
"""How many things wait for whoever asks; shown in the navigation."""


def install(
    app: FastAPI,
    service: str,
    template_dirs: Sequence[Path],
    *,
    district_name: str | Callable[[], str] = "",
    clock: chrome.Now | None = None,
    simulated: bool = False,
    badge: Badge | None = None,
    static_dir: Path | None = None,
) -> Ui:
    """Gives a service its pages: static files, language, error pages, nav badge, style guide."""
    own = Assets(static_dir, f"/{service}/_static") if static_dir else None
    ui = Ui(service, template_dirs, district_name=district_name, clock=clock, simulated=simulated, own_static=own)
    app.state.ui = ui
    app.state.translate = i18n.translate
    app.state.problem_page = problem_page
    app.router.routes.append(shared().route())
    if own:
        app.router.routes.append(own.route())
    app.add_api_route(f"/{service}/_badge", _badge_route(badge), include_in_schema=False)
    app.add_api_route(f"/{service}/_styleguide", styleguide.show, include_in_schema=False)
    app.add_middleware(LanguageMiddleware)
    return ui


def _badge_route(badge: Badge | None) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        number = await badge(request) if badge else 0
        if not number:
            return Response(status_code=204)
        body = request.app.state.ui.html(request, "fragments/badge.html", {"number": number}, block=None)
        return HTMLResponse(body, headers={"Vary": VARY, "Cache-Control": "no-store"})

    return show
