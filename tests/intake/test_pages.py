"""Intake's pages as a browser without scripts uses them."""

import asyncio
import re
from hashlib import sha256
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from contracts.codec import decode
from contracts.intake import VisitRecorded
from contracts.supervision import ProgrammePackActivated
from services.chassis.log.verify import verify
from services.chassis.web.session import User
from services.intake.web.login_pages import _inside
from services.intake.web.requester_pages import mask
from services.reference.words import ROLE_NAMES
from tests.clients import browser
from tests.intake.conftest import ADMIN, AUDITOR, CLERK, DIRECTORY, NOW, OTHER, PACK, VISITOR, script, settle, told
from tests.intake.filing import handed_over, registered

DISPATCHER = User("p-desk", "示例庚", "office", "区活动办", ("dispatcher",))
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


async def form_of(page: httpx.AsyncClient, url: str, action: str | None = None) -> dict[str, str]:
    """The hidden fields of a page's form, as a browser would send them back."""
    answer = await page.get(url)
    assert answer.status_code == 200, answer.text
    text = answer.text[answer.text.index(f'action="{action or urlsplit(url).path}"') :]
    return dict(HIDDEN.findall(text[: text.index("</form>")]))


async def events(app: FastAPI) -> list[str]:
    return [stored.type for stored in await app.state.service.log.read(0, 1000)]


async def test_everybody_begins_where_their_work_is(filled: FastAPI) -> None:
    for user, place in ((VISITOR, "/intake/visits"), (CLERK, "/intake/requests"), (AUDITOR, "/audit/")):
        async with browser(filled, user) as page:
            assert (await page.get("/")).headers["location"] == place
    async with browser(filled) as stranger:
        assert (await stranger.get("/")).headers["location"] == "/login"
        asked = await stranger.get("/intake/visits")
        assert asked.headers["location"] == "/login?next=%2Fintake%2Fvisits"


async def test_a_real_installation_neither_makes_nor_shows_nor_takes_demo_accounts(filled: FastAPI) -> None:
    account = {"login": "jia", "person_id": "p-visitor", "password": "demo-password", "demo": True}
    typed = {"account": "jia", "password": "demo-password"}
    async with script(filled, ADMIN) as admin, browser(filled) as page:
        assert (await admin.post("/intake/api/accounts", json=account)).status_code == 201
        service = filled.state.service
        service.settings = service.settings.model_copy(update={"demo": False})
        refused = await admin.post("/intake/api/accounts", json={**account, "login": "yi"})
        assert (refused.status_code, refused.json()["code"]) == (422, "not-a-demo")
        assert "demo-password" not in (await page.get("/login")).text
        again = await page.post("/login", data=typed)
        assert again.status_code == 401
        assert "演示账号" in again.text
        assert (await admin.post("/intake/api/accounts", json={**account, "demo": False})).status_code == 201
        assert (await page.post("/login", data=typed)).status_code == 303


@pytest.mark.parametrize("address", ["//evil.example", "https://evil.example/", "/\\evil.example", "evil", ""])
def test_login_leads_only_within_the_site(address: str) -> None:
    assert _inside(address) is None


async def test_logging_in_through_the_page(filled: FastAPI) -> None:
    async with script(filled, ADMIN) as admin:
        account = {"login": "jia", "person_id": "p-visitor", "password": "demo-password", "demo": True}
        await admin.post("/intake/api/accounts", json=account)
    async with browser(filled) as page:
        assert "demo-password" in (await page.get("/login")).text
        wrong = await page.post("/login", data={"account": "jia", "password": "x", "next": "/intake/me"})
        assert wrong.status_code == 401
        assert "账号或密码不对" in wrong.text
        assert 'value="jia"' in wrong.text
        right = {"account": "jia", "password": "demo-password", "next": "/intake/me"}
        assert (await page.post("/login", data=right)).headers["location"] == "/intake/me"
        me = (await page.get("/intake/me")).text
        assert "走访干部" in me
        token = re.search(r'name="csrf" value="([^"]+)"', me)
        assert token
        await page.post("/intake/logout", data={"csrf": token[1]})
        assert (await page.get("/intake/me")).status_code == 303


