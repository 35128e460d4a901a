"""任务表 as page, JSON and R05: plans imported from a workbook, and how far each task is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contracts.event import Code
from contracts.supervision import Task
from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.identity import effect_id
from services.chassis.web import (
    CurrentUser,
    Forbidden,
    FormErrors,
    Refusal,
    User,
    command_id,
    command_meta,
    fresh,
    perform,
    read_form,
    see_other,
    show_again,
)
from services.chassis.web.inputs import Words
from services.chassis.words import N_
from services.supervision.domain.plan import PLAN, AdoptPlan, UpdateTask, stream
from services.supervision.read import task_table
from services.supervision.web.acts import SEEING, Input
from services.supervision.web.answers import answered, permitted
from services.supervision.web.parties import known_persons
from services.supervision.web.reads import reads
from services.supervision.web.sheets import download, sheet
from services.supervision.web.task_files import COLUMNS, read_plan, table_rows
from services.supervision.web.task_lights import TaskLight, light_of
from services.ui.forms import BLANK, Form
from services.ui.i18n import gettext as _
from services.ui.render import page

api = APIRouter(prefix="/supervision/api", tags=["supervision"])
router = APIRouter(prefix="/supervision", include_in_schema=False)

ADOPTING = ("programme_office", "work_group_lead", "unit_leader")
LOOKING = (*SEEING, "visitor")
STATES = {"open": N_("未开始"), "working": N_("推进中"), "done": N_("已完成"), "blocked": N_("有困难")}
TONES = {"open": "plain", "working": "info", "done": "good", "blocked": "warn"}


class PlanInput(Input):
    """A plan as a program sends it, with persons by their ids."""

    programme: Code
    title: str = Field(default="", max_length=200)
    tasks: list[Task]


class ProgressInput(Input):
    """How far a task is."""

    done: int = Field(ge=0, le=10_000_000)
    state: Literal["working", "done", "blocked"] = "working"
    text: Words = ""


@dataclass(frozen=True, slots=True)
class TasksView:
    programmes: list[tuple[str, str]]
    rows: list[dict[str, Any]]
    counts: list[str]
    may_adopt: bool
    form: Form
    problems: Sequence[str]


@dataclass(frozen=True, slots=True)
class TaskView:
    """One task with the form for its progress."""

    row: dict[str, Any]
    facts: list[tuple[str, Any]]
    state: str
    tone: str
    late: bool
    may_update: bool
    states: list[tuple[str, str]]
    form: Form


async def adopt(request: Request, user: User, programme: str, title: str, tasks: tuple[Task, ...]) -> Outcome:
    """The whole plan or nothing."""
    role = permitted(user, ADOPTING)
    if await reads(request).programmes.active(programme) is None:
        raise Rejected("programme-not-active", N_("活动尚未启用，不能下达计划。"))
    named = (one for task in tasks for one in (task.lead, task.liaison, *task.participants))
    await known_persons(reads(request), "tasks", *named)
    plan = plan_id(request)
    command = AdoptPlan(plan, programme, title, user.unit_id, tasks)
    meta = command_meta(request, user, role=role, programme=programme)
    return await perform(request, PLAN, stream(plan), command, meta, pinned=False)


def plan_id(request: Request) -> str:
    """Derived from the command's id: sent twice it is the same plan."""
    return effect_id(command_id(request), "plan")


async def update(request: Request, user: User, plan: str, task: str, data: ProgressInput) -> Outcome:
    """By who leads, takes part in or keeps contact for the task, or by the office."""
    row = await task_table.task(reads(request).pool, plan, task)
    if row is None:
        raise HTTPException(404)
    if not _may_update(user, row):
        raise Forbidden(ADOPTING)
    role = next(iter(user.roles), "visitor")
    meta = command_meta(request, user, role=role, programme=row["programme"])
    command = UpdateTask(task, data.done, data.text, data.state)
    return await perform(request, PLAN, stream(plan), command, meta, pinned=False)


def _may_update(user: User, row: Mapping[str, Any]) -> bool:
    return user.person_id in {row["lead"], row["liaison"], *row["participants"]} or user.has("programme_office")


@api.post("/plans")
async def adopt_api(request: Request, user: CurrentUser, data: PlanInput) -> Response:
    """A plan with all its tasks."""
    outcome = await adopt(request, user, data.programme, data.title, tuple(data.tasks))
    return answered(outcome, plan_id=plan_id(request))


@api.post("/plans/{plan}/tasks/{task}")
async def update_api(request: Request, user: CurrentUser, plan: str, task: str, data: ProgressInput) -> Response:
    """How far a task is."""
    return answered(await update(request, user, plan, task, data))


@api.get("/tasks")
async def tasks_api(request: Request, user: CurrentUser, programme: str | None = None) -> dict[str, Any]:
    """Every task with how far it is."""
    permitted(user, LOOKING)
    await fresh(request, "task_table")
    return {"items": [dict(row) for row in await task_table.tasks(reads(request).pool, programme)]}


@router.get("/tasks")
async def tasks(request: Request, user: CurrentUser) -> Response:
    permitted(user, LOOKING)
    is_fresh = await fresh(request, "task_table")
    return await _page(request, user, BLANK, is_fresh=is_fresh)


