"""Slots from the pack and the calendar, meetings with what they must bring, and slots that nobody fulfilled."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from contracts.event import Event
from contracts.intake import RoleAssigned
from contracts.pack import Cadence, parse_pack
from contracts.reporting import ReportGenerated
from contracts.supervision import CadenceFulfilled, CadenceMissed, GroupReport, MeetingHeld
from services.chassis.clock import LOCAL, FixedClock
from services.chassis.deadlines import Rhythm, calendar_for, slot_days
from services.chassis.log.chain import extend
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.web import User
from services.chassis.web.app import make_app
from services.supervision.app import SPEC
from services.supervision.domain.cadence import CADENCE_SLOT, FulfilSlot, JudgeSlot, SlotOf
from services.supervision.domain.meeting import MEETING, HoldMeeting, Needs
from services.supervision.domain.rhythm import Rules, slots
from services.supervision.react.rhythm import RhythmTimer
from tests.conftest import DsnFactory
from tests.spec import NOON, given, stored_events
from tests.supervision.who_is_who import registered

PACKS = Path(__file__).parents[2] / "deploy" / "packs"
JW = parse_pack((PACKS / "jw-2017.toml").read_bytes())
LT = parse_pack((PACKS / "lt-2019.toml").read_bytes())
LONG_AGO = datetime(2017, 1, 1, tzinfo=UTC)
DUE = datetime(2017, 8, 17, 0, 0, tzinfo=LOCAL)
OF = SlotOf("s1", "jw-2017", "group-meeting", date(2017, 8, 16), "group-a", DUE)
MADE = CadenceFulfilled(
    slot_id="s1",
    programme_id="jw-2017",
    cadence_id="group-meeting",
    slot=date(2017, 8, 16),
    owner="group-a",
    ref="m1",
    late=False,
)


def missed(watermark: datetime) -> CadenceMissed:
    return CadenceMissed(
        slot_id="s1",
        programme_id="jw-2017",
        cadence_id="group-meeting",
        slot=date(2017, 8, 16),
        owner="group-a",
        due=DUE,
        watermark=watermark,
    )


def rules(pack: Any, since: datetime = LONG_AGO) -> Rules:
    return Rules(pack.programme.id, pack, calendar_for(pack), since)


def days_of(cadence: str, versions: list[Rules], until: str) -> list[str]:
    end = datetime.fromisoformat(until).replace(tzinfo=LOCAL)
    return [s.day.isoformat()[5:] for s in slots(versions, end) if s.cadence.id == cadence]


def with_rhythm(**changed: Any) -> Any:
    row = Cadence.model_validate(
        {"id": "m", "every": "monthly", "owner": "supervisor", "meeting": "dispatch"} | changed
    )
    return JW.model_copy(update={"lists": JW.lists.model_copy(update={"cadence": (row,)})})


def test_the_half_months_of_jiawang_and_its_month_meetings() -> None:
    """Statistics and group meetings every half month, the office every month (JW-23, JW-25)."""
    found = days_of("half-month-stats", [rules(JW)], "2017-10-01T01:00:00")
    assert found[-6:] == ["07-03", "07-17", "08-01", "08-16", "09-01", "09-18"]
    assert days_of("office-meeting", [rules(JW)], "2017-10-01T01:00:00")[-3:] == ["07-31", "08-31", "09-30"]


def test_liulitun_has_27_tuesdays_and_thursdays_of_which_25_are_worked() -> None:
    """Half days on Tuesdays and Thursdays (LT-36)."""
    row = next(row for row in LT.lists.quota if row.slots)
    first, last, calendar = LT.programme.start, date(2019, 12, 10), calendar_for(LT)
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert len([day for day in span if day.isoweekday() in (2, 4)]) == 27
    worked = slot_days(Rhythm("weekly", row.slots, row.holiday), first, last, calendar)
    assert len(worked) == 25
    assert not {date(2019, 10, 1), date(2019, 10, 3)} & set(worked)


def test_one_two_and_three_months_and_month_ends_from_the_programmes_first_month() -> None:
    """一月一现场、两月一通报、三月一调度 (SH-22); month ends (DI-34)."""
    every = {n: days_of("m", [rules(with_rhythm(months=n))], "2017-10-01T01:00:00") for n in (1, 2, 3)}
    assert every[1] == ["03-31", "04-28", "05-31", "06-30", "07-31", "08-31", "09-30"]
    assert every[2] == ["04-28", "06-30", "08-31"]
    assert every[3] == ["05-31", "08-31"]
    assert days_of("m", [rules(with_rhythm(every="month_end"))], "2017-05-31T23:00:00") == ["03-31", "04-28"]


def test_an_amendment_asks_only_for_what_falls_due_after_it() -> None:
    old, new = rules(JW), rules(with_rhythm(id="half-month-stats"), datetime(2017, 8, 10, tzinfo=LOCAL))
    found = days_of("half-month-stats", [old, new], "2017-10-01T01:00:00")
    assert found[-5:] == ["07-03", "07-17", "08-01", "08-31", "09-30"]
    later = rules(JW, datetime(2017, 8, 2, tzinfo=LOCAL))
    assert days_of("half-month-stats", [later], "2017-10-01T01:00:00") == ["08-16", "09-01", "09-18"]


def test_a_slot_is_fulfilled_once_missed_once_and_may_be_made_up() -> None:
    meet = FulfilSlot(OF, "m1", DUE - timedelta(hours=1))
    given(CADENCE_SLOT).when(meet).then(MADE, again_rejected="slot-fulfilled")
    given(CADENCE_SLOT, MADE).when(replace(meet, automatic=True)).then_nothing()
    given(CADENCE_SLOT).when(JudgeSlot(OF, DUE)).then_nothing()
    after = DUE + timedelta(days=3)
    given(CADENCE_SLOT).when(JudgeSlot(OF, after)).then(missed(after))
    given(CADENCE_SLOT, MADE).when(JudgeSlot(OF, after)).then_nothing()
    late = MADE.model_copy(update={"late": True})
    given(CADENCE_SLOT, missed(after)).when(replace(meet, at=after)).then(late, again_rejected="slot-fulfilled")


SAID = GroupReport(group="group-a", done="已走访 20 户", plan="下月走访 20 户")
HOLD = HoldMeeting(
    meeting_id="m1",
    programme_id="jw-2017",
    kind="liaison",
    owner_unit="office",
    held_at=NOON,
    chair="p1",
    attendees=("p2",),
    at=NOON,
    needs=Needs(
        chairs=frozenset({"p1"}),
        chair_role="社区党委",
        present=(("包片处级领导", frozenset({"p2"})),),
        groups=(("group-a", "示例一组"),),
        must=("this_month_done", "next_month_plan"),
    ),
    group_reports=(SAID,),
)


def test_a_meeting_is_recorded_with_who_was_there() -> None:
    held = MeetingHeld(
        meeting_id="m1",
        programme_id="jw-2017",
        kind="liaison",
        owner_unit="office",
        held_at=NOON,
        chair="p1",
        attendees=("p1", "p2"),
        group_reports=(SAID,),
    )
    given(MEETING).when(HOLD).then(held, again_rejected="meeting-recorded")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"held_at": None}, "no-time", "held_at"),
        ({"held_at": NOON + timedelta(hours=1)}, "meeting-in-future", "held_at"),
        ({"opens": NOON + timedelta(hours=1)}, "before-slot", "slot"),
        ({"chair": ""}, "no-chair", "chair"),
        ({"chair": "p2"}, "wrong-chair", "chair"),
        ({"attendees": ()}, "must-attend", "attendees"),
        ({"group_reports": ()}, "group-without-done", "groups"),
        ({"group_reports": (GroupReport(group="group-a", done="已走访", plan=" "),)}, "group-without-plan", "groups"),
    ],
)
def test_what_refuses_a_meeting(change: dict[str, Any], code: str, field: str) -> None:
    """Who must attend and what each group must say (LT-18, DI-35)."""
    given(MEETING).when(replace(HOLD, **change)).then_rejected(code, field)


AUGUST = datetime(2017, 8, 16, 15, 0, tzinfo=LOCAL)
OFFICE = User("p-o", "示例活动办干部", "office", "示例活动办", ("programme_office",))
GROUP = User("p-a", "示例组长", "group-a", "示例一组", ("work_group_lead",))
SECRET = "a secret that only the tests of this file use"


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
    clock = FixedClock(datetime(2017, 8, 2, 9, 0, tzinfo=LOCAL))
    application = make_app(Service(SPEC, settings, clock=clock))
    async with application.router.lifespan_context(application):
        yield application


def client(app: FastAPI, user: User) -> httpx.AsyncClient:
    token = app.state.sessions.issue(user)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://127.0.0.1:8080",
        headers={"authorization": f"Bearer {token}"},
    )


async def tell(service: Service, source: str, event_time: datetime, *events: Event) -> None:
    messages, chain = [], bytes(32)
    for stored in stored_events(*events, source=source, time=event_time):
        chain = extend(chain, stored.payload)
        messages.append((stored.seq, stored.payload, chain))
    await service.log.insert_foreign(source, 1, messages)
    head = (await service.log.head()).seq
    while (await service.reactors.lag())["report-to-slot"].seq < head:
        await service.log.wait(head + 1, 0.05)
    assert await service.all_caught_up((await service.log.head()).seq, 5)


REPORT = ReportGenerated.model_construct(
    report_id="r-0816",
    report="R03",
    programme_id="jw-2017",
    as_of=AUGUST,
    window_from=datetime(2017, 8, 2, tzinfo=LOCAL),
    window_to=DUE,
    template_version=1,
    inputs={},
    rows=1,
    rows_sha256="0" * 64,
    pack_sha256="0" * 64,
)


async def test_a_report_and_a_meeting_fulfil_their_slots_and_the_one_that_nobody_held_is_missed(app: FastAPI) -> None:
    service: Service = app.state.service
    known: list[datetime | None] = [None]

    async def horizon() -> datetime | None:
        return known[0]

    timer = RhythmTimer(service.pool, service.commands, horizon)
    async with client(app, OFFICE) as api, client(app, GROUP) as group:
        pack = (PACKS / "jw-2017.toml").read_bytes()
        await api.post("/supervision/api/programmes", content=pack, headers={"idempotency-key": "p"})
        given_roles = [
            RoleAssigned(person_id="p-o", role="programme_office", unit_id="office"),
            RoleAssigned(person_id="p-a", role="work_group_lead", unit_id="group-a"),
            RoleAssigned(person_id="p-b", role="work_group_lead", unit_id="group-b"),
        ]
        known_as = registered(("office", "group-a"), {"p-o": "office", "p-a": "group-a"})
        await tell(service, "intake", LONG_AGO, *known_as, *given_roles)
        service.clock.advance(AUGUST - service.clock.now())  # type: ignore[attr-defined]
        body: dict[str, Any] = {
            "programme": "jw-2017",
            "cadence": "group-meeting",
            "slot": "2017-08-16",
            "chair": "p-a",
        }
        body |= {"held_at": AUGUST.isoformat(), "attendees": ["p-a"]}
        decided = {"text": "修复机耕路", "unit": "group-a", "due": "2017-08-30T18:00:00+08:00"}
        other = await group.post(
            "/supervision/api/meetings", json=body | {"slot": "2017-08-15"}, headers={"idempotency-key": "m0"}
        )
        assert other.json()["code"] == "no-such-slot"
        held = await group.post(
            "/supervision/api/meetings", json=body | {"decisions": [decided]}, headers={"idempotency-key": "m1"}
        )
        assert held.json()["events"] == ["meeting-held", "cadence-fulfilled"], held.text
        twice = await group.post("/supervision/api/meetings", json=body, headers={"idempotency-key": "m2"})
        assert twice.json()["code"] == "slot-fulfilled"
        await tell(service, "reporting", AUGUST, REPORT)

        assert await timer.judge() == 0
        known[0] = DUE
        assert await timer.judge() == 0, "not yet past"
        known[0] = datetime(2017, 8, 19, 9, 0, tzinfo=LOCAL)
        assert await timer.judge() == 1
        assert await RhythmTimer(service.pool, service.commands, horizon).judge() == 0, "a second look finds it judged"
        assert await service.all_caught_up((await service.log.head()).seq, 5)
        found = (await api.get("/supervision/api/cadence?programme=jw-2017")).json()["items"]
        of_day = {(one["cadence"], one["owner"]): one for one in found if one["slot"] == "2017-08-16"}
        assert of_day["group-meeting", "group-a"]["fulfilled_at"]
        assert of_day["half-month-stats", "office"]["ref"] == "r-0816"
        late = datetime.fromisoformat(of_day["group-meeting", "group-b"]["missed_due"])
        assert late == DUE, "with the day it was due, not the day it was noticed"
        meeting = (await api.get(f"/supervision/api/meetings/{held.json()['meeting_id']}")).json()
        assert meeting["decisions"][0]["text"] == "修复机耕路"


@pytest.mark.parametrize(
    ("report", "role", "cadence"),
    [("R14", "leading_group", "weekly-analysis"), ("R11", "supervisor", "to-main-leader")],
)
async def test_any_report_that_a_rhythm_asks_for_fulfils_its_slot(
    app: FastAPI, report: str, role: str, cadence: str
) -> None:
    """六里屯's weekly analysis (LT-43) and ledger (LT-24): of the week that is over, and not of one that still runs."""
    service: Service = app.state.service
    async with client(app, OFFICE) as api:
        pack = (PACKS / "lt-2019.toml").read_bytes()
        service.clock.advance(datetime(2019, 9, 10, 8, tzinfo=LOCAL) - service.clock.now())  # type: ignore[attr-defined]
        await api.post("/supervision/api/programmes", content=pack, headers={"idempotency-key": "p"})
        await tell(service, "intake", LONG_AGO, RoleAssigned(person_id="p-l", role=role, unit_id="street"))
        day = datetime(2019, 9, 20, 16, tzinfo=LOCAL)
        week = {
            "report": report,
            "programme_id": "lt-2019",
            "window_from": datetime(2019, 9, 13, tzinfo=LOCAL),
            "window_to": datetime(2019, 9, 21, tzinfo=LOCAL),
        }
        midweek = REPORT.model_copy(update={**week, "report_id": "r-mid", "as_of": day - timedelta(days=2)})
        whole = REPORT.model_copy(update={**week, "report_id": "r-week", "as_of": day})
        service.clock.advance(day - service.clock.now())  # type: ignore[attr-defined]
        await tell(service, "reporting", day, midweek, whole)
        found = (await api.get("/supervision/api/cadence?programme=lt-2019")).json()["items"]
    kept = [(one["cadence"], one["owner"], one["slot"], one["ref"]) for one in found if one["fulfilled_at"]]
    assert kept == [(cadence, "street", "2019-09-20", "r-week")]