async def test_a_visit_is_recorded_with_two_problems_and_no_scripts(filled: FastAPI) -> None:
    async with browser(filled, VISITOR) as page:
        listed = (await page.get("/intake/visits")).text
        assert "示例户一" in listed
        assert "低收入户" in listed
        url = "/intake/visits/new?subject=s-1"
        hidden = await form_of(page, url)
        typed = {**hidden, "outcome": "asks", "visited_at": "2017-07-17T11:30", "requests.0.text": "路坏了"}
        more = await page.post("/intake/visits/new", data={**typed, "act": "more"})
        assert more.status_code == 200
        assert 'name="requests.1.text"' in more.text
        assert "路坏了" in more.text
        typed |= {"requests.1.text": "灯不亮", "requests.1.answer": "已换", "requests.0.consent": "yes", "act": "save"}
        future = await page.post("/intake/visits/new", data={**typed, "visited_at": "2017-07-18T11:30"})
        assert future.status_code == 422
        assert "时间晚于现在" in future.text
        assert "灯不亮" in future.text
        unheard = await page.post("/intake/visits/new", data={**typed, "basis": "路过"})
        assert unheard.status_code == 422
        assert "本活动没有这种联系方式：路过。" in unheard.text
        assert '<option value="包村入户">' in unheard.text
        typed |= {"basis": "包村入户"}
        saved = await page.post("/intake/visits/new", data=typed)
        assert saved.status_code == 303, saved.text
        assert (await events(filled))[-4:] == [
            "visit-recorded",
            "request-registered",
            "request-registered",
            "request-answered-on-spot",
        ]
        count = len(await events(filled))
        assert (await page.post("/intake/visits/new", data=typed)).status_code == 303
        assert len(await events(filled)) == count, "sent twice, recorded once"
        assert "已访" in (await page.get(saved.headers["location"])).text


async def test_refusals_of_a_visit_stand_beside_their_field(filled: FastAPI) -> None:
    async with browser(filled, VISITOR) as page:
        hidden = await form_of(page, "/intake/visits/new?subject=s-1")
        none = await page.post("/intake/visits/new", data={**hidden, "outcome": "asks", "act": "save"})
        assert none.status_code == 422
        assert 'id="x-f-requests.0.text"' in none.text
        unsaid = await page.post("/intake/visits/new", data={**hidden, "act": "save"})
        assert (unsaid.status_code, 'id="x-f-outcome"' in unsaid.text) == (422, True)
        assert (await page.get("/intake/visits/new?subject=nobody")).status_code == 404
        forged = await page.post("/intake/visits/new", data={**hidden, "csrf": "x", "outcome": "none"})
        assert forged.status_code == 403
    assert "visit-recorded" not in await events(filled)


async def test_lt_38_the_form_asks_what_the_pack_lists_and_keeps_it_where_it_is_refused(filled: FastAPI) -> None:
    async with browser(filled, VISITOR) as page:
        assert 'name="content"' not in (await page.get("/intake/visits/new?subject=s-1")).text, (
            "this pack lists nothing"
        )
        content = PACK.decode().replace("[taxonomy]", '[taxonomy]\nvisit_content = ["摸排问题", "了解需求"]', 1)
        content = content.replace("version = 1", "version = 2", 1)
        amended = ProgrammePackActivated(
            programme_id="jw-2017",
            name="示例活动",
            pack_version=2,
            sha256=sha256(content.encode()).hexdigest(),
            content=content,
            effective_from=NOW,
        )
        await told(filled, amended, programme="jw-2017")
        await settle(filled)
        hidden = await form_of(page, "/intake/visits/new?subject=s-1")
        typed = {**hidden, "outcome": "none", "content": ["摸排问题", "了解需求"], "act": "save"}
        other = await page.post("/intake/visits/new", data={**typed, "content": ["摸排问题", "喝茶"]})
        assert (other.status_code, "方案没有这项走访内容：喝茶" in other.text) == (422, True)
        assert 'value="摸排问题" checked' in other.text
        assert (await page.post("/intake/visits/new", data=typed)).status_code == 303
    stored = (await filled.state.service.log.read(0, 1000))[-1]
    visit = decode(stored.payload).event
    assert isinstance(visit, VisitRecorded)
    assert visit.content == ("摸排问题", "了解需求")


async def test_a_phone_whose_clock_is_ahead_records_its_visit_all_the_same(filled: FastAPI) -> None:
    async with browser(filled, VISITOR) as page:
        fields = await form_of(page, "/intake/visits/new?subject=s-1")
        ahead = {**fields, "outcome": "none", "captured_at": "2018-08-20T12:00:00Z"}
        saved = await page.post("/intake/visits/new?subject=s-1", data=ahead)
    assert saved.status_code == 303, saved.text
    visit = decode((await filled.state.service.log.stream(f"visit-{fields['visit_id']}"))[0].payload).envelope
    assert visit.meta.captured_at is None


