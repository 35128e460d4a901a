"""The list of cases with 10,000 of them: the first page and each filter, as a logged-in person asks for them."""

import asyncio
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import uvloop
from fastapi import FastAPI
from pydantic import SecretStr

from contracts.codec import close, encode_open
from contracts.dispatch import (
    CaseClassified,
    CaseCompleted,
    CaseOpened,
    CaseReopened,
    CaseRouted,
    CaseStruckOff,
    CaseSuspended,
    Dues,
    Durations,
    OrderIssued,
    OrderReturned,
    OrderSigned,
)
from contracts.envelope import SYSTEM, Meta
from contracts.event import Event
from contracts.intake import UnitRegistered
from contracts.sealed import Sealed
from contracts.supervision import ProgrammePackActivated
from deploy.bench.row import Row
from deploy.bench.server import temporary_postgres
from services.chassis.clock import FixedClock
from services.chassis.identity import uuid7
from services.chassis.log import Append, Draft
from services.chassis.log.chain import extend
from services.chassis.migrate import LOG_SQL, migrate
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.web import User
from services.chassis.web.app import make_app
from services.dispatch.app import HERE, SPEC

CASES = 10_000
TIMES = 40
"""Of each list; the p95 is then the third longest."""

BAR_MS = 300.0
SEED = 20170717
NOW = datetime(2017, 7, 17, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
PACK = Path(__file__).parents[1] / "packs" / "jw-2017.toml"
PROGRAMME = "jw-2017"
TOWNS = [f"town-{n}" for n in range(8)]
BUREAUS = [f"bureau-{n}" for n in range(30)]
CATEGORIES = ["road-surface", "road-lamp", "utility-water", "environment-waste", "order-wage", "housing-repair"]
PLACES = ["桥西路", "河塘村", "老街", "学校门口", "菜场", "示例小区", "工业园", "卫生室"]
MATTERS = ["路面破损积水", "路灯不亮", "自来水压力小", "垃圾清运不及时", "拖欠工资", "房屋漏雨"]
WHO = User("p-desk", "演示派单员", "office", "区活动办", ("dispatcher", "programme_office"))
SECRET = "only this measurement uses it, and it is long enough"  # noqa: S105 - opens nothing else

LISTS = {
    "first page": "",
    "light": "light=red",
    "yellow light": "light=yellow",
    "category": "category=road-surface",
    "territory": "territory=town-3",
    "unit": "unit=bureau-7",
    "step": "step=handling",
    "struck off": "light=closed",
    "search": "q=路灯",
    "search by number": "q=JW-2017-4321",
    "handled again": "again=yes",
    "due in 3 days": "due=3",
    "all at once": "light=green&category=road-lamp&territory=town-2&q=老街",
}


async def run() -> list[Row]:
    """One row per list: p95 of the whole answer, page included."""
    return await asyncio.to_thread(uvloop.run, _run())


async def _run() -> list[Row]:
    with temporary_postgres() as server, TemporaryDirectory() as folder:
        connection = await asyncpg.connect(server.dsn())
        await connection.execute("CREATE DATABASE bench_lists")
        await connection.close()
        dsn = server.dsn("bench_lists")
        await migrate(dsn, [LOG_SQL, HERE / "migrations"])
        settings = Settings(
            district="bench", dsn=dsn, nats_url=None, secret=SecretStr(SECRET), data_dir=Path(folder), pool_size=6
        )
        service = Service(SPEC, settings, clock=FixedClock(NOW))
        app = make_app(service)
        async with app.router.lifespan_context(app):
            await _furnish(service)
            await _fill(service)
            return await _measure(app)


async def _furnish(service: Service) -> None:
    """Units and the programme, as intake's and supervision's logs would bring them."""
    units = [("office", "区活动办", "district"), *((u, f"示例{n}镇", "town") for n, u in enumerate(TOWNS))]
    units += [(u, f"示例第{n}局", "department") for n, u in enumerate(BUREAUS)]
    content = PACK.read_text("utf-8")
    pack = ProgrammePackActivated(
        programme_id=PROGRAMME,
        name="演示活动",
        pack_version=1,
        sha256=sha256(content.encode()).hexdigest(),
        content=content,
        effective_from=NOW,
    )
    known: list[Event] = [UnitRegistered(unit_id=u, name=name, level=level) for u, name, level in units]
    for source, events in (("intake", known), ("supervision", [pack])):
        chain, messages = bytes(32), []
        for position, event in enumerate(events, start=1):
            meta = Meta(command_id=uuid7(), actor=SYSTEM, programme=PROGRAMME)
            body = encode_open(event, meta, event_id=uuid7(), district="bench", source=source)
            payload = close(body, version=1, prev="", time=NOW)
            chain = extend(chain, payload)
            messages.append((position, payload, chain))
        await service.log.insert_foreign(source, 1, messages)


async def _fill(service: Service) -> None:
    """Every state there is, in proportions of a campaign's middle."""
    assert service.keys is not None, "dispatch opens sealed titles"
    await service.keys.new("request-bench")
    chance = random.Random(SEED)  # noqa: S311 - a fixed sample, no secret

    async def one(number: int) -> None:
        assert service.keys is not None
        title = f"{chance.choice(PLACES)}{chance.choice(MATTERS)}（{number}）"
        sealed = await service.keys.seal(title, "request-bench")
        meta = Meta(command_id=uuid7(), actor=SYSTEM, programme=PROGRAMME)
        drafts = [
            Draft(
                event.stream,
                event.TYPE,
                event.VERSION,
                encode_open(event, meta, event_id=uuid7(), district="bench", source="dispatch"),
            )
            for event in _life(number, sealed, chance)
        ]
        await service.log.append(Append(meta.command_id, b"", (), drafts))

    for first in range(1, CASES + 1, 250):
        await asyncio.gather(*(one(number) for number in range(first, min(first + 250, CASES + 1))))
    assert await service.all_caught_up((await service.log.head()).seq, 600.0), "the read models fell behind"


def _life(number: int, title: Sealed, chance: random.Random) -> Iterator[Event]:
    """A case as far as it has come: 6 % wait, 4 % are disputed, 3 % paused, 60 % struck off, the rest at work."""
    case_id, order, unit = f"c-{number}", f"o-{number}", chance.choice(BUREAUS)
    due = NOW + timedelta(days=chance.uniform(-4, 20))
    how = chance.random()
    yield CaseOpened(
        case_id=case_id, request_ids=(f"r-{number}",), title=title, text=title, channel="visit",
        territory_unit=chance.choice(TOWNS), category_hint=chance.choice(CATEGORIES), received_at=NOW,
    )  # fmt: skip
    if how < 0.06:
        return
    yield CaseClassified(
        case_id=case_id, category=chance.choice(CATEGORIES), scope="individual", urgency="real",
        durations=Durations(sign="1wd", finish="7d"), rule_id="urgency[real]", calendar_version="CN-2017@1",
    )  # fmt: skip
    yield CaseRouted(case_id=case_id, rule_id="route[3]", order_kind="assign", lead=unit, chosen_by="dispatcher")
    yield OrderIssued(
        case_id=case_id, order_id=order, case_no=number, kind="assign", role="lead", to_unit=unit,
        dues=Dues(finish_by=due), issued_by_unit="office", rule_id="route[3]", calendar_version="CN-2017@1",
    )  # fmt: skip
    if how < 0.10:
        yield OrderReturned(
            case_id=case_id, order_id=order, case_no=number, reason_code="not-ours", reason="职责不符", n=1
        )
        return
    yield OrderSigned(case_id=case_id, order_id=order, case_no=number)
    if how < 0.13:
        yield CaseSuspended(
            case_id=case_id, case_no=number, reason="汛期", condition="汛期结束", review_on=due, approver="p-1"
        )
    elif how > 0.40:
        yield CaseCompleted(
            case_id=case_id, case_no=number, result="solved", on_time=True, elapsed_s=3600, working_s=3600,
            lead_unit=unit, round=1,
        )  # fmt: skip
        yield CaseStruckOff(case_id=case_id, case_no=number, by_unit=unit, basis="unit_self", on_time=True)
        if how > 0.97:
            yield CaseReopened(case_id=case_id, case_no=number, reason="relapse", round=2, was_struck_off=True)


async def _measure(app: FastAPI) -> list[Row]:
    transport = httpx.ASGITransport(app)
    headers = {"accept": "text/html"}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080", headers=headers) as browser:
        browser.cookies.set("huiyin_session", app.state.sessions.issue(WHO))
        rows = [
            await _row(browser, f"list of cases, {name}", f"/dispatch/cases?{query}") for name, query in LISTS.items()
        ]
        return [*rows, await _row(browser, "the desk with the next case and its suggestions", "/dispatch/desk")]


async def _row(browser: httpx.AsyncClient, name: str, address: str) -> Row:
    taken = await _times(browser, address)
    p95 = statistics.quantiles(taken, n=20)[-1]
    detail = f"p50 {statistics.median(taken):.0f} ms of {CASES:,} cases"
    return Row(f"{name}, p95", p95, BAR_MS, "at most", "ms", detail)


async def _times(browser: httpx.AsyncClient, address: str) -> Sequence[float]:
    """Milliseconds of each answer; the first of all warms templates and plans and is not counted."""
    taken = []
    for _ in range(TIMES + 1):
        begun = time.perf_counter()
        answer = await browser.get(address)
        taken.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200, f"{address} answered {answer.status_code}"
    return taken[1:]
