"""One trial from the empty folder to the last half-monthly report."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as clock_time
from pathlib import Path
from typing import Any

from contracts.pack import parse_pack
from deploy.cli.import_messages import Summary
from deploy.cli.simulated import driver
from deploy.local.installation import SERVICES, Installation
from deploy.trial import district, programme
from deploy.trial.browser import Browser
from deploy.trial.days import AFTERNOON, Days, half_days
from deploy.trial.fate import draw
from deploy.trial.reviewing import Reviewers
from deploy.trial.staff import Staff
from deploy.trial.story import Story
from deploy.trial.watch import Watch
from services.chassis.clock import LOCAL
from services.chassis.deadlines import calendar_for
from services.chassis.simulation import Driver

AT_ONCE = 48
"""Commands under way: enough to keep both cores busy, few enough for short answers."""

PAGE = 500
OPENS = clock_time(8, 30)
FOLLOWS_WITHIN_S = 20.0


class BadFile(Exception):
    """The messages could not be brought in as they are."""


@dataclass
class Trial:
    """Everything a running trial has at hand; what it found out is read from here."""

    installation: Installation
    browser: Browser
    staff: Staff
    watch: Watch
    clock: Driver
    seed: int
    first: date
    imported: Summary = field(default_factory=Summary)
    runs: list[dict[str, Any]] = field(default_factory=list)
    days: int = 0
    stories: dict[str, Story] = field(default_factory=dict)

    async def begin(self, moment: datetime) -> None:
        """Every service shows the new time before anybody acts in it."""
        await self.watch.settled()
        await self.clock.set(moment)
        async with asyncio.timeout(FOLLOWS_WITHIN_S):
            for service in SERVICES:
                for url in self.installation.service_urls(service):
                    await shows(url, moment)

    async def import_messages(self, file: Path) -> None:
        """By the office's own clerk."""
        clerk = self.staff.token(self.staff.person("intake_clerk", district.OFFICE))
        report = self.installation.folder / "bad-rows.csv"
        self.imported = await programme.bring_messages(self.installation.url, clerk, file, report)
        await self.watch.settled()

    async def inbox(self) -> list[dict[str, Any]]:
        """What the clerks find registered."""
        clerk = self.staff.token(self.staff.person("intake_clerk", district.OFFICE))
        rows: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = await self.browser.get("/intake/api/requests", clerk, limit=PAGE, cursor=cursor)
            rows += page["items"]
            cursor = page["next"]
            if not cursor:
                return rows

    async def live(self, half_hook: Any, last: date) -> None:
        """Every case through its days, up to the last one."""
        pack = parse_pack(programme.PACK.read_bytes())
        moments = half_days(calendar_for(pack), self.first, last)
        self.days = len(moments) // 2
        days = Days(moments, self.begin)
        reviewers = Reviewers(self.staff, self.seed, lambda case_id: days.tell(self.stories[case_id].again()))
        for row in sorted(await self.inbox(), key=lambda row: row["source_ref"]):
            fate = draw(self.seed, row["source_ref"], len(moments))
            story = Story(self.staff, days, self.seed, row["request_id"], row["source_ref"], row["title"], fate)
            self.stories[story.case_id] = story
            days.tell(story.live())

        async def after(moment: datetime) -> None:
            if moment.timetz().replace(tzinfo=None) == AFTERNOON:
                for row in await reviewers.afternoon():
                    days.tell(reviewers.call(row))
                await days.settle()
            await half_hook(moment)

        await days.run(after)


async def shows(url: str, moment: datetime) -> None:
    """Until a process says that it is this late."""
    browser = Browser(url, 1)
    try:
        while datetime.fromisoformat((await browser.get("/healthz", ""))["now"]) < moment:
            await asyncio.sleep(0.005)
    finally:
        browser.close()


@asynccontextmanager
async def trial(folder: Path, seed: int, first: date) -> AsyncIterator[Trial]:
    """A new installation with the district's people logged in, at half past eight of the first day."""
    async with Installation(folder, simulated_from=first, port=0, log_level="warning") as installation:
        await installation.wait_ready()
        watch = await Watch.open(installation, SERVICES)
        browser = Browser(installation.url, AT_ONCE)
        try:
            async with driver(installation.addresses) as clock:
                staff = Staff(browser, seed)
                found = Trial(installation, browser, staff, watch, clock, seed, first)
                await found.begin(datetime.combine(first, OPENS, LOCAL))
                await programme.found(installation)
                await watch.settled()
                await staff.log_in()
                yield found
        finally:
            browser.close()
            await watch.close()


def stopwatch() -> float:
    """Seconds for the summary."""
    return time.perf_counter()
