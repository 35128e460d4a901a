"""Phases begin and end on their planned days, unless a person said so before."""

from datetime import date, datetime
from typing import Protocol

import asyncpg

from contracts.envelope import SYSTEM, Meta
from services.chassis.clock import LOCAL
from services.chassis.handle import Commands
from services.chassis.identity import effect_id
from services.reference.programmes import ActivePack, Programmes
from services.supervision.domain.programme import PROGRAMME, EndPhase, StartPhase, checklist, stream

ROLE = "phase-timer"


class Now(Protocol):
    def now(self) -> datetime: ...


class PhaseTimer:
    """Looks once a local day; what a person already said changes nothing."""

    def __init__(self, pool: asyncpg.Pool, commands: Commands, clock: Now) -> None:
        self._programmes, self._commands, self._clock = Programmes(pool), commands.by_id(), clock
        self._looked: tuple[date, tuple[str, ...]] | None = None

    async def tick(self) -> bool:
        """Never leaves anything for later."""
        today = self._clock.now().astimezone(LOCAL).date()
        active = await self._programmes.all()
        key = (today, tuple(one.sha256 for one in active))
        if key != self._looked:
            for one in active:
                await self._phases(one, today)
            self._looked = key
        return False

    async def _phases(self, active: ActivePack, today: date) -> None:
        since = active.effective_from.astimezone(LOCAL).date()
        for phase in active.pack.lists.phase:
            code = phase.code
            if phase.start <= today:
                # Rules that come later cannot have begun a phase before they were there.
                on = max(phase.start, min(since, today))
                await self._say(active, StartPhase(active.programme_id, code, phase.name, phase.start, on, True), code)
            if phase.end < today:
                on = max(phase.end, min(since, today))
                items = checklist(active.pack, phase)
                await self._say(active, EndPhase(active.programme_id, code, phase.end, on, True, items), code, today)

    async def _say(
        self, active: ActivePack, command: StartPhase | EndPhase, code: str, today: date | None = None
    ) -> None:
        effect = f"{type(command).__name__} {code} {command.planned} {active.sha256}"
        if isinstance(command, EndPhase) and command.items:
            effect += f" {today}"  # what was not confirmed yesterday may be so today
        meta = Meta(command_id=effect_id(active.programme_id, effect), actor=SYSTEM, programme=active.programme_id)
        await self._commands.handle(PROGRAMME, stream(active.programme_id), command, meta)
