"""The task plan: every task with a day, a lead and a liaison; read from and written to R05's columns."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from fastapi import FastAPI

from contracts.pack import parse_pack
from contracts.supervision import Task, TaskPlanAdopted, TaskProgressUpdated
from services.chassis.clock import LOCAL
from services.chassis.deadlines import calendar_for
from services.chassis.decider import Rejected
from services.chassis.service import Service
from services.supervision.domain.plan import PLAN, AdoptPlan, UpdateTask
from services.supervision.web.sheets import sheet
from services.supervision.web.task_files import COLUMNS, MOST_TASKS, TARGET, read_plan
from tests.spec import given
from tests.supervision.test_rhythm import GROUP, OFFICE, PACKS, app, client
from tests.supervision.who_is_who import introduce

__all__ = ["app"]

PACK = parse_pack((PACKS / "jw-2017.toml").read_bytes())
CALENDAR = calendar_for(PACK)
PEOPLE = {"示例组长": ["p-a"], "示例联络员": ["p-l"], "示例同名": ["p-1", "p-2"], "p-2": ["p-2"]}
ROW = [1, "挂钩村队", "示例村", "每月走访两次", "", "", "2017-09-30", "示例组长", "p-2、示例联络员", "示例联络员", 6]
TASK = Task(
    task_id="task-1",
    category="挂钩村队",
    subject="示例村",
    mandatory="每月走访两次",
    due=datetime(2017, 9, 30, 18, 0, tzinfo=LOCAL),
    lead="p-a",
    participants=("p-2", "p-l"),
    liaison="p-l",
    target=6,
    unit_of_target="项",
)
adopt = AdoptPlan("plan1", "jw-2017", "示例实施方案", "office", (TASK,))
adopted = TaskPlanAdopted(
    plan_id="plan1", programme_id="jw-2017", title="示例实施方案", owner_unit="office", tasks=(TASK,)
)
update = UpdateTask("task-1", 2, "", "working")
updated = TaskProgressUpdated(plan_id="plan1", task_id="task-1", done=2, state="working")


def test_a_plan_is_adopted_whole_and_once() -> None:
    given(PLAN).when(adopt).then(adopted, again_rejected="plan-adopted")
    given(PLAN).when(replace(adopt, tasks=())).then_rejected("no-tasks", "file")
    given(PLAN).when(replace(adopt, title="")).then_rejected("no-title", "title")
    given(PLAN).when(replace(adopt, tasks=(TASK, TASK))).then_rejected("task-twice", "tasks")
    aimless = TASK.model_copy(update={"mandatory": ""})
    given(PLAN).when(replace(adopt, tasks=(aimless,))).then_rejected("no-aim", "file")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"task_id": "task-9"}, "no-such-task"),
        ({"state": "done"}, "not-all-done"),
        ({"state": "blocked"}, "no-reason"),
        ({"done": 1}, "less-without-reason"),
    ],
)
def test_progress_and_what_it_may_not_say(change: dict[str, Any], code: str) -> None:
    """A target has its quantity (DI-33)."""
    given(PLAN, adopted).when(update).then(updated, repeatable=True)
    given(PLAN, adopted, updated).when(replace(update, **change)).then_rejected(code)
    assert given(PLAN, adopted, updated).when(replace(update, done=1, text="重复计算，已更正")).decided()


def file(*rows: list[Any]) -> bytes:
    return sheet("工作任务计划表", (*COLUMNS, TARGET), rows)


def test_a_workbook_is_read_into_tasks() -> None:
    """工作任务计划表 in its eight columns, mandatory part and deeds apart (DI-31, DI-32)."""
    assert read_plan(file(ROW), PEOPLE, CALENDAR).tasks == (TASK,)
    assert read_plan(file(ROW), PEOPLE, CALENDAR).problems == []


def test_every_wrong_row_is_told_at_once() -> None:
    wrong = [2, "", "示例社区", "", "", "", "九月底", "示例同名", "", "无此人", 1]
    told = [str(one.zh) for one in read_plan(file(ROW, wrong), PEOPLE, CALENDAR).problems]
    assert [words.split("”")[0] for words in told] == [
        "第 4 行“类别",
        "第 4 行“完成时限",
        "第 4 行“牵头人",
        "第 4 行“联络员",
        "第 4 行“目标任务",
    ]
    with pytest.raises(Rejected, match="no-heads"):
        read_plan(sheet("别的表", ("甲", "乙"), [["1", "2"]]), PEOPLE, CALENDAR)
    with pytest.raises(Rejected, match="not-a-workbook"):
        read_plan(b"not a workbook", PEOPLE, CALENDAR)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        (TARGET, 0, "第 3 行“目标数”应为"),
        (TARGET, "六", "第 3 行“目标数”应为"),
        ("牵头人", "示例组长、示例联络员", "第 3 行“牵头人”只填一人"),
        ("联络员", "示例组长，示例联络员", "第 3 行“联络员”只填一人"),
        ("类别", "类" * 101, "第 3 行“类别”有 101 个字"),
        (COLUMNS[3], "走" * 4_001, "第 3 行“目标任务—规定动作”有 4001 个字"),
    ],
)
def test_what_a_task_cannot_say_is_told_and_never_cut(column: str, value: Any, words: str) -> None:
    row = [value if head == column else cell for head, cell in zip((*COLUMNS, TARGET), ROW, strict=True)]
    read = read_plan(file(row), PEOPLE, CALENDAR)
    assert read.tasks == ()
    assert str(read.problems[0].zh).startswith(words)


def test_long_words_and_long_plans_come_whole_or_not_at_all() -> None:
    long = [*ROW[:3], "走" * 4_000, *ROW[4:]]
    assert read_plan(file(long), PEOPLE, CALENDAR).tasks[0].mandatory == "走" * 4_000
    assert len(read_plan(file(*[ROW] * MOST_TASKS), PEOPLE, CALENDAR).tasks) == MOST_TASKS
    with pytest.raises(Rejected, match="too-many-tasks"):
        read_plan(file(*[ROW] * (MOST_TASKS + 1)), PEOPLE, CALENDAR)


def test_a_sheet_that_was_cut_off_or_holds_no_number_is_refused() -> None:
    whole = file(ROW)
    with pytest.raises(Rejected, match="not-a-workbook"):
        read_plan(_with_sheet(whole, lambda sheet: sheet[: len(sheet) // 2]), PEOPLE, CALENDAR)
    for number in (b"2.5", b"1E400", b"1E300", b"-1"):
        target, odd = b'<c r="K3" s="3"><v>%s</v>' % b"6", b'<c r="K3" s="3"><v>%s</v>' % number
        changed = _with_sheet(whole, _replacing(target, odd))
        told = read_plan(changed, PEOPLE, CALENDAR).problems
        assert [str(one.zh).split("”")[0] for one in told] == ["第 3 行“目标数"]


def _replacing(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda sheet: sheet.replace(old, new)


def _with_sheet(book: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The same workbook with its first sheet's XML changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == "xl/worksheets/sheet1.xml" else content)
    return made.getvalue()


async def test_a_plan_over_http_its_progress_and_its_sheet(app: FastAPI) -> None:
    """Tasks with their days, told as they go (DI-30, HA-28)."""
    service: Service = app.state.service
    pack = (PACKS / "jw-2017.toml").read_bytes()
    plan = {"programme": "jw-2017", "title": "示例实施方案", "tasks": [TASK.model_dump(mode="json")]}
    async with client(app, OFFICE) as office, client(app, GROUP) as lead:
        await office.post("/supervision/api/programmes", content=pack, headers={"idempotency-key": "p"})
        ghost = await office.post("/supervision/api/plans", json=plan, headers={"idempotency-key": "g"})
        assert ghost.status_code == 422, "nobody of the plan is in the directory"
        await introduce(service, ("group-a",), dict.fromkeys(("p-a", "p-l", "p-2"), "group-a"))
        assert await service.all_caught_up((await service.log.head()).seq, 5)
        made = (await office.post("/supervision/api/plans", json=plan, headers={"idempotency-key": "t"})).json()
        assert made["events"] == ["task-plan-adopted"], made
        assert await service.all_caught_up((await service.log.head()).seq, 5)
        where = f"/supervision/api/plans/{made['plan_id']}/tasks/task-1"
        told = await lead.post(where, json={"done": 2, "text": "走访两次"}, headers={"idempotency-key": "u"})
        assert told.json()["events"] == ["task-progress-updated"], told.text
        shown = (await office.get(f"/supervision/api/tasks?after={told.json()['position']}")).json()["items"]
        assert [(one["done"], one["state"], one["target"]) for one in shown] == [(2, "working", 6)]
        book = openpyxl.load_workbook(io.BytesIO((await office.get("/supervision/tasks.xlsx")).content))
        rows = list(book.worksheets[0].iter_rows(values_only=True))
        assert rows[1] == COLUMNS
        assert rows[2][5:8] == ("推进中 2/6项 走访两次", "2017-09-30", "p-a")
