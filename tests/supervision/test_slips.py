"""The ladder on a real database: rules issue and raise, people answer and decide, everything printed."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from contracts.dispatch import CaseStruckOff, Dues, ExtensionDecided, OrderIssued
from contracts.supervision import AccountabilityProposed
from services.chassis.clock import FixedClock
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.web import User
from services.chassis.web.app import make_app
from services.supervision.app import SPEC
from services.supervision.react.breaches import BreachTimer, Horizons
from services.supervision.react.ladder_timer import LadderTimer
from services.supervision.react.reminders import ReminderTimer
from tests.conftest import DsnFactory
from tests.spec import NOON
from tests.supervision.test_process import HOUR, OFFICE, SECRET, activate, client, dispatch_says, done, story
from tests.supervision.who_is_who import introduce

DAY = timedelta(days=1)
UNIT = User("p-u", "示例负责人", "town-a", "示例镇", ("unit_leader",))
OTHER = User("p-o", "示例负责人乙", "town-b", "示例乡", ("unit_leader",))
BROWSER = {"accept": "text/html"}


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


class Sending:
    """Posts as one person; every command with an id of its own."""

    def __init__(self, app: FastAPI, user: User) -> None:
        self._app, self._user, self._sent = app, user, 0

    async def __call__(self, path: str, **body: Any) -> httpx.Response:
        self._sent += 1
        async with client(self._app, self._user) as api:
            key = {"idempotency-key": f"{self._user.person_id}-{path}-{self._sent}"}
            return await api.post(f"/supervision/api/{path}", json=body, headers=key)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        async with client(self._app, self._user, **headers) as api:
            return await api.get(f"/supervision/{path}")

    async def form(self, path: str, **body: str) -> httpx.Response:
        self._sent += 1
        async with client(self._app, self._user, accept="text/html") as api:
            sent = {"command_id": f"{self._user.person_id}-{self._sent}", **body}
            return await api.post(f"/supervision/{path}", data=sent)


async def settled(service: Service) -> None:
    """Until the ladder has taken in all there is, and the read models show it."""
    head = (await service.log.head()).seq
    while (await service.reactors.lag())["ladder"].seq < head:
        await service.log.wait(head + 1, 0.05)
    assert await service.all_caught_up((await service.log.head()).seq, 10)


async def overdue(app: FastAPI) -> BreachTimer:
    """A case whose order was signed and then not finished in two days."""
    service: Service = app.state.service

    async def known() -> tuple[datetime, int] | None:
        return service.clock.now(), 3

    async with client(app, OFFICE) as api:
        assert (await activate(api)).status_code == 201
    await introduce(service)
    opened, issued, signed = story()
    assert isinstance(issued, OrderIssued)
    issued = issued.model_copy(update={"dues": Dues(sign_by=NOON + 24 * HOUR, finish_by=NOON + 48 * HOUR)})
    await dispatch_says(service, opened, issued, signed)
    return BreachTimer(service.pool, service.commands, service.leases, Horizons(known, known))


def advance(app: FastAPI, by: timedelta) -> None:
    app.state.service.clock.advance(by)


async def the_slip(app: FastAPI) -> dict[str, Any]:
    await settled(app.state.service)
    [slip] = (await Sending(app, OFFICE).get("api/notices")).json()["items"]
    found: dict[str, Any] = slip
    return found


def ladder_timer(app: FastAPI) -> LadderTimer:
    service: Service = app.state.service

    async def nowhere() -> None:
        return None

    return LadderTimer(service.pool, service.commands, service.clock, nowhere)


async def test_a_breach_to_a_slip_that_rises_unanswered_is_answered_and_closed(app: FastAPI) -> None:
    timer, office, unit = await overdue(app), Sending(app, OFFICE), Sending(app, UNIT)
    advance(app, 3 * DAY)
    assert await timer.tick() == 1
    slip = await the_slip(app)
    assert (slip["level"], slip["target_unit"], slip["notice_no"]) == ("blue", "town-a", 1)

    ladder = ladder_timer(app)
    advance(app, 10 * DAY)
    for _ in range(2):  # a second look at the same time changes nothing
        await ladder.tick()
    slip = await the_slip(app)
    assert (slip["level"], slip["raises"], slip["raised_by"]) == ("orange", 1, "unanswered")

    where = f"notices/{slip['notice_id']}"
    assert (await Sending(app, OTHER)(f"{where}/reply", text="不是我们")).status_code == 403
    assert (await unit(f"{where}/reply", text="已派工，三日内完成")).status_code == 201
    own = Sending(app, User("p-u2", "示例督查员", "town-a", "示例镇", ("supervisor",)))
    assert (await own(f"{where}/verify", holds=True, text="属实")).json()["code"] == "own-unit"
    assert (await office(f"{where}/verify", holds=False, text="现场未见施工")).status_code == 201
    assert (await the_slip(app))["level"] == "red"
    assert (await unit(f"{where}/reply", text="已完工")).status_code == 201
    done = await office(f"{where}/verify", holds=True, text="现场已完工")
    assert done.json()["events"] == ["reply-verified", "supervision-closed"]
    again = await office(
        "notices", case_id="c1", target_unit="town-a", level="blue", problem="又停工", requirements="复工"
    )
    assert again.status_code == 201, again.text
    assert {row["notice_no"] for row in (await office.get("api/notices")).json()["items"]} <= {1, 2}


async def test_one_matter_has_one_slip_direct_entry_and_the_burden_cap(app: FastAPI) -> None:
    await overdue(app)
    office = Sending(app, OFFICE)
    said = {"target_unit": "town-a", "problem": "进展不明", "requirements": "说明"}
    first = await office("notices", case_id="c1", level="blue", **said)
    assert first.status_code == 201, first.text
    twice = await office("notices", case_id="c1", level="blue", **said)
    assert twice.json()["code"] == "one-matter-one-slip"
    unit = Sending(app, UNIT)
    assert (await unit("notices", level="blue", **said)).status_code == 403
    await settled(app.state.service)
    where = f"notices/{first.json()['notice_id']}"
    assert (await office(f"{where}/raise", to_level="prompt", reason="降")).json()["code"] == "never-sinks"
    assert (await office(f"{where}/raise", to_level="red", reason="群众反映强烈")).status_code == 201
    assert (await office(f"{where}/close", verdict="查明另有原因")).status_code == 201


async def test_reminders_go_out_by_the_pack_and_by_hand_once_a_day(app: FastAPI) -> None:
    await overdue(app)
    service, office = app.state.service, Sending(app, OFFICE)

    async def known() -> tuple[datetime, int] | None:
        return service.clock.now(), 3

    reminders = ReminderTimer(service.pool, service.commands, Horizons(known, known))
    advance(app, 40 * HOUR)
    await settled(service)
    assert await reminders.send() == 1
    await settled(service)
    assert await reminders.send() == 0
    chosen = [row["clock_id"] for row in (await office.get("api/clocks?case_id=c1")).json()["items"]]
    assert (await office("clocks/remind", clock_ids=chosen)).json()["sent"] == 1
    assert (await office("clocks/remind", clock_ids=chosen)).json()["sent"] == 0
    assert (await Sending(app, UNIT)("clocks/remind", clock_ids=chosen)).status_code == 403
    await settled(service)
    wall = (await office.get("clocks", **BROWSER)).text
    assert "已催办 2 次" in wall


async def test_a_breach_that_was_none_takes_its_slip_away(app: FastAPI) -> None:
    timer, service = await overdue(app), app.state.service
    advance(app, 3 * DAY)
    assert await timer.tick() == 1
    slip = await the_slip(app)
    granted = ExtensionDecided(
        case_id="c1", case_no=1, order_id="o1", granted=True, old_finish_by=NOON + 48 * HOUR,
        finish_by=NOON + 400 * HOUR, approver="p9", reason="汛期",
    )  # fmt: skip
    rows = await service.log.read_source("dispatch", 2, 1)
    await dispatch_says(service, granted, after=3, chain=rows[0].chain, time=NOON + 4 * DAY)
    await settled(service)
    closed = await the_slip(app)
    assert (closed["notice_id"], closed["standing"]) == (slip["notice_id"], "closed")
    assert "逾期不成立" in closed["verdict"]


async def test_a_failed_follow_up_brings_a_slip_and_a_strike_off_by_others_takes_an_overdue_one_away(
    app: FastAPI,
) -> None:
    timer, service, office = await overdue(app), app.state.service, Sending(app, OFFICE)
    advance(app, 3 * DAY)
    assert await timer.tick() == 1
    assert (await the_slip(app))["level"] == "blue"
    off = CaseStruckOff(case_id="c1", case_no=1, by_unit="office", basis="office", on_time=False)
    rows = await service.log.read_source("dispatch", 2, 1)
    await dispatch_says(service, *done(), off, after=3, chain=rows[0].chain, time=NOON + 3 * DAY)
    assert (await the_slip(app))["standing"] == "closed"
    [due] = (await office.get("api/followups")).json()["items"]
    answer = {"solved": False, "satisfaction": "dissatisfied", "contacted": True}
    heard = await office(f"followups/{due['followup_id']}/conduct", **answer)
    assert heard.json()["verdict"] == "fail", heard.text
    await settled(service)
    slips = (await office.get("api/notices")).json()["items"]
    assert {(slip["source"], slip["level"], slip["standing"]) for slip in slips} == {
        ("overdue", "blue", "closed"),
        ("follow_up", "prompt", "open"),
    }


async def test_every_page_of_the_ladder_shows_and_refuses_with_what_was_typed(app: FastAPI) -> None:
    timer, office, unit = await overdue(app), Sending(app, OFFICE), Sending(app, UNIT)
    advance(app, 3 * DAY)
    await timer.tick()
    slip = await the_slip(app)
    where = f"notices/{slip['notice_id']}"
    for path in ("clocks", "clocks?light=red", "notices", "notices/new?case_id=c1", where, "rectifications"):
        shown = await office.get(path, **BROWSER)
        assert shown.status_code == 200, shown.text
    refused = await office.form(f"{where}/raise", to_level="orange")
    assert refused.status_code == 422
    assert "请写明升级的理由" in refused.text
    assert (await unit.get("accountability", **BROWSER)).status_code == 403
    assert (await office.get("accountability", **BROWSER)).status_code == 200
    assert (await Sending(app, OTHER).get(where, **BROWSER)).status_code == 403

    due = (NOON + 9 * DAY).isoformat()
    ordered = await office(
        "rectifications", unit="town-a", items=["补建台账"], due=due, grounds=["weak_handling"],
        notice_id=slip["notice_id"],
    )  # fmt: skip
    order = f"rectifications/{ordered.json()['rectification_id']}"
    await settled(app.state.service)
    assert (await unit.get(order, **BROWSER)).status_code == 200
    assert (await unit(f"{order}/report", text="已补建")).status_code == 201
    await settled(app.state.service)
    assert (await office.get(order, **BROWSER)).status_code == 200
    assert (await office(f"{order}/verify", passed=False, text="仍缺两月")).status_code == 201

    proposed = await office("referrals", unit="town-a", grounds=["false_report"], case_ids=["c1"])
    assert proposed.json()["events"] == [AccountabilityProposed.TYPE]
    referral = proposed.json()["referral_id"]
    await settled(app.state.service)
    assert (await office.get(f"accountability/{referral}", **BROWSER)).status_code == 200
    asked = {"body": "区纪委监委", "severity": "severe_adverse_effect", "approver": "p-x"}
    assert (await office(f"referrals/{referral}/refer", **asked)).json()["code"] == "approver-may-not"

    paper = await office.get(f"{where}/paper.pdf")
    assert paper.content.startswith(b"%PDF")
    assert paper.content == (await office.get(f"{where}/paper.pdf")).content
    assert (await office.get("notices.xlsx")).content.startswith(b"PK")
