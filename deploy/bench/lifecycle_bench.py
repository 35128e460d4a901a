"""Whole lifecycles of cases per second, whether they slow down as the log fills, and one case's history in it."""

import asyncio
import os
import random
import statistics
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

import asyncpg
import uvloop

from contracts.codec import encode_open
from contracts.dispatch import Dues, Durations
from contracts.envelope import SYSTEM, Meta
from contracts.sealed import Sealed
from deploy.bench.projection_bench import life
from deploy.bench.row import Row
from deploy.bench.server import temporary_postgres
from services.chassis.clock import SystemClock
from services.chassis.deadlines import Calendar
from services.chassis.handle import Commands
from services.chassis.identity import uuid7
from services.chassis.log import Append, Draft, Log
from services.chassis.migrate import LOG_SQL, migrate
from services.dispatch.domain import commands as c
from services.dispatch.domain.decide import dispatch_case, stream

FEW = int(os.environ.get("HUIYIN_BENCH_FEW_CASES", "1000"))
MANY = int(os.environ.get("HUIYIN_BENCH_MANY_CASES", "30000"))
"""The bar is 10,000 against 1,000,000; set both for that run, which takes about half an hour to fill."""

MEASURED = 300
"""Lifecycles of ten commands in one sample."""

CLIENTS = 16
SAMPLES = 3
HISTORIES = 300

NOON = datetime(2017, 7, 17, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
DAY = timedelta(days=1)
TEXT = Sealed(key_id="request-1", box="A" * 160)
CALENDAR = Calendar("CN-2017@1", ((clock_time(8, 30), clock_time(12)), (clock_time(14), clock_time(18))))
DUES = Dues(sign_by=NOON + DAY, contact_by=NOON + DAY, finish_by=NOON + 7 * DAY)


async def run() -> list[Row]:
    return await asyncio.to_thread(uvloop.run, _run())


async def _run() -> list[Row]:
    with temporary_postgres() as server:
        connection = await asyncpg.connect(server.dsn())
        await connection.execute("CREATE DATABASE bench_lifecycle")
        await connection.close()
        dsn = server.dsn("bench_lifecycle")
        await migrate(dsn, [LOG_SQL])
        async with (
            asyncpg.create_pool(dsn, min_size=0, max_size=10) as pool,
            Log(pool, district="bench", source="dispatch", clock=SystemClock()) as log,
        ):
            await _fill(log, 0, FEW)
            few = await _rate(log)
            await _fill(log, FEW, MANY)
            many = await _rate(log)
            bare, whole = await _histories(pool, log)
    events = MANY * 8
    p50, p99 = statistics.median(whole), statistics.quantiles(whole, n=100)[98]
    return [
        Row(
            f"lifecycles per second at {MANY:,} cases against {FEW:,}",
            many / few,
            0.8,
            "at least",
            detail=f"{many:,.0f}/s against {few:,.0f}/s; ten commands each, {CLIENTS} clients",
        ),
        Row(f"one case's history, p99, {events:,} events", p99 * 1000, 3.0, "at most", "ms"),
        Row("one case's history, p50 against the bare index scan", p50 / statistics.median(bare), 1.5, "at most"),
    ]


async def _fill(log: Log, first: int, last: int) -> None:
    """Finished cases, as the log would hold them."""

    async def one(number: int) -> None:
        meta = Meta(command_id=uuid7(), actor=SYSTEM, programme="bench")
        drafts = [
            Draft(
                e.stream, e.TYPE, e.VERSION, encode_open(e, meta, event_id=uuid7(), district="bench", source="dispatch")
            )
            for e in life(f"C-{number}", number + 1)
        ]
        await log.append(Append(meta.command_id, b"", (), drafts))

    for begin in range(first, last, 500):
        await asyncio.gather(*(one(n) for n in range(begin, min(begin + 500, last))))


def _lifecycle(case: str) -> Iterator[c.Command]:
    """Ten commands from the request to strike-off."""
    order = f"{case}-1"
    limits = Durations(sign="1wd", contact="24h", finish="7d")
    yield c.OpenCase(case, ("r1",), TEXT, TEXT, "visit", NOON - DAY)
    yield c.ClassifyCase("road", "individual", "real", limits, "urgency[real]", "CN-2017@1")
    yield c.RouteCase("town-a", "assign", "route[2]", "dispatcher")
    new = c.NewOrder(order, "lead", "town-a", "assign", DUES)
    yield c.IssueOrders(1, (new,), "office", "route[2]", "CN-2017@1", NOON)
    yield c.SignOrder(order, 1, "town-a", NOON + timedelta(hours=1), "p1")
    yield c.ContactRequester(order, 1, "town-a", "phone", True, NOON, NOON)
    plan = c.FilePlan(order, 1, "town-a", NOON, "p1", "p3", "城建办", measures="分段施工", resolve_by=NOON + 6 * DAY)
    yield plan
    yield c.ReportProgress(order, 1, "town-a", "已进场施工")
    yield c.CompleteOrder(order, 1, "town-a", "solved", TEXT, NOON + DAY, NOON + DAY, CALENDAR)
    yield c.StrikeOff(1, "unit_self", "unit_self", "town-a")


async def _rate(log: Log) -> float:
    """Median of a few samples, each by clients that know no state yet, so that histories are read."""
    return statistics.median([await _sample(log) for _ in range(SAMPLES)])


async def _sample(log: Log) -> float:
    commands = Commands(log, "bench", "dispatch")
    waiting = iter([f"L-{uuid7()}" for _ in range(MEASURED)])

    async def client() -> None:
        for case in waiting:
            for command in _lifecycle(case):
                meta = Meta(command_id=uuid7(), actor=SYSTEM, programme="bench")
                await commands.handle(dispatch_case, stream(case), command, meta)

    begun = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return MEASURED / (time.perf_counter() - begun)


async def _histories(pool: asyncpg.Pool, log: Log) -> tuple[list[float], list[float]]:
    """Seconds of the bare index scan and of reading a history, taken in turns on random cases."""
    bare, whole = [], []
    query = "SELECT payload FROM event WHERE stream = $1 ORDER BY version"
    chosen = random.Random(7)  # noqa: S311 - a fixed choice of cases
    for _ in range(HISTORIES):
        name = f"case-C-{chosen.randrange(MANY)}"
        begun = time.perf_counter()
        await pool.fetch(query, name)
        between = time.perf_counter()
        await log.stream(name)
        bare.append(between - begun)
        whole.append(time.perf_counter() - between)
    return bare, whole
