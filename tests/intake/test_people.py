"""Who is who: the directory, accounts and their locks, absences."""

import asyncio

import pytest
from fastapi import FastAPI

from services.intake import accounts
from services.reference.absences import stood_in_for
from tests.clients import browser
from tests.intake.conftest import ADMIN, CLERK, DIRECTORY, NOW, OTHER, VISITOR, script, settle


async def test_the_directory_is_loaded_once_however_often(filled: FastAPI) -> None:
    before = (await filled.state.service.log.head()).seq
    async with script(filled, ADMIN) as admin:
        again = await admin.post("/intake/api/directory", json=DIRECTORY)
        assert {row["status"] for row in again.json()["rows"]} == {"unchanged"}
        assert (await filled.state.service.log.head()).seq == before
        wrong = {"persons": [{"person_id": "p-9", "unit_id": "office", "name": "示例己", "roles": ["king"]}]}
        refused = (await admin.post("/intake/api/directory", json=wrong)).json()["rows"][0]
        assert (refused["sheet"], refused["index"], refused["code"], refused["field"]) == (
            "persons",
            0,
            "unknown-role",
            "roles",
        )
    async with script(filled, CLERK) as clerk:
        assert (await clerk.post("/intake/api/directory", json=DIRECTORY)).status_code == 403


async def test_guessing_in_parallel_does_not_lift_the_lock(filled: FastAPI) -> None:
    pool = filled.state.service.pool
    await accounts.put_account(pool, "clerk", "p-clerk", "demo-password")
    guesses = [accounts.check(pool, "clerk", f"guess {number}") for number in range(12)]
    answers = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(answer, accounts.WrongPassword) for answer in answers) == 4
    assert sum(isinstance(answer, accounts.Locked) for answer in answers) == 8
    with pytest.raises(accounts.Locked):
        await accounts.check(pool, "clerk", "demo-password")


async def test_five_wrong_passwords_lock_an_account(filled: FastAPI) -> None:
    async with script(filled, ADMIN) as admin:
        account = {"login": "clerk", "person_id": "p-clerk", "password": "demo-password"}
        assert (await admin.post("/intake/api/accounts", json=account)).status_code == 201
    async with browser(filled) as anybody:
        right = {"login": "clerk", "password": "demo-password"}
        session = (await anybody.post("/intake/api/session", json=right)).json()
        assert session["user"]["roles"] == ["intake_clerk"]
        headers = {"authorization": f"Bearer {session['token']}"}
        assert (await anybody.get("/intake/api/me", headers=headers)).json()["unit_name"] == "区活动办"
        wrong = {**right, "password": "not-it"}
        answers = [await anybody.post("/intake/api/session", json=wrong) for _ in range(5)]
        assert {a.status_code for a in answers} == {401}
        assert "再错 1 次" in answers[3].json()["detail"]
        assert "15 分钟" in answers[4].json()["detail"]
        assert (await anybody.post("/intake/api/session", json=right)).status_code == 401
        await filled.state.service.pool.execute("UPDATE account SET locked_until = now() - interval '1 s'")
        assert (await anybody.post("/intake/api/session", json=right)).status_code == 200


async def test_one_is_away_by_ones_own_word_and_the_stand_in_sees_it(filled: FastAPI) -> None:
    away = {"ends_at": "2017-07-20T18:00:00", "backup_id": "p-other", "note": "赴省厅开会"}
    async with script(filled, VISITOR) as visitor, script(filled, OTHER) as other:
        refused = await other.post("/intake/api/persons/p-visitor/absences", json=away)
        assert refused.status_code == 403
        unknown = await visitor.post("/intake/api/persons/p-visitor/absences", json={**away, "backup_id": "p-none"})
        assert unknown.json()["errors"][0]["field"] == "backup_id"
        declared = await visitor.post("/intake/api/persons/p-visitor/absences", json=away)
        assert declared.json()["events"] == ["absence-declared"]
        await settle(filled)
        seen = [one.person_id for one in await stood_in_for(filled.state.service.pool, "p-other", NOW)]
        assert seen == ["p-visitor"]
        async with browser(filled, OTHER) as page:
            assert "示例乙代岗" in (await page.get("/intake/me")).text
        absence = declared.json()["absence_id"]
        ended = await visitor.post(f"/intake/api/persons/p-visitor/absences/{absence}/end")
        assert ended.json()["events"] == ["absence-ended"]
        await settle(filled)
        assert await stood_in_for(filled.state.service.pool, "p-other", NOW) == []
