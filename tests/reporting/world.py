"""The world around reporting in its tests: what it heard, and who is logged in."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import ClassVar
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI

from contracts.supervision import ProgrammePackActivated
from services.chassis.clock import FixedClock
from services.chassis.log.types import Stored
from services.chassis.service import Service
from services.chassis.web import User
from tests import clients
from tests.reporting.history import BEGIN, PROGRAMME, Told

SECRET = "a secret that only the tests of this folder use"
PACK = Path(__file__).parents[2] / "deploy" / "packs" / "jw-2017.toml"
OFFICE = User("p-office", "演示办公室", "office", "区活动办", ("programme_office",))
AUDITOR = User("p-audit", "演示审计", "office", "区活动办", ("auditor",))
VISITOR = User("p-visit", "演示走访", "town-a", "示例甲镇", ("visitor",))


def activation(pack: Path = PACK, programme: str = PROGRAMME, since: datetime = BEGIN) -> ProgrammePackActivated:
    content = pack.read_text("utf-8")
    return ProgrammePackActivated(
        programme_id=programme,
        name="示例活动",
        pack_version=1,
        sha256=sha256(content.encode()).hexdigest(),
        content=content,
        effective_from=since,
    )


@dataclass
class World:
    """One reporting service and what it hears."""

    NOW: ClassVar[datetime] = datetime(2017, 9, 29, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    app: FastAPI
    service: Service
    clock: FixedClock
    heard: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    async def hear(self, told: Told, *, up_to: dict[str, int] | None = None) -> None:
        """Take in the feeds, or the part of them up to given positions."""
        for source, feed in told.feeds.items():
            last = len(feed) if up_to is None else up_to.get(source, 0)
            await self.take(source, feed[self.heard[source] : last])

    async def take(self, source: str, events: list[Stored], *, epoch: int = 1) -> None:
        if events:
            messages = [(event.position, event.payload, event.chain) for event in events]
            await self.service.log.insert_foreign(source, epoch, messages)
            self.heard[source] = max(self.heard[source], events[-1].position)

    async def settled(self) -> None:
        head = (await self.service.log.head()).seq
        assert await self.service.all_caught_up(head, 10.0), self.service.projections.stopped

    def api(self, who: User = OFFICE) -> httpx.AsyncClient:
        """A script of this person's."""
        return clients.program(self.app, who)

    def browser(self, who: User = OFFICE) -> httpx.AsyncClient:
        """This person's browser."""
        return clients.browser(self.app, who)


def key() -> dict[str, str]:
    """A fresh idempotency key."""
    return {"Idempotency-Key": str(uuid4())}
