"""Who asks again is known by their number or account, under a word that means nobody once they are erased (LT-33)."""

import json

import pytest
from fastapi import FastAPI

from services.intake.web.callers import known_by
from services.intake.web.inputs import Requester
from tests.intake.conftest import ADMIN, CLERK, script, settle

CALL = {"channel": "hotline", "text": "楼道灯不亮。", "territory": "town-a"}


async def heard(app: FastAPI, request_id: str) -> str | None:
    events = await app.state.service.log.stream(f"request-{request_id}")
    found: str | None = json.loads(events[0].payload)["data"].get("caller_ref")
    return found


@pytest.mark.parametrize(
    ("phone", "user", "mark"),
    [
        ("138 0000-1234", "", "tel:13800001234"),
        ("+8613800001234", "u-1", "tel:13800001234"),
        ("", "u-1", "account:u-1"),
        ("不详", "", None),
        ("12345", "", None),
        ("", "", None),
    ],
)
def test_what_somebody_is_known_again_by(phone: str, user: str, mark: str | None) -> None:
    assert known_by(Requester(name="示例", phone=phone, user=user)) == mark


async def test_the_same_number_has_one_word_until_its_last_requester_is_erased(filled: FastAPI) -> None:
    async with script(filled, CLERK) as clerk:
        ids = []
        for phone in ("13800005678", "138 0000 5678", "13900000000"):
            said = {**CALL, "requester": {"name": "示例来电人", "phone": phone}}
            ids.append((await clerk.post("/intake/api/requests", json=said)).json()["request_id"])
        words = [await heard(filled, one) for one in ids]
        assert words[0] == words[1] != words[2]
        assert words[0] is not None
        assert "5678" not in words[0]
        nameless = (await clerk.post("/intake/api/requests", json=CALL)).json()["request_id"]
        assert await heard(filled, nameless) is None
    await settle(filled)
    async with script(filled, ADMIN) as admin:
        for one in ids[:2]:
            assert (await admin.post(f"/intake/api/requests/{one}/erase", json={"legal_basis": "本人申请"})).is_success
    async with script(filled, CLERK) as clerk:
        said = {**CALL, "requester": {"phone": "13800005678"}}
        later = (await clerk.post("/intake/api/requests", json=said)).json()["request_id"]
    assert await heard(filled, later) not in (None, words[0])


async def test_messages_of_one_account_are_one_callers_also_within_a_batch(filled: FastAPI) -> None:
    items = [
        {"source_ref": f"m-{n}", "text": "请修路。", "user": user, "said_at": "2017-07-16T09:00:00"}
        for n, user in enumerate(("u-7", "u-7", "u-8", ""))
    ]
    async with script(filled, CLERK) as clerk:
        told = (await clerk.post("/intake/api/requests:batch", json={"items": items})).json()["results"]
    words = [await heard(filled, one["request_id"]) for one in told]
    assert words[0] == words[1] != words[2]
    assert words[3] is None
