"""The world around dispatch in its tests: what intake and supervision have told, and who is logged in."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI

from contracts.codec import close, encode_open
from contracts.envelope import Actor, Meta
from contracts.event import Event
from contracts.intake import (
    PersonRegistered,
    RequestAccepted,
    RequestRegistered,
    RoleAssigned,
    UnitRegistered,
)
from contracts.supervision import ProgrammePackActivated
from services.chassis.clock import FixedClock
from services.chassis.identity import uuid7
from services.chassis.log.chain import extend
from services.chassis.service import Service
from services.chassis.web import User
from tests import clients

SECRET = "a secret that only the tests of this folder use"
MONDAY = datetime(2017, 7, 17, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
PACK = Path(__file__).parents[2] / "deploy" / "packs" / "jw-2017.toml"
STRICT = Path(__file__).parents[1] / "packs" / "order-required.toml"

UNITS = {
    "office": ("区活动办", "district", ()),
    "bureau-road": ("示例住建局", "department", ("road-surface",)),
    "bureau-city": ("示例城管局", "department", ("environment-waste",)),
    "town-a": ("示例甲镇", "town", ()),
    "town-b": ("示例乙镇", "town", ()),
}
PERSONS = {
    "p-desk": ("office", "演示派单员"),
    "p-office-head": ("office", "演示活动办主任"),
    "p-road": ("bureau-road", "演示甲"),
    "p-road-head": ("bureau-road", "演示乙"),
    "p-city": ("bureau-city", "演示丙"),
    "p-town": ("town-a", "演示丁"),
}


def user(person: str, *roles: str) -> User:
    unit, name = PERSONS[person]
    return User(person, name, unit, UNITS[unit][0], roles)


DESK = user("p-desk", "dispatcher", "programme_office", "work_group_lead")
"""All the desk: issues orders on every route of the pack."""
ROAD = user("p-road", "unit_clerk")
ROAD_HEAD = user("p-road-head", "unit_leader")
CITY = user("p-city", "unit_clerk", "unit_leader")
AUDITOR = User("p-audit", "演示审计", "office", "区活动办", ("auditor",))


@dataclass
class World:
    """One dispatch and what it hears."""

    app: FastAPI
    service: Service
    clock: FixedClock
    positions: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    chains: dict[str, bytes] = field(default_factory=lambda: defaultdict(lambda: bytes(32)))
    streams: dict[str, tuple[int, str]] = field(default_factory=lambda: defaultdict(lambda: (0, "")))

    async def furnish(self) -> None:
        """Units, persons and the programme."""
        for unit_id, (name, level, duties) in UNITS.items():
            await self.hear(UnitRegistered(unit_id=unit_id, name=name, level=level, duties=duties))
        assert self.service.keys is not None
        for person_id, (unit_id, name) in PERSONS.items():
            await self.service.keys.new(f"person-{person_id}")
            sealed = await self.service.keys.seal(name, f"person-{person_id}")
            await self.hear(PersonRegistered(person_id=person_id, unit_id=unit_id, name=sealed))
        held = [(who.person_id, role) for who in (DESK, ROAD, ROAD_HEAD, CITY) for role in who.roles]
        for person_id, role in (*held, ("p-office-head", "programme_office")):
            await self.hear(RoleAssigned(person_id=person_id, role=role, unit_id=PERSONS[person_id][0]))
        await self.activate(PACK)

    async def activate(self, path: Path, programme: str = "jw-2017") -> None:
        content = path.read_text("utf-8")
        await self.hear(
            ProgrammePackActivated(
                programme_id=programme,
                name="百千万集中走访帮扶",
                pack_version=1 + self.streams[f"programme-{programme}"][0],
                sha256=sha256(content.encode()).hexdigest(),
                content=content,
                effective_from=self.clock.now(),
            )
        )

    async def hear(self, event: Event, programme: str | None = "jw-2017") -> None:
        """Put another service's event into dispatch's log, as its feed would."""
        source = event.OWNER
        version, prev = self.streams[event.stream]
        meta = Meta(command_id=uuid7(), actor=Actor("p-desk", "office", "intake_clerk"), programme=programme)
        body = encode_open(event, meta, event_id=uuid7(), district=self.service.settings.district, source=source)
        payload = close(body, version=version + 1, prev=prev, time=self.clock.now())
        self.positions[source] += 1
        self.chains[source] = extend(self.chains[source], payload)
        self.streams[event.stream] = (version + 1, sha256(payload).hexdigest())
        message = (self.positions[source], payload, self.chains[source])
        await self.service.log.insert_foreign(source, 1, [message])

    async def request(
        self,
        request_id: str = "r1",
        title: str = "示例路路面破损",
        programme: str = "jw-2017",
        text_of: str | None = None,
        **more: Any,
    ) -> str:
        """A request is registered and accepted; answers the id its case will have."""
        assert self.service.keys is not None
        await self.service.keys.new(f"request-{request_id}")
        registered = RequestRegistered(
            request_id=request_id,
            origin="proactive",
            title=await self.service.keys.seal(title, f"request-{request_id}"),
            text=await self.service.keys.seal(text_of or f"{title}，请尽快处理。", f"request-{request_id}"),
            received_at=self.clock.now(),
            **{
                "channel": "visit",
                "territory_unit": "town-a",
                "category_hint": "road-surface",
                "requester_ref": "q1",
                **more,
            },
        )
        await self.hear(registered, programme)
        await self.hear(RequestAccepted(request_id=request_id), programme)
        return f"c-{request_id}"

    async def settled(self) -> None:
        """Until reactors and read models have followed the log."""
        quiet = 0
        while quiet < 2:
            head = (await self.service.log.head()).seq
            lags = (await self.service.reactors.lag()).values()
            assert await self.service.all_caught_up(head, 5.0)
            done = all(lag.seq >= head or lag.stopped for lag in lags)
            quiet = quiet + 1 if done and (await self.service.log.head()).seq == head else 0
            if not done:
                await self.service.log.wait(head, 0.02)

    async def until(self, question: str) -> None:
        """Until the database answers true; the test's own time limit ends a wait in vain."""
        while not await self.service.pool.fetchval(question):
            await asyncio.sleep(0.02)

    async def case(self, request_id: str = "r1", **more: Any) -> str:
        """A request whose case is open."""
        case_id = await self.request(request_id, **more)
        await self.settled()
        return case_id

    def api(self, who: User) -> httpx.AsyncClient:
        """A script of this person's."""
        return clients.program(self.app, who)

    def browser(self, who: User) -> httpx.AsyncClient:
        """This person's browser."""
        return clients.browser(self.app, who)


def key() -> dict[str, str]:
    """A fresh idempotency key."""
    return {"Idempotency-Key": str(uuid4())}
