"""Intake on a real database, asked through ASGI, with a small directory and a programme in force."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from contracts.codec import close, encode_open
from contracts.envelope import Actor, Meta
from contracts.event import Event
from contracts.supervision import ProgrammePackActivated
from services.chassis.clock import FixedClock
from services.chassis.identity import uuid7
from services.chassis.log.chain import extend
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.web.app import make_app
from services.chassis.web.session import User
from services.intake.app import SPEC
from tests.clients import program
from tests.conftest import DsnFactory

ROOT = Path(__file__).parents[2]
SECRET = "a secret that only the tests of intake use"
NOW = datetime(2017, 7, 17, 4, 0, tzinfo=UTC)
PACK = (ROOT / "deploy" / "packs" / "jw-2017.toml").read_bytes()

CLERK = User("p-clerk", "示例甲", "office", "区活动办", ("intake_clerk",))
VISITOR = User("p-visitor", "示例乙", "town-a", "示例镇", ("visitor",))
OTHER = User("p-other", "示例丙", "town-b", "另一镇", ("unit_clerk", "visitor"))
ADMIN = User("p-admin", "示例丁", "office", "区活动办", ("admin",))
AUDITOR = User("p-auditor", "示例戊", "office", "区活动办", ("auditor",))

DIRECTORY: dict[str, list[dict[str, Any]]] = {
    "units": [
        {"unit_id": "office", "name": "区活动办", "level": "district"},
        {"unit_id": "town-a", "name": "示例镇", "level": "town", "parent": "office"},
        {"unit_id": "town-b", "name": "另一镇", "level": "town", "parent": "office"},
        {"unit_id": "village-a1", "name": "示例村", "level": "village", "parent": "town-a"},
    ],
    "persons": [
        {"person_id": user.person_id, "unit_id": user.unit_id, "name": user.name, "roles": list(user.roles)}
        for user in (CLERK, VISITOR, OTHER, ADMIN, AUDITOR)
    ],
    "subjects": [
        {
            "subject_id": "s-1",
            "kind": "household",
            "name": "示例户一",
            "territory_unit": "town-a",
            "community_unit": "village-a1",
            "tags": ["低收入户"],
            "address": "示例村 2 组 18 号",
            "phone": "13800001234",
            "group": "2 组",
        },
        {"subject_id": "s-2", "kind": "enterprise", "name": "示例厂", "territory_unit": "town-a"},
    ],
}


@pytest.fixture
async def app(pg_dsn_factory: DsnFactory, district: str, tmp_path: Path) -> AsyncIterator[FastAPI]:
    settings = Settings(
        district=district,
        dsn=pg_dsn_factory("intake"),
        nats_url=None,
        secret=SecretStr(SECRET),
        data_dir=tmp_path,
        pool_size=4,
        demo=True,
    )
    application = make_app(Service(SPEC, settings, clock=FixedClock(NOW)))
    async with application.router.lifespan_context(application):
        yield application


def script(app: FastAPI, user: User) -> httpx.AsyncClient:
    """A program that acts for a user; every command gets its own id unless it brings one."""
    found = program(app, user)

    async def with_id(request: httpx.Request) -> None:
        request.headers.setdefault("idempotency-key", str(uuid4()))

    found.event_hooks["request"].append(with_id)
    return found


async def settle(app: FastAPI) -> None:
    """Let every read model come up to the log."""
    service = app.state.service
    assert await service.all_caught_up((await service.log.head()).seq, 5)


async def fill(app: FastAPI) -> None:
    """The directory, and the programme as supervision would have sent it."""
    async with script(app, ADMIN) as admin:
        answer = await admin.post("/intake/api/directory", json=DIRECTORY)
        assert [row for row in answer.json()["rows"] if row["status"] != "changed"] == []
    activated = ProgrammePackActivated(
        programme_id="jw-2017",
        name="示例活动",
        pack_version=1,
        sha256=sha256(PACK).hexdigest(),
        content=PACK.decode(),
        effective_from=NOW,
    )
    await told(app, activated, programme="jw-2017")
    await settle(app)


async def told(app: FastAPI, *events: Event, programme: str | None = None) -> None:
    """What other services published arrives here."""
    log = app.state.service.log
    for event in events:
        head = await log.source_head(event.OWNER)
        position, chain = (head.position, head.chain) if head else (0, bytes(32))
        versions = await log.stream(event.stream)
        meta = Meta(command_id=uuid7(), actor=Actor("p-x", "office", "dispatcher"), programme=programme)
        body = encode_open(event, meta, event_id=uuid7(), district=log.district, source=event.OWNER)
        prev = sha256(versions[-1].payload).hexdigest() if versions else ""
        payload = close(body, version=len(versions) + 1, prev=prev, time=NOW)
        await log.insert_foreign(event.OWNER, 1, [(position + 1, payload, extend(chain, payload))])


@pytest.fixture
async def filled(app: FastAPI) -> FastAPI:
    await fill(app)
    return app
