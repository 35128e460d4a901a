"""Judges the dates of coverage, each once, behind the watermarks of intake (who was visited) and dispatch (matters).

A date that passed while a service or the broker was away is judged when all up to it is known here, and says what stood
at its last instant, whenever that is noticed.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from contracts.envelope import SYSTEM, Meta
from services.chassis.handle import Commands
from services.chassis.identity import effect_id
from services.chassis.service import Service
from services.reference.coverage.rules import Progress, progress
from services.reference.programmes import ActivePack, Programmes
from services.supervision.domain.coverage import COVERAGE, JudgeCoverage, Stand, falling_due, stream
from services.supervision.react.horizon import TakenIn
from services.supervision.read import coverage, rhythms

ROLE = "coverage-timer"

LOOK_EVERY = timedelta(minutes=1)
"""Dates pass at midnight: so much of known time must have passed before the timer looks again."""

ACTIVE = "SELECT DISTINCT programme_id FROM programme ORDER BY programme_id"

Horizon = Callable[[], Awaitable[datetime | None]]
"""Up to when everything is known here that a date is judged by, or None."""


class CoverageHorizon:
    """The earlier of the two watermarks, once what they speak of lies here and is shown."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._taken_in = [
            (source, TakenIn(service, source, read_models=coverage.READ)) for source in ("intake", "dispatch")
        ]

    async def __call__(self) -> datetime | None:
        transport = self._service.transport
        if transport is None:
            return None
        known = [await taken_in.of(transport.promise(source)) for source, taken_in in self._taken_in]
        times = [one.until for one in known if one is not None]
        return min(times) if len(times) == len(known) else None


@dataclass(frozen=True, slots=True)
class Passed:
    """A date that passed, as it stood at its last instant, under the rules that were in force then."""

    active: ActivePack
    found: Progress


async def unjudged(pool: asyncpg.Pool, programme: str, until: datetime, besides: Collection[str] = ()) -> list[Passed]:
    """The dates of a programme that passed before `until` and were not judged, `besides` those known to be empty."""
    programmes = Programmes(pool)
    history = {one.effective_from: one for one in await programmes.history(programme)}
    versions = await rhythms.rules_of(programmes, programme)
    if not versions:
        return []
    ended = await rhythms.last_day_of(pool, programme, versions[-1].pack)
    known = await coverage.dates(pool, programme)
    done = {code for code, row in known.items() if row["judged_at"] is not None} | set(besides)
    waiting = [
        (history[rules.since], one)
        for rules, one in falling_due(versions, until, ended)
        if one.coverage_id(programme) not in done
    ]
    if not waiting:
        return []
    facts = await coverage.facts(pool, history[versions[-1].since])
    return [Passed(active, progress(one, facts.until(one.due))) for active, one in waiting]


class CoverageTimer:
    """Nothing is judged twice, because the date itself decides."""

    def __init__(self, pool: asyncpg.Pool, commands: Commands, horizon: Horizon) -> None:
        self._pool, self._commands, self._horizon = pool, commands, horizon
        self._judged_to: datetime | None = None
        self._nobody: set[str] = set()
        """Dates by which there was nobody to reach. That stays so, and nothing is judged."""

    async def tick(self) -> bool:
        await self.judge()
        return False

    async def judge(self) -> int:
        """Judge the dates behind the horizon; how many were."""
        watermark = await self._horizon()
        if watermark is None or (self._judged_to and watermark < self._judged_to + LOOK_EVERY):
            return 0
        judged = 0
        for row in await self._pool.fetch(ACTIVE):
            judged += await self._of_programme(row["programme_id"], watermark)
        self._judged_to = watermark
        return judged

    async def _of_programme(self, programme: str, watermark: datetime) -> int:
        judged = 0
        for one in await unjudged(self._pool, programme, watermark, self._nobody):
            if one.found.kept is None:
                self._nobody.add(one.found.watched.coverage_id(programme))
            else:
                judged += await self._judge(one, watermark)
        return judged

    async def _judge(self, one: Passed, watermark: datetime) -> bool:
        stand = Stand.of_progress(one.active.programme_id, one.found)
        meta = Meta(
            command_id=effect_id(stand.coverage_id, "judged"),
            actor=SYSTEM,
            programme=one.active.programme_id,
            pack_version=str(one.active.pack_version),
        )
        command = JudgeCoverage(stand, watermark)
        outcome = await self._commands.by_id().handle(COVERAGE, stream(stand.coverage_id), command, meta)
        return bool(outcome.events) and not outcome.repeated
