"""The one place that reads the time: a real clock, a fixed one for tests, and a simulated one for trials and demos."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from services.chassis.zone import LOCAL as LOCAL


class Clock(Protocol):
    """Whatever tells the time; always aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that moves only when a test says so."""

    def __init__(self, now: datetime) -> None:
        self._now = _utc(now)

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = _utc(now)

    def advance(self, by: timedelta) -> None:
        self._now += by


@dataclass(frozen=True, slots=True)
class SimulatedMoment:
    """At the real instant `real` it was `sim` in the simulation, which runs `rate` times as fast (0 = stands)."""

    sim: datetime
    real: datetime
    rate: float

    def at(self, real: datetime) -> datetime:
        return self.sim + (real - self.real) * self.rate


class SimulatedClock:
    """Time that a driver sets for all services of an installation; it never runs backwards.

    Until the driver has spoken it stands at `start`, the day the installation was created for.
    """

    def __init__(self, start: datetime, real: Clock | None = None) -> None:
        self._real = real or SystemClock()
        self._shown = _utc(start)
        self._moment = SimulatedMoment(self._shown, self._real.now(), 0.0)

    def now(self) -> datetime:
        self._shown = max(self._shown, self._moment.at(self._real.now()))
        return self._shown

    def follow(self, moment: SimulatedMoment) -> None:
        """Go on from what the driver said; an older word that comes late is ignored by `now`."""
        self._moment = moment


def monotonic_s() -> float:
    """Seconds for measuring durations and time limits; not a time of day, and never simulated."""
    return time.monotonic()


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a clock needs an aware time")
    return moment.astimezone(UTC)