async def test_the_clerk_registers_and_decides_on_pages(filled: FastAPI) -> None:
    async with browser(filled, CLERK) as page:
        hidden = await form_of(page, "/intake/requests/new")
        form = {
            **hidden,
            "channel": "hotline",
            "text": "夜里施工",
            "requester.phone": "13900005678",
            "territory": "town-a",
        }
        empty = await page.post("/intake/requests/new", data={**form, "text": " "})
        assert (empty.status_code, 'id="x-f-text"' in empty.text) == (422, True)
        done = await page.post("/intake/requests/new", data=form)
        url = urlsplit(done.headers["location"]).path
        await settle(filled)
        assert "夜里施工" in (await page.get("/intake/requests?status=open")).text
        hidden = await form_of(page, url, f"{url}/reject")
        told = {**hidden, "reason_code": "other", "told_at": "2017-07-17T11:00"}
        refused = await page.post(f"{url}/reject", data=told)
        assert (refused.status_code, "请写明不予受理的理由" in refused.text) == (422, True)
        assert (await page.post(f"{url}/accept", data=await form_of(page, url, f"{url}/accept"))).status_code == 303
        stale = await page.post(f"{url}/reject", data={**told, "reason": "应走诉讼", "command_id": "another"})
        assert stale.status_code == 409
        assert "此件刚被他人更新" in stale.text


async def test_who_asks_is_masked_and_every_look_is_written_down(filled: FastAPI) -> None:
    plain = await registered(filled, territory="town-a", complained=["town-b"])
    secret = await registered(filled, confidential=True)
    async with browser(filled, CLERK) as clerk:
        seen = await clerk.get(f"/intake/_requester/q-{plain}")
        assert "139****5678" in seen.text
        assert "13900005678" not in seen.text
        token = re.search(r'name="csrf" value="([^"]+)"', seen.text)
        assert token
        assert "13900005678" in (await clerk.post(f"/intake/_requester/q-{plain}", data={"csrf": token[1]})).text
    for user, ref, status in (
        (OTHER, plain, 403),
        (VISITOR, secret, 403),
        (AUDITOR, plain, 403),
        (CLERK, secret, 200),
        (VISITOR, plain, 403),
    ):
        async with browser(filled, user) as page:
            answer = await page.get(f"/intake/_requester/q-{ref}")
            assert (answer.status_code, "示例住户" in answer.text) == (status, status == 200)
    rows = await filled.state.service.pool.fetch("SELECT person_id, whole FROM look ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("p-clerk", False),
        ("p-clerk", True),
        ("p-clerk", False),
    ]
    async with browser(filled, AUDITOR) as auditor:
        assert (await auditor.get("/intake/looks")).text.count("示例甲") == 3
    async with browser(filled, VISITOR) as visitor:
        assert (await visitor.get("/intake/looks")).status_code == 403


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", ("审计员", "纪检监察组")), ("en", ("Auditor", "Discipline inspection"))],
)
async def test_a_page_that_is_not_for_a_role_says_in_words_for_whom_it_is(
    filled: FastAPI, language: str, words: tuple[str, ...]
) -> None:
    async with browser(filled, VISITOR) as visitor:
        refused = await visitor.get("/intake/looks", headers={"Accept-Language": language})
    assert refused.status_code == 403
    main = refused.text[refused.text.index("<main") : refused.text.index("</main>")]
    assert all(main.count(word) == 1 for word in words)
    assert not [role for role in ROLE_NAMES if re.search(rf"\b{role}\b", main)]


async def test_only_who_handles_the_case_or_was_there_reaches_the_person_who_asks(filled: FastAPI) -> None:
    met = await registered(filled, VISITOR, territory="town-a")
    held = await registered(filled, accept=True, territory="town-a")
    looks: list[tuple[str, bool]] = []

    async def seen(user: User, request_id: str) -> bool:
        async with script(filled, user) as page:
            part = await page.get(f"/intake/_requester/q-{request_id}")
            all_of_it = await page.post(f"/intake/_requester/q-{request_id}")
        assert {part.status_code, all_of_it.status_code} <= {200, 403}
        assert ("示例住户" in part.text) == ("13900005678" in all_of_it.text) == (part.status_code == 200)
        looks.extend([(user.person_id, False), (user.person_id, True)] if part.status_code == 200 else [])
        return part.status_code == 200

    assert [await seen(VISITOR, one) for one in (met, held)] == [True, False]
    assert not await seen(OTHER, held)
    await handed_over(filled, held, "town-b")
    assert [await seen(OTHER, one) for one in (met, held)] == [False, True]
    assert await seen(DISPATCHER, held)
    rows = await filled.state.service.pool.fetch("SELECT person_id, whole FROM look ORDER BY id")
    assert [tuple(row) for row in rows] == looks


async def test_nobody_but_the_clerks_sees_who_asks_before_it_is_known_what_they_wished(filled: FastAPI) -> None:
    secret = await registered(filled, VISITOR, confidential=True)
    # As it is while the read model has not come so far.
    await filled.state.service.pool.execute("DELETE FROM request_row WHERE request_id = $1", secret)
    for user, status in ((VISITOR, 403), (DISPATCHER, 403), (CLERK, 200)):
        async with browser(filled, user) as page:
            answer = await page.get(f"/intake/_requester/q-{secret}")
            assert (answer.status_code, "示例住户" in answer.text) == (status, status == 200)


