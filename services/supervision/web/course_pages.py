"""活动进程 as page and JSON: phases, the papers that units owe, and the end of the campaign."""

from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, Refusal, User, fresh, read_form, see_other
from services.supervision.domain.programme import checklist
from services.supervision.web import course_acts as act
from services.supervision.web.acts import SEEING, Input
from services.supervision.web.answers import answered, permitted
from services.supervision.web.reads import reads
from services.ui.formats import whole_day
from services.ui.forms import BLANK, Form
from services.ui.render import page

api = APIRouter(prefix="/supervision/api", tags=["supervision"])
router = APIRouter(prefix="/supervision", include_in_schema=False)

READ = ("course", "programmes", "role_holders")


@dataclass(frozen=True, slots=True)
class CourseView:
    """One programme's way from its start to its end."""

    programme: str
    name: str
    version: int
    span: str
    phases: list[dict[str, Any]]
    papers: list[dict[str, Any]]
    missing: int
    ended: str | None
    end_reason: str
    after_end: str
    may_lead: bool
    may_file: list[tuple[str, str]]
    units: list[tuple[str, str]]
    form: Form
    blank: Form = BLANK
    """For the forms that were not sent."""


async def _known(request: Request, programme: str) -> tuple[Any, Any, Any]:
    pool = reads(request).pool
    phases = await pool.fetch("SELECT * FROM programme_phase WHERE programme = $1", programme)
    papers = await pool.fetch("SELECT * FROM programme_paper WHERE programme = $1", programme)
    ended = await pool.fetchrow("SELECT * FROM programme_end WHERE programme = $1", programme)
    return {row["phase"]: row for row in phases}, {(row["deliverable"], row["unit"]): row for row in papers}, ended


@api.get("/programmes/{programme}/course")
async def course_api(request: Request, user: CurrentUser, programme: str) -> dict[str, Any]:
    """Phases, papers owed and filed, and the end."""
    permitted(user, SEEING)
    await fresh(request, *READ)
    c = await act.course(request, user, programme)
    phases, papers, ended = await _known(request, programme)
    return {
        "phases": [dict(row) for row in phases.values()],
        "papers": [
            {"deliverable": one.deliverable, "unit": one.unit, "filed": (one.deliverable, one.unit) in papers}
            for one in await act.owing(c.reads, c.active)
        ],
        "ended": dict(ended) if ended else None,
    }


@api.post("/programmes/{programme}/phases/{phase}/{what}")
async def phase_api(
    request: Request, user: CurrentUser, programme: str, phase: str, what: Literal["start", "end"]
) -> Response:
    """A phase begins or is over."""
    return answered(await act.say_phase(await act.course(request, user, programme), phase, what))


@api.post("/programmes/{programme}/phases/{phase}/items")
async def item_api(request: Request, user: CurrentUser, programme: str, phase: str, data: act.ItemInput) -> Response:
    """One thing of a phase's checklist is done."""
    return answered(await act.confirm(await act.course(request, user, programme), phase, data))


@api.post("/programmes/{programme}/papers")
async def paper_api(request: Request, user: CurrentUser, programme: str, data: act.FileInput) -> Response:
    """A unit files a paper that it owes."""
    return answered(await act.file(await act.course(request, user, programme), data))


@api.post("/programmes/{programme}/end")
async def end_api(request: Request, user: CurrentUser, programme: str, data: act.EndInput) -> Response:
    """The campaign is over; refused while a paper is missing, naming it."""
    return answered(await act.end(await act.course(request, user, programme), data))


@router.get("/programmes/{programme}")
async def course(request: Request, user: CurrentUser, programme: str) -> Response:
    permitted(user, SEEING)
    is_fresh = await fresh(request, *READ)
    return await _page(request, user, programme, BLANK, is_fresh=is_fresh)


async def _page(
    request: Request, user: User, programme: str, form: Form, *, is_fresh: bool = True, status: int = 200
) -> Response:
    c = await act.course(request, user, programme)
    phases, papers, ended = await _known(request, programme)
    owing = await act.owing(c.reads, c.active)
    rows = await c.reads.pool.fetch("SELECT * FROM programme_item WHERE programme = $1", programme)
    confirmed = {(row["phase"], row["item"]): row for row in rows}
    pack = c.active.pack
    shown = [{"name": one.name, "unit": one.unit_name, "row": papers.get((one.deliverable, one.unit))} for one in owing]
    files = [(row.id, row.name) for row in pack.lists.deliverable if act.filing_role(user, c.active, row.id)]
    view = CourseView(
        programme=programme,
        name=c.active.name,
        version=c.active.pack_version,
        span=f"{whole_day(pack.programme.start)} — {whole_day(pack.programme.end)}",
        phases=[
            {
                "id": row.code,
                "name": row.name,
                "start": row.start,
                "end": row.end,
                "row": phases.get(row.code),
                "items": [(item, confirmed.get((row.code, item))) for item in checklist(pack, row)],
                "left": [(item, item) for item in checklist(pack, row) if (row.code, item) not in confirmed],
            }
            for row in pack.lists.phase
        ],
        papers=shown,
        missing=sum(one["row"] is None for one in shown),
        ended=ended["becomes"] if ended else None,
        end_reason=ended["reason"] if ended else "",
        after_end=pack.programme.after_end,
        may_lead=user.has(*act.LEADING) and not (ended and ended["becomes"] == "closed"),
        may_file=files,
        units=sorted({(one.unit, one.unit_name) for one in owing}) if user.has("programme_office") else [],
        form=form,
    )
    return page(request, "course.html", view, fresh=is_fresh, status=status)


@router.post("/programmes/{programme}/phases/{phase}/items")
async def confirm_item(request: Request, user: CurrentUser, programme: str, phase: str) -> Response:
    return await _act(request, user, programme, "items", phase)


@router.post("/programmes/{programme}/phases/{phase}/{what}")
async def say_phase(
    request: Request, user: CurrentUser, programme: str, phase: str, what: Literal["start", "end"]
) -> Response:
    return await _act(request, user, programme, "phase", phase, what)


@router.post("/programmes/{programme}/papers")
async def file(request: Request, user: CurrentUser, programme: str) -> Response:
    return await _act(request, user, programme, "papers")


@router.post("/programmes/{programme}/end")
async def end(request: Request, user: CurrentUser, programme: str) -> Response:
    return await _act(request, user, programme, "end")


async def _act(
    request: Request,
    user: User,
    programme: str,
    which: Literal["phase", "items", "papers", "end"],
    phase: str = "",
    what: Literal["start", "end"] = "start",
) -> Response:
    """Refused, the page is shown again with what was typed."""
    c = await act.course(request, user, programme)

    async def again(refusal: Refusal) -> Response:
        form = Form.again(refusal)
        words = [*form.general, *form.errors.values()]
        shown = Form(form.values, {}, words).named(f"{which}-{phase}" if which == "items" else which)
        return await _page(request, user, programme, shown, status=refusal.problem.status)

    match which:
        case "phase":
            await read_form(request, Input, again)
            outcome = await act.say_phase(c, phase, what)
        case "items":
            outcome = await act.confirm(c, phase, await read_form(request, act.ItemInput, again))
        case "papers":
            outcome = await act.file(c, await read_form(request, act.FileInput, again))
        case _:
            outcome = await act.end(c, await read_form(request, act.EndInput, again))
    return see_other(outcome, f"/supervision/programmes/{programme}")
