"""A service as a process of its own: its probes, its live notices, its end."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import asyncpg
import httpx
import pytest

from deploy.local.ports import free_ports
from services.chassis.web.session import Sessions
from tests.chassis.web.notebook import WRITER

SECRET = "a secret that only the tests of this folder use"
ROOT = Path(__file__).parents[3]


@dataclass
class Running:
    process: asyncio.subprocess.Process
    environment: dict[str, str]
    api: httpx.AsyncClient
    dsn: str

    async def write(self, text: str, key: str) -> str:
        answer = await self.api.post(
            "/dispatch/api/cases/c-1/lines", json={"text": text}, headers={"Idempotency-Key": key}
        )
        assert answer.status_code == 201, answer.text
        return answer.headers["huiyin-position"]


@pytest.fixture
async def running(database: str, district: str, tmp_path: Path) -> AsyncIterator[Running]:
    port = free_ports(1)[0]
    settings = {"DISTRICT": district, "DSN": database, "SECRET": SECRET, "PORT": str(port), "DATA_DIR": str(tmp_path)}
    environment = {f"HUIYIN_{name}": value for name, value in settings.items()} | {"HUIYIN_NATS_URL": ""}
    process = await _notebook(environment, "serve")
    token = Sessions(SECRET, secure=False).issue(WRITER)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {token}"}
    ) as api:
        await _ready(api)
        yield Running(process, environment, api, database)
    if process.returncode is None:
        process.kill()
        await process.wait()


async def _notebook(environment: dict[str, str], *arguments: str) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "tests.chassis.web.notebook", *arguments)
    return await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE if arguments != ("serve",) else None,
    )


async def _ready(api: httpx.AsyncClient) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                if (await api.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


@asynccontextmanager
async def notices(running: Running, **headers: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    async with running.api.stream("GET", "/dispatch/events", headers=headers, timeout=10) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _frames(answer)


async def _frames(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    frame: dict[str, Any] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if line:
            frame[name] = value
        elif frame:
            yield frame
            frame = {}


async def test_a_watcher_hears_of_a_change_once_it_can_be_seen(running: Running) -> None:
    async with notices(running) as stream:
        assert (await anext(stream))["event"] == "joined"
        await running.write("已到现场", "k-1")
        async with asyncio.timeout(2):
            heard = await anext(stream)
        page = await running.api.get("/dispatch/cases/c-1", headers={"Accept": "text/html"})
    assert (heard["id"], heard["event"]) == ("1", "changed")
    assert json.loads(heard["data"]) == {"stream": "case-c-1", "type": "progress-reported", "version": 1}
    assert ">1</p>" in page.text


async def test_a_browser_that_comes_back_is_told_what_it_missed(running: Running) -> None:
    for number in (1, 2, 3):
        await running.write(f"第{number}次", f"k-{number}")
    await asyncio.sleep(0.5)
    async with notices(running, **{"Last-Event-ID": "1"}) as stream:
        ids = [(await anext(stream))["id"] for _ in range(3)]
    assert ids == ["2", "3", "3"]


async def test_it_stops_within_five_seconds_though_a_stream_is_open(running: Running) -> None:
    async with notices(running) as stream:
        await anext(stream)
        begun = monotonic()
        running.process.send_signal(signal.SIGTERM)
        assert [frame async for frame in stream] == []
        assert await asyncio.wait_for(running.process.wait(), 6) == 0
    assert monotonic() - begun < 5
    connection = await asyncpg.connect(running.dsn)
    try:
        held = await connection.fetch("SELECT role FROM lease WHERE until > clock_timestamp()")
    finally:
        await connection.close()
    assert held == []


async def test_probes_and_metrics(running: Running) -> None:
    await running.write("已到现场", "k-1")
    alive = (await running.api.get("/healthz")).json()
    assert (alive["status"], alive["log"]["seq"]) == ("ok", 1)
    ready = (await running.api.get("/readyz")).json()
    assert [reader["name"] for reader in ready["readers"]] == ["line_count"]
    metrics = (await running.api.get("/metrics")).text
    assert 'huiyin_log_seq{service="dispatch"} 1.0' in metrics
    assert 'route="/dispatch/api/cases/{case_id}/lines",service="dispatch",status="201"' in metrics


async def test_a_read_model_is_rebuilt_beside_the_running_process(running: Running) -> None:
    for number in (1, 2):
        await running.write(f"第{number}次", f"k-{number}")
    rebuild = await _notebook(running.environment, "rebuild", "line_count")
    assert await asyncio.wait_for(rebuild.wait(), 20) == 0
    position = await running.write("第3次", "k-3")
    page = await running.api.get(f"/dispatch/cases/c-1?after={position}", headers={"Accept": "text/html"})
    assert "data-fresh=True>3</p>" in page.text
    verify = await _notebook(running.environment, "verify")
    said, _ = await asyncio.wait_for(verify.communicate(), 20)
    assert "3 events, all as written" in said.decode()
