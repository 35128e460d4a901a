"""Asking dispatch through its API in tests: who asks, what a case is handed over with, and the usual answers."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from contracts.intake import PersonRegistered, RoleAssigned
from services.chassis.web import User
from tests.dispatch.world import DESK, World, key

DISPATCH = {
    "category": "road-surface",
    "scope": "individual",
    "urgency": "real",
    "lead": "bureau-road",
    "territory": "town-a",
    "instruction": "请现场核实",
}
PAUSE = {
    "reason": "汛期",
    "condition": "汛期结束",
    "review_on": "2017-08-01T09:00",
    "approver": "p-office-head",
    "requester_told_at": "2017-07-17T09:00",
}
LEADER = User("p-leader", "演示领导", "office", "区活动办", ("leading_group",))
OFFICE = User("p-office-head", "演示活动办主任", "office", "区活动办", ("programme_office",))
DISTRICT = Path(__file__).parents[2] / "deploy" / "packs" / "lt-2019.toml"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def post(api: httpx.AsyncClient, path: str, body: Any = None, **headers: str) -> httpx.Response:
    return await api.post(f"/dispatch/api{path}", json=body or {}, headers={**key(), **headers})


async def handed_over(world: World, request_id: str = "r1", **body: Any) -> tuple[str, str]:
    case_id = await world.case(request_id)
    async with world.api(DESK) as desk:
        done = await post(desk, f"/cases/{case_id}/dispatch", {**DISPATCH, **body})
    assert done.status_code == 201, done.text
    await world.settled()
    return case_id, done.json()["orders"][0]["order_id"]


async def lead(world: World) -> None:
    """Somebody of the leading group, known to the directory."""
    await known(world, "p-leader", "office", "leading_group")


async def known(world: World, person: str, unit: str, role: str) -> None:
    assert world.service.keys is not None
    await world.service.keys.new(f"person-{person}")
    name = await world.service.keys.seal("演示某人", f"person-{person}")
    await world.hear(PersonRegistered(person_id=person, unit_id=unit, name=name))
    await world.hear(RoleAssigned(person_id=person, role=role, unit_id=unit))


async def good_twice(api: httpx.AsyncClient, path: str, body: Any) -> list[str]:
    """Taken once, and the same answer for the same command again."""
    same = key()
    first = await api.post(f"/dispatch/api{path}", json=body, headers=same)
    assert first.status_code == 201, first.text
    again = await api.post(f"/dispatch/api{path}", json=body, headers=same)
    assert (again.status_code, again.json()["repeated"]) == (200, True)
    assert again.json()["events"] == first.json()["events"]
    events: list[str] = first.json()["events"]
    return events


async def refused(api: httpx.AsyncClient, path: str, body: Any) -> str:
    answer = await post(api, path, body)
    assert answer.status_code == 422, answer.text
    code: str = answer.json()["code"]
    return code


async def shown(api: httpx.AsyncClient, world: World, case_id: str) -> dict[str, Any]:
    await world.settled()
    found: dict[str, Any] = (await api.get(f"/dispatch/api/cases/{case_id}")).json()
    return found


async def activate_text(world: World, content: str) -> None:
    path = Path(world.service.settings.data_dir) / "pack.toml"
    path.write_text(content, "utf-8")
    await world.activate(path)
