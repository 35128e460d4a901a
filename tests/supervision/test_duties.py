"""走动式联合办公 of 六里屯: which half-days are owed by whom, kept by visits, missed once, excused by a day away."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from contracts.event import Event
from contracts.intake import AbsenceDeclared, AbsenceEnded, PersonRegistered, UnitRegistered, VisitRecorded
from contracts.pack import PackErrors, parse_pack
from contracts.sealed import Sealed
from services.chassis.clock import LOCAL, FixedClock
from services.chassis.deadlines import calendar_for
from services.chassis.log.chain import extend
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.web import User
from services.chassis.web.app import make_app
from services.supervision.app import SPEC
from services.supervision.domain.rhythm import Rules, duties
from services.supervision.react.rhythm import RhythmTimer
from tests.conftest import DsnFactory
from tests.spec import stored_events

FILE = Path(__file__).parents[2] / "deploy" / "packs" / "lt-2019.toml"
LT = parse_pack(FILE.read_bytes())
SECRET = "a secret that only the tests of this file use"
OFFICE = User("p-o", "示例综合办", "office", "示例综合办公室", ("supervisor", "programme_office"))
TUESDAY, THURSDAY = datetime(2019, 9, 10, 9, 0, tzinfo=LOCAL), datetime(2019, 9, 12, 9, 0, tzinfo=LOCAL)
QUOTA = 'slots = ["tue", "thu"], need = 2,'


def rules(pack: Any, since: datetime) -> Rules:
    return Rules(pack.programme.id, pack, calendar_for(pack), since)


def test_25_of_27_half_days_are_owed_and_an_amendment_changes_none_before_it() -> None:
    until = datetime(2019, 12, 31, tzinfo=LOCAL)
    found = duties([rules(LT, datetime(2019, 9, 1, tzinfo=LOCAL))], until, date(2019, 12, 10))
    days = [slot.day for slot in found]
    assert len(days) == 25
    assert not {date(2019, 10, 1), date(2019, 10, 3)} & set(days)
    assert {slot.levels for slot in found} == {("district", "department")}
    assert found[0].due == datetime(2019, 9, 11, tzinfo=LOCAL), "owed until its day is over"
    only = parse_pack(FILE.read_bytes().replace(QUOTA.encode(), b'slots = ["fri"], need = 1,'))
    amended = [rules(LT, datetime(2019, 9, 1, tzinfo=LOCAL)), rules(only, datetime(2019, 12, 1, 9, tzinfo=LOCAL))]
    assert [slot.day for slot in duties(amended, until, date(2019, 12, 10))] == [
        *(day for day in days if day < date(2019, 12, 1)),
        date(2019, 12, 6),
    ]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (QUOTA, 'slots = ["tue", "thu"], need = 1,', "lists.quota[1].need"),
        ('per = "week", slots', 'per = "programme", slots', "lists.quota[1].per"),
        ('"mobile_office_half_day"', '"consultation"', "lists.quota[1].kind"),
        ('levels = ["district", "department"], ', "", "lists.quota[1].who"),
    ],
)
def test_a_duty_that_nobody_could_judge_is_refused_with_its_place(old: str, new: str, place: str) -> None:
    text = FILE.read_text()
    assert old in text
    with pytest.raises(PackErrors) as refused:
        parse_pack(text.replace(old, new).encode())
    assert place in {error.place for error in refused.value.errors}


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
    application = make_app(Service(SPEC, settings, clock=FixedClock(TUESDAY - timedelta(days=3))))
    async with application.router.lifespan_context(application):
        yield application


def client(app: FastAPI, **headers: str) -> httpx.AsyncClient:
    token = app.state.sessions.issue(OFFICE)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://127.0.0.1:8080",
        headers={"authorization": f"Bearer {token}", **headers},
    )


class Intake:
    """What intake tells, in the order it is told."""

    def __init__(self, service: Service) -> None:
        self.service, self.at, self.chain = service, 0, bytes(32)

    async def tells(self, time: datetime, *events: Event) -> None:
        messages = []
        for stored in stored_events(*events, source="intake", time=time):
            self.at += 1
            self.chain = extend(self.chain, stored.payload)
            messages.append((self.at, stored.payload, self.chain))
        await self.service.log.insert_foreign("intake", 1, messages)
        head = (await self.service.log.head()).seq
        while (await self.service.reactors.lag())["visit-to-slot"].seq < head:
            await self.service.log.wait(head + 1, 0.05)
        assert await self.service.all_caught_up((await self.service.log.head()).seq, 5)


def person(person_id: str, unit: str) -> PersonRegistered:
    return PersonRegistered(person_id=person_id, unit_id=unit, name=Sealed(key_id=f"person-{person_id}", box="AAAA"))


def visit(visit_id: str, *visitors: str, mode: Any = "doorstep", away: bool = False) -> VisitRecorded:
    return VisitRecorded(
        visit_id=visit_id,
        subject_id="h1",
        visitors=visitors,
        mode=mode,
        attempted_only=away,
        territory_unit="comm-1",
    )


def away(absence: str, who: str, start: str, end: str) -> AbsenceDeclared:
    def at(words: str) -> datetime:
        return datetime.fromisoformat(f"2019-09-{words}:00+08:00")

    return AbsenceDeclared(person_id=who, absence_id=absence, starts_at=at(start), ends_at=at(end), backup_id="p-1")


async def test_visits_keep_a_half_day_and_who_did_not_come_missed_it_once(app: FastAPI) -> None:
    """走动式联合办公 (LT-36) with what is brought along (LT-37)."""
    service: Service = app.state.service
    known: list[datetime | None] = [None]

    async def horizon() -> datetime | None:
        return known[0]

    intake = Intake(service)
    async with client(app) as api, client(app, accept="text/html") as browser:
        sent = await api.post(
            "/supervision/api/programmes", content=FILE.read_bytes(), headers={"idempotency-key": "p"}
        )
        assert sent.status_code == 201, sent.text
        await intake.tells(
            TUESDAY - timedelta(days=2),
            UnitRegistered(unit_id="sec-1", name="示例一科", level="department"),
            UnitRegistered(unit_id="comm-1", name="示例社区", level="community"),
            *(person(f"p-{n}", "sec-1") for n in (1, 2, 3, 4, 5)),
            person("c-1", "comm-1"),
            away("a1", "p-4", "10T08:00", "10T18:00"),
            away("a2", "p-5", "10T08:00", "12T18:00"),
        )
        # Two together, one of them twice, one who found nobody; a call and a community's own visit keep nothing.
        await intake.tells(TUESDAY, visit("v1", "p-1", "p-2"), visit("v2", "p-1"), visit("v3", "c-1"))
        await intake.tells(
            TUESDAY + timedelta(hours=1),
            visit("v4", "p-3", mode="phone"),
            AbsenceEnded(person_id="p-5", absence_id="a2"),
        )
        await intake.tells(THURSDAY, visit("v5", "p-2", away=True))
        service.clock.advance(THURSDAY + timedelta(days=2) - service.clock.now())  # type: ignore[attr-defined]
        timer = RhythmTimer(service.pool, service.commands, horizon)
        known[0] = TUESDAY.replace(hour=23)
        assert await timer.judge() == 0, "the day is not over"
        known[0] = TUESDAY + timedelta(days=1)
        assert await timer.judge() == 2, "p-3 only phoned, p-5 came back the same morning; p-4 was away all day"
        known[0] = THURSDAY + timedelta(days=1)
        assert await timer.judge() == 4
        assert await RhythmTimer(service.pool, service.commands, horizon).judge() == 0
        assert await service.all_caught_up((await service.log.head()).seq, 5)
        items = (await api.get("/supervision/api/duties?programme=lt-2019")).json()["items"]
        came = {
            (one["slot"], one["person"]): one["visit"] or one["missed_due"]
            for one in items
            if one["slot"] in ("2019-09-10", "2019-09-12")
        }
        tuesday, thursday = "2019-09-10T16:00:00Z", "2019-09-12T16:00:00Z"
        assert came == {
            ("2019-09-10", "p-1"): "v1",
            ("2019-09-10", "p-2"): "v1",
            ("2019-09-10", "p-3"): tuesday,
            ("2019-09-10", "p-5"): tuesday,
            ("2019-09-12", "p-2"): "v5",
            **{("2019-09-12", f"p-{n}"): thursday for n in (1, 3, 4, 5)},
        }
        board = (await browser.get("/supervision/cadence?programme=lt-2019")).text
        # What is brought along, and whom a report is brought to, are read from the pack, too.
        for words in (
            "走动式联合办公",
            "机关全体干部",
            "2/4",
            "1/5",
            "带去：送健康、送温暖、送安全",
            "报送街道主要领导",
        ):
            assert words in board
        page = await browser.get("/supervision/cadence/duties/mobile_office_half_day?programme=lt-2019&day=2019-09-10")
        assert "应到 4 人，已到 2 人" in page.text
        nothing = await browser.get("/supervision/cadence/duties/other?programme=lt-2019&day=2019-09-10")
        assert nothing.status_code == 404
