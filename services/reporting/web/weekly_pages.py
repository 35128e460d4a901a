"""每周民情分析: the analysis of a week, put on record with what its maker advises, and what is behind its numbers."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, User, fresh, read_form, see_other
from services.chassis.web.inputs import Count, Keepable, Words, asked_day
from services.chassis.web.refusals import Refusal
from services.reference.programmes import ActivePack
from services.reporting.domain import r14
from services.reporting.domain.facts import RequestFact
from services.reporting.web import acts, reports, weekly
from services.reporting.web.api import permitted
from services.reporting.web.choosing import Asked, choice, chosen, foot
from services.reporting.web.drill import SHOWN, at_offset, case_rows, moment_of
from services.reporting.web.pages import nothing
from services.reporting.web.reads import reads
from services.reporting.web.views import DrillView, WeeklyView
from services.ui.formats import whole_moment
from services.ui.forms import Form
from services.ui.i18n import gettext as _
from services.ui.i18n import ngettext
from services.ui.render import page

router = APIRouter(prefix="/reporting", include_in_schema=False)
Code = Annotated[str | None, Query(max_length=200)]

READING_REQUESTS = (*acts.MAKING, "discipline", "auditor", "dispatcher", "intake_clerk")
"""Who reads requests that no unit was handed: they may complain of the very unit that looks here."""


class AdvisedInput(Keepable, BaseModel):
    """The form under the analysis."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    programme: str
    slot: str = ""
    advice: Words = ""


@router.get("/r14")
async def analysis(request: Request, user: CurrentUser, programme: Asked = None, slot: Asked = None) -> Response:
    permitted(user, acts.SEEING)
    is_fresh = await fresh(request)
    active = await chosen(request, programme)
    if active is None:
        return nothing(request, is_fresh)
    return await _page(request, user, active, slot, Form(), fresh=is_fresh)


async def _page(
    request: Request, user: User, active: ActivePack, slot: str | None, form: Form, *, fresh: bool, status: int = 200
) -> Response:
    asked = acts.asking(report="R14", programme=active.programme_id, slot=asked_day(slot))
    made = await acts.compute(request, asked)
    about = await choice(request, active, "R14", asked.slot)
    same = {"programme": active.programme_id, "slot": about.slot}
    view = WeeklyView(
        choice=about,
        title=reports.shown_title(active, "R14"),
        sections=weekly.sections(made.rows, await weekly.names_for(request, active), same),
        foot=foot(made),
        may_make=user.has(*acts.MAKING),
        download=f"/reporting/r14.xlsx?programme={about.programme}&slot={about.slot}",
        form=form,
    )
    return page(request, "weekly.html", view, fresh=fresh, status=status)


@router.post("/r14")
async def put_on_record(request: Request, user: CurrentUser) -> Response:
    role = permitted(user, acts.MAKING)

    async def again(refusal: Refusal) -> Response:
        typed = refusal.values
        active = await chosen(request, str(typed.get("programme", "")))
        if active is None:
            return nothing(request, True)
        form = Form.again(refusal)
        slot = str(typed.get("slot", ""))
        return await _page(request, user, active, slot, form, fresh=True, status=refusal.problem.status)

    given = await read_form(request, AdvisedInput, again)
    asked = acts.asking(report="R14", programme=given.programme, slot=asked_day(given.slot), advice=given.advice)
    report_id, outcome = await acts.record(request, user, role, asked)
    return see_other(outcome, f"/reporting/runs/{report_id}")


@router.get("/r14/requests")
async def requests(
    request: Request,
    user: CurrentUser,
    section: Literal["volume", "category", "focus", "place", "repeat", "rising"],
    key: Code = None,
    category: Code = None,
    unit: Code = None,
    week: Literal["this", "before"] = "this",
    programme: Code = None,
    slot: Code = None,
    report_id: Code = None,
    offset: Count = 0,
) -> Response:
    """The requests that a number counts; each opens its case, or itself while it has none."""
    permitted(user, acts.SEEING)
    is_fresh = await fresh(request)
    given, back, active = await _given(request, programme, slot, report_id)
    found = r14.members(given, r14.Which(section, key, category, unit), before=week == "before")
    names = await weekly.names_for(request, active)
    parts = [
        key or "",
        names.of("category", {"category": category}) if category else "",
        names.units.get(unit or "", ""),
    ]
    asked = {name: value for name, value in request.query_params.items() if name not in ("offset", "after")}
    view = DrillView(
        figure=_(weekly.SECTIONS[section][0]),
        unit=" ".join(part for part in parts if part) or (_("本周") if week == "this" else _("上周")),
        rows=await _request_rows(request, user, found[offset : offset + SHOWN], names),
        count=ngettext("共 %(num)s 件诉求", "共 %(num)s 件诉求", len(found)),
        back=back,
        previous=at_offset(asked, max(0, offset - SHOWN)) if offset else None,
        next=at_offset(asked, offset + SHOWN) if offset + SHOWN < len(found) else None,
    )
    return page(request, "drill.html", view, fresh=is_fresh)


@router.get("/r14/cases")
async def cases(
    request: Request,
    user: CurrentUser,
    section: Literal["common", "decision"],
    key: Annotated[str, Query(max_length=200)],
    programme: Code = None,
    slot: Code = None,
    report_id: Code = None,
) -> Response:
    """The cases of a common issue, or of what a meeting decided."""
    permitted(user, acts.SEEING)
    is_fresh = await fresh(request)
    given, back, _active = await _given(request, programme, slot, report_id)
    ids = _cases_of(given, section, key)
    if ids is None:
        raise HTTPException(404)
    found = sorted((given.cases[one] for one in ids if one in given.cases), key=lambda case: case.opened_position)
    view = DrillView(
        figure=_(weekly.SECTIONS[section][0]),
        unit="",
        rows=await case_rows(request, found[:SHOWN], given.as_of),
        count=ngettext("共 %(num)s 件", "共 %(num)s 件", len(found)),
        back=back,
        previous=None,
        next=None,
    )
    return page(request, "drill.html", view, fresh=is_fresh)


def _cases_of(given: r14.Input, section: str, key: str) -> set[str] | None:
    if section == "common":
        return next((set(one.cases) for one in given.common if one.common_id == key), None)
    return next((set(one.cases) for one in given.decisions if f"{one.meeting}/{one.number}" == key), None)


async def _given(
    request: Request, programme: str | None, slot: str | None, report_id: str | None
) -> tuple[r14.Input, str, ActivePack]:
    """What the analysis was computed from, live or of a run."""
    moment, _active, back = await moment_of(request, "R14", programme, slot, report_id)
    if report_id:
        active = await acts.rules_of(request, await acts.the_run(request, report_id))
    else:
        active = await acts.programme(request, moment.programme)
    return await reports.weekly_input(reads(request).moments, moment, active), back, active


async def _request_rows(
    request: Request, user: User, found: list[RequestFact], names: weekly.Names
) -> list[dict[str, Any]]:
    readable = [one.request_id for one in found if one.case_id or user.has(*READING_REQUESTS)]
    titles = await reads(request).request_titles(readable)
    return [
        {
            "href": f"/dispatch/cases/{one.case_id}" if one.case_id else f"/intake/requests/{one.request_id}",
            "sign": "clipboard-list" if one.case_id else "file-text",
            "title": titles.get(one.request_id) or _("未立案的诉求"),
            "chips": [(_("已立案"), "info") if one.case_id else (_("未立案"), "plain")],
            "meta": [
                whole_moment(one.at),
                names.of("category", {"category": one.category}),
                names.of("unit", {"unit": one.place}),
            ],
        }
        for one in found
    ]
