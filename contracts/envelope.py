"""Who did what when and why: the CloudEvents attributes around an event's data."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Actor:
    """The person or part of the system that acts, in which unit and role, and for whom."""

    person: str
    unit: str
    role: str
    acting_for: str | None = None


SYSTEM = Actor(person="system", unit="system", role="system")


@dataclass(frozen=True, slots=True)
class Meta:
    """What a command knows about itself; it becomes attributes of every event it causes."""

    command_id: str
    actor: Actor
    programme: str | None = None
    pack_version: str | None = None
    occurred_at: datetime | None = None
    captured_at: datetime | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    privacy_class: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """All attributes of a stored event. `time` is when it was recorded, `occurred_at` when it happened."""

    id: str
    type: str
    district: str
    source: str
    subject: str
    schema_version: int
    stream_version: int
    prev: str
    time: datetime
    meta: Meta

    @property
    def actor(self) -> Actor:
        return self.meta.actor

    @property
    def occurred_at(self) -> datetime:
        """When it happened; the recorded time where the writer gave none."""
        return self.meta.occurred_at or self.time
