"""100,000 open deadlines: how fast the wall of lights answers, and how soon a breach is recorded after its instant."""

import asyncio
import os
import random
import secrets
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import httpx
import uvloop
from fastapi import FastAPI
from pydantic import SecretStr

from contracts.supervision import DeadlineBreached
from deploy.bench.clock_dispatch import Dispatch, dispatch, temporary_broker
from deploy.bench.row import Row
from deploy.bench.server import temporary_postgres
from deploy.packs.demo import render_demo_pack
from services.chassis.clock import SystemClock
from services.chassis.migrate import LOG_SQL, migrate
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.tasks import end
from services.chassis.timer import TICK_S
from services.chassis.web import User
from services.chassis.web.app import make_app
from services.supervision.app import SPEC
from services.supervision.read.clock_board import CLOCK_ROWS, ClockRow

CLOCKS = int(os.environ.get("HUIYIN_BENCH_CLOCKS", "100000"))
LOOKS = int(os.environ.get("HUIYIN_BENCH_LOOKS", "60"))
BREACHES = int(os.environ.get("HUIYIN_BENCH_BREACHES", "200"))
"""Due at the same instant: a page of the timer."""

LOAD_PER_S = int(os.environ.get("HUIYIN_BENCH_CLOCK_LOAD", "20"))
"""Events a second that dispatch records meanwhile: four orders, signed and reported on; 1.7 million a day."""

UNITS, KINDS = 60, ("sign", "contact", "plan", "finish")
CHUNK = 20_000
WARM_S = 3.0
DUE_IN_S = 12.0
"""Time for the reactors to make the clocks while the load goes on."""

WAIT_S = 30.0
OFFICE = User("p-bench", "测量", "office", "督查室", ("supervisor", "programme_office"))


async def run() -> list[Row]:
    return await asyncio.to_thread(uvloop.run, _run())


async def _run() -> list[Row]:
    with temporary_postgres() as server, temporary_broker() as broker:
        connection = await asyncpg.connect(server.dsn())
        for name in ("bench_clocks", "bench_dispatch"):
            await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        await migrate(server.dsn("bench_clocks"), [LOG_SQL, SPEC.migrations])
        await migrate(server.dsn("bench_dispatch"), [LOG_SQL])
        async with _service(server.dsn("bench_clocks"), broker.url) as (app, api):
            service: Service = app.state.service
            now = service.clock.now()
            content = render_demo_pack(now.date())
            await api.post("/supervision/api/programmes", content=content, headers={"idempotency-key": "pack"})
            await _fill(service.pool, now)
            looked = await _looks(api)
            async with dispatch(server.dsn("bench_dispatch"), broker, "demo") as told:
                late = await _breaches(service, told)
    p50, p95 = statistics.median(looked) * 1000, statistics.quantiles(looked, n=20)[18] * 1000
    detail = f"p50 {p50:.0f} ms, {CLOCKS:,} open clocks of {UNITS} units, page with its list, with and without filters"
    return [
        Row("the wall of lights, p95", p95, 300, "at most", "ms", detail),
        Row(
            "a breach after its due instant, the latest", max(late), 5, "at most", "s",
            f"{BREACHES} due at once, median {statistics.median(late):.2f} s; dispatch records {LOAD_PER_S} events/s"
            " through the broker, reactors make the clocks, the service's own timer judges",
        ),
    ]  # fmt: skip


@asynccontextmanager
async def _service(dsn: str, nats_url: str) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    with tempfile.TemporaryDirectory(prefix="huiyin-bench-") as folder:
        secret = secrets.token_hex(32)
        settings = Settings(
            district="bench", dsn=dsn, nats_url=nats_url, secret=SecretStr(secret), data_dir=Path(folder), pool_size=6
        )
        app = make_app(Service(SPEC, settings, clock=SystemClock()))
        async with app.router.lifespan_context(app):
            headers = {"authorization": f"Bearer {app.state.sessions.issue(OFFICE)}"}
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1:8080", headers=headers, timeout=30
            ) as api:
                yield app, api


async def _fill(pool: asyncpg.Pool, now: datetime) -> None:
    """Open clocks as a large district has them: most in time, some near their end, some breached, some resting."""
    chance = random.Random(1)  # noqa: S311 - the same wall in every run
    table = await pool.fetchval("SELECT 'clock_board_v' || version FROM read_model WHERE name = 'clock_board'")
    for begin in range(0, CLOCKS, CHUNK):
        rows = [_row(n, now, chance) for n in range(begin, min(begin + CHUNK, CLOCKS))]
        values = [tuple(getattr(row, name) for name in CLOCK_ROWS.columns) for row in rows]
        await pool.copy_records_to_table(table, records=values, columns=CLOCK_ROWS.columns)
    await pool.execute(f"VACUUM ANALYZE {table}")


def _row(n: int, now: datetime, chance: random.Random) -> ClockRow:
    hours = chance.uniform(-200, 2000)
    due = now + timedelta(hours=hours)
    breached = due if hours < 0 else None
    return ClockRow(
        f"o{n}-finish",
        f"c{n}",
        f"o{n}",
        KINDS[n % 4],
        f"unit-{chance.randrange(UNITS)}",
        None,
        "paused" if chance.random() < 0.03 else "running",
        started_at=due - timedelta(days=7),
        due=due,
        breached_due=breached,
        limit_words="7d",
        yellow_at=due - timedelta(days=2),
    )


async def _looks(api: httpx.AsyncClient) -> list[float]:
    """Seconds of each look: all, one light, one unit, one step."""
    asked: Sequence[str] = ("", "?light=red", "?light=yellow", "?unit=unit-7", "?kind=sign", "?unit=unit-9&light=red")
    took = []
    for n in range(LOOKS + len(asked)):
        begun = time.perf_counter()
        answer = await api.get(f"/supervision/clocks{asked[n % len(asked)]}", headers={"accept": "text/html"})
        answer.raise_for_status()
        if n >= len(asked):  # the first ones fill the database's cache
            took.append(time.perf_counter() - begun)
    return took


async def _breaches(service: Service, told: Dispatch) -> list[float]:
    """Seconds from the due instant to the recorded breach of orders that are all due at once.

    Nothing stands in for anything: dispatch goes on recording, its orders and its watermark come through the broker,
    reactors make the clocks, and the service's own timer judges them behind its own horizon.
    """
    going_on = asyncio.create_task(told.go_on(LOAD_PER_S))
    try:
        await asyncio.sleep(WARM_S)
        due = service.clock.now() + timedelta(seconds=DUE_IN_S)
        await asyncio.gather(*(told.issue(due) for _ in range(BREACHES)))
        found: list[float] = []
        until = time.monotonic() + DUE_IN_S + WAIT_S
        while len(found) < BREACHES and time.monotonic() < until and not going_on.done():
            await asyncio.sleep(TICK_S)
            rows = await service.pool.fetch("SELECT time FROM event WHERE type = $1", DeadlineBreached.TYPE)
            found = [(row["time"] - due).total_seconds() for row in rows]
        if going_on.done():
            await going_on  # it never ends by itself: this raises what went wrong
    finally:
        await end(going_on)
    return [*found, *[WAIT_S] * (BREACHES - len(found))]
