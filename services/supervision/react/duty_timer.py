"""Records once what nobody did in time: quotas of a period that closed, pairs that were to be there by a day.

A duty is judged only behind the watermarks that the rhythm waits for, with all that counts for it held and taken in.
"""

from datetime import datetime

import asyncpg

from contracts.envelope import SYSTEM, Meta
from services.chassis.handle import Commands
from services.chassis.identity import effect_id
from services.reference.programmes import Programmes
from services.supervision.domain.duty import DUTY, DutyOf, JudgeDuty, closed, stream
from services.supervision.react.rhythm import ACTIVE, AT_ONCE, LOOK_EVERY, Horizon
from services.supervision.read import owed
from services.supervision.read.rhythms import last_day_of, rules_of

ROLE = "duty-timer"


class DutyTimer:
    """Judges what closed. Nothing is missed twice, because the duty itself decides."""

    def __init__(self, pool: asyncpg.Pool, commands: Commands, horizon: Horizon) -> None:
        self._pool, self._commands, self._horizon = pool, commands, horizon
        self._programmes = Programmes(pool)
        self._judged_to: datetime | None = None

    async def tick(self) -> bool:
        """Whether a full page was judged and more may wait."""
        return await self.judge() >= AT_ONCE

    async def judge(self) -> int:
        """Judge what closed since the last time; how many were missed."""
        watermark = await self._horizon()
        if watermark is None or (self._judged_to and watermark < self._judged_to + LOOK_EVERY):
            return 0
        recorded = 0
        for row in await self._pool.fetch(ACTIVE):
            for of in await self._closed(row["programme_id"], watermark):
                if recorded < AT_ONCE:
                    recorded += await self._judge(of, watermark)
        if recorded < AT_ONCE:
            self._judged_to = watermark
        return recorded

    async def _closed(self, programme: str, watermark: datetime) -> list[DutyOf]:
        versions = await rules_of(self._programmes, programme)
        last = await last_day_of(self._pool, programme, versions[-1].pack)
        found = closed(versions, self._judged_to, watermark, last)
        if not found:
            return []  # most times: nothing else needs to be read
        ledger = await owed.ledger(self._pool, programme)
        return [of for one in found for of in one.owed(ledger) if of.done < of.need]

    async def _judge(self, of: DutyOf, watermark: datetime) -> bool:
        meta = Meta(command_id=effect_id(of.duty_id, "missed"), actor=SYSTEM, programme=of.programme_id)
        outcome = await self._commands.by_id().handle(DUTY, stream(of.duty_id), JudgeDuty(of, watermark), meta)
        return bool(outcome.events) and not outcome.repeated
