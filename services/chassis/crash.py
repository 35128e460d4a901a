"""Named places where a test lets the process die: between two steps that must not depend on each other."""

from typing import Literal, Protocol

Place = Literal[
    "append:committed",
    "relay:before-publish",
    "relay:unacked",
    "relay:published",
    "inbound:before-insert",
    "inbound:inserted",
    "forks:before-adopt",
    "forks:adopted",
]


class CrashPoints(Protocol):
    """Called at each place; a test's version raises or kills, the real one does nothing."""

    def __call__(self, place: Place) -> None: ...


def no_crash(place: Place) -> None:
    """What runs outside of tests."""
