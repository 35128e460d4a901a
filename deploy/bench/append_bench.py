"""Durable appends and one case's history, as ratios to what else one could have taken, within one run."""

import asyncio
import hashlib
import importlib.util
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import orjson
import uvloop

from deploy.bench.append_rivals import PAYLOAD
from deploy.bench.row import Row
from deploy.bench.server import temporary_postgres
from deploy.local.ports import free_ports
from deploy.local.postgres import Postgres
from services.chassis.clock import SystemClock
from services.chassis.log import Append, Draft, Expect, Log
from services.chassis.migrate import LOG_SQL, migrate

TURN_S = float(os.environ.get("HUIYIN_BENCH_TURN_S", "0.6"))
"""Turns alternate, so that whatever else the machine does meets all contenders."""

ROUNDS = int(os.environ.get("HUIYIN_BENCH_ROUNDS", "5"))
HISTORY_EVENTS = int(os.environ.get("HUIYIN_BENCH_EVENTS", "200000"))
"""The bar speaks of a million; a fifth of it keeps the default run short."""

CASE_EVENTS = 10
"""A case of usual length: every writer begins a new stream after so many events."""

HISTORY_READS = 600
START_S = 10.0
WRITERS = (1, 16, 64)

PLAIN_TABLE = "CREATE TABLE plain (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream text, payload bytea)"
BARE = "SELECT payload FROM event WHERE stream = $1 ORDER BY version"

BODY = orjson.dumps(
    {"specversion": "1.0", "type": "noted", "source": "/huiyin/bench/dispatch", "schemaversion": 1}
    | {"data": {"note": PAYLOAD.decode()[:560]}}
)[:-1]

Writer = Callable[[], Awaitable[object]]
"""Writes one event durably."""


async def run() -> list[Row]:
    """The table's rows for appends and histories."""
    return await asyncio.to_thread(uvloop.run, _run())


async def _run() -> list[Row]:
    with temporary_postgres() as server:
        await _database(server, "bench_log", log=True)
        await _database(server, "bench_plain")
        await _database(server, "bench_es")
        rates = await _contest(server)
        rows = _append_rows(rates)
        rows += await _histories(server.dsn("bench_log"))
    return rows


async def _database(server: Postgres, name: str, *, log: bool = False) -> None:
    connection = await asyncpg.connect(server.dsn())
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    if log:
        await migrate(server.dsn(name), [LOG_SQL])


async def _contest(server: Postgres) -> dict[str, list[float]]:
    """Events per second of every contender, turn by turn."""
    rates: dict[str, list[float]] = defaultdict(list)
    plain = [await asyncpg.connect(server.dsn("bench_plain")) for _ in range(max(WRITERS))]
    await plain[0].execute(PLAIN_TABLE)
    async with (
        asyncpg.create_pool(server.dsn("bench_log"), min_size=0, max_size=4) as pool,
        Log(pool, district="bench", source="dispatch", clock=SystemClock()) as log,
        _umadb() as umadb,
    ):
        rivals = {"umadb": umadb, "eventsourcing": f"127.0.0.1/{server.port}/bench_es/postgres"}
        for _ in range(ROUNDS):
            for writers in WRITERS:
                rates[f"plain {writers}"].append(await _rate([_plain(plain[n]) for n in range(writers)]))
                rates[f"log {writers}"].append(await _rate([_appending(log) for _ in range(writers)]))
            for name, address in rivals.items():
                rates[name].append(await asyncio.to_thread(_rival_rate, name, address))
    for connection in plain:
        await connection.close()
    return rates


def _plain(connection: asyncpg.Connection) -> Writer:
    """The least one can do: one row, one commit."""
    return lambda: connection.execute("INSERT INTO plain (stream, payload) VALUES ($1, $2)", "case-1", PAYLOAD)


def _appending(log: Log) -> Writer:
    """One command after the other on a case, each expecting the version before."""
    stream, version = "", CASE_EVENTS

    async def write() -> None:
        nonlocal stream, version
        if version == CASE_EVENTS:
            stream, version = f"case-{uuid.uuid4()}", 0
        id = str(uuid.uuid4())
        draft = Draft(stream, "noted", 1, BODY + b',"subject":"%s"' % stream.encode())
        await log.append(Append(id, hashlib.sha256(draft.body).digest(), [Expect(stream, version)], [draft]))
        version += 1

    return write


