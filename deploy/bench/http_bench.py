"""Commands over HTTP, 32 clients against one worker: the price of the durable append, as a ratio to the same route."""

import asyncio
import os
import secrets
import statistics
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import orjson
import uvloop

from deploy.bench.http_service import BARE, CASE, HANDLER
from deploy.bench.row import Row
from deploy.bench.server import temporary_postgres
from deploy.local.ports import free_ports
from services.chassis.migrate import LOG_SQL, migrate
from services.chassis.web.session import Sessions

CLIENTS = 32
TURN_S = float(os.environ.get("HUIYIN_BENCH_TURN_S", "2"))
"""Turns alternate, so that whatever else the machine does meets both routes."""

ROUNDS = int(os.environ.get("HUIYIN_BENCH_ROUNDS", "5"))
START_S = 20.0
BODY = orjson.dumps({"text": "已到现场查看，联系施工单位安排维修。" * 8, "next_step": "三日内完成铺装并回复诉求人。"})


class Turn:
    """The answers of one turn: how many a second, and each one's time."""

    def __init__(self, seconds: float, took: list[float]) -> None:
        self.rate = len(took) / seconds
        self.took = sorted(took)

    def at(self, share: float) -> float:
        return self.took[int(share * (len(self.took) - 1))]


async def run() -> list[Row]:
    """The table's row for commands over HTTP."""
    return await asyncio.to_thread(uvloop.run, _run())


async def _run() -> list[Row]:
    with temporary_postgres() as server:
        connection = await asyncpg.connect(server.dsn())
        await connection.execute("CREATE DATABASE bench_http")
        await connection.close()
        await migrate(server.dsn("bench_http"), [LOG_SQL])
        secret = secrets.token_hex(32)
        token = Sessions(secret, secure=False).issue(HANDLER)
        async with _service(server.dsn("bench_http"), secret) as port:
            turns = await _contest(port, token)
    return _rows(turns)


async def _contest(port: int, token: str) -> dict[str, list[Turn]]:
    turns: dict[str, list[Turn]] = defaultdict(list)
    for path in (BARE, CASE):
        await _turn(port, token, path)  # warms caches and connections, and is not counted
    for _ in range(ROUNDS):
        for path in (BARE, CASE):
            turns[path].append(await _turn(port, token, path))
    return turns


def _rows(turns: dict[str, list[Turn]]) -> list[Row]:
    bare, case = turns[BARE], turns[CASE]
    ratio = statistics.median(mine.rate / plain.rate for mine, plain in zip(case, bare, strict=True))
    median = statistics.median(turn.at(0.5) for turn in case)
    slow = statistics.median(turn.at(0.99) for turn in case)
    rates = f"{statistics.median(t.rate for t in case):,.0f}/s against {statistics.median(t.rate for t in bare):,.0f}/s"
    spread = f"p50 {median * 1000:.1f} ms, p99 {slow * 1000:.1f} ms"
    return [
        Row(
            "HTTP command, 32 clients, one worker, against the route with no append",
            ratio,
            0.6,
            "at least",
            detail=rates,
        ),
        Row("HTTP command, 32 clients: p99 against its p50", slow / median, 3.0, "at most", detail=spread),
    ]


async def _turn(port: int, token: str, path: str) -> Turn:
    took: list[float] = []
    begun = time.perf_counter()
    await asyncio.gather(*(_client(port, token, path, begun + TURN_S, took) for _ in range(CLIENTS)))
    return Turn(time.perf_counter() - begun, took)


async def _client(port: int, token: str, path: str, until: float, took: list[float]) -> None:
    """One browser on one connection, without a client library, whose cost would hide the server's."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    case = uuid.uuid4().hex
    while (begun := time.perf_counter()) < until:
        writer.write(_request(path.format(case_id=case), token))
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 201"):
            raise RuntimeError(head.decode())
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        took.append(time.perf_counter() - begun)
    writer.close()
    await writer.wait_closed()


def _request(path: str, token: str) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {token}",
        f"Idempotency-Key: {uuid.uuid4()}",
        "Content-Type: application/json",
        f"Content-Length: {len(BODY)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + BODY


@asynccontextmanager
async def _service(dsn: str, secret: str) -> AsyncIterator[int]:
    port = free_ports(1)[0]
    settings = {
        "DISTRICT": "bench",
        "DSN": dsn,
        "SECRET": secret,
        "PORT": str(port),
        "NATS_URL": "",
        "LOG_LEVEL": "info",
    }
    environment = os.environ | {f"HUIYIN_{name}": value for name, value in settings.items()}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.bench.http_service", "serve"),
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await _listening(port)
        yield port
    finally:
        process.terminate()
        await process.wait()


async def _listening(port: int) -> None:
    async with asyncio.timeout(START_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
