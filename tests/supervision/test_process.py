"""The whole service on a real database: dispatch's events come in, clocks and follow-ups come out."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from contracts.dispatch import (
    CaseClassified,
    CaseCompleted,
    CaseOpened,
    CaseResumed,
    CaseSuspended,
    DeadlinesRecomputed,
    Dues,
    Durations,
    ExtensionDecided,
    OrderCancelled,
    OrderCompleted,
    OrderIssued,
    OrderSigned,
    RequesterContacted,
)
from contracts.envelope import Meta
from contracts.event import Event
from contracts.sealed import Sealed
from services.chassis.clock import FixedClock
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.web import User
from services.chassis.web.app import make_app
from services.supervision.app import SPEC
from services.supervision.react.breaches import BreachTimer, Horizons
from tests.conftest import DsnFactory
from tests.spec import NOON, SOMEBODY, stored_events

PACK = (Path(__file__).parents[1] / "packs" / "close-by-follow-up.toml").read_bytes()
PROGRAMME = "close-by-follow-up"
HOUR = timedelta(hours=1)
SECRET = "a secret that only the tests of this folder use"
OFFICE = User("p-s", "示例督查员", "supervision-office", "示例督查室", ("supervisor", "programme_office"))
TOWN = User("p-t", "示例承办员", "town-a", "示例镇", ("supervisor",))
SEALED = Sealed(key_id="request-r1", box="AAAA")


@pytest.fixture
async def app(pg_dsn_factory: DsnFactory, tmp_path: Path) -> AsyncIterator[FastAPI]:
    settings = Settings(
        district="demo",
        dsn=pg_dsn_factory("supervision"),
        nats_url=None,
        secret=SecretStr(SECRET),
        data_dir=tmp_path,
        pool_size=4,
    )
    application = make_app(Service(SPEC, settings, clock=FixedClock(NOON)))
    async with application.router.lifespan_context(application):
        yield application


def client(app: FastAPI, user: User, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://127.0.0.1:8080",
        headers={"authorization": f"Bearer {app.state.sessions.issue(user)}", **headers},
    )


def story() -> list[Event]:
    """A case handed over with a day to sign and two to finish, and signed."""
    dues = Dues(sign_by=NOON + 24 * HOUR, finish_by=NOON + 48 * HOUR)
    common = {"case_id": "c1", "case_no": 1}
    return [
        CaseOpened(case_id="c1", request_ids=("r1",), title=SEALED, text=SEALED, channel="web", received_at=NOON),
        OrderIssued(
            **common,
            order_id="o1",
            kind="assign",
            role="lead",
            to_unit="town-a",
            dues=dues,
            issued_by_unit="office",
            rule_id="route[1]",
            calendar_version="CN@1",
        ),
        OrderSigned(**common, order_id="o1"),
    ]


def done() -> list[Event]:
    return [
        OrderCompleted(
            case_id="c1",
            case_no=1,
            order_id="o1",
            result="solved",
            reply=SEALED,
            replied_at=NOON,
            responsible_person="p1",
        ),
        CaseCompleted(
            case_id="c1",
            case_no=1,
            result="solved",
            on_time=True,
            elapsed_s=1,
            working_s=1,
            lead_unit="town-a",
            round=1,
        ),
    ]


async def dispatch_says(
    service: Service, *events: Event, after: int = 0, chain: bytes = bytes(32), time: datetime = NOON
) -> bytes:
    """Take in events of dispatch as the transport would; answers the chain's end."""
    from services.chassis.log.chain import extend

    meta = Meta(command_id="x", actor=SOMEBODY, programme=PROGRAMME)
    messages = []
    for stored in stored_events(*events, source="dispatch", meta=meta, time=time):
        chain = extend(chain, stored.payload)
        messages.append((after + stored.seq, stored.payload, chain))
    await service.log.insert_foreign("dispatch", 1, messages)
    for name in ("deadline-clocks", "case-clocks", "completion-to-follow-up", "own-clocks"):
        head = (await service.log.head()).seq
        while (await service.reactors.lag())[name].seq < head:
            await service.log.wait(head + 1, 0.05)
    assert await service.all_caught_up((await service.log.head()).seq, 5)
    return chain


