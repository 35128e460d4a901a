"""How long after an acknowledged command its effect shows in another service's page, under a steady load."""

import asyncio
import itertools
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from deploy.bench.row import Row
from deploy.cli.load_directory import installer_client
from deploy.demo.load import PASSWORD as DEMO_WORD
from deploy.demo.load import PROGRAMME, accounts, load
from deploy.local.installation import Installation
from deploy.local.postgres import remove
from services.reference.words import ROLE_NAMES

SECONDS = float(os.environ.get("HUIYIN_BENCH_VISIBLE_S", "20"))
LOAD_PER_S = 25
"""Accepted requests, four events each in two services: 100 events a second."""

PROBE_EVERY_S = 0.2
PATIENCE_S = 10.0


async def run() -> list[Row]:
    folder = Path(tempfile.mkdtemp(prefix="huiyin-bench-"))
    folder.chmod(0o755)
    try:
        async with Installation(folder, port=0) as installation:
            await installation.wait_ready()
            await load(installation)
            seen = await _measure(installation)
    finally:
        remove(folder / "pg")
        shutil.rmtree(folder, ignore_errors=True)
    milliseconds = [value * 1000 for value in seen]
    p99 = statistics.quantiles(milliseconds, n=100)[98]
    detail = f"{len(seen)} probes at {LOAD_PER_S * 4} events/s; from intake's answer to dispatch's page"
    return [
        Row("acknowledged → visible elsewhere, p50", statistics.median(milliseconds), 50, "at most", "ms", detail),
        Row("acknowledged → visible elsewhere, p99", p99, 250, "at most", "ms"),
    ]


async def _measure(installation: Installation) -> list[float]:
    async with installer_client(installation.url, installation.secret("session")) as client:
        login = next(one["login"] for one in accounts() if ROLE_NAMES["intake_clerk"] in one["role"])
        answer = await client.post("/intake/api/session", json={"login": login, "password": DEMO_WORD})
        client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['token']}"
        numbers = itertools.count(1)
        stop = asyncio.Event()
        load_task = asyncio.create_task(_load(client, numbers, stop))
        await asyncio.sleep(2)
        seen, until = [], time.monotonic() + SECONDS
        while time.monotonic() < until:
            seen.append(await _probe(client, next(numbers)))
            await asyncio.sleep(PROBE_EVERY_S)
        stop.set()
        await load_task
    return seen


async def _load(client: httpx.AsyncClient, numbers: "itertools.count[int]", stop: asyncio.Event) -> None:
    """So many a second, whether or not the earlier ones have been answered."""
    async with asyncio.TaskGroup() as group:
        while not stop.is_set():
            group.create_task(_accepted(client, next(numbers)))
            await asyncio.sleep(1 / LOAD_PER_S)


async def _accepted(client: httpx.AsyncClient, number: int) -> tuple[str, str]:
    """A request, taken in at once; its id and the position of its acknowledgement."""
    body: dict[str, Any] = {
        "request_id": f"bench-{number}",
        "title": f"路灯不亮 {number}",
        "text": "村口的路灯不亮，请修理。",
        "accept": True,
        "programme": PROGRAMME,
    }
    answer = await client.post("/intake/api/requests", json=body, headers={"Idempotency-Key": f"bench-{number}"})
    answer.raise_for_status()
    return body["request_id"], answer.headers["Huiyin-Position"]


async def _probe(client: httpx.AsyncClient, number: int) -> float:
    """Seconds from intake's answer until dispatch answers a page that shows the case that follows."""
    request_id, position = await _accepted(client, number)
    begun = time.perf_counter()
    while time.perf_counter() - begun < PATIENCE_S:
        answer = await client.get(f"/dispatch/api/cases/c-{request_id}", params={"after": position})
        if answer.status_code == httpx.codes.OK:
            return time.perf_counter() - begun
    raise TimeoutError(f"{request_id} did not show within {PATIENCE_S:.0f} s")
