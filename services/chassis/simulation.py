"""Simulated time: a driver says what time it is, and every service of the installation follows."""

from datetime import UTC, datetime, timedelta

import asyncpg
import orjson

from contracts.feeds import simulation_bucket
from services.chassis.bucket import Bucket, BucketMissing
from services.chassis.clock import Clock, SimulatedClock, SimulatedMoment, SystemClock
from services.chassis.transport.link import Link

KEY = "now"

LOOK_EVERY_S = 1.0
"""The net under announcements."""


class NotSimulated(Exception):
    """The installation lives in real time, where nobody sets the clock."""


class BackInTime(Exception):
    """Simulated time only goes forward: what was recorded stays recorded."""


class Follower:
    """Keeps this process's simulated clock on what the driver said."""

    def __init__(self, clock: SimulatedClock, link: Link, district: str) -> None:
        self._clock = clock
        self._bucket = Bucket(link, simulation_bucket(district))

    async def run(self) -> None:
        """Until cancelled. While the broker is away the clock goes on as it was last told to."""
        await self._bucket.follow(self._look, LOOK_EVERY_S)

    async def _look(self) -> None:
        if (moment := await _said(self._bucket)) is not None:
            self._clock.follow(moment)


class Driver:
    """Sets the time of a simulated installation. Make one with `open`, which refuses a real one."""

    def __init__(self, bucket: Bucket, real: Clock) -> None:
        self._bucket, self._real = bucket, real

    @classmethod
    async def open(
        cls, link: Link, district: str, db: asyncpg.Pool | asyncpg.Connection, real: Clock | None = None
    ) -> "Driver":
        """`db` is the database of any of the installation's services: it says what kind the installation is."""
        await refuse_real(db)
        bucket = Bucket(link, simulation_bucket(district))
        await bucket.ensure()
        return cls(bucket, real or SystemClock())

    async def now(self) -> datetime | None:
        """The simulated time; None before it was first set."""
        moment = await _said(self._bucket)
        return None if moment is None else moment.at(self._real.now())

    async def set(self, now: datetime, rate: float = 0.0) -> None:
        """From here on it is `now`, standing still or running `rate` times as fast as real time."""
        if rate < 0:
            raise BackInTime(f"rate {rate}")
        before = await self.now()
        if before is not None and now < before:
            raise BackInTime(f"it is {before.isoformat()} already, {now.isoformat()} is over")
        content = {"sim": now.astimezone(UTC).isoformat(), "real": self._real.now().isoformat(), "rate": rate}
        await self._bucket.put(KEY, orjson.dumps(content))

    async def advance(self, by: timedelta, rate: float = 0.0) -> datetime:
        """Move on from where it is; returns the new time."""
        before = await self.now()
        if before is None:
            raise NotSimulated("the simulated time was never set: use `set` first")
        await self.set(before + by, rate)
        return before + by


async def refuse_real(db: asyncpg.Pool | asyncpg.Connection) -> None:
    """Raises `NotSimulated` unless this database was founded for a simulation."""
    kind = await db.fetchval("SELECT kind FROM installation")
    if kind != "simulated":
        raise NotSimulated("this installation was created for real time; a simulation needs one of its own")


async def _said(bucket: Bucket) -> SimulatedMoment | None:
    try:
        entries = await bucket.read(0)
    except BucketMissing:
        return None
    for entry in entries:
        if entry.key == KEY and entry.value is not None:
            said = orjson.loads(entry.value)
            return SimulatedMoment(
                datetime.fromisoformat(said["sim"]), datetime.fromisoformat(said["real"]), float(said["rate"])
            )
    return None
