"""A stage for the ladder: the service on a real database, what other services record, time that passes, and people."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from contracts.codec import close, encode_open
from contracts.dispatch import CaseClassified, CaseCompleted, CaseOpened, CaseReopened, CaseStruckOff, Dues, OrderIssued
from contracts.dispatch.parts import Durations, OrderRole
from contracts.envelope import Meta
from contracts.event import Event
from contracts.intake import PersonRegistered, RoleAssigned
from contracts.pack import parse_pack
from contracts.sealed import Sealed
from services.chassis.clock import LOCAL
from services.chassis.facts import decode_fact
from services.chassis.identity import uuid7
from services.chassis.log.chain import extend
from services.chassis.service import Service
from services.chassis.web import User
from services.supervision.react.breaches import BreachTimer, Horizons
from services.supervision.react.call_seeds import CallSeedTimer, simulated_seed
from services.supervision.react.ladder_timer import LadderTimer
from services.supervision.react.reminders import ReminderTimer
from tests.spec import SOMEBODY
from tests.supervision.who_is_who import registered

PACKS = Path(__file__).parents[2] / "deploy" / "packs"
JW, LT = (PACKS / "jw-2017.toml").read_bytes(), (PACKS / "lt-2019.toml").read_bytes()

OFFICE = User("p-s", "示例督查员", "ducha", "示例督查室", ("supervisor", "programme_office"))
LEADER = User("p-l", "示例领导", "district", "示例区", ("leading_group",))
DISCIPLINE = User("p-j", "示例纪检员", "discipline", "示例纪检组", ("discipline",))
HEAD = User("p-head", "示例镇长", "town-a", "示例镇", ("unit_leader",))
MANY = 5000
SEALED = Sealed(key_id="request-r1", box="AAAA")


def local(text: str) -> datetime:
    """`2017-07-18 18:00` in the district's own time."""
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


