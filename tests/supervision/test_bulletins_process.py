"""通报 in the whole service: issued on cases and values, numbered, seen by whom it names, proposed, printed."""

import io
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import openpyxl
from fastapi import FastAPI

from contracts.envelope import Meta
from contracts.event import Event
from contracts.intake import PersonRegistered, RoleAssigned, UnitRegistered
from services.chassis.log.chain import extend
from services.chassis.reactor import Reactor
from services.chassis.service import Service
from services.chassis.web import User
from services.chassis.web.session import SESSION_COOKIE
from services.supervision.domain.cadence import CADENCE_SLOT, JudgeSlot, SlotOf
from services.supervision.domain.misreport import MISREPORT, EstablishMisreport
from services.supervision.react.issued_slots import NOTICE_TO_SLOT
from tests.spec import NOON, SOMEBODY, stored_events
from tests.supervision.test_inspecting_process import case
from tests.supervision.test_process import (  # noqa: F401 - the fixture is used by its name
    HOUR,
    OFFICE,
    PACK,
    PROGRAMME,
    activate,
    app,
    client,
    dispatch_says,
)
from tests.supervision.test_slips import settled

DAY = timedelta(days=1)
RULES = b"""
[notices]
issued_by = ["programme_office", "discipline"]
scopes = ["\xe5\x85\xa8\xe5\x8c\xba"]

[[notice]]
kind = "criticise"
code = "weak_handling"
needs = ["cases"]
rectify = true
proposed_on = "slips"
level = "red"
within_days = 60

[[notice]]
kind = "criticise"
code = "slow"
needs = ["kpi"]
kpi = "K18"
proposed_on = "missed_slots"
at_least = 2

[[notice]]
kind = "criticise"
code = "careless"
proposed_on = "dissatisfied"

[[notice]]
kind = "expose"
code = "false_report"
proposed_on = "misreports"

[[notice]]
kind = "commend"
code = "diligent"
proposed_on = "satisfied"
at_least = 2
"""
LADDER = b'levels = ["prompt", "blue", "orange", "red"]\n'
WORDS = b'[taxonomy]\nmerit = ["diligent"]\nmisconduct = ["slow", "careless"]\n'
CONTENT = PACK.replace(b"[taxonomy]\n", WORDS).replace(b"[escalation]\n", b"[escalation]\n" + LADDER) + RULES
"""The small pack with grounds of its own, one for everything that proposes."""

WHO = {
    "p-h": ("town-a", "示例镇长"),
    "p-7": ("town-a", "演示甲"),
    "p-8": ("town-b", "演示乙"),
    "p-9": ("town-b", "演示乙"),
}
HEAD = User("p-h", "示例镇长", "town-a", "示例甲镇", ("unit_leader",))
CADRE = User("p-7", "演示甲", "town-a", "示例甲镇", ("visitor",))
OTHER = User("p-8", "演示乙", "town-b", "示例乙镇", ("unit_leader",))
CHECKER = User("p-c", "演示丙", "office-2", "示例纪检监察组", ("discipline",))


async def directory(service: Service, *more: Event) -> None:
    """Two towns with their people, two of whom have the same name; and what else intake told."""
    assert service.keys is not None
    told: list[Event] = [
        UnitRegistered(unit_id="town-a", name="示例甲镇", level="town"),
        UnitRegistered(unit_id="town-b", name="示例乙镇", level="town"),
        UnitRegistered(unit_id=OFFICE.unit_id, name="示例督查室", level="district"),
    ]
    for person, (unit, name) in WHO.items():
        await service.keys.new(f"person-{person}")
        sealed = await service.keys.seal(name, f"person-{person}")
        told.append(PersonRegistered(person_id=person, unit_id=unit, name=sealed))
    for user in (HEAD, CADRE, OTHER):
        told.append(RoleAssigned(person_id=user.person_id, role=user.roles[0], unit_id=user.unit_id))
    told += more
    messages, chain = [], bytes(32)
    for stored in stored_events(*told, source="intake"):
        chain = extend(chain, stored.payload)
        messages.append((stored.seq, stored.payload, chain))
    await service.log.insert_foreign("intake", 1, messages)


