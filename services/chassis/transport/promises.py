"""Promises that wait for what they cover: "all of mine up to this time lies up to this place".

An owner promises anew every second. Were only its newest promise kept, then under a steady load none would ever be
believed, because what it covers is always still on its way; so those that wait are kept, and the newest of which
everything is here counts.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

MOST = 120
"""Two minutes of them. Of a longer wait the newest is kept at the end: whoever catches up arrives there at once."""


class Place(NamedTuple):
    """A place in a source."""

    epoch: int
    position: int


class Promise(NamedTuple):
    """Everything of a source that was recorded before `until` lies up to `place`."""

    until: datetime
    place: Place


class Promises:
    """Of one source, in the order in which they were given; the first may be one that is kept already."""

    def __init__(self) -> None:
        self._given: deque[Promise] = deque()

    def give(self, promise: Promise) -> None:
        """An older one, told again or late, changes nothing. One whose place lies before those of earlier ones takes
        their place: its owner has gone back to an older copy."""
        if self._given and promise.until <= self._given[-1].until:
            return
        while self._given and promise.place < self._given[-1].place:
            self._given.pop()
        if len(self._given) >= MOST:
            self._given.pop()
        self._given.append(promise)

    def places(self) -> list[Place]:
        return [one.place for one in self._given]

    def kept(self, holds: Callable[[Place], bool]) -> Promise | None:
        """The newest whose place `holds`; earlier ones are forgotten, this one is asked again the next time."""
        found = 0
        for number, one in enumerate(self._given, start=1):
            if not holds(one.place):
                break
            found = number
        for _ in range(found - 1):
            self._given.popleft()
        return self._given[0] if found else None

    def forget(self) -> None:
        """What is held here was put back: nothing that was promised is known to lie here any more."""
        self._given.clear()
