"""The cases behind one number of a table, listed by the same predicate that counted them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, fresh
from services.chassis.web.inputs import Count, asked_day
from services.reference.programmes import ActivePack
from services.reporting.domain import r03, r09, r22
from services.reporting.domain.case import Case
from services.reporting.read.moments import Moment, Moments
from services.reporting.web import acts
from services.reporting.web.api import permitted
from services.reporting.web.labels import DASH, REPORT_WORDS
from services.reporting.web.reads import reads
from services.reporting.web.reports import r22_input
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
    code: Annotated[Literal["r03", "r09", "r22"], Path()],
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
    if figure not in table.drills or (table.of_cases and figure not in table.of_cases):
        raise HTTPException(404)
    is_fresh = await fresh(request)
    moment, active, back = await moment_of(request, report, programme, slot, report_id)
    asked = Asked(reads(request).moments, moment, active, figure, row, unit)
    found = await MEMBERS[report](asked)
    found.sort(key=lambda case: case.opened_position)
    here = {key: value for key, value in request.query_params.items() if key not in ("offset", "after")}
    view = DrillView(
        figure=_(table.drills[figure]),
        unit=await whose(request, row, unit),
        rows=await case_rows(request, found[offset : offset + SHOWN], moment.as_of),
        count=_count(report, figure, len(found)),
        back=back,
        previous=at_offset(here, max(0, offset - SHOWN)) if offset else None,
        next=at_offset(here, offset + SHOWN) if offset + SHOWN < len(found) else None,
    )
    return page(request, "drill.html", view, fresh=is_fresh)


@dataclass(frozen=True, slots=True)
class Asked:
    """One number of one row of a report at its moment."""

    moments: Moments
    moment: Moment
    active: ActivePack
    figure: str
    row: str
    unit: str | None


async def _of_r03(a: Asked) -> list[Case]:
    return r03.members(await a.moments.r03(a.moment, None), a.figure, a.row, a.unit)


async def _of_r09(a: Asked) -> list[Case]:
    """A case as often as it was asked about."""
    given = await a.moments.r09(a.moment)
    by_id = {case.case_id: case for case in given.cases}
    return [by_id[case_id] for case_id in r09.members(given, a.figure, a.row, a.unit)]


async def _of_r22(a: Asked) -> list[Case]:
    return r22.solved(await r22_input(a.moments, a.moment, a.active), a.row, a.unit)


MEMBERS = {"R03": _of_r03, "R09": _of_r09, "R22": _of_r22}


def _count(report: str, figure: str, number: int) -> str:
    if report == "R09" and figure != "reworked":
        return ngettext("共 %(num)s 次回访", "共 %(num)s 次回访", number)
    return ngettext("共 %(num)s 件", "共 %(num)s 件", number)


async def moment_of(
    request: Request, report: str, programme: str | None, slot: str | None, report_id: str | None
) -> tuple[Moment, ActivePack, str]:
    """The moment that a number was of, the rules it was reckoned by, and the page that it stands on."""
    if report_id:
        run = await acts.the_run(request, report_id)
        moment = Moment(run.programme, places(run.inputs), run.as_of, run.window_from, run.window_to)
        return moment, await acts.rules_of(request, run), f"/reporting/runs/{report_id}"
    asked = acts.asking(report=report, programme=programme or "", slot=asked_day(slot))
    active, now = await acts.programme(request, asked.programme), reads(request).now
    window = acts.window_for(active, asked, now)
    as_of = window.as_of(now)
    inputs = await vector_at(request, as_of)
    moment = Moment(asked.programme, places(inputs), as_of, window.start, window.end)
    return (
        moment,
        active,
        f"/reporting/{report.lower()}?{urlencode({'programme': asked.programme, 'slot': window.slot.isoformat()})}",
    )


async def whose(request: Request, row: str, unit: str | None) -> str:
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
                "chips": [
                    (words[case.status], tone),
                    *([(_("超期"), "bad")] if late else []),
                    *([(_("典型案例"), "good")] if case.showcased else []),
                ],
                "meta": [
                    _("立案 {day}").format(day=whole_day(case.opened_at)),
                    _("期限 {day}").format(day=whole_day(case.finish_by)) if case.finish_by else DASH,
                ],
            }
        )
    return rows


def at_offset(asked: dict[str, str], offset: int) -> str:
    return f"?{urlencode({**asked, 'offset': offset})}"
