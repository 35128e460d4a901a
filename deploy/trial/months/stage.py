"""The stage of the months: half days in which everything that is due comes to its end before anybody acts."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, get_args

import asyncpg

from contracts.pack import parse_pack
from contracts.supervision import ClockKind
from deploy.cli.load_directory import installer_client
from deploy.cli.simulated import driver
from deploy.local.installation import SERVICES, Installation
from deploy.trial.browser import Browser
from deploy.trial.months.trouble import VICTIM, Trouble
from deploy.trial.programmes.cast import Cast
from deploy.trial.programmes.scene import OPENING, Scene
from deploy.trial.run import FOLLOWS_WITHIN_S, shows
from deploy.trial.staff import Staff
from deploy.trial.watch import Watch
from services.chassis.clock import LOCAL
from services.chassis.deadlines import calendar_for, due
from services.supervision.domain.ladder import SLIPS
from services.supervision.react.breaches import OVERDUE
from services.supervision.react.coverage import unjudged
from services.supervision.react.ladder_timer import SILENT, UNANSWERED
from services.supervision.react.reminders import MARKED

CALM_WITHIN_S = 180.0
"""A service that was killed is back, has its leases again after 10 s, and has judged everything."""

KINDS = list(get_args(ClockKind))
LOOK_EVERY_S = 0.1
ONE_USER = 1
"""One command at a time, so that two runs send the same commands in the same order."""

TRIES = 40
"""Of a command while the service that it is for is away: a minute and more."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A slot of the rhythm as the programme's own calendar has it, and what is to come of it."""

    cadence: str
    day: date
    owner: str
    kept: bool = True
    made_up: bool = False

    @property
    def due(self) -> datetime:
        """Slots end at midnight."""
        return datetime.combine(self.day + timedelta(days=1), time(), LOCAL)

    def slot_id(self, programme: str) -> str:
        return f"{programme}:{self.cadence}:{self.day.isoformat()}:{self.owner}"


@dataclass
class Stage(Scene):
    """A scene whose time moves on only when nothing that is due is left."""

    pool: asyncpg.Pool = field(kw_only=True)
    trouble: Trouble = field(kw_only=True)
    owed: Sequence[Owed] = field(kw_only=True)
    subjects: Sequence[dict[str, Any]] = field(default=(), kw_only=True)

    async def found(self) -> None:
        """The directory with whom to visit."""
        await super().found()
        async with installer_client(self.installation.url, self.installation.secret("session")) as client:
            key = {"Idempotency-Key": f"subjects-{self.cast.programme}"}
            answer = await client.post("/intake/api/directory", json={"subjects": list(self.subjects)}, headers=key)
            answer.raise_for_status()

    async def begin(self, moment: datetime) -> None:
        """The last half day comes to its end; then it is later, and what is due by now is judged."""
        await self.trouble.over()
        await self.calm()
        struck = await self.trouble.before_time_moves(self.days.index)
        await self.clock.set(moment)
        if struck:
            await self.trouble.back()
        async with asyncio.timeout(FOLLOWS_WITHIN_S):
            for service in self.here():
                for url in self.installation.service_urls(service):
                    await shows(url, moment)
        self.trouble.while_people_act()
        await self.calm()

    def here(self) -> list[str]:
        """The services that are not away."""
        return [service for service in SERVICES if service != VICTIM or not self.trouble.away]

    async def calm(self) -> None:
        """Until all logs hold the same, everything was reacted to, and no timer has anything left to do."""
        if self.trouble.away:
            await Watch({name: self.watch.databases[name] for name in self.here()}).settled(readers=True)
            return
        why = ""
        try:
            async with asyncio.timeout(CALM_WITHIN_S):
                while True:
                    await self.watch.settled(readers=True)
                    why = await self._left()
                    if not why:
                        return
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError as error:
            raise TimeoutError(f"not within {CALM_WITHIN_S:.0f} s: {why}") from error

    async def _left(self) -> str:
        """What is due by now and not yet judged, by the timers' own questions."""
        now = await self.clock.now()
        assert now is not None, "time was set before anything is looked at"
        policy, calendar = self.pack.escalation, calendar_for(self.pack)
        if found := await self.pool.fetchrow(OVERDUE, now, 1, KINDS):
            return f"the breach of {found['clock_id']}"
        if found := await self.pool.fetchrow(MARKED, now, 1, KINDS):
            return f"the reminder of {found['clock_id']}"
        rising = [level for level in SLIPS if level in policy.levels[:-1]]
        if found := await self.pool.fetchrow(UNANSWERED, self.cast.programme, now, rising, 1):
            return f"the raising of {found['notice_id']}"
        if policy.slow_after is not None:
            for row in await self.pool.fetch(SILENT, self.cast.programme, now, 1000):
                if due(row["heard_at"], policy.slow_after, calendar) < now:
                    return f"the slip about the silence of {row['case_id']}"
        judged = {row["slot_id"] for row in await self.pool.fetch("SELECT slot_id FROM cadence_slot")}
        for one in self.owed:
            if one.due < now and one.slot_id(self.cast.programme) not in judged:
                return f"the slot {one.slot_id(self.cast.programme)}"
        return await self._unjudged(now)

    async def _unjudged(self, now: datetime) -> str:
        """The date of a coverage that passed and of which nobody said yet how it stood."""
        for one in await unjudged(self.pool, self.cast.programme, now):
            if one.found.kept is not None:
                return f"the date of {one.found.watched.coverage_id(self.cast.programme)}"
        return ""


@asynccontextmanager
async def staged(
    folder: Path,
    cast: Cast,
    owed: Sequence[Owed],
    subjects: Sequence[dict[str, Any]],
    *,
    seed: int,
    chance: float = 0.0,
    outages: Sequence[range] = (),
) -> AsyncIterator[Stage]:
    """A new installation with the cast logged in, on the morning of the first day."""
    async with Installation(folder, simulated_from=cast.begins, port=0, log_level="warning") as installation:
        await installation.wait_ready()
        watch = await Watch.open(installation, SERVICES)
        browser = Browser(installation.url, ONE_USER, tries=TRIES)
        try:
            async with (
                driver(installation.addresses) as clock,
                asyncpg.create_pool(installation.admin_dsn("supervision"), min_size=1, max_size=2) as pool,
            ):
                trouble = Trouble(installation, pool, seed, 0.0)
                stage = Stage(
                    cast,
                    parse_pack(cast.pack.read_bytes()),
                    installation,
                    browser,
                    Staff(browser, seed, cast.people),
                    watch,
                    clock,
                    seed,
                    pool=pool,
                    trouble=trouble,
                    owed=owed,
                    subjects=subjects,
                )
                await clock.set(datetime.combine(cast.begins, OPENING, LOCAL))
                for service in SERVICES:
                    for url in installation.service_urls(service):
                        await shows(url, datetime.combine(cast.begins, OPENING, LOCAL))
                await stage.found()
                await watch.settled(readers=True)
                await stage.staff.log_in()
                await stage.photograph()
                trouble.chance, trouble.outages = chance, outages
                yield stage
                await trouble.over()
        finally:
            browser.close()
            await watch.close()
