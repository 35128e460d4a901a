"""The cases behind one number of a table, listed by the same predicate that counted them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, fresh
from services.chassis.web.inputs import Count
from services.reporting.domain import r03, r09
from services.reporting.domain.case import Case
from services.reporting.read.moments import Moment, Moments
from services.reporting.web import acts
from services.reporting.web.api import permitted
from services.reporting.web.choosing import asked_day
from services.reporting.web.labels import DASH, REPORT_WORDS
from services.reporting.web.reads import reads
from services.reporting.web.tables import TABLES
from services.reporting.web.vector import places, vector_at
from services.reporting.web.views import DrillView
from services.ui.formats import whole_day
from services.ui.i18n import gettext as _
from services.ui.i18n import ngettext
from services.ui.render import page

router = APIRouter(prefix="/reporting", include_in_schema=False)
SHOWN = 50

Text = Annotated[str | None, Query(max_length=100)]


@router.get("/{code}/cases")
async def cases(
    request: Request,
    user: CurrentUser,
    code: Annotated[Literal["r03", "r09"], Path()],
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
    if figure not in table.drills:
        raise HTTPException(404)
    is_fresh = await fresh(request)
    moment, back = await moment_of(request, report, programme, slot, report_id)
    found = await MEMBERS[report](reads(request).moments, moment, figure, row, unit)
    found.sort(key=lambda case: case.opened_position)
    here = {key: value for key, value in request.query_params.items() if key not in ("offset", "after")}
    view = DrillView(
        figure=_(table.drills[figure]),
        unit=await _whose(request, row, unit),
        rows=await case_rows(request, found[offset : offset + SHOWN], moment.as_of),
        count=_count(report, figure, len(found)),
        back=back,
        previous=at_offset(here, max(0, offset - SHOWN)) if offset else None,
        next=at_offset(here, offset + SHOWN) if offset + SHOWN < len(found) else None,
    )
    return page(request, "drill.html", view, fresh=is_fresh)


async def _of_r03(moments: Moments, moment: Moment, figure: str, row: str, unit: str | None) -> list[Case]:
    return r03.members(await moments.r03(moment, None), figure, row, unit)


async def _of_r09(moments: Moments, moment: Moment, figure: str, row: str, unit: str | None) -> list[Case]:
    """A case as often as it was asked about."""
    given = await moments.r09(moment)
    by_id = {case.case_id: case for case in given.cases}
    return [by_id[case_id] for case_id in r09.members(given, figure, row, unit)]


MEMBERS = {"R03": _of_r03, "R09": _of_r09}


def _count(report: str, figure: str, number: int) -> str:
    if report == "R09" and figure != "reworked":
        return ngettext("共 %(num)s 次回访", "共 %(num)s 次回访", number)
    return ngettext("共 %(num)s 件", "共 %(num)s 件", number)


async def moment_of(
    request: Request, report: str, programme: str | None, slot: str | None, report_id: str | None
) -> tuple[Moment, str]:
    """The moment that a number was of, and the page that it stands on."""
    if report_id:
        run = await acts.the_run(request, report_id)
        moment = Moment(run.programme, places(run.inputs), run.as_of, run.window_from, run.window_to)
        return moment, f"/reporting/runs/{report_id}"
    asked = acts.asking(report=report, programme=programme or "", slot=asked_day(slot))
    active, now = await acts.programme(request, asked.programme), reads(request).now
    window = acts.window_for(active, asked, now)
    as_of = window.as_of(now)
    inputs = await vector_at(request, as_of)
    moment = Moment(asked.programme, places(inputs), as_of, window.start, window.end)
    return (
        moment,
        f"/reporting/{report.lower()}?{urlencode({'programme': asked.programme, 'slot': window.slot.isoformat()})}",
    )


async def _whose(request: Request, row: str, unit: str | None) -> str:
    if row == "unit" and unit:
        return (await reads(request).directory.unit_names()).get(unit, unit)
    return _(REPORT_WORDS[row])


STATES = {
    "waiting": ("plain", "hourglass"),
    "handling": ("info", "clipboard-list"),
    "suspended": ("warn", "player-pause"),
    "completed": ("good", "check"),
    "struck_off": ("good", "file-check"),
}


async def case_rows(request: Request, found: list[Case], as_of: datetime) -> list[dict[str, Any]]:
    titles = await reads(request).titles([case.case_id for case in found])
    words = {
        "waiting": _("未派单"),
        "handling": _("办理中"),
        "suspended": _("挂账"),
        "completed": _("已办结"),
        "struck_off": _("已销号"),
    }
    rows = []
    for case in found:
        late = case.overdue(as_of)
        tone, sign = ("bad", "bolt") if late else STATES[case.status]
        rows.append(
            {
                "href": f"/dispatch/cases/{case.case_id}",
                "sign": sign,
                "tone": tone,
                "title": titles.get(case.case_id, case.case_id),
                "chips": [(words[case.status], tone), *([(_("超期"), "bad")] if late else [])],
                "meta": [
                    _("立案 {day}").format(day=whole_day(case.opened_at)),
                    _("期限 {day}").format(day=whole_day(case.finish_by)) if case.finish_by else DASH,
                ],
            }
        )
    return rows


def at_offset(asked: dict[str, str], offset: int) -> str:
    return f"?{urlencode({**asked, 'offset': offset})}"
