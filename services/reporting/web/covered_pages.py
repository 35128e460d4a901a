"""Who stands behind one number of coverage, listed by the same rule that counted them; names only of officials."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, User, fresh
from services.chassis.web.inputs import Count
from services.reference.coverage.members import Member, short
from services.reporting.domain import r06, r22
from services.reporting.web import acts
from services.reporting.web.api import permitted
from services.reporting.web.drill import SHOWN, Text, at_offset, moment_of, whose
from services.reporting.web.labels import DASH
from services.reporting.web.reads import reads
from services.reporting.web.reports import r06_input, r22_input
from services.reporting.web.section import Section
from services.reporting.web.tables import TABLES
from services.reporting.web.views import MembersView
from services.ui.formats import whole_day
from services.ui.i18n import N_, ngettext
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/reporting", include_in_schema=False)

KINDS = {
    "household": N_("家庭"),
    "enterprise": N_("企业"),
    "village": N_("村"),
    "community": N_("社区"),
    "unit": N_("单位"),
}
HEADS = (N_("代号或姓名"), N_("单位"), N_("说明"), N_("走访（参与）"))


@router.get("/{code}/members")
async def members(
    request: Request,
    user: CurrentUser,
    code: Annotated[Literal["r06", "r22"], Path()],
    figure: str,
    row: Literal["unit", "unassigned", "total"] = "total",
    unit: Text = None,
    programme: Text = None,
    slot: Text = None,
    report_id: Text = None,
    offset: Count = 0,
) -> Response:
    """Of a recorded run, or of the live table."""
    permitted(user, acts.SEEING)
    report = code.upper()
    table = TABLES[report]
    if figure not in table.drills or figure in table.of_cases:
        raise HTTPException(404)
    is_fresh = await fresh(request)
    moment, active, back = await moment_of(request, report, programme, slot, report_id)
    moments = reads(request).moments
    if report == "R06":
        entries = r06.members(await r06_input(moments, moment, active), figure, row, unit)
        found = [one.member for one in entries]
    else:
        found = r22.members(await r22_input(moments, moment, active), figure, row, unit)
    here = {key: value for key, value in request.query_params.items() if key not in ("offset", "after")}
    label, heads = _(table.drills[figure]), [(_(head), False) for head in HEADS]
    view = MembersView(
        figure=label,
        unit=await whose(request, row, unit),
        section=Section(label, "", heads, await _lines(request, user, found, offset)),
        count=ngettext("共 %(num)s 个", "共 %(num)s 个", len(found)),
        back=back,
        previous=at_offset(here, max(0, offset - SHOWN)) if offset else None,
        next=at_offset(here, offset + SHOWN) if offset + SHOWN < len(found) else None,
    )
    return page(request, "members.html", view, fresh=is_fresh)


async def _lines(request: Request, user: User, all: list[Member], offset: int) -> list[list[dict[str, Any]]]:
    found = all[offset : offset + SHOWN]
    directory = reads(request).directory
    units = await directory.unit_names()
    people = await directory.person_names(one.ref for one in found if one.what == "person")

    def places(one: Member) -> str:
        return "、".join(units.get(place, place) for place in dict.fromkeys((one.unit, one.community)) if place)

    return [
        [
            _cell(people.get(one.ref, short(one)), href=_where(user, one)),
            _cell(places(one)),
            _cell("、".join(_why(one)) or DASH),
            _when(one),
        ]
        for one in found
    ]


def _cell(text: str, *, href: str | None = None, tone: str | None = None) -> dict[str, Any]:
    return {"text": text, "href": href, "tone": tone, "num": False}


def _why(one: Member) -> list[str]:
    kind = [_(KINDS[one.kind])] if one.kind in KINDS else [_("来电人")] if one.what == "caller" else []
    calls = [ngettext("多次来电 %(num)s 件", "多次来电 %(num)s 件", len(one.calls))] if one.calls else []
    erased = [_("个人信息已删除")] if one.erased else []
    return [*kind, *one.tags, *calls, *erased]


def _when(one: Member) -> dict[str, Any]:
    if one.reached_at:
        return _cell(whole_day(one.reached_at), tone="good")
    return _cell(_("未参与") if one.what == "person" else _("未走访"), tone="warn")


def _where(user: User, one: Member) -> str | None:
    """Who is left is visited; whoever called is read of in the last of their requests."""
    visits = user.has("visitor", "programme_office", "work_group_lead")
    if one.what == "subject" and not one.reached_at and not one.erased and visits:
        return f"/intake/visits/new?subject={one.ref}"
    return f"/intake/requests/{one.calls[-1]}" if one.calls else None
