"""Stored events read as facts: what was recorded, where it stands in the log, and what it says."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from contracts.codec import envelope_of, event_of
from contracts.envelope import Envelope
from contracts.event import Event
from services.chassis.decider import Command, Decider, State
from services.chassis.log.types import Stored


@dataclass(slots=True)
class Fact:
    """One event of the local log. Treat it as immutable; it is not frozen because a rebuild makes millions.

    `envelope` is read from the payload when it is first asked for: most folds need only the event.
    """

    seq: int
    source: str
    position: int
    stream: str
    version: int
    time: datetime
    envelope: Envelope
    event: Event
    payload: bytes = field(default=b"", repr=False, compare=False)
    epoch: int = 1

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Envelope:
            # Called only for a slot that was never set.
            if name != "envelope":
                raise AttributeError(name)
            self.envelope = envelope_of(self.payload)
            return self.envelope


def decode_fact(stored: Stored) -> Fact:
    """Raises `contracts.codec.Undecodable` when this build cannot read the payload."""
    fact = Fact.__new__(Fact)
    fact.event = event_of(stored.payload)
    fact.seq, fact.source, fact.position, fact.stream = stored.seq, stored.source, stored.position, stored.stream
    fact.version, fact.time, fact.payload = stored.version, stored.time, stored.payload
    fact.epoch = stored.epoch
    return fact


def replay(decider: Decider[State, Command], history: Iterable[Stored], up_to: int | None = None) -> State:
    """The state of one stream as of version `up_to` (its head when None); how a page shows the past."""
    return decider.fold(event_of(stored.payload) for stored in history if up_to is None or stored.version <= up_to)
