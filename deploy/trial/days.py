"""Simulated working days, half a day at a time: everybody acts, then the clock moves on."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from datetime import date, datetime, time, timedelta

from services.chassis.clock import LOCAL
from services.chassis.deadlines import Calendar

MORNING, AFTERNOON = time(9, 10), time(15, 0)
"""Within office hours, so that an order of the morning can still be signed within four working hours."""


def half_days(calendar: Calendar, first: date, last: date) -> list[datetime]:
    """Two moments of every worked day: 调休 and holidays as they were."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [datetime.combine(day, at, LOCAL) for day in days if calendar.is_working(day) for at in (MORNING, AFTERNOON)]


class Days:
    """Stories run as tasks and wait for half days; when all of them wait, the next half day begins."""

    def __init__(self, moments: list[datetime], begin: Callable[[datetime], Awaitable[None]]) -> None:
        self.moments, self._begin = moments, begin
        self.index = -1
        self._waiting: dict[int, list[asyncio.Future[None]]] = defaultdict(list)
        self._tasks: set[asyncio.Task[None]] = set()
        self._acting = 0
        self._quiet = asyncio.Event()
        self._failure: BaseException | None = None

    @property
    def now(self) -> datetime:
        """The half day that goes on."""
        return self.moments[self.index]

    def tell(self, story: Coroutine[None, None, None]) -> None:
        """Begin a story; it acts from now on until it waits or ends."""
        self._acting += 1
        task = asyncio.get_running_loop().create_task(story)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def wait(self, half: int) -> None:
        """Until so many half days later; beyond the last one for ever (the story stays unfinished)."""
        if half <= 0:
            return
        future = asyncio.get_running_loop().create_future()
        self._waiting[self.index + half].append(future)
        self._rest()
        await future

    async def run(self, after: Callable[[datetime], Awaitable[None]]) -> None:
        """All half days in turn; `after` follows each when everybody has acted."""
        await self.settle()
        for index, moment in enumerate(self.moments):
            self.index = index
            await self._begin(moment)
            due = self._waiting.pop(self.index, [])
            self._acting += len(due)
            for future in due:
                future.set_result(None)
            await self.settle()
            await after(moment)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def settle(self) -> None:
        """Until everybody waits or has ended."""
        while self._acting and self._failure is None:
            self._quiet.clear()
            await self._quiet.wait()
        if self._failure is not None:
            raise self._failure

    def _rest(self) -> None:
        self._acting -= 1
        if not self._acting:
            self._quiet.set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        if (failure := task.exception()) is not None:
            self._failure = self._failure or failure
            self._quiet.set()
        self._rest()