async def ready(app: FastAPI, *cases: int) -> Service:  # noqa: F811
    """The pack in force, the directory, and some cases that town-a completed."""
    service: Service = app.state.service
    await directory(service)
    async with client(app, OFFICE) as api:
        assert (await activate(api, CONTENT)).status_code == 201
    await dispatch_says(service, *(event for n in cases for event in case(n, struck=False)))
    return service


def browsing(app: FastAPI, user: User) -> httpx.AsyncClient:  # noqa: F811
    """As a browser does it: by cookie, asking for pages; what is refused comes back as the form."""
    token = app.state.sessions.issue(user)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://127.0.0.1:8080",
        headers={"cookie": f"{SESSION_COOKIE}={token}", "accept": "text/html"},
    )


async def post(browser: httpx.AsyncClient, app: FastAPI, path: str, **fields: str) -> httpx.Response:  # noqa: F811
    """A form with the proof that it comes from our own page."""
    token = browser.headers["cookie"].partition("=")[2]
    session = app.state.sessions.read(token, by_cookie=True)
    return await browser.post(path, data={"csrf": app.state.sessions.csrf_token(session), **fields})


async def send(app: FastAPI, user: User, path: str, **body: Any) -> httpx.Response:  # noqa: F811
    async with client(app, user) as api:
        key = {"idempotency-key": str(uuid4())}
        return await api.post(f"/supervision/api/{path}", json=body, headers=key)


async def items(app: FastAPI, user: User, path: str) -> list[dict[str, Any]]:  # noqa: F811
    await settled(app.state.service)
    async with client(app, user) as api:
        answer = await api.get(f"/supervision/api/{path}")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found


def weak(**more: Any) -> dict[str, Any]:
    """Criticism of town-a for two cases, one asked for by its number and one by its id."""
    said: dict[str, Any] = {
        "programme": PROGRAMME, "kind": "criticise", "targets": ["town-a"], "scope": "全区", "text": "请举一反三。",
        "grounds": {"weak_handling": {"cases": f"{PROGRAMME.upper()}-0001、c2", "text": "两次未办结"}},
        "rectify_by": (NOON + 9 * DAY).isoformat(),
    }  # fmt: skip
    return {**said, **more}


async def test_a_notice_is_issued_on_its_cases_numbered_and_withdrawn(app: FastAPI) -> None:  # noqa: F811
    """通报批评 on named grounds (LT-29, HA-36)."""
    await ready(app, 1, 2)
    made = await send(app, OFFICE, "bulletins", **weak())
    assert (made.status_code, made.json()["events"]) == (201, ["notice-issued"]), made.text
    second = await send(app, CHECKER, "bulletins", **weak(targets=[], persons="演示甲"))
    assert second.status_code == 201, second.text
    listed = await items(app, OFFICE, "bulletins")
    assert {row["bulletin_no"] for row in listed} == {1, 2}
    first = next(row for row in listed if row["bulletin_id"] == made.json()["bulletin_id"])
    assert (first["case_ids"], first["targets"]) == (["c1", "c2"], ["town-a"])
    assert next(row for row in listed if row != first)["targets"] == ["p-7"]

    where = f"bulletins/{first['bulletin_id']}/withdraw"
    assert (await send(app, OFFICE, where)).json()["errors"][0]["field"] == "reason"
    inside = User("p-z", "演示丁", "town-a", "示例甲镇", ("programme_office",))
    assert (await send(app, inside, where, reason="不属实")).json()["code"] == "own-unit"
    assert (await send(app, HEAD, where, reason="不属实")).status_code == 403
    assert (await send(app, OFFICE, where, reason="查明另有原因")).json()["events"] == ["notice-withdrawn"]
    assert (await send(app, OFFICE, where, reason="又一次")).json()["code"] == "bulletin-withdrawn"
    assert len(await items(app, OFFICE, "bulletins?state=withdrawn")) == 1
    assert len(await items(app, OFFICE, "bulletins?state=standing&kind=criticise")) == 1


