"""Judges due instants, but only behind the watermark of who would tell: a broker outage punishes nobody.

A deadline that passed is a breach only once dispatch has said that it published everything up to a later time, all of
that lies in this log, and the clocks have taken it in. Until then the clock shows 「待核」. What only supervision
itself records, as how far a task is, is judged behind its own promise to record nothing earlier.
"""

import asyncio
from datetime import datetime
from typing import Protocol, get_args

import asyncpg

from contracts.envelope import SYSTEM, Meta
from contracts.supervision import ClockKind
from services.chassis.handle import Commands
from services.chassis.identity import effect_id
from services.chassis.lease import Leases
from services.chassis.timer import Timer
from services.supervision.domain.clock import CLOCK, JudgeClock
from services.supervision.domain.own_deadlines import KINDS

ROLE = "breach-timer"

AT_ONCE = 200
"""Clocks judged between two looks at the lease and the watermark."""

OVERDUE = """
SELECT clock_id, due, programme FROM clock_board
 WHERE status = 'running' AND breached_due IS NULL AND due < $1 AND kind = ANY ($3) ORDER BY due LIMIT $2
"""


class Horizon(Protocol):
    """How far those who would tell are known: the watermark with all of it held here, and dispatch's position held."""

    async def __call__(self) -> tuple[datetime, int | None] | None: ...


class Horizons:
    """What is known of dispatch, and of what only supervision itself records."""

    def __init__(self, dispatch: Horizon, own: Horizon) -> None:
        of_others = [kind for kind in get_args(ClockKind) if kind not in KINDS]
        self._of: tuple[tuple[list[str], Horizon], ...] = ((of_others, dispatch), (list(KINDS), own))

    async def known(self) -> list[tuple[list[str], datetime, int | None]]:
        """Each that is known now: the kinds of deadlines it speaks of, the watermark, and dispatch's position."""
        found = [(kinds, await horizon()) for kinds, horizon in self._of]
        return [(kinds, *one) for kinds, one in found if one is not None]


class BreachTimer:
    """One of the service's processes judges; another takes over when it falls silent."""

    def __init__(self, pool: asyncpg.Pool, commands: Commands, leases: Leases, horizons: Horizons) -> None:
        self._pool, self._commands, self._leases, self._horizons = pool, commands, leases, horizons

    async def run(self) -> None:
        """Until cancelled."""
        await Timer(ROLE, self._leases, self._full).run()

    async def _full(self) -> bool:
        """A full page of breaches has more behind it; a board that lags shows clocks that are done."""
        return await self.tick() >= AT_ONCE

    async def tick(self) -> int:
        """Judge what is overdue behind the horizons; how many breaches were recorded."""
        recorded = 0
        for kinds, watermark, position in await self._horizons.known():
            rows = await self._pool.fetch(OVERDUE, watermark, AT_ONCE, kinds)
            recorded += sum(await asyncio.gather(*(self._judge(row, watermark, position) for row in rows)))
        return recorded

    async def _judge(self, row: asyncpg.Record, watermark: datetime, position: int | None) -> bool:
        """Whether it was a breach; a board that lags may show a clock that was met meanwhile."""
        clock, _ = await self._commands.load(CLOCK, f"clock-{row['clock_id']}")
        if not CLOCK.decide(clock, JudgeClock(watermark=watermark, position=position)):
            return False
        meta = Meta(
            command_id=effect_id(row["clock_id"], f"judge {row['due'].isoformat()} {watermark.isoformat()}"),
            actor=SYSTEM,
            programme=row["programme"],
        )
        outcome = await self._commands.handle(
            CLOCK, f"clock-{row['clock_id']}", JudgeClock(watermark=watermark, position=position), meta
        )
        return bool(outcome.events)
