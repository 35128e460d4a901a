"""One whole demo installation for all screen tests of a run, living in a thread of its own beside them."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from deploy.local.demo import load_once
from deploy.local.installation import Installation

T = TypeVar("T")
START_SECONDS = 180.0


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
    return Installation(folder, port=0)


@pytest.fixture(scope="session")
def huiyin(scratch: Path) -> Iterator[Background]:
    """A running installation with the demo programme: `huiyin.url`, `huiyin.installation`, `huiyin.run(coroutine)`."""
    background = Background(scratch / "huiyin")
    try:
        background.run(background.installation.start())
        background.run(load_once(background.installation))
        background.run(background.installation.wait_ready())
        yield background
    finally:
        background.close()