async def test_those_who_are_named_see_their_notices_and_nobody_else_does(app: FastAPI) -> None:  # noqa: F811
    await ready(app, 1, 2)
    of_unit = (await send(app, OFFICE, "bulletins", **weak())).json()["bulletin_id"]
    of_person = (await send(app, OFFICE, "bulletins", **weak(targets=["p-7"]))).json()["bulletin_id"]
    await items(app, OFFICE, "bulletins")
    seen = {
        user.person_id: {row["bulletin_id"] for row in await items(app, user, "bulletins")}
        for user in (HEAD, CADRE, OTHER)
    }
    assert seen == {"p-h": {of_unit, of_person}, "p-7": {of_unit, of_person}, "p-8": set()}
    clerk = User("p-k", "演示戊", "town-a", "示例甲镇", ("unit_clerk",))
    assert {row["bulletin_id"] for row in await items(app, clerk, "bulletins")} == {of_unit}
    async with client(app, OTHER, accept="text/html") as other, client(app, CADRE, accept="text/html") as cadre:
        for path in (of_unit, f"{of_unit}/paper.pdf"):
            assert (await other.get(f"/supervision/bulletins/{path}")).status_code == 403
        assert (await other.get("/supervision/bulletins/nothing")).status_code == 404
        shown = await cadre.get(f"/supervision/bulletins/{of_person}")
        assert (shown.status_code, "演示甲" in shown.text) == (200, True)
        assert "撤回通报" not in shown.text


async def test_every_refusal_stands_beside_its_field(app: FastAPI) -> None:  # noqa: F811
    await ready(app, 1, 2)
    assert (await send(app, OTHER, "bulletins", **weak())).status_code == 403
    slow = {"grounds": {"slow": {"value": "61.2%"}}, "rectify_by": None}
    assert (await send(app, OFFICE, "bulletins", **weak(**slow))).status_code == 201
    for change, code, field in (
        ({"targets": ["nobody"]}, "unknown-target", "targets"),
        ({"targets": [], "persons": "演示乙"}, "ambiguous-person", "persons"),
        ({"targets": [], "persons": "演示无"}, "unknown-person", "persons"),
        ({"targets": [OFFICE.unit_id]}, "own-unit", "targets"),
        ({"grounds": {}}, "no-ground", "grounds"),
        ({"grounds": {"falsification": {}}, "chosen": ["falsification"]}, "ground-not-named", "grounds.falsification"),
        ({"grounds": {"weak_handling": {"cases": "JW-0001"}}}, "no-such-case", "grounds.weak_handling.cases"),
        ({"grounds": {}, "chosen": ["weak_handling"]}, "ground-without-cases", "grounds.weak_handling.cases"),
        ({"grounds": {"slow": {"text": "慢"}}}, "ground-without-value", "grounds.slow.value"),
        ({"rectify_by": None}, "no-rectify-by", "rectify_by"),
        ({"scope": "全市"}, "scope-not-named", "scope"),
    ):
        refused = await send(app, OFFICE, "bulletins", **weak(**change))
        told = refused.json()
        assert (refused.status_code, told["code"], told["errors"][0]["field"]) == (422, code, field), refused.text
    bad = await send(app, OFFICE, "bulletins", **weak(grounds={"slow": {"value": "很低"}}))
    assert bad.json()["errors"][0]["field"] == "grounds.slow.value", bad.text
    assert len(await items(app, OFFICE, "bulletins")) == 1, "nothing that was refused was recorded"


def proposed(rows: list[dict[str, Any]]) -> dict[str, tuple[str, int]]:
    return {row["code"]: (row["unit"], row["found"]) for row in rows}