async def clocks(api: httpx.AsyncClient) -> dict[str, dict[str, object]]:
    items = (await api.get("/supervision/api/clocks?case_id=c1")).json()["items"]
    return {item["kind"]: item for item in items}


def due_of(clock: dict[str, object]) -> datetime:
    return datetime.fromisoformat(str(clock["due"]))


async def activate(api: httpx.AsyncClient, content: bytes = PACK, key: str = "k1") -> httpx.Response:
    return await api.post("/supervision/api/programmes", content=content, headers={"idempotency-key": key})


async def test_from_an_order_to_a_follow_up_that_closes(app: FastAPI) -> None:
    service: Service = app.state.service
    async with client(app, OFFICE) as api, client(app, TOWN) as town:
        assert (await activate(api)).status_code == 201
        again = await activate(api, key="k2")
        assert (again.status_code, again.json()["events"]) == (200, [])
        chain = await dispatch_says(service, *story())
        found = await clocks(api)
        assert (found["sign"]["status"], found["finish"]["status"]) == ("met", "running")
        await dispatch_says(service, *done(), after=3, chain=chain)
        assert (await clocks(api))["finish"]["status"] == "met"

        (due,) = (await api.get("/supervision/api/followups")).json()["items"]
        where = f"/supervision/api/followups/{due['followup_id']}/conduct"
        answer = {"solved": True, "satisfaction": "satisfied", "contacted": True}
        refused = await town.post(where, json=answer, headers={"idempotency-key": "f0"})
        assert (refused.status_code, refused.json()["code"]) == (422, "handler-reviews-itself")
        missing = await api.post(where, json={"solved": True}, headers={"idempotency-key": "f1"})
        assert missing.json()["errors"][0]["field"] == "satisfaction"
        heard = await api.post(where, json=answer, headers={"idempotency-key": "f2"})
        assert (heard.status_code, heard.json()["verdict"]) == (201, "pass")
        twice = await api.post(where, json=answer, headers={"idempotency-key": "f3"})
        assert twice.json()["code"] == "follow-up-done"


DISCIPLINE = User("p-d", "示例纪检员", "discipline-office", "示例纪检室", ("discipline",))


async def test_the_pack_says_who_calls_back_and_how_soon_for_a_class(app: FastAPI) -> None:
    service: Service = app.state.service
    pack = PACK.replace(b'finish = "7d"', b'finish = "7d"\nfollow_up = "24h"')
    pack = pack.replace(b'by = "supervisor"', b'by = "discipline"')
    classified = CaseClassified(
        case_id="c1",
        category="any",
        urgency="normal",
        scope="individual",
        durations=Durations(finish="7d"),
        rule_id="urgency[normal]",
        calendar_version="CN@1",
    )
    answer = {"solved": True, "satisfaction": "satisfied", "contacted": True}
    async with client(app, OFFICE) as api, client(app, DISCIPLINE) as discipline:
        assert (await activate(api, pack)).status_code == 201
        opened, *rest = story()
        await dispatch_says(service, opened, classified, *rest, *done())
        (due,) = (await api.get("/supervision/api/followups")).json()["items"]
        assert datetime.fromisoformat(due["due"]) == NOON + 24 * HOUR
        page = f"/supervision/followups/{due['followup_id']}"
        where = f"/supervision/api/followups/{due['followup_id']}/conduct"
        refused = await api.post(where, json=answer, headers={"idempotency-key": "f1"})
        assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted")
        shown = await api.get(page, headers={"accept": "text/html"})
        assert "您可以查看，不能填写" in shown.text
        offered = await discipline.get(page, headers={"accept": "text/html"})
        assert "您可以查看，不能填写" not in offered.text
        heard = await discipline.post(where, json=answer, headers={"idempotency-key": "f2"})
        assert (heard.status_code, heard.json()["verdict"]) == (201, "pass")


