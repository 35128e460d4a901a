"""The light of a task in its plan, by the pack's yellow mark (HA-30)."""

from datetime import timedelta

from fastapi import FastAPI

from services.chassis.service import Service
from services.reference.programmes import Programmes
from services.supervision.read.task_table import tasks
from services.supervision.web.task_lights import burning
from tests.spec import NOON
from tests.supervision.test_process import (  # noqa: F401 - the fixture is used by its name
    OFFICE,
    activate,
    app,
    client,
)
from tests.supervision.who_is_who import introduce

DAY = timedelta(days=1)


async def test_a_task_burns_as_its_pack_says(app: FastAPI) -> None:  # noqa: F811
    service: Service = app.state.service
    async with client(app, OFFICE) as api, client(app, OFFICE, accept="text/html") as browser:
        await activate(api)
        await introduce(service, persons={"p1": "town-a", "p2": "town-a"})
        assert await service.all_caught_up((await service.log.head()).seq, 5)
        task = {"task_id": "t1", "category": "走访", "subject": "示例村", "mandatory": "走访全覆盖", "target": 20}
        task |= {"due": (NOON + 10 * DAY).isoformat(), "lead": "p1", "liaison": "p2"}
        body = {"programme": "close-by-follow-up", "title": "示例计划", "tasks": [task]}
        laid = await api.post("/supervision/api/plans", json=body, headers={"idempotency-key": "t"})
        assert laid.status_code == 201, laid.text
        assert await service.all_caught_up((await service.log.head()).seq, 5)
        (laid_down,) = await tasks(service.pool, None)
        assert laid_down["adopted_at"] is not None
        (active,) = await Programmes(service.pool).all()
        states = [burning(NOON, NOON + 10 * DAY, active, NOON + days * DAY).state for days in (1, 9, 11)]
        assert states == ["green", "yellow", "red"]
        assert "剩" in (await browser.get("/supervision/tasks")).text