async def test_the_pack_proposes_and_a_person_decides(app: FastAPI) -> None:  # noqa: F811
    """表彰 and 批评 by the criteria of the pack (LT-28, LT-29)."""
    service = await ready(app, 1, 2, 3)
    assert proposed(await items(app, OFFICE, "bulletin-proposals")) == {}
    asked = {"target_unit": "town-a", "problem": "停滞", "requirements": "说明"}
    slip = await send(app, OFFICE, "notices", programme=PROGRAMME, case_id="c1", level="red", source="office", **asked)
    assert slip.status_code == 201, slip.text
    meta = Meta(command_id="m1", actor=SOMEBODY, programme=PROGRAMME)
    false = EstablishMisreport(
        misreport_id="m1",
        programme_id=PROGRAMME,
        case_id="c2",
        code="false_report",
        codes=("false_report",),
        unit="town-a",
        units=("town-a",),
        persons=(),
        of_unit=(),
        finding="照片系他处",
        established_by="p-s",
        by_unit="office",
        signal_id="signal-1",
    )
    await service.commands.handle(MISREPORT, "misreport-m1", false, meta)
    for n in (1, 2):
        of = SlotOf(f"s{n}", PROGRAMME, "weekly", date(2017, 7, n), "town-b", NOON - n * DAY)
        told = Meta(command_id=f"s{n}", actor=SOMEBODY, programme=PROGRAMME)
        await service.commands.handle(CADENCE_SLOT, f"cadence-s{n}", JudgeSlot(of, NOON), told)
    due = await items(app, OFFICE, "followups")
    for row, answer in zip(due[:2], ("very", "satisfied"), strict=True):
        where = f"followups/{row['followup_id']}/conduct"
        heard = await send(app, OFFICE, where, solved=True, satisfaction=answer, contacted=True)
        assert heard.json()["verdict"] == "pass"
    assert proposed(await items(app, OFFICE, "bulletin-proposals")) == {
        "weak_handling": ("town-a", 2),
        "slow": ("town-b", 2),
        "false_report": ("town-a", 1),
        "diligent": ("town-a", 2),
    }
    assert await items(app, OTHER, "bulletin-proposals") == [], "only those who may issue are asked"
    assert await items(app, OFFICE, "bulletins") == [], "nothing is issued by rule"

    unhappy = f"followups/{due[2]['followup_id']}/conduct"
    await send(app, OFFICE, unhappy, solved=False, satisfaction="dissatisfied", contacted=True)
    found = proposed(await items(app, OFFICE, "bulletin-proposals"))
    assert found["careless"] == ("town-a", 1)
    assert "diligent" not in found, "who failed a follow-up is not praised"

    made = (await send(app, OFFICE, "bulletins", **weak())).json()
    assert "weak_handling" not in proposed(await items(app, OFFICE, "bulletin-proposals"))
    await send(app, OFFICE, f"bulletins/{made['bulletin_id']}/withdraw", reason="有误")
    assert "weak_handling" in proposed(await items(app, OFFICE, "bulletin-proposals"))
    no = {"programme": PROGRAMME, "kind": "criticise", "target": "town-b", "ground": "slow"}
    assert (await send(app, OFFICE, "bulletin-proposals/decline", **no)).json()["errors"][0]["field"] == "reason"
    assert (await send(app, OTHER, "bulletin-proposals/decline", **no, reason="不必")).status_code == 403
    said = await send(app, OFFICE, "bulletin-proposals/decline", **no, reason="已当面提醒")
    assert said.json()["events"] == ["notice-declined"], said.text
    assert "slow" not in proposed(await items(app, OFFICE, "bulletin-proposals"))
    again = await send(app, OFFICE, "bulletin-proposals/decline", **no, reason="已当面提醒")
    assert again.json()["code"] == "not-proposed"
    service.clock.advance(31 * DAY)  # type: ignore[attr-defined]
    assert set(proposed(await items(app, OFFICE, "bulletin-proposals"))) == {"weak_handling"}, "its rule counts 60 days"


