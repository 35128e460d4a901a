"""Draws the samples of announced spot checks as soon as their population can no longer change."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import asyncpg
import structlog

from contracts.envelope import SYSTEM, Meta
from services.chassis.handle import Commands
from services.chassis.identity import effect_id
from services.chassis.log.types import SideRow
from services.supervision.domain.call_draw import POPULATION as CALLS
from services.supervision.domain.spot_check import SPOT_CHECK, DrawSample, stream
from services.supervision.read.population import DRAWN_FROM, members, positions_of, rates, source_of

ROLE = "spot-check-draw"

AT_ONCE = 10
"""Draws between two looks at the lease; each may read through a whole log."""

READY = """
SELECT c.check_id, c.programme, c.population, c.population_from, c.population_to, s.seed
  FROM spot_check c JOIN draw_seed s USING (check_id)
 WHERE c.sampled_at IS NULL AND c.population_to <= $1 AND c.population = ANY ($2)
 ORDER BY c.population_to LIMIT $3
"""
"""One whose seed is lost, as after a restore, is never drawn; its page says so."""

Watermark = Callable[[str], Awaitable[datetime | None]]
"""Up to when a source is known completely, or None."""

logger = structlog.get_logger(__name__)


class DrawTimer:
    """Judged behind the watermark like a breach: an event on its way belongs to the population too."""

    def __init__(self, pool: asyncpg.Pool, commands: Commands, watermark: Watermark) -> None:
        self._pool, self._commands, self._watermark = pool, commands, watermark

    async def tick(self) -> bool:
        """Whether a full page was drawn and more may wait."""
        drawn = 0
        for population in DRAWN_FROM:
            known_to = await self._watermark(source_of(population))
            if known_to is None:
                continue
            rows = await self._pool.fetch(READY, known_to, [population], AT_ONCE)
            for row in rows:
                await self._draw(row, known_to)
            drawn += len(rows)
        return drawn >= AT_ONCE

    async def _draw(self, row: asyncpg.Record, known_to: datetime) -> None:
        source = source_of(row["population"])
        positions = await positions_of(self._pool, source)
        period = (row["population_from"], row["population_to"])
        population = await members(self._pool, row["population"], row["programme"], period, positions)
        of_calls = row["population"] == CALLS
        by_lot = await rates(self._pool, row["programme"], period, positions) if of_calls else {}
        command = DrawSample(row["seed"], population, tuple(sorted(positions.items())), known_to, by_lot)
        # The id says it all: another process that draws at the same time reads the same population.
        meta = Meta(command_id=effect_id(row["check_id"], "draw"), actor=SYSTEM, programme=row["programme"])
        gone = SideRow("draw_seed", {"check_id": row["check_id"], "seed": row["seed"]}, "delete")
        await self._commands.by_id().handle(SPOT_CHECK, stream(row["check_id"]), command, meta, side=[gone])
        logger.info("drawn", check=row["check_id"], population=len(population))