async def _page(
    request: Request, user: User, form: Form, *, problems: Sequence[str] = (), is_fresh: bool = True, status: int = 200
) -> Response:
    found = reads(request)
    rows = await task_table.tasks(found.pool, None)
    people = await found.directory.person_names(row["lead"] for row in rows)
    packs = {one.programme_id: one for one in await found.programmes.all()}
    done = sum(row["state"] == "done" for row in rows)
    late = sum(_late(row, found.now) for row in rows)
    view = TasksView(
        programmes=[(one.programme_id, one.name) for one in packs.values()],
        rows=[
            _row(number, row, people, light_of(row, packs.get(row["programme"]), found.now))
            for number, row in enumerate(rows, start=1)
        ],
        counts=[_("共 %(n)s 项", n=len(rows)), _("已完成 %(n)s 项", n=done), _("逾期 %(n)s 项", n=late)],
        may_adopt=user.has(*ADOPTING),
        form=form,
        problems=problems,
    )
    return page(request, "tasks.html", view, fresh=is_fresh, status=status)


def _late(row: Mapping[str, Any], now: datetime) -> bool:
    return bool(row["state"] != "done" and row["due"] < now)


def _row(number: int, row: Any, people: Mapping[str, str], burns: TaskLight) -> dict[str, Any]:
    return {
        **dict(row),
        "number": number,
        "href": f"/supervision/tasks/{row['plan_id']}/{row['task_id']}",
        "who": people.get(row["lead"], row["lead"]),
        "word": _(STATES[row["state"]]),
        "tone": TONES[row["state"]],
        "light": burns.state,
        "left": burns.left,
    }


@router.get("/tasks.xlsx")
async def tasks_xlsx(request: Request, user: CurrentUser) -> Response:
    """R05 in the columns that it is printed in."""
    permitted(user, LOOKING)
    found = reads(request)
    rows = await task_table.tasks(found.pool, None)
    ids = [one for row in rows for one in (row["lead"], row["liaison"], *row["participants"])]
    people = await found.directory.person_names(ids)

    def said(task: Mapping[str, Any]) -> str:
        return f"{STATES[task['state']]} {task['done']}/{task['target']}{task['measure']} {task['text']}".strip()

    return download("R05.xlsx", sheet("工作任务计划表", COLUMNS, table_rows(rows, people, said)))


@router.post("/tasks")
async def adopt_form(request: Request, user: CurrentUser) -> Response:
    """A workbook with R05's columns; every row that is wrong is told at once, and then nothing is taken."""
    permitted(user, ADOPTING)
    sent = await request.form()
    typed = {name: str(sent.get(name) or "") for name in ("programme", "title")}

    async def again(refusal: Refusal) -> Response:
        problems = list(refusal.errors.values()) or [refusal.problem.detail]
        return await _page(request, user, Form(typed), problems=problems, status=refusal.problem.status)

    show_again(request, again, typed)
    file = sent.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise Rejected("no-file", N_("请选择文件。"), "file")
    found = reads(request)
    active = await found.programmes.active(typed["programme"])
    if active is None:
        raise Rejected("programme-not-active", N_("活动尚未启用，不能下达计划。"))
    read = read_plan(await file.read(), await found.directory.persons_by_name(), active.calendar)
    if read.problems:
        raise FormErrors({f"row-{n}": problem for n, problem in enumerate(read.problems)}, typed)
    outcome = await adopt(request, user, active.programme_id, typed["title"], read.tasks)
    return see_other(outcome, "/supervision/tasks")


@router.get("/tasks/{plan}/{task}")
async def task(request: Request, user: CurrentUser, plan: str, task: str) -> Response:
    permitted(user, LOOKING)
    is_fresh = await fresh(request, "task_table")
    return await _task_page(request, user, plan, task, BLANK, is_fresh=is_fresh)


async def _task_page(
    request: Request, user: User, plan: str, task: str, form: Form, *, is_fresh: bool = True, status: int = 200
) -> Response:
    found = reads(request)
    row = await task_table.task(found.pool, plan, task)
    if row is None:
        raise HTTPException(404)
    people = await found.directory.person_names([row["lead"], row["liaison"], *row["participants"]])
    view = TaskView(
        row=dict(row),
        facts=[
            (_("类别"), row["category"]),
            (_("规定动作"), row["mandatory"]),
            (_("办实事"), row["deed"]),
            (_("牵头人"), people.get(row["lead"], row["lead"])),
            (_("参与人"), "、".join(people.get(one, one) for one in row["participants"])),
            (_("联络员"), people.get(row["liaison"], row["liaison"])),
        ],
        state=_(STATES[row["state"]]),
        tone=TONES[row["state"]],
        late=_late(row, found.now),
        may_update=_may_update(user, row),
        states=[(code, _(word)) for code, word in STATES.items() if code != "open"],
        form=form,
    )
    return page(request, "task.html", view, fresh=is_fresh, status=status)


@router.post("/tasks/{plan}/{task}")
async def update_form(request: Request, user: CurrentUser, plan: str, task: str) -> Response:
    async def again(refusal: Refusal) -> Response:
        return await _task_page(request, user, plan, task, Form.again(refusal), status=refusal.problem.status)

    outcome = await update(request, user, plan, task, await read_form(request, ProgressInput, again))
    return see_other(outcome, f"/supervision/tasks/{plan}/{task}")
