"""Reporting's screens: the cockpit, and the runs on record."""

import base64
from collections.abc import Sequence

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, User, fresh, read_form, see_other
from services.chassis.web.inputs import Keepable, Rank, asked_day
from services.reference.programmes import ActivePack
from services.reporting.read import archive
from services.reporting.web import acts, duties, reports, slips, tables, weekly
from services.reporting.web.api import permitted
from services.reporting.web.choosing import Asked, chosen, foot_of
from services.reporting.web.cockpit import cockpit_view, run_row
from services.reporting.web.labels import R02_COLUMNS
from services.reporting.web.ledger import SHOWN_LINES, page_of_ledger
from services.reporting.web.reads import reads
from services.reporting.web.section import Section
from services.reporting.web.views import RunsView, RunView
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/reporting", include_in_schema=False)


class MakeInput(Keepable, BaseModel):
    """The form under a report."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    report: reports.Report
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
        return nothing(request, is_fresh)
    asked = acts.asking(programme=active.programme_id, slot=asked_day(slot))
    return page(request, "cockpit.html", await cockpit_view(request, active, asked), fresh=is_fresh)


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
        return reports.answer(base64.b64decode(content["file"]), content["file_name"])
    active = await acts.rules_of(request, run)
    rows = await acts.published_rows(request, run)
    paper = reports.paper_of(active, run)
    made = await reports.file(request, active, run.report, paper, rows)
    return reports.answer(made, reports.file_name(run.report, run.window_to))


@router.get("/runs/{report_id}")
async def one_run(request: Request, user: CurrentUser, report_id: str, check: bool = False) -> Response:
    permitted(user, acts.SEEING)
    is_fresh = await fresh(request, archive.ARCHIVE.name)
    run = await acts.the_run(request, report_id)
    found = reads(request)
    active = await acts.rules_of(request, run)
    rows = await acts.published_rows(request, run)
    names = await reports.names_in(request, rows)
    newest = await archive.newest(found.pool, run)
    table = tables.TABLES.get(run.report)
    view = RunView(
        run=run,
        title=reports.shown_title(active, run.report),
        heads=table.heads() if table else [_(label) for _key, label in R02_COLUMNS] if run.report == "R02" else [],
        rows=tables.shown(table, rows, names, {"report_id": report_id}) if table else [],
        lines=await page_of_ledger(request, active, rows[:SHOWN_LINES]) if run.report == "R02" else [],
        sections=await _sections(request, active, run, rows),
        made_by=names.get(run.made_by_unit, run.made_by_unit),
        foot=foot_of(run),
        check=await acts.recompute(request, run) if check else None,
        superseded=newest != run.number,
    )
    return page(request, "run.html", view, fresh=is_fresh)


async def _sections(
    request: Request, active: ActivePack, run: archive.Run, rows: Sequence[weekly.Row]
) -> list[Section]:
    if run.report == "R11":
        return [await slips.section(request, reports.shown_title(active, "R11"), rows[:SHOWN_LINES])]
    if run.report in duties.WORDS:
        title = reports.shown_title(active, run.report)
        return [await duties.section(request, active, run.report, title, rows[:SHOWN_LINES])]
    if run.report != "R14":
        return []
    return weekly.sections(rows, await weekly.names_for(request, active), {"report_id": run.report_id})


def nothing(request: Request, is_fresh: bool) -> Response:
    """Before any programme is in force."""
    return page(request, "no_programme.html", None, fresh=is_fresh)