async def test_an_amendment_asks_no_more_of_what_was_done_before_it(app: FastAPI) -> None:
    """Basically satisfied passed when the call was scheduled, so it passes; what is scheduled later is judged anew."""
    service: Service = app.state.service
    amended = PACK.replace(b'satisfaction_min = "basic"', b'satisfaction_min = "satisfied"')
    amended = amended.replace(b'region = "', b'version = 2\nregion = "')
    answer = {"solved": True, "satisfaction": "basic", "contacted": True}
    async with client(app, OFFICE) as api:
        assert (await activate(api)).status_code == 201
        await dispatch_says(service, *story(), *done())
        (due,) = (await api.get("/supervision/api/followups")).json()["items"]
        assert due["pack_version"] == 1
        changed = await activate(api, amended, key="k2")
        assert changed.status_code == 201, changed.text
        where = f"/supervision/api/followups/{due['followup_id']}/conduct"
        heard = await api.post(where, json=answer, headers={"idempotency-key": "f1"})
        assert (heard.status_code, heard.json()["verdict"]) == (201, "pass")


async def test_a_suspension_pauses_what_dispatch_refuses_meanwhile(app: FastAPI) -> None:
    service: Service = app.state.service
    opened, issued, signed = story()
    assert isinstance(issued, OrderIssued)
    dues = Dues(contact_by=NOON + 4 * HOUR, plan_by=NOON + 24 * HOUR, finish_by=NOON + 48 * HOUR)
    common = {"case_id": "c1", "case_no": 1, "reason": "汛期"}
    held = CaseSuspended(**common, condition="汛期结束", review_on=NOON + 90 * HOUR, approver="p9")
    resumed = CaseResumed(**common, finish_by={"o1": NOON + 96 * HOUR})
    async with client(app, OFFICE) as api:
        await activate(api)
        chain = await dispatch_says(service, opened, issued.model_copy(update={"dues": dues}), signed)
        chain = await dispatch_says(service, held, after=3, chain=chain, time=NOON + 2 * HOUR)
        found = await clocks(api)
        assert {kind: one["status"] for kind, one in found.items()} == {
            "contact": "running",
            "plan": "paused",
            "finish": "paused",
            "review": "running",
        }
        await dispatch_says(service, resumed, after=4, chain=chain, time=NOON + 50 * HOUR)
        found = await clocks(api)
    assert found.pop("review")["status"] == "met"
    assert {one["status"] for one in found.values()} == {"running"}
    due = {kind: datetime.fromisoformat(str(one["due"])) for kind, one in found.items()}
    assert due == {"contact": NOON + 4 * HOUR, "plan": NOON + 72 * HOUR, "finish": NOON + 96 * HOUR}


