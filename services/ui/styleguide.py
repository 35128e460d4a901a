"""A page with every macro in every state, and mock pages, so that the look can be checked without any data."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse

from services.ui import styleguide_data as data
from services.ui.render import page

SCREENS = ("cases", "case", "dispatch", "visits", "visit", "cockpit", "problem", "login")


async def show(request: Request) -> HTMLResponse:
    """?screen= shows a whole mock page; without it the parts."""
    screen = request.query_params.get("screen")
    if screen is None:
        return page(request, "styleguide/parts.html", data.parts(), screens=SCREENS)
    if screen not in SCREENS:
        raise HTTPException(404)
    view: dict[str, Any] = getattr(data, screen)(request.query_params)
    return page(request, f"styleguide/{screen}.html", view)
