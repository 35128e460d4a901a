"""Erased is erased: the words, the person, the household, and also in a database that was put back."""

import asyncio

import pytest
from fastapi import FastAPI

from contracts.envelope import Actor, Meta
from services.intake.domain import directory
from services.intake.domain import request as requests
from services.intake.domain.directory import EraseSubject
from services.intake.domain.request import ErasePersonalData
from tests.intake.conftest import ADMIN, CLERK, DIRECTORY, VISITOR, script, settle
from tests.intake.filing import ITEM, VISIT, registered


async def test_erasing_takes_the_words_and_the_person_and_leaves_the_chain(filled: FastAPI) -> None:
    request_id = await registered(filled)
    async with script(filled, ADMIN) as admin:
        url = f"/intake/api/requests/{request_id}/erase"
        assert (await admin.post(url, json={})).json()["code"] == "legal-basis-missing"
        assert (await admin.post(url, json={"legal_basis": "本人申请"})).status_code == 201
        await settle(filled)
        row = (await admin.get(f"/intake/api/requests/{request_id}")).json()
        assert (row["title"], row["erased"]) == ("已依法删除", True)
    pool, keys = filled.state.service.pool, filled.state.service.keys
    assert await pool.fetchval("SELECT count(*) FROM requester") == 0
    assert await keys.get(f"request-{request_id}") is None
    async with script(filled, CLERK) as clerk:
        refused = await clerk.post(f"/intake/api/requests/{request_id}/accept", json={})
        assert refused.json()["code"] == "erased"


async def test_a_database_that_brought_an_erased_requester_back_forgets_them_again(filled: FastAPI) -> None:
    request_id = await registered(filled)
    service = filled.state.service
    # An event that comes back from the peers brings no rows with it, and so takes none away.
    erase = ErasePersonalData((f"request-{request_id}",), "本人申请")
    meta = Meta(command_id="readopted", actor=Actor("p-admin", "office", "admin"))
    await service.commands.handle(requests.request, requests.stream(request_id), erase, meta, body="")
    for _ in range(200):
        if await service.pool.fetchval("SELECT count(*) FROM requester") == 0:
            break
        await asyncio.sleep(0.02)
    else:
        pytest.fail("the requester's name and telephone number stayed")
    assert await service.keys.get(f"request-{request_id}") is None


async def test_erasing_a_household_takes_its_particulars_the_notes_and_what_was_heard_there(filled: FastAPI) -> None:
    service = filled.state.service
    async with script(filled, VISITOR) as visitor, script(filled, ADMIN) as admin:
        assert (await visitor.post("/intake/api/visits", json=VISIT)).status_code == 201
        url = "/intake/api/subjects/s-1/erase"
        assert (await visitor.post(url, json={"legal_basis": "本人申请"})).status_code == 403
        assert (await admin.post(url, json={})).json()["code"] == "legal-basis-missing"
        assert (await service.keys.get("visit-v-1"), await requesters(filled)) != (None, 0)
        assert (await admin.post(url, json={"legal_basis": "本人申请"})).status_code == 201
        await settle(filled)
        again = (await admin.post("/intake/api/directory", json=DIRECTORY)).json()["rows"]
        assert [row["code"] for row in again if row["status"] == "refused"] == ["erased"]
        after = await visitor.post("/intake/api/visits", json={**VISIT, "visit_id": "v-2"})
        assert after.json()["code"] == "no-such-subject"
    for key in ("visit-v-1", "request-v-1-1", "request-v-1-2"):
        assert await service.keys.get(key) is None
    assert await requesters(filled) == 0
    kept = await service.pool.fetch("SELECT subject_id FROM subject_particulars")
    assert [row["subject_id"] for row in kept] == ["s-2"]


async def requesters(app: FastAPI) -> int:
    number: int = await app.state.service.pool.fetchval("SELECT count(*) FROM requester")
    return number


async def test_a_database_that_brought_an_erased_household_back_forgets_it_again(filled: FastAPI) -> None:
    service = filled.state.service
    erase = EraseSubject("s-1", (), "本人申请")
    meta = Meta(command_id="readopted", actor=Actor("p-admin", "office", "admin"))
    await service.commands.handle(directory.subject, "subject-s-1", erase, meta, body="")
    for _ in range(200):
        if await service.pool.fetchval("SELECT count(*) FROM subject_particulars") == 1:
            return
        await asyncio.sleep(0.02)
    pytest.fail("the household's name and address stayed")


async def test_an_erased_message_does_not_hold_up_the_others_of_its_file(filled: FastAPI) -> None:
    items = [ITEM, {**ITEM, "source_ref": "m-2"}]
    async with script(filled, CLERK) as clerk, script(filled, ADMIN) as admin:
        first = (await clerk.post("/intake/api/requests:batch", json={"items": items})).json()["results"]
        erased = f"/intake/api/requests/{first[0]['request_id']}/erase"
        assert (await admin.post(erased, json={"legal_basis": "本人申请"})).status_code == 201
        more = [*items, {**ITEM, "source_ref": "m-3"}]
        again = (await clerk.post("/intake/api/requests:batch", json={"items": more})).json()["results"]
    assert [(r["status"], r["code"]) for r in again] == [("refused", "erased"), ("repeated", None), ("created", None)]
    assert "已依法删除" in again[0]["detail"]
