"""What burns on the wall besides an order's deadlines: steps of its plan and tasks of the campaign (HA-28, HA-30)."""

from datetime import timedelta
from typing import Any

from fastapi import FastAPI

from contracts.dispatch import HandlingPlanFiled, Milestone, MilestoneReached, OrderCompleted
from services.chassis.service import Service
from services.reference.programmes import Programmes
from services.supervision.read.plan_steps import ROWS, StepsRow, to_come
from services.supervision.read.task_table import tasks
from services.supervision.web.task_lights import burning
from tests.spec import NOON, facts
from tests.supervision.test_process import (  # noqa: F401 - the fixture is used by its name
    OFFICE,
    SEALED,
    activate,
    app,
    client,
    dispatch_says,
    story,
)

DAY = timedelta(days=1)
IDS: dict[str, Any] = {"case_id": "c1", "order_id": "o1", "case_no": 1}


def plan(*steps: tuple[str, int]) -> HandlingPlanFiled:
    return HandlingPlanFiled(
        **IDS,
        responsible_person="p1",
        responsible_leader="p2",
        responsible_dept="工程科",
        measures="分段施工",
        timetable=tuple(Milestone(name=name, due=NOON + days * DAY) for name, days in steps),
        resolve_by=NOON + 9 * DAY,
    )


reached = MilestoneReached(**IDS, milestone=1, name="进场", late=False)
done = OrderCompleted(**IDS, result="solved", reply=SEALED, replied_at=NOON, responsible_person="p1")


def test_another_plan_replaces_the_timetable_and_a_completed_order_has_no_steps_to_come() -> None:
    told = facts(story()[1], plan(("进场", 1), ("验收", 4)), reached, plan(("验收", 6)), done)
    row = ROWS.fold({}, [("o1", fact) for fact in told[:3]])["o1"]
    assert isinstance(row, StepsRow)
    assert (row.unit, row.names, row.reached) == ("town-a", ("进场", "验收"), (1,))
    row = ROWS.fold({"o1": row}, [("o1", told[3])])["o1"]
    assert isinstance(row, StepsRow)
    assert (row.names, row.reached, row.at_work) == (("验收",), (), True)
    row = ROWS.fold({"o1": row}, [("o1", told[4])])["o1"]
    assert isinstance(row, StepsRow)
    assert not row.at_work


async def test_steps_and_tasks_burn_on_the_wall(app: FastAPI) -> None:  # noqa: F811
    service: Service = app.state.service
    async with client(app, OFFICE) as api, client(app, OFFICE, accept="text/html") as browser:
        await activate(api)
        await dispatch_says(service, *story(), plan(("进场", 1), ("验收", 4)), reached)
        task = {"task_id": "t1", "category": "走访", "subject": "示例村", "mandatory": "走访全覆盖", "target": 20}
        task |= {"due": (NOON + 10 * DAY).isoformat(), "lead": "p1", "liaison": "p2"}
        body = {"programme": "close-by-follow-up", "title": "示例计划", "tasks": [task]}
        laid = await api.post("/supervision/api/plans", json=body, headers={"idempotency-key": "t"})
        assert laid.status_code == 201, laid.text
        assert await service.all_caught_up((await service.log.head()).seq, 5)
        assert [(row["name"], row["unit"]) for row in await to_come(service.pool, None)] == [("验收", "town-a")]
        assert await to_come(service.pool, "town-b") == []
        (laid_down,) = await tasks(service.pool, None)
        assert laid_down["adopted_at"] is not None
        (active,) = await Programmes(service.pool).all()
        states = [burning(NOON, NOON + 10 * DAY, active, NOON + days * DAY).state for days in (1, 9, 11)]
        assert states == ["green", "yellow", "red"]
        wall = (await browser.get("/supervision/clocks")).text
        for words in ("办理方案的节点", "验收", "计划任务"):
            assert words in wall
        assert "剩" in (await browser.get("/supervision/tasks")).text
