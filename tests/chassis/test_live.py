"""Live notices go on when the database comes back, and end, for health to tell, when they meet a bug."""

import asyncio
from typing import cast

import pytest

from services.chassis import live
from services.chassis.live import Live
from services.chassis.log.log import Log


class FailingLog:
    """A log whose every wait fails, one way after the other."""

    def __init__(self, *failures: BaseException) -> None:
        self._failures = list(failures)

    async def wait(self, seq_beyond: int, timeout: float) -> int:
        raise self._failures.pop(0)


async def _shown(_seq: int, _within_s: float) -> bool:
    return True


async def test_a_bug_ends_the_notices_and_a_lost_connection_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "RETRY_S", 0.0)
    log = FailingLog(ConnectionRefusedError(), TimeoutError(), KeyError("a bug"))
    with pytest.raises(KeyError, match="a bug"):
        await asyncio.wait_for(Live(cast(Log, log), _shown).run(), 5)
