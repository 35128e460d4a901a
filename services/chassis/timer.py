"""Work that time alone causes: one of the service's processes looks every second, another takes over."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from services.chassis.failures import passes, pause_s
from services.chassis.lease import LeaseLost, Leases
from services.chassis.log.types import LogClosed

TICK_S = 1.0
"""What is due is seen within this time and the watermark's own second; the bar for a breach is 5 s."""

logger = structlog.get_logger(__name__)


class Timer:
    """Calls `tick` under a lease; it answers whether more waits, and is then called again at once."""

    def __init__(self, role: str, leases: Leases, tick: Callable[[], Awaitable[bool]]) -> None:
        self._role, self._leases, self._tick = role, leases, tick

    async def run(self) -> None:
        """Until cancelled; failures that pass are tried again."""
        failures = 0
        while True:
            try:
                async with self._leases.hold(self._role) as lease:
                    while True:
                        lease.check()
                        more = await self._tick()
                        failures = 0
                        if not more:
                            await asyncio.sleep(TICK_S)
            except (LeaseLost, LogClosed) as error:
                logger.warning("a timer waits", role=self._role, reason=str(error))
                await asyncio.sleep(TICK_S)
            except Exception as error:
                if not passes(error):
                    raise
                failures += 1
                logger.warning("a timer is tried again", role=self._role, error=repr(error))
                await asyncio.sleep(pause_s(failures))
