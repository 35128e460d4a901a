"""审计: what this service holds of every source, and whether it is as it was written."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.chassis.web import CurrentUser
from services.reporting.web import acts, integrity
from services.reporting.web.api import permitted
from services.reporting.web.labels import SOURCE_NAMES
from services.reporting.web.views import IntegrityView
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(include_in_schema=False)
VERIFYING = ("auditor", "admin", "supervisor", "programme_office", "discipline", "leading_group")


@router.get("/audit/")
@router.get("/audit")
@router.get("/reporting/integrity")
async def heads(request: Request, user: CurrentUser) -> Response:
    permitted(user, acts.SEEING)
    log = request.app.state.service.log
    rows = [
        {
            "source": head.source,
            "name": _(SOURCE_NAMES.get(head.source, head.source)),
            "epoch": head.epoch,
            "position": head.position,
            "chain": head.chain.hex(),
            "time": head.time,
        }
        for head in await log.source_heads()
    ]
    view = IntegrityView(rows, (await log.head()).seq, integrity.current(request), user.has(*VERIFYING))
    return page(request, "integrity.html", view)


@router.post("/audit/verify")
async def verify(request: Request, user: CurrentUser) -> Response:
    """Starts it and shows the page, which asks again until it is done."""
    permitted(user, VERIFYING)
    await integrity.begin(request)
    return RedirectResponse("/audit/#verification", 303)
