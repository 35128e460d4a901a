"""What the tests of intake put into it: a visit, a message of a file, requests, a case that follows."""

from typing import Any

from fastapi import FastAPI

from contracts.codec import decode
from contracts.dispatch import CaseOpened, Dues, OrderIssued
from contracts.intake import RequestRegistered
from services.chassis.web.session import User
from tests.intake.conftest import CLERK, NOW, script, settle, told

VISIT: dict[str, Any] = {
    "visit_id": "v-1",
    "subject": "s-1",
    "outcome": "asks",
    "captured_at": "2017-07-17T11:40:00",
    "visited_at": "2017-07-17T11:30:00",
    "note": "老人独居",
    "requests": [
        {"text": "村口的路坏了三百米。雨天进不了田", "category": "road-surface", "urgency": "real"},
        {"title": "路灯", "text": "两盏灯不亮", "answer": "已联系电工当天换好", "consent": False},
    ],
}

ITEM = {"source_ref": "m-1", "title": "噪声", "text": "夜里施工", "user": "U-1", "said_at": "2017-07-01T10:00:00"}


async def registered(app: FastAPI, user: User = CLERK, **more: Any) -> str:
    async with script(app, user) as clerk:
        data = {"text": "小区夜里施工", "requester": {"name": "示例住户", "phone": "13900005678"}, **more}
        answer = await clerk.post("/intake/api/requests", json=data)
        assert answer.status_code == 201, answer.text
        await settle(app)
        found: str = answer.json()["request_id"]
        return found


async def handed_over(app: FastAPI, request_id: str, unit: str) -> None:
    """Dispatch opened a case for the request and issued an order to a unit."""
    event = decode((await app.state.service.log.stream(f"request-{request_id}"))[0].payload).event
    assert isinstance(event, RequestRegistered)
    opened = CaseOpened(
        case_id="c-1",
        request_ids=(request_id,),
        title=event.title,
        text=event.text,
        channel="window",
        received_at=event.received_at,
    )
    order = OrderIssued(
        case_id="c-1",
        order_id="o-1",
        case_no=7,
        kind="assign",
        role="lead",
        to_unit=unit,
        dues=Dues(finish_by=NOW),
        issued_by_unit="office",
        rule_id="r",
        calendar_version="c",
    )
    await told(app, opened, order)
    service = app.state.service
    for _ in range(100):
        await service.log.wait((await service.log.head()).seq, 0.05)
        if (await service.log.stream(f"request-{request_id}"))[-1].type == "request-linked":
            break
    await settle(app)


async def reacted(app: FastAPI) -> None:
    """Until the reactors and read models have followed the log."""
    service = app.state.service
    while True:
        head = (await service.log.head()).seq
        if all(lag.seq >= head for lag in (await service.reactors.lag()).values()):
            break
        await service.log.wait(head + 1, 0.02)
    await settle(app)
