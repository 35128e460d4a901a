"""What is done to the services while the months pass: kills, outages, work done twice; drawn with a seed."""

import asyncio
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

import asyncpg

from deploy.local.installation import Installation
from deploy.trial import logs

BACK_WITHIN_S = 90.0
"""A process that crashed often waits up to 10 s before it starts, and starting takes seconds on a busy machine."""

LOOK_EVERY_S = 0.02
LATEST_KILL_S = 1.5
"""Into a half day, in real seconds: some strike while time's consequences are recorded, some while people act."""

MOST_AGAIN = 60
"""Events that every reactor is given again after a kill, as if its checkpoint had not been written."""

DELIVERED_AGAIN = 20
"""Events of other services that are delivered once more, at places drawn anywhere in their logs."""

BACK = "UPDATE checkpoint SET seq = greatest(0, seq - $1) WHERE version = 0 AND name LIKE 'reactor:%'"
HEADS = "SELECT source, epoch, position FROM source_head WHERE source <> 'supervision' AND position > 0"

VICTIM = "supervision"
OTHERS = ("dispatch", "intake")
"""Killed between recording and publishing, they publish late or twice."""


@dataclass
class Trouble:
    """`chance`: that something strikes in a half day; 0 leaves everybody in peace. `outages`: half days, by their
    number, through which supervision is away."""

    installation: Installation
    pool: asyncpg.Pool
    seed: int
    chance: float
    outages: Sequence[range] = ()
    away: bool = False
    done: Counter[str] = field(default_factory=Counter)
    _under_way: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self._dice = Random(f"{self.seed}:trouble")  # noqa: S311 - a script, not a secret

    async def before_time_moves(self, half_day: int) -> bool:
        """Whether supervision is away while the clock moves on; `back` brings it."""
        away = any(half_day in outage for outage in self.outages)
        if away and not self.away:
            await self._strike(VICTIM)
            self.done["outages of days"] += 1
        if self.away and not away:
            await self.back()
        self.away = away
        if away or self._dice.random() >= self.chance / 3:
            return False
        await self._strike(VICTIM)
        self.done["supervision away while time moved"] += 1
        return True

    async def back(self, name: str = VICTIM) -> None:
        """Until a struck process answers again."""
        child = self.installation.processes[name]
        child.hold(False)
        await _until(lambda: child.pid is not None, f"{name} was started again")
        await child.wait_ready(BACK_WITHIN_S)

    def while_people_act(self) -> None:
        """Perhaps strike at some moment of the half day that has begun."""
        if not self.away and self._dice.random() < self.chance:
            name = VICTIM if self._dice.random() < 0.75 else self._dice.choice(OTHERS)
            self._under_way = asyncio.create_task(self._later(name, self._dice.random() * LATEST_KILL_S))

    async def over(self) -> None:
        """Whatever struck in this half day has been mended."""
        if self._under_way is not None:
            await self._under_way
            self._under_way = None

    async def _later(self, name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._strike(name)
        self.done[f"{name} killed"] += 1
        await self.back(name)

    async def _strike(self, name: str) -> None:
        """kill -9; supervision is then given again what it had just done, and what others told it long ago."""
        child = self.installation.processes[name]
        child.hold(True)
        child.signal(signal.SIGKILL)
        await _until(lambda: child.pid is None, f"{name} ended")
        if name == VICTIM:
            await self._again()

    async def _again(self) -> None:
        back = self._dice.randint(1, MOST_AGAIN)
        await self.pool.execute(BACK, back)
        self.done["events given to every reactor again"] += back
        for row in await self.pool.fetch(HEADS):
            wanted = {self._dice.randint(1, row["position"]) for _ in range(DELIVERED_AGAIN)}
            district = self.installation.kind.district
            taken = await logs.deliver_again(self.pool, district, row["source"], row["epoch"], sorted(wanted))
            if taken:
                raise AssertionError(f"{taken} events of {row['source']} were taken in twice")
            self.done["events delivered again"] += len(wanted)


async def _until(true: Callable[[], bool], what: str) -> None:
    try:
        async with asyncio.timeout(BACK_WITHIN_S):
            while not true():
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError as error:
        raise TimeoutError(f"not within {BACK_WITHIN_S:.0f} s: {what}") from error
