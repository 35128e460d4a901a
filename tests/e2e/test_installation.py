"""A whole installation: starts, survives kills, stops, goes on where it was, and refuses what would harm it."""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from deploy.cli.verification import run as verify
from deploy.local.installation import SERVICES, Installation
from deploy.local.ports import LOOPBACK, is_free
from deploy.local.programs import ROOT
from deploy.local.record import Refused

START_SECONDS = 120.0
STOP_SECONDS = 30.0
BACK_SECONDS = 60.0


@pytest.fixture
async def installation(scratch: Path) -> AsyncIterator[Installation]:
    async with Installation(scratch / "whole", port=0) as running:
        await running.wait_ready()
        yield running


async def test_it_starts_survives_kills_and_goes_on_where_it_was(installation: Installation) -> None:
    async with httpx.AsyncClient(base_url=installation.url) as client:
        assert (await client.get("/login")).status_code == 200
        for service in SERVICES:
            assert (await client.get(f"/{service}/api/openapi.json")).status_code == 200
        assert (await client.get("/metrics")).status_code == 404  # not for everybody who reaches the gateway

    for process in ("dispatch", "nats", "postgres", "gateway"):
        before = installation.processes[process].pid
        installation.kill(process, signal.SIGKILL)
        while installation.processes[process].pid in (before, None):
            await asyncio.sleep(0.05)
        await installation.processes[process].wait_ready(BACK_SECONDS)
        assert any(process in line and "SIGKILL" in line for line in installation.said)
    await installation.wait_ready(BACK_SECONDS)
    assert await verify(installation.folder, None, None, None, None, None)

    with pytest.raises(Refused, match="running already"):
        await Installation(installation.folder, port=0).start()

    url, ports = installation.url, [child.pid for child in installation.processes.values()]
    assert all(ports)
    await installation.stop()
    assert is_free(int(url.rsplit(":", 1)[1]))

    with pytest.raises(Refused, match="fixed for ever"):
        await Installation(installation.folder, simulated_from=date(2017, 7, 17), port=0).start()


def test_a_killed_launcher_leaves_nothing_that_stops_the_next(scratch: Path) -> None:
    assert _up_until_ready(scratch, signal.SIGKILL)[0] == -signal.SIGKILL
    code, said = _up_until_ready(scratch, signal.SIGINT)
    assert code == 0
    assert "stopped" in said


def _up_until_ready(scratch: Path, ending: signal.Signals) -> tuple[int, str]:
    log = scratch / "up.log"
    command = [sys.executable, "-m", "deploy.local", "up", "--dir", str(scratch / "killed"), "--port", "0", "--no-demo"]
    with log.open("w") as said:
        launcher = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said)
        deadline = time.monotonic() + START_SECONDS
        while "is ready" not in log.read_text():
            assert launcher.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        launcher.send_signal(ending)
        return launcher.wait(STOP_SECONDS), log.read_text()


def test_a_taken_port_is_said(scratch: Path) -> None:
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        taken = other.getsockname()[1]
        installation = Installation(scratch / "taken", port=taken)
        with pytest.raises(Refused, match="HUIYIN_PORT"):
            asyncio.run(installation.start())
