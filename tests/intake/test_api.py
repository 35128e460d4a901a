"""Intake as programs use it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from contracts.codec import decode
from contracts.dispatch import AbsorptionUndone, CaseAbsorbed, CaseOpened, Dues, OrderIssued
from contracts.envelope import Actor, Meta
from contracts.event import Event
from contracts.intake import RequestRegistered
from contracts.sealed import Sealed
from services.chassis.web.session import User
from services.intake import accounts
from services.intake.domain import directory
from services.intake.domain import request as requests
from services.intake.domain.directory import EraseSubject
from services.intake.domain.request import ErasePersonalData
from services.reference.absences import stood_in_for
from tests.intake.conftest import ADMIN, CLERK, DIRECTORY, NOW, OTHER, VISITOR, browser, script, settle, told

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


async def payloads(app: FastAPI) -> list[bytes]:
    return [stored.payload for stored in await app.state.service.log.read(0, 1000)]


async def test_the_installation_says_what_it_is_before_anything_else(app: FastAPI) -> None:
    first = (await app.state.service.log.read(0, 1))[0]
    assert first.type == "installation-created"


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


async def test_a_visit_with_its_requests_is_one_command(filled: FastAPI) -> None:
    async with script(filled, VISITOR) as visitor:
        key = {"idempotency-key": "form-1"}
        done = await visitor.post("/intake/api/visits", json=VISIT, headers=key)
        assert done.status_code == 201
        assert done.json()["events"] == [
            "visit-recorded",
            "request-registered",
            "request-registered",
            "request-answered-on-spot",
        ]
        again = await visitor.post("/intake/api/visits", json=VISIT, headers=key)
        assert (again.status_code, again.json()["repeated"]) == (200, True)
        assert again.json()["position"] == done.json()["position"]
        other = await visitor.post("/intake/api/visits", json=VISIT)
        assert (other.status_code, other.json()["code"]) == (422, "already-recorded")
        listed = await visitor.get("/intake/api/requests", params={"after": done.json()["position"]})
        assert {(row["title"], row["status"]) for row in listed.json()["items"]} == {
            ("村口的路坏了三百米", "new"),
            ("路灯", "answered"),
        }
    visit = decode((await filled.state.service.log.stream("visit-v-1"))[0].payload).envelope
    assert visit.meta.programme == "jw-2017"
    assert visit.occurred_at == NOW - timedelta(minutes=30)
    assert visit.meta.captured_at == NOW - timedelta(minutes=20)
    everything = b"".join(await payloads(filled))
    for private in ("示例户一", "13800001234", "18 号", "路坏了", "独居", "换好"):
        assert private.encode() not in everything


async def test_nothing_of_a_refused_visit_stays(filled: FastAPI) -> None:
    before = await payloads(filled)
    async with script(filled, VISITOR) as visitor:
        future = {**VISIT, "visited_at": "2017-07-17T12:16:00"}
        refused = await visitor.post("/intake/api/visits", json=future)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "visited_at")
        unknown = await visitor.post("/intake/api/visits", json={**VISIT, "visitors": ["p-nobody"]})
        assert unknown.json()["code"] == "not-on-roster"
        assert (await visitor.post("/intake/api/visits", json={**VISIT, "subject": "s-9"})).status_code == 422
        accepts = {**VISIT, "requests": [{"text": "路", "accept": True}]}
        assert (await visitor.post("/intake/api/visits", json=accepts)).status_code == 403
    assert await payloads(filled) == before
    assert await filled.state.service.pool.fetchval("SELECT count(*) FROM requester") == 0


async def registered(app: FastAPI, user: User = CLERK, **more: Any) -> str:
    async with script(app, user) as clerk:
        data = {"text": "小区夜里施工", "requester": {"name": "示例住户", "phone": "13900005678"}, **more}
        answer = await clerk.post("/intake/api/requests", json=data)
        assert answer.status_code == 201, answer.text
        await settle(app)
        found: str = answer.json()["request_id"]
        return found


async def test_a_clerk_decides(filled: FastAPI) -> None:
    first, second, third = [await registered(filled) for _ in range(3)]
    async with script(filled, CLERK) as clerk:
        url = "/intake/api/requests"
        assert (await clerk.post(f"{url}/{first}/accept", json={})).json()["events"] == ["request-accepted"]
        assert (await clerk.post(f"{url}/{first}/accept", json={})).json()["events"] == []
        told_at = {"reason": "应走诉讼", "told_at": "2017-07-17T11:00:00"}
        no_reason = await clerk.post(f"{url}/{second}/reject", json={**told_at, "reason": " "})
        assert no_reason.json()["errors"][0]["field"] == "reason"
        assert (await clerk.post(f"{url}/{second}/reject", json=told_at)).status_code == 201
        assert (await clerk.post(f"{url}/{third}/answer", json={})).json()["code"] == "answer-missing"
        assert (await clerk.post(f"{url}/{third}/answer", json={"answer": "已停工"})).status_code == 201
        assert (await clerk.post(f"{url}/{third}/accept", json={})).json()["code"] == "already-answered"
        assert (await clerk.post(f"{url}/{first}/accept", json={"programme": "none"})).status_code == 422
    async with script(filled, VISITOR) as visitor:
        assert (await visitor.post(f"/intake/api/requests/{first}/accept", json={})).status_code == 403
    accepted = decode((await filled.state.service.log.stream(f"request-{first}"))[-1].payload).envelope
    assert (accepted.meta.programme, accepted.meta.pack_version) == ("jw-2017", "1")


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


async def test_the_list_follows_the_case(filled: FastAPI) -> None:
    request_id = await registered(filled, accept=True)
    await handed_over(filled, request_id, "town-a")
    async with script(filled, CLERK) as clerk:
        row = (await clerk.get(f"/intake/api/requests/{request_id}")).json()
    assert (row["status"], row["case_id"], row["step"], row["case_no"], row["lead_unit"]) == (
        "linked",
        "c-1",
        "issued",
        7,
        "town-a",
    )


async def test_a_unit_sees_only_its_own_territory(filled: FastAPI) -> None:
    here = await registered(filled, territory="town-a")
    async with script(filled, OTHER) as other:
        assert (await other.get("/intake/api/requests")).json()["items"] == []
        assert (await other.get(f"/intake/api/requests/{here}")).status_code == 404
    async with script(filled, VISITOR) as visitor:
        assert len((await visitor.get("/intake/api/requests")).json()["items"]) == 1


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


ITEM = {"source_ref": "m-1", "title": "噪声", "text": "夜里施工", "user": "U-1", "said_at": "2017-07-01T10:00:00"}


async def test_a_batch_answers_for_every_message_and_a_repeat_changes_nothing(filled: FastAPI) -> None:
    items = [
        ITEM,
        {**ITEM, "source_ref": "m-2", "said_at": "2017-07-18T10:00:00"},
        {**ITEM, "source_ref": "m-3", "text": ""},
        {**ITEM, "source_ref": "m-4"},
    ]
    async with script(filled, CLERK) as clerk:
        batch = {"programme": "jw-2017", "items": items}
        first = (await clerk.post("/intake/api/requests:batch", json=batch)).json()["results"]
        assert [r["status"] for r in first] == ["created", "refused", "refused", "created"]
        assert [r["field"] for r in first] == [None, "received_at", "text", None]
        head = (await filled.state.service.log.head()).seq
        again = (await clerk.post("/intake/api/requests:batch", json=batch)).json()["results"]
        assert [r["status"] for r in again] == ["repeated", "refused", "refused", "repeated"]
        assert (await filled.state.service.log.head()).seq == head
        other = {"items": [{**ITEM, "text": "别的内容"}]}
        changed = (await clerk.post("/intake/api/requests:batch", json=other)).json()["results"][0]
        assert (changed["status"], changed["code"]) == ("refused", "other-content")
        taken = (await clerk.post("/intake/api/requests:batch", json={**batch, "accept": True})).json()["results"]
        assert [r["status"] for r in taken] == ["created", "refused", "refused", "created"]
        future = {"items": [items[1]], "received_at": "import"}
        late = (await clerk.post("/intake/api/requests:batch", json=future)).json()["results"][0]
        assert late["status"] == "created"
    stored = decode((await filled.state.service.log.stream(f"request-{late['request_id']}"))[0].payload).event
    assert isinstance(stored, RequestRegistered)
    assert stored.received_at == NOW


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


async def test_requests_follow_their_cases_into_a_merge_out_of_it_and_apart(filled: FastAPI) -> None:
    async with script(filled, CLERK) as clerk:
        first, second = [
            (await clerk.post("/intake/api/requests", json={"text": text, "accept": True})).json()["request_id"]
            for text in ("示例路积水", "示例路又积水")
        ]

        async def cases(*events: Event) -> list[tuple[str, list[str]]]:
            await told(filled, *events, programme="jw-2017")
            await reacted(filled)
            rows = [(await clerk.get(f"/intake/api/requests/{one}")).json() for one in (first, second)]
            return [(row["case_id"], row["more_cases"]) for row in rows]

        def opened(case: str, request: str, **more: str) -> CaseOpened:
            sealed = Sealed(key_id=f"request-{request}", box="AAAA")
            return CaseOpened(
                case_id=case,
                request_ids=(request,),
                title=sealed,
                text=sealed,
                channel="window",
                received_at=NOW,
                **more,
            )

        assert await cases(opened("c1", first), opened("c2", second)) == [("c1", []), ("c2", [])]
        ids = {"case_id": "c1", "case_no": 1, "request_ids": (second,)}
        joined = CaseAbsorbed(**ids, from_case="c2", from_no=2, link="merged")
        assert await cases(joined) == [("c1", []), ("c1", [])]
        undone = AbsorptionUndone(**ids, to_case="c2", reason="不是同一处")
        assert await cases(undone) == [("c1", []), ("c2", [])]
        apart = await cases(opened("p1", first, split_from="c1"), opened("p2", first, split_from="c1"))
        assert (sorted([apart[0][0], *apart[0][1]]), apart[1]) == (["p1", "p2"], ("c2", []))


async def test_a_request_joins_an_open_case_goes_elsewhere_or_is_taken_back(filled: FastAPI) -> None:
    async with script(filled, CLERK) as clerk:
        one, two, three = [
            (await clerk.post("/intake/api/requests", json={"text": text})).json()["request_id"]
            for text in ("示例路积水", "合同纠纷", "路灯不亮")
        ]
        unknown = await clerk.post(f"/intake/api/requests/{one}/accept", json={"join_case": "c9"})
        assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "join_case")
        court = {"channel": "示例区人民法院", "told_at": "2017-07-17T11:00:00"}
        gone = await clerk.post(f"/intake/api/requests/{two}/redirect", json=court)
        assert gone.json()["events"] == ["request-redirected"]
        back = await clerk.post(f"/intake/api/requests/{three}/withdraw", json={"reason": "已自行修好"})
        again = await clerk.post(
            f"/intake/api/requests/{three}/withdraw",
            json={"reason": "已自行修好"},
            headers={"idempotency-key": back.request.headers["idempotency-key"]},
        )
        assert (back.status_code, again.json()["repeated"]) == (201, True)
        assert (await clerk.post(f"/intake/api/requests/{three}/accept", json={})).status_code == 422
        await settle(filled)
        rows = {row["request_id"]: row["status"] for row in (await clerk.get("/intake/api/requests")).json()["items"]}
    assert (rows[one], rows[two], rows[three]) == ("new", "redirected", "withdrawn")


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


async def reacted(app: FastAPI) -> None:
    """Until the reactors and read models have followed the log."""
    service = app.state.service
    while True:
        head = (await service.log.head()).seq
        if all(lag.seq >= head for lag in (await service.reactors.lag()).values()):
            break
        await service.log.wait(head + 1, 0.02)
    await settle(app)


async def test_a_nul_is_refused_by_its_field_and_in_every_address(filled: FastAPI) -> None:
    async with script(filled, CLERK) as clerk:
        single = await clerk.post("/intake/api/requests", json={"title": "a\0b", "text": "漏水"})
        assert (single.status_code, single.json()["errors"][0]["field"]) == (422, "title")
        items = [
            {"source_ref": "n-1", "text": "a\0b", "said_at": "2017-07-17T08:00:00+08:00"},
            {"source_ref": "n-2", "text": "漏水", "said_at": "0219-02-08T08:00:00+08:00"},
            {"source_ref": "n-3", "text": "漏水", "said_at": "2017-07-17T08:00:00+08:00"},
        ]
        batch = (await clerk.post("/intake/api/requests:batch", json={"items": items})).json()["results"]
        assert [(one["status"], one["field"]) for one in batch] == [
            ("refused", "text"),
            ("refused", "said_at"),
            ("created", None),
        ]
        for address in ("requests?q=%00", "requests?%00=1", "requests/%00"):
            refused = await clerk.get(f"/intake/api/{address}")
            assert (refused.status_code, refused.json()["code"]) == (400, "nul"), address
        posted = await clerk.post("/intake/api/requests/%00/accept", json={})
        assert (posted.status_code, posted.json()["code"]) == (400, "nul")
        far = await clerk.get("/intake/api/requests?after=intake:99999999999999999999999")
        assert far.status_code == 200
        await settle(filled)
    async with browser(filled) as stranger:
        login = await stranger.post("/login", data={"account": "a\0", "password": "b"})
        assert login.status_code == 400
