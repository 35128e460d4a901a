"""Fixes the seeds by which completed cases are sampled, a month ahead: their hashes are published, they are not."""

import secrets
from collections.abc import Callable
from datetime import date, datetime
from hashlib import sha256
from math import ceil
from typing import Protocol

import asyncpg

from contracts.envelope import SYSTEM, Meta
from services.chassis.handle import Commands
from services.chassis.identity import effect_id
from services.chassis.log.types import SideRow
from services.reference.programmes import ActivePack, Programmes
from services.supervision.domain.call_draw import POPULATION, Month, announced
from services.supervision.domain.draw import SEED_BYTES, commitment
from services.supervision.domain.spot_check import SPOT_CHECK, CommitSeed, stream

ROLE = "call-seeds"

KNOWN = "SELECT EXISTS (SELECT FROM event WHERE stream = $1)"
ENDED = "SELECT EXISTS (SELECT FROM programme_end WHERE programme = $1 AND becomes <> 'standing')"

Seeds = Callable[[str], str]
"""Makes the seed of a draw."""


class Now(Protocol):
    def now(self) -> datetime: ...


def random_seed(_draw_id: str) -> str:
    return secrets.token_hex(SEED_BYTES)


def simulated_seed(draw_id: str) -> str:
    """Where time is simulated nothing is secret, and two runs of the same months must call the same people."""
    return sha256(f"simulated {draw_id}".encode()).hexdigest()


class CallSeedTimer:
    """Looks when the month or the rules change; what is fixed stays as it is."""

    def __init__(self, pool: asyncpg.Pool, commands: Commands, clock: Now, seeds: Seeds = random_seed) -> None:
        self._pool, self._programmes, self._commands = pool, Programmes(pool), commands.by_id()
        self._clock, self._seeds = clock, seeds
        self._looked: tuple[date, tuple[str, ...]] | None = None

    async def tick(self) -> bool:
        """Never leaves anything for later."""
        now, active = self._clock.now(), await self._programmes.all()
        months = announced(now)
        key = (months[0].begins.date(), tuple(one.sha256 for one in active))
        if key != self._looked:
            for one in active:
                if one.pack.follow_up.by_lot and not await self._pool.fetchval(ENDED, one.programme_id):
                    for month in months:
                        await self._fix(one, month, now)
            self._looked = key
        return False

    async def _fix(self, active: ActivePack, month: Month, now: datetime) -> None:
        draw_id = month.draw_id(active.programme_id)
        if await self._pool.fetchval(KNOWN, stream(draw_id)):
            return
        seed, percent = self._seeds(draw_id), max(1, ceil(active.pack.follow_up.by_lot * 100))
        command = CommitSeed(
            check_id=draw_id,
            programme_id=active.programme_id,
            seed_sha256=commitment(seed),
            population=POPULATION,
            population_from=max(month.begins, now),
            population_to=month.ends,
            rate_percent=percent,
            least_percent=percent,
            at=now,
            by_rule=True,
        )
        meta = Meta(command_id=effect_id(draw_id, "seed"), actor=SYSTEM, programme=active.programme_id)
        kept = SideRow("draw_seed", {"check_id": draw_id, "seed": seed})
        await self._commands.handle(SPOT_CHECK, stream(draw_id), command, meta, side=[kept])
