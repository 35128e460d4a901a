"""Intake as programs use it."""

from datetime import timedelta

from fastapi import FastAPI

from contracts.codec import decode
from contracts.intake import RequestRegistered
from tests.clients import browser
from tests.intake.conftest import CLERK, NOW, OTHER, VISITOR, script, settle
from tests.intake.filing import ITEM, VISIT, registered


async def payloads(app: FastAPI) -> list[bytes]:
    return [stored.payload for stored in await app.state.service.log.read(0, 1000)]


async def test_the_installation_says_what_it_is_before_anything_else(app: FastAPI) -> None:
    first = (await app.state.service.log.read(0, 1))[0]
    assert first.type == "installation-created"


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


async def test_a_visit_without_an_id_of_the_senders_gets_one_that_a_repeat_finds_again(filled: FastAPI) -> None:
    data = {name: value for name, value in VISIT.items() if name != "visit_id"}
    async with script(filled, VISITOR) as visitor:
        key = {"idempotency-key": "form-1"}
        done = await visitor.post("/intake/api/visits", json=data, headers=key)
        assert done.status_code == 201
        again = await visitor.post("/intake/api/visits", json=data, headers=key)
        other = await visitor.post("/intake/api/visits", json=data)
    same = ("visit_id", "request_ids", "version", "position")
    assert {name: again.json()[name] for name in same} == {name: done.json()[name] for name in same}
    assert done.json()["version"] == 1
    assert len(await filled.state.service.log.stream(f"visit-{done.json()['visit_id']}")) == 1
    assert (other.status_code, other.json()["visit_id"] == done.json()["visit_id"]) == (201, False)


async def test_codes_that_nobody_knows_are_refused_and_nothing_of_them_stays(filled: FastAPI) -> None:
    before = await payloads(filled)
    asked = {"text": "小区夜里施工"}
    heard = [{"text": "路"}, {"text": "灯", "complained": ["town-a", "zzz"]}]
    wrong = [
        ("requests", {**asked, "territory": "nowhere"}, "no-such-unit", "territory"),
        ("requests", {**asked, "complained": ["zzz"]}, "no-such-unit", "complained"),
        ("requests", {**asked, "subject": "nobody"}, "no-such-subject", "subject"),
        ("requests", {**asked, "programme": "zzz"}, "programme-not-active", "programme"),
        ("visits", {**VISIT, "requests": heard}, "no-such-unit", "requests.1.complained"),
        ("visits", {**VISIT, "programme": "zzz"}, "programme-not-active", "programme"),
        ("visits", {**VISIT, "captured_at": "2018-08-20T12:00:00"}, "in-future", "captured_at"),
    ]
    async with script(filled, CLERK) as clerk:
        for path, data, code, field in wrong:
            refused = await clerk.post(f"/intake/api/{path}", json=data)
            assert (refused.status_code, refused.json()["code"]) == (422, code), data
            assert refused.json()["errors"][0]["field"] == field
        items = [{**ITEM, "territory": "nowhere"}, {**ITEM, "source_ref": "m-2", "territory": "town-a"}]
        batch = (await clerk.post("/intake/api/requests:batch", json={"items": items})).json()["results"]
    assert [(one["status"], one["code"], one["field"]) for one in batch] == [
        ("refused", "no-such-unit", "territory"),
        ("created", None, None),
    ]
    assert len(await payloads(filled)) == len(before) + 1


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


async def test_a_unit_sees_only_its_own_territory(filled: FastAPI) -> None:
    here = await registered(filled, territory="town-a")
    async with script(filled, OTHER) as other:
        assert (await other.get("/intake/api/requests")).json()["items"] == []
        assert (await other.get(f"/intake/api/requests/{here}")).status_code == 404
    async with script(filled, VISITOR) as visitor:
        assert len((await visitor.get("/intake/api/requests")).json()["items"]) == 1


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
