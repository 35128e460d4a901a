"""Reporting's screens: the cockpit, the half-monthly table, the strike-off ledger, and the archive of runs."""

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, User, fresh, read_form, see_other
from services.chassis.web.inputs import Count, Keepable, Rank
from services.reporting.read import archive
from services.reporting.web import acts, tables, workbook
from services.reporting.web.api import permitted
from services.reporting.web.choosing import asked_day, choice, chosen, foot, foot_of
from services.reporting.web.cockpit import cockpit_view, run_row
from services.reporting.web.labels import R02_COLUMNS
from services.reporting.web.ledger import page_of_ledger, words_for
from services.reporting.web.reads import reads
from services.reporting.web.views import R02View, R03View, RunsView, RunView
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/reporting", include_in_schema=False)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN_LINES = 50
"""Of a ledger on a page; the file holds all."""

Asked = Annotated[str | None, Query(max_length=100)]


class MakeInput(Keepable, BaseModel):
    """The form under a report."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    report: acts.Report
    programme: str
    slot: str = ""


async def badge(request: Request, user: User | None) -> int:
    """Nothing waits for anybody here."""
    return 0


@router.get("/")
async def cockpit(request: Request, user: CurrentUser, programme: Asked = None, slot: Asked = None) -> Response:
    permitted(user, acts.SEEING)
    is_fresh = await fresh(request)
    active = await chosen(request, programme)
    if active is None:
        return _nothing(request, is_fresh)
    asked = acts.asking(programme=active.programme_id, slot=asked_day(slot))
    return page(request, "cockpit.html", await cockpit_view(request, active, asked), fresh=is_fresh)


@router.get("/r03")
async def half_month(request: Request, user: CurrentUser, programme: Asked = None, slot: Asked = None) -> Response:
    permitted(user, acts.SEEING)
    is_fresh = await fresh(request)
    active = await chosen(request, programme)
    if active is None:
        return _nothing(request, is_fresh)
    asked = acts.asking(programme=active.programme_id, slot=asked_day(slot))
    made = await acts.compute(request, asked)
    names = await reads(request).directory.unit_names()
    about = await choice(request, active, "R03", asked.slot)
    view = R03View(
        choice=about,
        title=acts.title(active, "R03"),
        heads=tables.heads(),
        rows=tables.shown(made.rows, names, {"programme": active.programme_id, "slot": about.slot}),
        foot=foot(made),
        may_make=user.has(*acts.MAKING),
    )
    return page(request, "r03.html", view, fresh=is_fresh)


@router.get("/r02")
async def ledger(
    request: Request, user: CurrentUser, programme: Asked = None, slot: Asked = None, offset: Count = 0
) -> Response:
    permitted(user, acts.SEEING)
    is_fresh = await fresh(request)
    active = await chosen(request, programme)
    if active is None:
        return _nothing(request, is_fresh)
    asked = acts.asking(report="R02", programme=active.programme_id, slot=asked_day(slot))
    made = await acts.compute(request, asked)
    about = await choice(request, active, "R02", asked.slot)
    part = made.rows[offset : offset + SHOWN_LINES]
    here = f"/reporting/r02?programme={about.programme}&slot={about.slot}&offset="
    view = R02View(
        choice=about,
        title=acts.title(active, "R02"),
        heads=[_(label) for _key, label in R02_COLUMNS],
        rows=await page_of_ledger(request, active, part),
        cases=[str(row["case_id"]) for row in part],
        total=len(made.rows),
        foot=foot(made),
        may_make=user.has(*acts.MAKING),
        previous=f"{here}{max(0, offset - SHOWN_LINES)}" if offset else None,
        next=f"{here}{offset + SHOWN_LINES}" if offset + SHOWN_LINES < len(made.rows) else None,
        download=f"/reporting/r02.xlsx?programme={about.programme}&slot={about.slot}",
    )
    return page(request, "r02.html", view, fresh=is_fresh)


@router.get("/r02.xlsx")
async def ledger_file(request: Request, user: CurrentUser, programme: str, slot: Asked = None) -> Response:
    permitted(user, acts.SEEING)
    await fresh(request)
    made = await acts.compute(request, acts.asking(report="R02", programme=programme, slot=asked_day(slot)))
    paper = _paper(made.active, "R02", foot(made), _("未编号"))
    content = workbook.r02(paper, made.rows, await words_for(request, made.active, made.rows))
    return _file(content, acts.file_name("R02", made.moment.window_to))


@router.post("/runs")
async def make_run(request: Request, user: CurrentUser) -> Response:
    role = permitted(user, acts.MAKING)
    given = await read_form(request, MakeInput)
    asked = acts.asking(report=given.report, programme=given.programme, slot=asked_day(given.slot))
    report_id, outcome = await acts.record(request, user, role, asked)
    return see_other(outcome, f"/reporting/runs/{report_id}")


@router.get("/runs")
async def runs(request: Request, user: CurrentUser, before: Rank | None = None) -> Response:
    permitted(user, acts.SEEING)
    is_fresh = await fresh(request, archive.ARCHIVE.name)
    found = reads(request)
    rows = await archive.runs(found.pool, before=before, limit=archive.PAGE + 1)
    names = await found.directory.unit_names()
    shown = rows[: archive.PAGE]
    more = f"/reporting/runs?before={shown[-1].number}" if len(rows) > archive.PAGE else None
    return page(request, "runs.html", RunsView([run_row(one, names) for one in shown], more), fresh=is_fresh)


@router.get("/runs/{report_id}.xlsx")
async def run_file(request: Request, user: CurrentUser, report_id: str) -> Response:
    """The published file; a ledger is filled with words anew for this reader, from the published rows."""
    permitted(user, acts.SEEING)
    await fresh(request, archive.ARCHIVE.name)
    run = await acts.the_run(request, report_id)
    content = await archive.content(reads(request).pool, report_id)
    if content is not None and content["file"] is not None:
        return _file(base64.b64decode(content["file"]), content["file_name"])
    active = await acts.rules_of(request, run)
    rows = await acts.published_rows(request, run)
    paper = _paper(active, run.report, foot_of(run), report_id)
    return _file(
        workbook.r02(paper, rows, await words_for(request, active, rows)), acts.file_name(run.report, run.window_to)
    )


@router.get("/runs/{report_id}")
async def one_run(request: Request, user: CurrentUser, report_id: str, check: bool = False) -> Response:
    permitted(user, acts.SEEING)
    is_fresh = await fresh(request, archive.ARCHIVE.name)
    run = await acts.the_run(request, report_id)
    found = reads(request)
    active = await acts.rules_of(request, run)
    rows = await acts.published_rows(request, run)
    names = await found.directory.unit_names()
    newest = await archive.newest(found.pool, run)
    is_table = run.report == "R03"
    view = RunView(
        run=run,
        title=acts.title(active, run.report),
        heads=tables.heads() if is_table else [_(label) for _key, label in R02_COLUMNS],
        rows=tables.shown(rows, names, {"report_id": report_id}) if is_table else [],
        lines=[] if is_table else await page_of_ledger(request, active, rows[:SHOWN_LINES]),
        made_by=names.get(run.made_by_unit, run.made_by_unit),
        foot=foot_of(run),
        check=await acts.recompute(request, run) if check else None,
        superseded=newest != run.number,
    )
    return page(request, "run.html", view, fresh=is_fresh)


def _paper(active: Any, report: str, under: Any, report_id: str) -> workbook.Paper:
    return workbook.Paper(
        acts.title(active, report),
        under.as_of,
        under.window_from,
        under.window_to,
        under.template_version,
        under.pack_sha256,
        report_id,
        under.sha256,
    )


def _file(content: bytes, name: str) -> Response:
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _nothing(request: Request, is_fresh: bool) -> Response:
    return page(request, "no_programme.html", None, fresh=is_fresh)
