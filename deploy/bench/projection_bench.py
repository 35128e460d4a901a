"""Rebuilding the case board from the log, against another framework's projection on the same PostgreSQL."""

import asyncio
import importlib.util
import math
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import asyncpg
import uvloop

from contracts.codec import encode_open
from contracts.dispatch import (
    CaseClassified,
    CaseCompleted,
    CaseOpened,
    CaseRouted,
    CaseStruckOff,
    Dues,
    Durations,
    OrderIssued,
    OrderSigned,
    ProgressReported,
)
from contracts.envelope import SYSTEM, Meta
from contracts.event import Event
from contracts.sealed import Sealed
from deploy.bench.row import Row
from deploy.bench.server import temporary_postgres
from services.chassis.clock import SystemClock
from services.chassis.identity import uuid7
from services.chassis.lease import Leases
from services.chassis.log import Append, Draft, Log
from services.chassis.migrate import LOG_SQL, migrate
from services.chassis.projection import Runner
from services.dispatch.read.board import BOARD

CASES = int(os.environ.get("HUIYIN_BENCH_CASES", "8000"))
"""Eight events each; large enough that starting and switching do not count."""

ROUNDS = int(os.environ.get("HUIYIN_BENCH_ROUNDS", "3"))
RIVAL_EVENTS = int(os.environ.get("HUIYIN_BENCH_RIVAL_EVENTS", "1200"))
RIVAL_WITHIN_S = 120

ENOUGH_PER_S = 30_000
"""What fifty times the rival's rate came to when the bar was set."""

NOON = datetime(2017, 7, 17, 4, tzinfo=UTC)
TEXT = Sealed(key_id="request-1", box="A" * 160)


def life(case_id: str, number: int) -> list[Event]:
    """A case from opening to strike-off."""
    order = f"{case_id}-1"
    unit = f"U-{number % 40}"
    durations = Durations(sign="4wh", contact="24h", finish="7d")
    dues = Dues(sign_by=NOON, contact_by=NOON + timedelta(days=1), finish_by=NOON + timedelta(days=7))
    return [
        CaseOpened(
            case_id=case_id, request_ids=("R-1",), title=TEXT, text=TEXT, channel="visit", received_at=NOON
        ),
        CaseClassified(
            case_id=case_id, category="roads", scope="individual", urgency="normal", durations=durations,
            rule_id="rule-1", calendar_version="CN-2017@1",
        ),
        CaseRouted(case_id=case_id, rule_id="route-1", order_kind="normal", lead=unit, chosen_by="rule"),
        OrderIssued(
            case_id=case_id, order_id=order, case_no=number, kind="normal", role="lead", to_unit=unit, dues=dues,
            issued_by_unit="U-0", rule_id="route-1", calendar_version="CN-2017@1",
        ),
        OrderSigned(case_id=case_id, order_id=order, case_no=number),
        ProgressReported(case_id=case_id, order_id=order, case_no=number, text="正在办理。"),
        CaseCompleted(
            case_id=case_id, case_no=number, result="solved", on_time=True, elapsed_s=3600, working_s=3600,
            lead_unit=unit, round=1,
        ),
        CaseStruckOff(case_id=case_id, case_no=number, by_unit="U-0", basis="office", on_time=True),
    ]  # fmt: skip


async def run() -> list[Row]:
    """The table's rows for rebuilding a read model."""
    return await asyncio.to_thread(uvloop.run, _run())


async def _run() -> list[Row]:
    with temporary_postgres() as server:
        for name in ("bench_log", "bench_rival"):
            connection = await asyncpg.connect(server.dsn())
            await connection.execute(f"CREATE DATABASE {name}")
            await connection.close()
        await migrate(server.dsn("bench_log"), [LOG_SQL])
        address = f"127.0.0.1/{server.port}/bench_rival/postgres"
        rate, rival = await _contest(server.dsn("bench_log"), address)
    rows = [Row("rebuild of the case list", rate, ENOUGH_PER_S, "at least", "events/s", f"{CASES * 8:,} events")]
    if not math.isnan(rival):
        detail = f"{rate:,.0f}/s against {rival:,.0f}/s of eventsourcing's ProjectionRunner"
        rows.append(Row("rebuild of the case list, ratio", rate / rival, 50, "at least", detail=detail))
    return rows


async def _contest(dsn: str, address: str) -> tuple[float, float]:
    """Events per second of both, turn by turn; the best turn of each."""
    async with (
        asyncpg.create_pool(dsn, min_size=0, max_size=8) as pool,
        Log(pool, district="bench", source="dispatch", clock=SystemClock()) as log,
    ):
        await _fill(log)
        runner = Runner(log, [BOARD], Leases(pool, "bench"))
        await runner.prepare()
        mine, theirs = [], []
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            await runner.rebuild("case_board")
            mine.append(CASES * 8 / (time.perf_counter() - begun))
            theirs.append(await asyncio.to_thread(_rival_rate, address))
        shown = await pool.fetchval("SELECT count(*) FROM case_board WHERE step = 'struck_off'")
        assert shown == CASES, f"{shown} of {CASES} cases are shown"
    return max(mine), max(theirs)


async def _fill(log: Log) -> None:
    async def one(number: int) -> None:
        meta = Meta(command_id=uuid7(), actor=SYSTEM, programme="bench")
        drafts = [
            Draft(
                event.stream,
                event.TYPE,
                event.VERSION,
                encode_open(event, meta, event_id=uuid7(), district="bench", source="dispatch"),
            )
            for event in life(f"C-{number}", number)
        ]
        await log.append(Append(meta.command_id, b"", (), drafts))

    for first in range(0, CASES, 500):
        await asyncio.gather(*(one(n) for n in range(first + 1, min(first + 500, CASES) + 1)))


def _rival_rate(address: str) -> float:
    """Not a number when it is not installed whole."""
    if importlib.util.find_spec("psycopg_pool") is None:
        return math.nan
    command = [sys.executable, "-m", "deploy.bench.projection_rival", address, str(RIVAL_EVENTS)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=RIVAL_WITHIN_S)
    return float(done.stdout)
