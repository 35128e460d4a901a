"""The JSON API: reports as of now or of a past instant, runs on record, and computing a run again."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, Forbidden, User, accepted, fresh, require
from services.chassis.web.inputs import Rank
from services.reporting.read import archive
from services.reporting.read.archive import Run
from services.reporting.web import acts, integrity
from services.reporting.web.acts import Computed, RunInput
from services.reporting.web.reads import reads
from services.reporting.web.reports import Report
from services.reporting.web.vector import named

router = APIRouter(prefix="/reporting/api", tags=["reporting"])
MAY_SEE = Depends(require(*acts.SEEING))
ReportId = Annotated[str, Path(max_length=200)]
Place = Annotated[str | None, Query(pattern=r"^([1-9][0-9]{0,5}:)?[0-9]{1,12}$")]
"""`position` in the epoch now in force, or `epoch:position`."""


def permitted(user: User, roles: tuple[str, ...]) -> str:
    """The first of `roles` that the user holds."""
    for role in roles:
        if user.has(role):
            return role
    raise Forbidden(roles)


@router.post("/runs")
async def make_run(request: Request, user: CurrentUser, asked: RunInput) -> Response:
    """Compute a report and put it on record."""
    role = permitted(user, acts.MAKING)
    report_id, outcome = await acts.record(request, user, role, asked)
    event = outcome.events[0] if outcome.events else None
    content = {
        "report_id": report_id,
        "rows_sha256": getattr(event, "rows_sha256", None),
        "rows": getattr(event, "rows", None),
        "inputs": {source: one.model_dump() for source, one in getattr(event, "inputs", {}).items()},
        "position": outcome.token,
        "repeated": outcome.repeated,
        "events": [one.TYPE for one in outcome.events],
    }
    return accepted(outcome, content, status_code=200 if outcome.repeated else 201)


@router.get("/runs", dependencies=[MAY_SEE])
async def list_runs(
    request: Request,
    before: Rank | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = archive.PAGE,
) -> dict[str, Any]:
    """Newest first."""
    await fresh(request, archive.ARCHIVE.name)
    found = await archive.runs(reads(request).pool, before=before, limit=limit)
    return {"items": [_run(one) for one in found], "before": found[-1].number if len(found) == limit else None}


@router.get("/runs/{report_id}", dependencies=[MAY_SEE])
async def one_run(request: Request, report_id: ReportId) -> dict[str, Any]:
    """A run with its rows as they were published."""
    await fresh(request, archive.ARCHIVE.name)
    run = await acts.the_run(request, report_id)
    return {**_run(run), "content": await acts.published_rows(request, run)}


@router.post("/runs/{report_id}/recompute", dependencies=[MAY_SEE])
async def compute_again(request: Request, report_id: ReportId) -> dict[str, Any]:
    """The same positions, the same rows: `same` is false when anything differs."""
    await fresh(request, archive.ARCHIVE.name)
    check = await acts.recompute(request, await acts.the_run(request, report_id))
    return {"same": check.same, "recorded": check.recorded, "computed": check.computed, "stored": check.stored}


@router.get("/{report}", dependencies=[MAY_SEE])
async def preview(
    request: Request,
    report: Report,
    programme: str,
    slot: date | None = None,
    as_of: datetime | None = None,
    dispatch: Place = None,
    intake: Place = None,
    supervision: Place = None,
) -> dict[str, Any]:
    """A report without putting it on record; with positions, exactly as of them."""
    await fresh(request)
    given = {"dispatch": dispatch, "intake": intake, "supervision": supervision}
    asked = acts.asking(report=report, programme=programme, slot=slot, as_of=as_of)
    return _computed(await acts.compute(request, asked, inputs=await named(request, given)))


@router.post("/integrity/verify", dependencies=[Depends(require("auditor", "admin", "supervisor", "programme_office"))])
async def verify_now(request: Request) -> dict[str, Any]:
    """Compute every hash of the log held here again; waits for the end."""
    return (await integrity.verify_to_end(request)).shown()


def _run(run: Run) -> dict[str, Any]:
    return {
        "report_id": run.report_id,
        "number": run.number,
        "report": run.report,
        "programme": run.programme,
        "as_of": run.as_of,
        "window_from": run.window_from,
        "window_to": run.window_to,
        "template_version": run.template_version,
        "inputs": {source: one.model_dump() for source, one in run.inputs.items()},
        "rows": run.rows,
        "rows_sha256": run.rows_sha256,
        "pack_sha256": run.pack_sha256,
        "made_at": run.made_at,
        "advice": run.advice,
    }


def _computed(made: Computed) -> dict[str, Any]:
    return {
        "report": made.report,
        "programme": made.moment.programme,
        "as_of": made.moment.as_of,
        "window_from": made.moment.window_from,
        "window_to": made.moment.window_to,
        "inputs": {source: one.model_dump() for source, one in made.inputs.items()},
        "rows_sha256": made.sha256,
        "rows": made.rows,
    }