async def test_the_administrator_erases_a_household_on_the_directory_page(filled: FastAPI) -> None:
    async with browser(filled, ADMIN) as page:
        url, action = "/intake/directory", "/intake/directory/erase"
        typed = {**await form_of(page, url, action), "subject": "s-1"}
        refused = await page.post(action, data=typed)
        assert (refused.status_code, 'id="x-f-legal_basis"' in refused.text) == (422, True)
        done = await page.post(action, data={**typed, "legal_basis": "本人申请"})
        assert done.status_code == 303, done.text
    async with browser(filled, AUDITOR) as auditor:
        assert "/intake/directory/erase" not in (await auditor.get(url)).text
    assert (await events(filled))[-1] == "subject-data-erased"


async def test_an_erased_officials_deeds_stand_under_their_id_and_the_log_still_verifies(filled: FastAPI) -> None:
    service = filled.state.service
    request_id = await registered(filled)  # by the clerk
    where, url, action = f"/intake/requests/{request_id}", "/intake/directory", "/intake/directory/erase-person"
    async with browser(filled, ADMIN) as page, script(filled, ADMIN) as admin, script(filled, CLERK) as clerk:
        account = {"login": "bing", "person_id": CLERK.person_id, "password": "a-long-password"}
        assert (await admin.post("/intake/api/accounts", json=account)).status_code == 201
        typed = {**await form_of(page, url, action), "person": CLERK.person_id}
        assert CLERK.name in (await page.get(where)).text
        refused = await page.post(action, data=typed)
        assert (refused.status_code, 'id="x-f-person-legal_basis"' in refused.text) == (422, True)
        done = await page.post(action, data={**typed, "legal_basis": "本人申请"})
        assert done.status_code == 303, done.text
        await settle(filled)
        shown = (await page.get(where)).text
        assert (CLERK.name in shown, CLERK.person_id in shown) == (False, True)
        assert CLERK.name not in (await page.get(url)).text
        assert (await clerk.get("/intake/api/requests")).status_code == 403
        again = (await admin.post("/intake/api/directory", json=DIRECTORY)).json()["rows"]
        assert [row["code"] for row in again if row["status"] == "refused"] == ["erased"]
    for _ in range(200):
        if not await service.pool.fetchval("SELECT count(*) FROM account"):
            break
        await asyncio.sleep(0.02)
    else:
        pytest.fail("the login stayed")
    assert await service.keys.get(f"person-{CLERK.person_id}") is None
    async with service.log.pool.acquire() as db:
        assert (await verify(db)).ok


async def test_a_list_gets_the_names_its_reader_may_know_and_every_one_is_written_down(filled: FastAPI) -> None:
    open_one, closed = await registered(filled), await registered(filled, confidential=True)
    asked = {"ref": [f"q-{open_one}", f"q-{closed}", "q-nobody"]}
    async with browser(filled, DISPATCHER) as desk, browser(filled, AUDITOR) as auditor:
        shown = (await desk.get("/intake/_requesters", params=asked)).text
        assert shown.count("hx-swap-oob") == 3
        assert [part.count("不显示") for part in shown.split("</span>\n<span")] == [0, 1, 1]
        assert (await auditor.get("/intake/_requesters", params=asked)).text.count("不显示") == 3
        assert (await desk.get("/intake/_requesters")).status_code == 422
        assert (await desk.get("/intake/_requesters", params={"ref": ["q"] * 101})).status_code == 422
    looks = await filled.state.service.pool.fetch("SELECT person_id, request_id, whole FROM look")
    assert [tuple(one) for one in looks] == [(DISPATCHER.person_id, open_one, False)]


def test_masks() -> None:
    assert [mask(one) for one in ("13800001234", "8001", "")] == ["138****1234", "****", ""]


async def test_every_page_answers_in_both_languages(filled: FastAPI) -> None:
    request_id = await registered(filled, complained=["town-b"], category="road-surface", urgency="real")
    everything = User(
        "p-nobody", "示例己", "office", "区活动办", ("admin", "visitor", "intake_clerk", "programme_office")
    )
    paths = ["/login", "/intake/me", "/intake/visits", "/intake/visits/new?subject=s-2", "/intake/requests"]
    paths += ["/intake/requests/new", f"/intake/requests/{request_id}", "/intake/directory", "/intake/looks"]
    async with browser(filled, everything) as page:
        for path in paths:
            for language in ("zh", "en"):
                joined = f"{path}{'&' if '?' in path else '?'}lang={language}"
                assert (await page.get(joined)).status_code == 200, joined