async def test_the_form_opens_filled_and_the_notice_is_printed(app: FastAPI) -> None:  # noqa: F811
    """From a check's finding to the notice (LT-26, HA-37)."""
    await ready(app, 1, 2)
    asked = {"target_unit": "town-a", "problem": "路面至今未修", "requirements": "说明"}
    slip = await send(app, OFFICE, "notices", programme=PROGRAMME, case_id="c1", level="red", source="office", **asked)
    await items(app, OFFICE, "bulletins")
    number = f"{PROGRAMME.upper()}-0001"
    async with browsing(app, OFFICE) as browser, browsing(app, OTHER) as other:
        assert (await other.get("/supervision/bulletins/new")).status_code == 403
        listed = (await browser.get("/supervision/bulletins")).text
        assert "按方案提请" in listed
        assert "近 60 天有 1 份督办单" in listed
        for source in (f"notice_id={slip.json()['notice_id']}", "case_id=c1", f"programme={PROGRAMME}&case_id=c1"):
            form = (await browser.get(f"/supervision/bulletins/new?{source}")).text
            assert number in form, source
            assert 'value="town-a" checked' in form, source
        assert (await browser.get("/supervision/bulletins/new?notice_id=none")).status_code == 404
        href = next(part for part in listed.split('"') if part.startswith("/supervision/bulletins/new?programme"))
        filled = (await browser.get(href.replace("&amp;", "&"))).text
        for part in ('value="weak_handling" checked', 'value="town-a" checked', number, "决定不通报"):
            assert part in filled, part
        no = {"programme": PROGRAMME, "kind": "criticise", "target": "town-a", "ground": "weak_handling"}
        refused = await post(browser, app, "/supervision/bulletins/decline", **no, command_id="x0")
        assert (refused.status_code, "请写明不通报的理由" in refused.text) == (422, True)
        sent = {
            "command_id": "x1", "programme": PROGRAMME, "kind": "criticise", "targets": "town-a", "scope": "全区",
            "chosen": "weak_handling", "cases": number, "grounds.weak_handling.text": "两次未办结",
        }  # fmt: skip
        refused = await post(browser, app, "/supervision/bulletins", **sent)
        assert refused.status_code == 422
        for part in ("方案要求写明整改时限", "两次未办结", number, 'value="town-a" checked'):
            assert part in refused.text, part
        sent |= {"rectify_by": "2017-08-01T12:00", "command_id": "x2"}
        draft = await post(browser, app, "/supervision/bulletins/preview.pdf", **sent)
        assert draft.content.startswith(b"%PDF"), draft.text
        assert await items(app, OFFICE, "bulletins") == [], "a preview records nothing"
        made = await post(browser, app, "/supervision/bulletins", **sent)
        assert made.status_code == 303, made.text
        page = made.headers["location"].partition("?")[0]
        shown = (await browser.get(made.headers["location"])).text
        assert 'href="/dispatch/cases/c1"' in shown
        assert number in shown
        paper = (await browser.get(f"{page}/paper.pdf")).content
        assert paper.startswith(b"%PDF")
        assert paper == (await browser.get(f"{page}/paper.pdf")).content
        assert (await browser.get(f"{page}/paper.docx")).content.startswith(b"PK")
        book = openpyxl.load_workbook(io.BytesIO((await browser.get("/supervision/bulletins.xlsx")).content))
        rows = list(book.worksheets[0].iter_rows(values_only=True))
        assert [row[1:5] for row in rows[2:]] == [("通报批评", "示例甲镇", "解决不力", number)]
        refused = await post(browser, app, f"{page}/withdraw", command_id="x3")
        assert (refused.status_code, "请写明撤回的理由" in refused.text) == (422, True)
        gone = await post(browser, app, f"{page}/withdraw", command_id="x4", reason="有误")
        assert gone.status_code == 303
        assert "已撤回" in (await browser.get(gone.headers["location"])).text
        assert (await browser.get(f"{page}/paper.pdf")).content != paper


async def test_a_notice_keeps_the_slot_that_asks_for_one(app: FastAPI) -> None:  # noqa: F811
    """两月一通报 (SH-22), here every fifth month: the slot falls due 106 days later."""
    service = await ready(app, 1, 2)
    rhythm = '[[cadence]]\nid = "notices"\nevery = "monthly"\nmonths = 5\nowner = "unit_leader"\nreport = "R12"\n'
    async with client(app, OFFICE) as api:
        amended = CONTENT.replace(b'region = "', b'version = 2\nregion = "') + rhythm.encode()
        assert (await activate(api, amended, key="k2")).status_code == 201
    made = await send(app, OFFICE, "bulletins", **weak())
    assert made.status_code == 201, made.text
    await send(app, OFFICE, "bulletins", **weak())
    await reacted(service, NOTICE_TO_SLOT)
    # The board shows what comes within two months.
    service.clock.advance(60 * DAY)  # type: ignore[attr-defined]
    slots = await items(app, OFFICE, f"cadence?programme={PROGRAMME}")
    kept = {(row["slot"], row["owner"]): (row["ref"], row["late"]) for row in slots if row["cadence"] == "notices"}
    of_first = (made.json()["bulletin_id"], False)
    assert kept == {("2017-10-31", "town-a"): of_first, ("2017-10-31", "town-b"): of_first}
    async with client(app, OFFICE, accept="text/html") as browser:
        board = (await browser.get(f"/supervision/cadence?programme={PROGRAMME}")).text
    assert f"/supervision/bulletins/{made.json()['bulletin_id']}" in board


async def reacted(service: Service, reactor: Reactor) -> None:
    head = (await service.log.head()).seq
    while (await service.reactors.lag())[reactor.name].seq < head:
        await service.log.wait(head + 1, 0.05)
