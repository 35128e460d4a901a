"""One demo district for all screen tests of a run: ten days of sample work in simulated time, then it is a Tuesday.

It lives in a thread of its own, because browser tests block theirs.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser

from deploy.cli.simulated import driver
from deploy.demo.outreach import pair_and_do
from deploy.demo.samples import tell
from deploy.demo.staff import Staff
from deploy.local.demo import load_once
from deploy.local.installation import Installation
from services.chassis.clock import LOCAL
from tests.e2e import browser as drive

T = TypeVar("T")
START_SECONDS = 240.0
FIRST_DAY = datetime(2026, 3, 2, 8, tzinfo=LOCAL)
"""A Monday without a holiday near: the same lights in every run."""

TODAY = datetime(2026, 3, 10, 17, tzinfo=LOCAL)
FOLLOWED_S = 0.5
"""All services have heard of a new time by then; they are told at once."""


class Background:
    """An installation whose event loop runs in a thread, because browser tests block theirs."""

    def __init__(self, folder: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="installation", daemon=True)
        self.thread.start()
        self.installation = self.run(_make(folder))

    @property
    def url(self) -> str:
        return self.installation.url

    def run(self, work: Coroutine[Any, Any, T], seconds: float = START_SECONDS) -> T:
        """Run a coroutine where the installation lives and wait for what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)

    def close(self) -> None:
        self.run(self.installation.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


async def _make(folder: Path) -> Installation:
    return Installation(folder, port=0, simulated_from=FIRST_DAY.date())


async def _live_through(installation: Installation) -> None:
    """The sample's days one after the other; from then on time runs as outside."""
    async with driver(installation.addresses) as clock:
        await clock.set(FIRST_DAY)
        await load_once(installation)
        async with Staff(installation.url) as staff:
            await pair_and_do(staff, FIRST_DAY)

        async def move(day: int, hour: int, minute: int) -> datetime:
            moment = (FIRST_DAY + timedelta(days=day)).replace(hour=hour, minute=minute)
            await clock.set(moment)
            await asyncio.sleep(FOLLOWED_S)
            return moment

        await tell(installation.url, move)
        await clock.set(TODAY, rate=1.0)


@pytest.fixture(scope="session")
def huiyin(scratch: Path) -> Iterator[Background]:
    """A running demo with its sample work: `huiyin.url`, `huiyin.installation`, `huiyin.run(coroutine)`."""
    background = Background(scratch / "huiyin")
    try:
        background.run(background.installation.start())
        background.run(background.installation.wait_ready())
        background.run(_live_through(background.installation))
        yield background
    finally:
        background.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser; every visit gets a context of its own."""
    if not drive.available():
        pytest.skip(f"no Chromium at {drive.CHROMIUM}: apt-get install chromium")
    with drive.browser() as found:
        yield found