async def test_more_time_another_calendar_enough_calls_and_a_cancelled_order(app: FastAPI) -> None:
    service: Service = app.state.service
    opened, issued, signed = story()
    assert isinstance(issued, OrderIssued)
    dues = Dues(contact_by=NOON + 4 * HOUR, plan_by=NOON + 24 * HOUR, finish_by=NOON + 48 * HOUR)
    common: dict[str, Any] = {"case_id": "c1", "case_no": 1}
    call = RequesterContacted(**common, order_id="o1", method="phone", attempt=2, reached=False, at=NOON)
    granted = ExtensionDecided(
        **common,
        order_id="o1",
        granted=True,
        old_finish_by=NOON + 48 * HOUR,
        finish_by=NOON + 96 * HOUR,
        approver="p9",
        reason="汛期",
        requester_told_at=NOON,
    )
    later = dues.model_copy(update={"plan_by": NOON + 30 * HOUR, "finish_by": NOON + 99 * HOUR})
    recomputed = DeadlinesRecomputed(**common, calendar_version="CN@1", reason="节假日安排公布", dues={"o1": later})
    cancelled = OrderCancelled(**common, order_id="o1", cause="desk", reason="另有安排")
    async with client(app, OFFICE) as api:
        await activate(api)
        chain = await dispatch_says(service, opened, issued.model_copy(update={"dues": dues}), signed, call, granted)
        found = await clocks(api)
        assert found["contact"]["status"] == "running"
        assert due_of(found["finish"]) == NOON + 96 * HOUR
        enough = call.model_copy(update={"attempt": 3})
        chain = await dispatch_says(service, enough, recomputed, after=5, chain=chain, time=NOON + HOUR)
        found = await clocks(api)
        assert found["contact"]["status"] == "met"
        assert [due_of(found[kind]) for kind in ("plan", "finish")] == [NOON + 30 * HOUR, NOON + 99 * HOUR]
        await dispatch_says(service, cancelled, after=7, chain=chain, time=NOON + 2 * HOUR)
        assert {one["status"] for one in (await clocks(api)).values()} == {"met", "cancelled"}


async def test_a_breach_appears_only_behind_the_watermark_and_once(app: FastAPI) -> None:
    service: Service = app.state.service
    horizon: list[tuple[datetime, int] | None] = [None]

    async def known() -> tuple[datetime, int] | None:
        return horizon[0]

    timer = BreachTimer(service.pool, service.commands, service.leases, Horizons(known, known))
    async with client(app, OFFICE) as api:
        await activate(api)
        await dispatch_says(service, *story())
        service.clock.advance(timedelta(days=3))  # type: ignore[attr-defined]
        assert await timer.tick() == 0
        horizon[0] = (NOON + 47 * HOUR, 3)
        assert await timer.tick() == 0
        assert (await clocks(api))["finish"]["breached_due"] is None
        horizon[0] = (NOON + 49 * HOUR, 3)
        assert await timer.tick() == 1
        assert await service.all_caught_up((await service.log.head()).seq, 5)
        assert await timer.tick() == 0
        due = datetime.fromisoformat(str((await clocks(api))["finish"]["breached_due"]))
        assert due == NOON + 48 * HOUR


async def test_a_bad_pack_is_refused_with_every_error_and_its_place(app: FastAPI) -> None:
    broken = (Path(__file__).parents[1] / "packs" / "broken-many.toml").read_bytes()
    async with client(app, OFFICE) as api:
        refused = await activate(api, broken)
        assert refused.status_code == 422
        assert len(refused.json()["errors"]) > 3
        assert (await api.get("/supervision/api/programmes")).json()["items"] == []


@pytest.mark.parametrize("path", ["followups", "followups?state=done", "clocks", "programmes"])
async def test_the_pages_show(app: FastAPI, path: str) -> None:
    async with client(app, OFFICE, accept="text/html") as browser:
        await activate(browser)
        await dispatch_says(app.state.service, *story(), *done())
        shown = await browser.get(f"/supervision/{path}")
        assert shown.status_code == 200, shown.text
        assert "回音" in shown.text


async def test_a_refused_follow_up_form_keeps_what_was_typed(app: FastAPI) -> None:
    async with client(app, OFFICE, accept="text/html") as browser:
        await activate(browser)
        await dispatch_says(app.state.service, *story(), *done())
        (due,) = (await browser.get("/supervision/api/followups")).json()["items"]
        page = f"/supervision/followups/{due['followup_id']}"
        assert "通话内容" in (await browser.get(page)).text
        form = {"command_id": "x1", "solved": "true", "reached": "true", "comment": ""}
        refused = await browser.post(f"{page}/conduct", data=form)
        assert refused.status_code == 422
        assert "请选择满意程度" in refused.text
