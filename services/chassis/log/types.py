"""What goes into the event log, what comes out of it, and every way in which it says no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

SideMode = Literal["insert", "upsert", "delete"]

MAX_EVENT_BYTES = 256 * 1024
"""The table's own limit; a feed message with its headers stays well under the broker's 1 MB."""


class Stored(NamedTuple):
    """An event as it lies in the log. `payload` is the exact bytes that are hashed and carried."""

    seq: int
    source: str
    position: int
    stream: str
    version: int
    type: str
    schema: int
    time: datetime
    payload: bytes
    chain: bytes
    epoch: int = 1


class LogHead(NamedTuple):
    """The last seq of the log and the time before which no later own event will be recorded."""

    seq: int
    time: datetime | None


class SourceHead(NamedTuple):
    """How far the log holds a source, in its current epoch."""

    source: str
    epoch: int
    position: int
    chain: bytes
    time: datetime | None


@dataclass(frozen=True, slots=True)
class Draft:
    """An event to append; `body` is its JSON object without the closing brace."""

    stream: str
    type: str
    schema: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Expect:
    """The version a stream must have; 0: it must not exist."""

    stream: str
    version: int


@dataclass(frozen=True, slots=True)
class SideRow:
    """A row of a registered table, written together with the events; `upsert` goes by the primary key."""

    table: str
    row: Mapping[str, Any]
    mode: SideMode = "insert"


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that only one stream may hold at a time; `release` gives it back if this stream holds it."""

    key: str
    stream: str
    release: bool = False


@dataclass(frozen=True, slots=True)
class Append:
    """One command's effect, all or none. Without drafts it is remembered as "nothing to do"."""

    command_id: str
    body_hash: bytes
    expects: Sequence[Expect] = ()
    drafts: Sequence[Draft] = ()
    side: Sequence[SideRow] = ()
    claims: Sequence[Claim] = ()


@dataclass(frozen=True, slots=True)
class Appended:
    """Where a command's events went, in the order of its drafts. `repeated`: it had been recorded before."""

    command_id: str
    repeated: bool
    seqs: Sequence[int] = field(default=())
    positions: Sequence[int] = field(default=())
    versions: Sequence[int] = field(default=())


class LogError(Exception):
    """A log's refusal."""


class Conflict(LogError):
    """A stream is not at the version that the command was decided on."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"{stream} is at version {actual}, not {expected}")
        self.stream, self.expected, self.actual = stream, expected, actual


class CommandReused(LogError):
    """The same command id came with another body."""

    def __init__(self, command_id: str) -> None:
        super().__init__(f"command {command_id} was already used with another body")
        self.command_id = command_id


class ClaimTaken(LogError):
    """Another stream holds the key."""

    def __init__(self, key: str, stream: str) -> None:
        super().__init__(f"{key} is held by {stream}")
        self.key, self.stream = key, stream


class SideRowRefused(LogError):
    """A side row broke a constraint, or its table is not registered; nothing of the command was written."""

    def __init__(self, table: str, constraint: str, reason: str) -> None:
        super().__init__(f"{table} {constraint}: {reason}")
        self.table, self.constraint, self.reason = table, constraint, reason


class EventTooLarge(LogError):
    """One event would be larger than the log takes."""

    def __init__(self, type: str, size: int) -> None:
        super().__init__(f"{type} has {size} bytes, more than {MAX_EVENT_BYTES}")
        self.type, self.size = type, size


class LogClosed(LogError):
    """The log takes no commands now, and why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LogUnavailable(LogClosed):
    """The database did not answer in time. Whether the command took effect shows when its id is sent again."""


class Gap(LogError):
    """A batch of a source's events starts beyond the next position."""

    def __init__(self, source: str, position: int) -> None:
        super().__init__(f"{source}: position {position} is missing")
        self.source, self.position = source, position


class ChainBroken(LogError):
    """An event is not what its source's chain says, or not what is already held at its position."""

    def __init__(self, source: str, position: int, reason: str = "the chain does not continue") -> None:
        super().__init__(f"{source} position {position}: {reason}")
        self.source, self.position, self.reason = source, position, reason


class StaleEpoch(LogError):
    """Events of an epoch that its source has left."""

    def __init__(self, source: str, epoch: int, position: int) -> None:
        super().__init__(f"{source} epoch {epoch} ended before position {position}")
        self.source, self.epoch, self.position = source, epoch, position


class WrongInstallation(LogError):
    """The database belongs to another installation, or one of another kind, than the settings say."""


class UnsafeDatabase(LogError):
    """The database could lose what it acknowledged, so the service does not start on it."""
