"""The task plan: every task with a day, a lead and a liaison; read from and written to R05's columns."""

import io
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
from services.supervision.web.task_files import COLUMNS, TARGET, read_plan
from tests.spec import given
from tests.supervision.test_rhythm import GROUP, OFFICE, PACKS, app, client

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
    given(PLAN, adopted).when(update).then(updated, repeatable=True)
    given(PLAN, adopted, updated).when(replace(update, **change)).then_rejected(code)
    assert given(PLAN, adopted, updated).when(replace(update, done=1, text="重复计算，已更正")).decided()


def file(*rows: list[Any]) -> bytes:
    return sheet("工作任务计划表", (*COLUMNS, TARGET), rows)


def test_a_workbook_is_read_into_tasks() -> None:
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


async def test_a_plan_over_http_its_progress_and_its_sheet(app: FastAPI) -> None:
    service: Service = app.state.service
    pack = (PACKS / "jw-2017.toml").read_bytes()
    plan = {"programme": "jw-2017", "title": "示例实施方案", "tasks": [TASK.model_dump(mode="json")]}
    async with client(app, OFFICE) as office, client(app, GROUP) as lead:
        await office.post("/supervision/api/programmes", content=pack, headers={"idempotency-key": "p"})
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