class Stage:
    """One programme in force on a service whose clock stands until `at` moves it."""

    def __init__(self, app: FastAPI, programme: str) -> None:
        self.app, self.programme = app, programme
        self.service: Service = app.state.service
        self._told: dict[str, tuple[int, bytes]] = {}
        self._versions: dict[str, int] = {}
        self._sent = 0

    @property
    def now(self) -> datetime:
        return self.service.clock.now()

    async def begin(self, pack: bytes) -> None:
        """The pack in force; one leader and one head of a unit in the directory."""
        assert (await self.sent(OFFICE, "programmes", content=pack)).status_code == 201
        if parse_pack(pack).follow_up.by_lot:
            await self._lots()
        await self.hear(*registered(("town-a", "town-b"), {}))
        for user in (LEADER, HEAD):
            who = {"person_id": user.person_id, "unit_id": user.unit_id}
            name = Sealed(key_id=f"person-{user.person_id}", box="AAAA")
            await self.hear(PersonRegistered(**who, name=name), RoleAssigned(**who, role=user.roles[0]))

    async def _lots(self) -> None:
        """The seeds by which it is drawn who is called back; the service's own timer would fix the same in a second."""
        service = self.service
        await CallSeedTimer(service.pool, service.commands, service.clock, simulated_seed).tick()
        await self.settled()

    async def hear(self, *events: Event, recorded: datetime | None = None, settle: bool = True) -> None:
        """Other services recorded this now, or earlier, and it arrived here."""
        for event in events:
            source = event.OWNER
            position, chain = self._told.get(source, (0, bytes(32)))
            version = self._versions[event.stream] = self._versions.get(event.stream, 0) + 1
            meta = Meta(command_id=uuid7(), actor=SOMEBODY, programme=self.programme)
            body = encode_open(event, meta, event_id=uuid7(), district="demo", source=source)
            payload = close(body, version=version, prev="" if version == 1 else "0" * 64, time=recorded or self.now)
            chain = extend(chain, payload)
            await self.service.log.insert_foreign(source, 1, [(position + 1, payload, chain)])
            self._told[source] = position + 1, chain
        if settle:
            await self.settled()

    async def at(self, moment: str | datetime, *, looks: int = 2) -> None:
        """It is later, and every timer looks; more than once by timers newly started, which must change nothing."""
        self.service.clock.set(local(moment) if isinstance(moment, str) else moment)  # type: ignore[attr-defined]
        for _ in range(looks):
            await self.look()

    async def look(self) -> None:
        """What time alone brings, by timers that know nothing from before, as in a process that takes over."""
        service = self.service

        async def horizon() -> tuple[datetime, int] | None:
            return service.clock.now(), self._told.get("dispatch", (0, b""))[0]

        async def own() -> tuple[datetime, None] | None:
            return service.clock.now(), None

        await self.settled()
        horizons = Horizons(horizon, own)
        await BreachTimer(service.pool, service.commands, service.leases, horizons).tick()
        await self.settled()
        await ReminderTimer(service.pool, service.commands, horizons).send()
        await LadderTimer(service.pool, service.commands, service.clock, horizon).tick()
        await self.settled()

    async def settled(self) -> None:
        """Until every reactor has taken in all there is, its own consequences too, and the read models show it."""
        while True:
            head = (await self.service.log.head()).seq
            done = all(lag.seq >= head for lag in (await self.service.reactors.lag()).values())
            if done and (await self.service.log.head()).seq == head:
                break
            await self.service.log.wait(head + 1, 0.02)
        assert not self.service.reactors.stopped
        assert await self.service.all_caught_up(head, 10)

    async def sent(self, user: User, path: str, **how: Any) -> httpx.Response:
        """One command of one person, under a key of its own."""
        self._sent += 1
        transport = httpx.ASGITransport(app=self.app)
        token = self.app.state.sessions.issue(user)
        headers = {"authorization": f"Bearer {token}", "idempotency-key": f"stage-{self._sent}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as api:
            answer = await api.post(f"/supervision/api/{path}", headers=headers, **how)
        await self.settled()
        return answer

    async def looks(self, user: User, path: str) -> httpx.Response:
        """A page as this person sees it."""
        headers = {"authorization": f"Bearer {self.app.state.sessions.issue(user)}", "accept": "text/html"}
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080", headers=headers) as browser:
            return await browser.get(path)

    async def does(self, user: User, path: str, **body: Any) -> dict[str, Any]:
        """A command that must be taken."""
        answer = await self.sent(user, path, json=body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def refused(self, user: User, path: str, **body: Any) -> str:
        """The code with which a command is refused."""
        answer = await self.sent(user, path, json=body)
        assert answer.status_code in (403, 422), answer.text
        return str(answer.json()["code"])

    async def recorded(self, *types: type[Event], stream: str | None = None) -> list[Any]:
        """Supervision's own events of these types in the order they were recorded."""
        stored = await self.service.log.read_source("supervision", 0, MANY)
        events = [decode_fact(one).event for one in stored if stream in (None, one.stream)]
        return [event for event in events if isinstance(event, types)]

    async def slips(self, matter: str = "case:c1") -> list[Any]:
        """Every slip of a matter, the first one first."""
        return list(
            await self.service.pool.fetch("SELECT * FROM notice_board WHERE matter = $1 ORDER BY issued_at", matter)
        )

    async def slip(self, matter: str = "case:c1") -> Any:
        """The only one."""
        [found] = await self.slips(matter)
        return found

    async def referrals(self) -> list[Any]:
        return list(await self.service.pool.fetch("SELECT * FROM referral ORDER BY proposed_at, referral_id"))


def opened(n: int = 1) -> CaseOpened:
    return CaseOpened(
        case_id=f"c{n}",
        request_ids=(f"r{n}",),
        title=SEALED,
        text=SEALED,
        channel="web",
        received_at=local("2017-07-17 09:00"),
    )


def handed_over(
    n: int = 1, *, focus: bool = False, finish_by: datetime | None = None, dues: Mapping[str, datetime] | None = None
) -> list[Event]:
    """A case with its lead order."""
    limits = Durations(sign="1wd", contact="24h", plan="5wd", finish="7d")
    classified = CaseClassified(
        case_id=f"c{n}",
        category="road-surface",
        scope="individual",
        urgency="real",
        durations=limits,
        rule_id="urgency[2]",
        calendar_version="CN@1",
        focus=focus,
    )
    return [opened(n), classified, order(n, finish_by=finish_by, dues=dues)]


FAR_OFF = local("2099-01-01 18:00")


def order(
    n: int = 1,
    *,
    order_id: str = "",
    unit: str = "town-a",
    role: OrderRole = "lead",
    finish_by: datetime | None = None,
    dues: Mapping[str, datetime] | None = None,
) -> OrderIssued:
    """An order with the dues named; to be finished some day where none is."""
    return OrderIssued(
        case_id=f"c{n}",
        case_no=n,
        order_id=order_id or f"o{n}",
        kind="assign",
        role=role,
        to_unit=unit,
        dues=Dues(**{"finish_by": finish_by or FAR_OFF, **(dues or {})}),
        issued_by_unit="office",
        rule_id="route[1]",
        calendar_version="CN@1",
    )


def completed(n: int = 1, *, round: int = 1, unit: str = "town-a") -> CaseCompleted:
    return CaseCompleted(
        case_id=f"c{n}",
        case_no=n,
        result="solved",
        on_time=True,
        elapsed_s=1,
        working_s=1,
        lead_unit=unit,
        round=round,
    )


def reopened(n: int = 1, *, round: int) -> CaseReopened:
    return CaseReopened(
        case_id=f"c{n}", case_no=n, reason="follow_up_failed", round=round, was_struck_off=False, text="回访未通过"
    )


def levels(raised: Sequence[Any]) -> list[tuple[str, str, str]]:
    """From where to where, and by which rule."""
    return [(one.from_level, one.to_level, one.rule_id) for one in raised]


SECOND = timedelta(seconds=1)

CASE: dict[str, Any] = {"case_id": "c1", "case_no": 1}
LATE = local("2017-07-18 18:00")
"""When the order of most of these stories was to be finished."""

THE_DAY_AFTER = "2017-07-19 09:00"
TOLD = {"problem": "群众反映强烈", "requirements": "三日内说明情况"}


MakeStage = Callable[..., Awaitable[Stage]]


async def overdue(make_stage: MakeStage, pack: bytes = JW) -> Stage:
    """A blue slip about the first case, to be answered by Monday 07-24."""
    stage = await make_stage(pack)
    await stage.hear(*handed_over(finish_by=LATE))
    await stage.at(THE_DAY_AFTER)
    assert (await stage.slip())["level"] == "blue"
    return stage


async def falsified(stage: Stage) -> dict[str, Any]:
    """The evidence of a completed case is looked at, does not hold, and somebody finds it false."""
    await stage.hear(completed(), CaseStruckOff(**CASE, by_unit="town-a", basis="unit_self", on_time=True))
    await stage.does(OFFICE, "reviews/c1", passed=False, finding="照片系他处")
    proved = {"case_id": "c1", "check_id": "review-c1-1", "code": "falsification", "finding": "照片系他处"}
    return await stage.does(DISCIPLINE, "misreports", **proved)
