"""Faults under load on the four real services, two instances each: real commands over HTTP, real read models.

A few on one instance of each in every build; `make proof` throws every fault once and then many
(`HUIYIN_REAL_INJECTIONS`, `HUIYIN_SEED`) at two instances of each, and writes `docs/proof/real-services.md`.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from deploy.local.demo import load_once
from deploy.local.installation import SERVICES, Installation
from tests.fault.hurting import PLACES, Faults
from tests.fault.quiet import Found, settle_and_check
from tests.fault.working import Load, at_work

INJECTIONS = int(os.environ.get("HUIYIN_REAL_INJECTIONS", "200"))
SEED = int(os.environ.get("HUIYIN_SEED", "20170717"))
PER_ROUND = 10
CLIENTS = 6
LONG_PAUSE_S = 0.2
"""Between two stories of a client in the long run, so that the comparison at the end stays short."""

MORE = 10
"""Commands acknowledged between two faults: the load goes on through all of them."""

FEW_CLIENTS, FEW = 3, 5
STANDS_S = 1.5
"""In every build: its beacons and its answers stop for longer than anybody waits between two of them."""

LOADED_WITHIN_S = 60.0
REPORT = Path(__file__).parents[2] / "docs" / "proof" / "real-services.md"


@pytest.fixture
async def installation(scratch: Path) -> AsyncIterator[Installation]:
    """Two instances of every service, as in production."""
    async with _running(scratch / "real", instances=2) as running:
        yield running


@pytest.fixture
async def small_installation(scratch: Path) -> AsyncIterator[Installation]:
    """One instance of every service: half the processes to start on two cores."""
    async with _running(scratch / "small", instances=1) as running:
        yield running


@asynccontextmanager
async def _running(folder: Path, instances: int) -> AsyncIterator[Installation]:
    async with Installation(folder, port=0, instances=instances, log_level="warning") as running:
        await running.wait_ready(120)
        await _load(running)
        yield running


async def _load(installation: Installation) -> None:
    """Loading again changes nothing; on a busy machine a service that starts may still be comparing its log."""
    deadline = time.monotonic() + LOADED_WITHIN_S
    while True:
        try:
            await load_once(installation)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
                raise AssertionError(error.response.text) from error
            await asyncio.sleep(1)
        else:
            return


async def test_a_few_faults_in_every_build(small_installation: Installation) -> None:
    faults = Faults(small_installation, SEED)
    async with at_work(small_installation, "few", FEW_CLIENTS) as load:
        await load.progress(FEW)
        await faults.crash("dispatch", "append:committed")
        await load.progress(FEW)
        await faults.freeze("supervision", STANDS_S)
        await faults.delete_stream("dispatch")
        await faults.kill("nats")
        await load.progress(FEW)
    found = await settle_and_check(small_installation, load)
    assert found.wrong == []
    assert found.commands >= 3 * FEW
    assert found.repeated


@pytest.mark.proof
@pytest.mark.timeout(900)
async def test_every_fault_once(installation: Installation) -> None:
    faults = Faults(installation, SEED)
    async with at_work(installation, "every", CLIENTS) as load:
        fixed: list[Callable[[], Awaitable[None]]] = [
            lambda: faults.kill("dispatch"),
            lambda: faults.freeze("intake-2"),
            lambda: faults.kill("nats"),
            lambda: faults.freeze("postgres"),
            lambda: faults.kill("postgres"),
            lambda: faults.kill("supervision"),
            faults.empty_broker,
            lambda: faults.delete_stream("intake"),
            *(partial(faults.restore, service, load) for service in SERVICES),
            *(partial(faults.crash, "dispatch", place) for place in PLACES),
        ]
        for fault in fixed:
            await load.progress(MORE)
            await fault()
        await load.progress(MORE)
    found = await settle_and_check(installation, load)
    assert found.wrong == []
    assert found.commands > MORE * len(fixed)
    assert found.repeated


@pytest.mark.proof
@pytest.mark.timeout(4 * 3600)
async def test_many_faults(installation: Installation) -> None:
    faults, started = Faults(installation, SEED), time.monotonic()
    report = Report()
    while (thrown := sum(faults.done.values())) < INJECTIONS:
        async with at_work(installation, f"round-{report.rounds}", CLIENTS, LONG_PAUSE_S) as load:
            for _ in range(min(PER_ROUND, INJECTIONS - thrown)):
                await load.progress(MORE)
                await faults.throw(load)
            await load.progress(MORE)
        found = await settle_and_check(installation, load)
        report.add(load, found)
        report.write(faults, time.monotonic() - started)
        assert found.wrong == []


class Report:
    """What was done and found, written after every round so that a broken run leaves its report too."""

    def __init__(self) -> None:
        self.rounds = self.commands = self.requests = self.repeated = self.unanswered = self.events = 0
        self.wrong: list[str] = []

    def add(self, load: Load, found: Found) -> None:
        self.rounds += 1
        self.commands += found.commands
        self.requests += found.requests
        self.repeated += found.repeated
        self.unanswered += sum(load.unanswered.values())
        self.events = found.events
        self.wrong += found.wrong

    def write(self, faults: Faults, seconds: float) -> None:
        kinds = "\n".join(f"| {name} | {count} |" for name, count in sorted(faults.done.items()))
        wrong = "\n".join(f"- {one}" for one in self.wrong) or "Nothing."
        REPORT.parent.mkdir(parents=True, exist_ok=True)
        REPORT.write_text(
            f"# Faults under load on the real services\n\n`make proof`, seed {SEED}: {sum(faults.done.values())} "
            f"injections in {self.rounds} rounds, {seconds / 60:.0f} minutes. The four services with two instances "
            f"each, PostgreSQL and NATS as `make up` starts them;\n{CLIENTS} clients tell stories over HTTP from the "
            f"registration to the strike-off, each command under its own Idempotency-Key, which is sent\nagain until "
            f"it is answered. {self.commands} commands were acknowledged, {self.unanswered} times a client got no "
            f"answer or a 5xx and asked again;\n{self.requests} requests were accepted; each of the four logs holds "
            f"{self.events} events.\n\n| fault | times |\n|---|---|\n{kinds}\n\n"
            f"After every round, when it is quiet: each acknowledged command's events are in the log exactly once and "
            f"where the answer said;\n{self.repeated} commands sent once more were answered as before; every log "
            f"verifies, and all four hold the same chains; every\naccepted request has exactly one case and is linked "
            f"to it once; every instance is ready and no read model or reactor stopped.\nWhat was found:\n\n{wrong}\n"
        )
