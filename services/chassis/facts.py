"""Stored events read as facts: what was recorded, where it stands in the log, and what it says."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from contracts.codec import decode
from contracts.envelope import Envelope
from contracts.event import Event
from services.chassis.decider import Command, Decider, State
from services.chassis.log.types import Stored


@dataclass(slots=True)
class Fact:
    """One event of the local log. Treat it as immutable; it is not frozen because a rebuild makes millions."""

    seq: int
    source: str
    position: int
    stream: str
    version: int
    time: datetime
    envelope: Envelope
    event: Event


def decode_fact(stored: Stored) -> Fact:
    """Raises `contracts.codec.Undecodable` when this build cannot read the payload."""
    recorded = decode(stored.payload)
    return Fact(
        stored.seq,
        stored.source,
        stored.position,
        stored.stream,
        stored.version,
        stored.time,
        recorded.envelope,
        recorded.event,
    )


def replay(decider: Decider[State, Command], history: Iterable[Stored], up_to: int | None = None) -> State:
    """The state of one stream as of version `up_to` (its head when None); how a page shows the past."""
    return decider.fold(decode(stored.payload).event for stored in history if up_to is None or stored.version <= up_to)
