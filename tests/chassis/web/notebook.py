"""A service small enough to test the web around it: a case on which progress is written down, at most five times."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, StringConstraints
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from contracts.dispatch import ProgressReported
from contracts.event import Event
from services.chassis.decider import Decider, Rejected
from services.chassis.facts import Fact
from services.chassis.main import run
from services.chassis.projection import Projection
from services.chassis.rows import Rows
from services.chassis.service import ServiceSpec
from services.chassis.web import (
    CurrentUser,
    Many,
    Refusal,
    User,
    accepted,
    command_meta,
    csrf_token,
    fresh,
    maybe_user,
    perform,
    read_form,
    require,
    see_other,
    set_session,
)

MOST = 5
WRITER = User("p-1", "张三（演示）", "u-1", "演示局", ("handler",))
READER = User("p-2", "李四（演示）", "u-1", "演示局", ("reader",))


@dataclass(frozen=True)
class Write:
    case_id: str
    text: str


def decide(state: tuple[str, ...], command: Write) -> Sequence[Event]:
    if command.text == "bug":
        raise ZeroDivisionError
    if len(state) >= MOST:
        raise Rejected("full", "最多写 {most} 条", field="text", most=MOST)
    if command.text in state:
        return []
    return [ProgressReported(case_id=command.case_id, order_id="o-1", case_no=1, text=command.text)]


def evolve(state: tuple[str, ...], event: Event) -> tuple[str, ...]:
    return (*state, event.text) if isinstance(event, ProgressReported) else state


notebook: Decider[tuple[str, ...], Write] = Decider("notebook", (), evolve, decide)


@dataclass(frozen=True)
class Count:
    case_id: str
    lines: int = 0


def count(row: Count, fact: Fact) -> Count:
    return Count(row.case_id, row.lines + 1)


rows = Rows("line_count", Count, lambda fact: fact.stream.removeprefix("case-"), count)
line_count = Projection(
    "line_count",
    1,
    (ProgressReported,),
    {"line_count": "CREATE TABLE {t} (case_id text PRIMARY KEY, lines int NOT NULL)"},
    rows.apply,
)
router = APIRouter()
Writer = Annotated[User, Depends(require("handler"))]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=20)]


class Entry(BaseModel):
    text: Line
    tags: Many[str] = []


@router.post("/dispatch/api/cases/{case_id}/lines")
async def write_line(request: Request, case_id: str, entry: Entry, user: Writer) -> Response:
    meta = command_meta(request, user, role="handler")
    outcome = await perform(request, notebook, f"case-{case_id}", Write(case_id, entry.text), meta)
    return accepted(outcome, {"version": outcome.version}, status_code=201)


@router.post("/dispatch/cases/{case_id}/lines", include_in_schema=False)
async def post_line(request: Request, case_id: str, user: Writer) -> Response:
    async def again(refusal: Refusal) -> Response:
        if case_id == "away":  # as most forms' pages do
            await request.app.state.service.pool.fetchval("SELECT 1")
        if case_id == "gone":  # what the form was opened on is there no more
            raise Rejected("no-page", "没有这种表单")
        return HTMLResponse(_form(request, case_id, refusal))

    entry = await read_form(request, Entry, again)
    outcome = await perform(
        request, notebook, f"case-{case_id}", Write(case_id, entry.text), command_meta(request, user)
    )
    return see_other(outcome, f"/dispatch/cases/{case_id}#end")


@router.get("/dispatch/cases/{case_id}", include_in_schema=False)
async def show(request: Request, case_id: str, user: CurrentUser) -> Response:
    shown = await fresh(request, "line_count")
    service = request.app.state.service
    count = await service.pool.fetchval("SELECT lines FROM line_count WHERE case_id = $1", case_id)
    return HTMLResponse(f"<p data-fresh={shown}>{count or 0}</p>{_form(request, case_id)}")


@router.post("/login", include_in_schema=False)
async def login(request: Request) -> Response:
    response = Response(status_code=204)
    form = await request.form()
    set_session(request, response, WRITER if form.get("who") == "writer" else READER)
    return response


@router.get("/dispatch/whoami", include_in_schema=False)
async def whoami(request: Request) -> dict[str, str | None]:
    user = maybe_user(request)
    return {"name": user.name if user else None}


def _form(request: Request, case_id: str, refusal: Refusal | None = None) -> str:
    typed = refusal.values.get("text", "") if refusal else ""
    wrong = refusal.errors.get("text", "") if refusal else ""
    token = csrf_token(request)
    action = f"/dispatch/cases/{case_id}/lines"
    return f"<form action={action} data-csrf={token}><input name=text value='{typed}'><i>{wrong}</i></form>"


SPEC = ServiceSpec(
    "dispatch", Path(__file__).parent, (line_count,), routers=(router,), role_names={"handler": "承办人"}
)

if __name__ == "__main__":
    run(SPEC)
