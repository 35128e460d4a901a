"""Reports that are told in lines, as pages: R04, R08 结对联系, R16 「八个一」, R18 企业网格服务表, R21 干部月度任务."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, fresh
from services.chassis.web.inputs import Count, asked_day
from services.reporting.web import acts, duties, reports
from services.reporting.web.api import permitted
from services.reporting.web.choosing import Asked, choice, chosen, foot
from services.reporting.web.ledger import SHOWN_LINES
from services.reporting.web.pages import nothing
from services.reporting.web.views import DutiesView
from services.ui.i18n import gettext as _
from services.ui.i18n import ngettext
from services.ui.render import page

router = APIRouter(prefix="/reporting", include_in_schema=False)


@router.get("/{code}")
async def report(
    request: Request,
    user: CurrentUser,
    code: Annotated[Literal["r04", "r08", "r16", "r18", "r19", "r21"], Path()],
    programme: Asked = None,
    slot: Asked = None,
    offset: Count = 0,
) -> Response:
    """As it stands for the programme and slot asked for."""
    permitted(user, acts.SEEING)
    is_fresh = await fresh(request)
    active = await chosen(request, programme)
    if active is None:
        return nothing(request, is_fresh)
    name = code.upper()
    asked = acts.asking(report=name, programme=active.programme_id, slot=asked_day(slot))
    made = await acts.compute(request, asked)
    about = await choice(request, active, name, asked.slot)
    title = reports.shown_title(active, name)
    same = f"programme={about.programme}&slot={about.slot}"
    part = made.rows[offset : offset + SHOWN_LINES]
    view = DutiesView(
        report=name,
        here=f"/reporting/{code}",
        choice=about,
        title=title,
        section=await duties.section(request, active, name, title, part),
        count=ngettext("共 %(num)s 行", "共 %(num)s 行", len(made.rows)),
        hint=_(duties.WORDS[name].hint),
        foot=foot(made),
        may_make=user.has(*acts.MAKING),
        previous=f"/reporting/{code}?{same}&offset={max(0, offset - SHOWN_LINES)}" if offset else None,
        next=f"/reporting/{code}?{same}&offset={offset + SHOWN_LINES}"
        if offset + SHOWN_LINES < len(made.rows)
        else None,
        download=f"/reporting/{code}.xlsx?{same}",
    )
    return page(request, "duties.html", view, fresh=is_fresh)