async def _rate(writers: list[Writer]) -> float:
    """Events per second when each writer goes on as soon as its event is durable."""
    end = time.perf_counter() + TURN_S

    async def go_on(write: Writer) -> int:
        count = 0
        while time.perf_counter() < end:
            await write()
            count += 1
        return count

    begun = time.perf_counter()
    counts = await asyncio.gather(*map(go_on, writers))
    return sum(counts) / (time.perf_counter() - begun)


@asynccontextmanager
async def _umadb() -> AsyncIterator[str]:
    """The address of a UmaDB server on an empty folder."""
    folder = tempfile.mkdtemp(prefix="huiyin-bench-umadb-")
    port = free_ports(1)[0]
    program = Path(sys.executable).with_name("umadb")
    command = [str(program), "--listen", f"127.0.0.1:{port}", "--db-path", f"{folder}/uma.db"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - starts at once
    try:
        await _answers(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(START_S)
        shutil.rmtree(folder, ignore_errors=True)


async def _answers(port: int) -> None:
    async with asyncio.timeout(START_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return


def _rival_rate(name: str, address: str) -> float:
    """A rival's turn; not a number when it is not installed whole."""
    if name == "eventsourcing" and importlib.util.find_spec("psycopg_pool") is None:
        return math.nan
    command = [sys.executable, "-m", "deploy.bench.append_rivals", name, address, str(TURN_S)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout)


def _append_rows(rates: dict[str, list[float]]) -> list[Row]:
    """Ratios of medians: the middle turn of each contender."""
    middle = {name: statistics.median(turns) for name, turns in rates.items()}

    def against(writers: int, rival: str, bar: float, words: str) -> Row:
        mine, theirs = middle[f"log {writers}"], middle[rival]
        detail = f"{mine:,.0f}/s against {theirs:,.0f}/s"
        if math.isnan(theirs):
            detail = f"{mine:,.0f}/s; not measured: the package's own requirement psycopg-pool is missing"
        return Row(f"durable append, {writers} writers, {words}", mine / theirs, bar, "at least", detail=detail)

    latency = 1e3 / middle["log 1"], 1e3 / middle["plain 1"]
    return [
        against(16, "plain 16", 1.5, "to one-row inserts"),
        against(64, "plain 64", 1.5, "to one-row inserts"),
        against(64, "eventsourcing", 5.0, "to eventsourcing (8 threads)"),
        against(64, "umadb", 1.0, "to UmaDB (64 threads)"),
        Row(
            "durable append, 1 writer, latency to a one-row insert",
            latency[0] / latency[1],
            1.6,
            "at most",
            detail=f"{latency[0]:.2f} ms against {latency[1]:.2f} ms",
        ),
    ]


FILL = """
INSERT INTO event (seq, source, position, stream, version, type, schema, time, payload, chain)
SELECT h.seq + i, 'filler', i, 'filled-' || (i - 1) % $2, 1 + (i - 1) / $2, 'noted', 1, now(), $3, sha256('')
  FROM log_head h, generate_series(1, $1::bigint) i"""


async def _histories(dsn: str) -> list[Row]:
    """Reading one case among many, spread over the log as cases are, against the bare index scan."""
    cases = HISTORY_EVENTS // CASE_EVENTS
    async with asyncpg.create_pool(dsn, min_size=2, max_size=4) as pool:
        await pool.execute("SELECT make_partitions($1)", HISTORY_EVENTS * 2)
        await pool.execute(FILL, HISTORY_EVENTS, cases, PAYLOAD)
        await pool.execute("VACUUM ANALYZE event")
        log = Log(pool, district="bench", source="dispatch", clock=SystemClock())
        whole, bare = [], []
        for turn in range(HISTORY_READS):
            name = f"filled-{turn * 7919 % cases}"
            begun = time.perf_counter()
            events = await log.stream(name)
            between = time.perf_counter()
            await pool.fetch(BARE, name)
            bare.append(time.perf_counter() - between)
            whole.append(between - begun)
            assert len(events) == CASE_EVENTS
    p50, p99 = statistics.median(whole), statistics.quantiles(whole, n=100)[98]
    bare_p50 = statistics.median(bare)
    return [
        Row(
            f"one case's history at {HISTORY_EVENTS:,} events, p99",
            p99 * 1e3,
            3.0,
            "at most",
            unit="ms",
            detail=f"p50 {p50 * 1e3:.2f} ms",
        ),
        Row(
            "one case's history, p50 to the bare index scan",
            p50 / bare_p50,
            1.5,
            "at most",
            detail=f"{p50 * 1e3:.2f} ms against {bare_p50 * 1e3:.2f} ms",
        ),
    ]
