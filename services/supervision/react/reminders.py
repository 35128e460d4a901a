"""Reminds a unit as its pack says (`80%`, `1wd`): once per mark, and like a breach only behind the watermark."""

import asyncio

import asyncpg

from contracts.envelope import SYSTEM, Meta
from services.chassis.handle import Commands
from services.chassis.identity import effect_id
from services.supervision.domain.clock import CLOCK, RemindClock
from services.supervision.react.breaches import Horizons

ROLE = "reminder-timer"

AT_ONCE = 100
"""Clocks reminded of between two looks at the lease and the watermark."""

MARKED = """
SELECT clock_id, next_mark, programme FROM clock_board
 WHERE status = 'running' AND breached_due IS NULL AND next_mark <= $1 AND due > $1 AND kind = ANY ($3)
 ORDER BY next_mark LIMIT $2
"""


class ReminderTimer:
    """Finds marks that have passed; the clock itself decides which is told."""

    def __init__(self, pool: asyncpg.Pool, commands: Commands, horizons: Horizons) -> None:
        self._pool, self._commands, self._horizons = pool, commands, horizons

    async def tick(self) -> bool:
        """Whether a full page was sent and more may wait."""
        return await self.send() >= AT_ONCE

    async def send(self) -> int:
        """Send what is due behind the horizons; how many reminders were sent."""
        sent = 0
        for kinds, watermark, _position in await self._horizons.known():
            rows = await self._pool.fetch(MARKED, watermark, AT_ONCE, kinds)
            sent += sum(await asyncio.gather(*(self._send(row, RemindClock(watermark)) for row in rows)))
        return sent

    async def _send(self, row: asyncpg.Record, command: RemindClock) -> bool:
        """A board that lags may show a mark that was sent, or a clock that was met meanwhile."""
        clock, _ = await self._commands.load(CLOCK, f"clock-{row['clock_id']}")
        decided = CLOCK.decide(clock, command)
        if not decided:
            return False
        told = f"remind {row['next_mark'].isoformat()} {command.watermark.isoformat()}"
        meta = Meta(command_id=effect_id(row["clock_id"], told), actor=SYSTEM, programme=row["programme"])
        outcome = await self._commands.handle(CLOCK, f"clock-{row['clock_id']}", command, meta)
        return bool(outcome.events)
