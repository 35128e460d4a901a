"""Computing a log's hashes again from its bytes: is everything there, unchanged and in its order?"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256

import asyncpg

from services.chassis.log.attributes import Malformed, read_attributes
from services.chassis.log.chain import START, extend
from services.chassis.log.log import COLUMNS
from services.chassis.log.types import SourceHead, Stored

FETCH_ROWS = 1000
"""Per round trip of the cursor: memory stays flat however long the log is."""

ENOUGH_FINDINGS = 50
"""A damaged log is named by its first bad places; a list of millions helps nobody."""

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

WHOLE_LOG = f"SELECT {COLUMNS} FROM event ORDER BY seq"  # noqa: S608
STREAM = f"""
SELECT {", ".join("e." + name for name in COLUMNS.split(", "))}, p.chain AS before
  FROM event e LEFT JOIN event p ON p.source = e.source AND p.epoch = e.epoch AND p.position = e.position - 1
 WHERE e.stream = $1 ORDER BY e.version, e.seq"""  # noqa: S608
SOURCE_HEADS = "SELECT source, epoch, position, chain, nullif(time, '-infinity') FROM source_head ORDER BY 1, 2"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and where."""

    what: str
    seq: int | None = None
    source: str | None = None
    epoch: int | None = None
    position: int | None = None
    stream: str | None = None
    version: int | None = None

    def __str__(self) -> str:
        places = {
            "seq": self.seq,
            "source": self.source,
            "epoch": self.epoch,
            "position": self.position,
            "stream": self.stream,
            "version": self.version,
        }
        where = " ".join(f"{name} {place}" for name, place in places.items() if place is not None)
        return f"{where}: {self.what}" if where else self.what


@dataclass(slots=True)
class Report:
    """What a verification read and found; `ok` when nothing is wrong."""

    events: int = 0
    heads: list[SourceHead] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.findings

    @property
    def first(self) -> Finding | None:
        return self.findings[0] if self.findings else None

    def add(self, what: str, event: Stored | None = None) -> None:
        if event is None:
            self.findings.append(Finding(what))
        else:
            self.findings.append(
                Finding(what, event.seq, event.source, event.epoch, event.position, event.stream, event.version)
            )


class Walk:
    """Follows a log event by event and says what does not continue. After a break it goes on from what is stored."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.seq = 0
        self.sources: dict[tuple[str, int], tuple[int, bytes]] = {}
        self.streams: dict[str, tuple[int, int, str]] = {}

    def step(self, event: Stored) -> None:
        self.report.events += 1
        if event.seq != self.seq + 1:
            self.report.add(f"seq {self.seq + 1} is missing", event)
        self.seq = event.seq
        self._follow_source(event)
        prev = _check_columns(self.report, event)
        if prev is not None:
            self._follow_stream(event, prev)

    def _follow_source(self, event: Stored) -> None:
        position, chain = self.sources.get((event.source, event.epoch), (0, START))
        if event.position != position + 1:
            self.report.add(f"position {position + 1} of {event.source} is missing", event)
        elif extend(chain, event.payload) != event.chain:
            self.report.add("the chain does not continue: payload or chain was changed", event)
        self.sources[event.source, event.epoch] = (event.position, event.chain)

    def _follow_stream(self, event: Stored, prev: str) -> None:
        epoch, version, expected = self.streams.get(event.stream, (event.epoch, 0, ""))
        if event.epoch > epoch and event.version <= version:
            pass  # a new epoch goes on from before the events that its source lost; the chain of the epoch holds them
        elif event.version != version + 1:
            self.report.add(f"version {version + 1} of {event.stream} is missing", event)
        elif prev != expected:
            self.report.add("prev is not the hash of the stream's event before", event)
        self.streams[event.stream] = (event.epoch, event.version, sha256(event.payload).hexdigest())


async def verify(connection: Connection, against: Sequence[SourceHead] = ()) -> Report:
    """Read the whole log and compute everything again. `against`: heads that other services saw of these sources."""
    report = Report()
    walk = Walk(report)
    async with _snapshot(connection):
        async for row in connection.cursor(WHOLE_LOG, prefetch=FETCH_ROWS):
            walk.step(Stored._make(row))
            if len(report.findings) >= ENOUGH_FINDINGS:
                return report
        await _check_heads(connection, walk)
        for seen in against:
            await _check_seen(connection, walk, seen)
    return report


async def verify_stream(connection: Connection, name: str) -> Report:
    """One stream: its versions and hashes, each event's link in its source's chain, and that its tail is not cut."""
    report = Report()
    walk = Walk(report)
    async with _snapshot(connection):
        for row in await connection.fetch(STREAM, name):
            event = Stored._make(tuple(row)[:-1])
            before = START if event.position == 1 else row["before"]
            report.events += 1
            if before is None or extend(before, event.payload) != event.chain:
                report.add("the chain does not continue: payload or chain was changed", event)
            prev = _check_columns(report, event)
            if prev is not None:
                walk._follow_stream(event, prev)
        head = await connection.fetchrow("SELECT version, prev FROM stream_head WHERE stream = $1", name)
    _check_stream_head(walk, name, head)
    return report


def check_stream(events: Iterable[Stored]) -> Report:
    """The versions and hashes of a stream's events that are at hand already."""
    report = Report()
    walk = Walk(report)
    for event in events:
        report.events += 1
        prev = _check_columns(report, event)
        if prev is not None:
            walk._follow_stream(event, prev)
    return report


@asynccontextmanager
async def _snapshot(connection: Connection) -> AsyncIterator[None]:
    """Everything as of one moment, while appends go on."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        yield


def _check_columns(report: Report, event: Stored) -> str | None:
    """The columns must say what the payload says; returns the payload's prev."""
    try:
        found = read_attributes(event.payload)
    except Malformed as error:
        report.add(str(error), event)
        return None
    columns = (event.stream, event.version, event.type, event.schema, event.time)
    if found[:5] != columns or not found.source.endswith(f"/{event.source}"):
        report.add("the columns differ from the payload", event)
    return found.prev


async def _check_heads(connection: Connection, walk: Walk) -> None:
    """The head tables must end where the events end: rows cut off the tail show here."""
    report = walk.report
    seq = await connection.fetchval("SELECT seq FROM log_head")
    if seq != walk.seq:
        report.add(f"the log ends at seq {walk.seq}, its head says {seq}")
    for row in await connection.fetch(SOURCE_HEADS):
        head = SourceHead(*row)
        report.heads.append(head)
        found = walk.sources.get((head.source, head.epoch), (0, START))
        if found != (head.position, head.chain):
            report.findings.append(
                Finding(
                    f"the source ends at position {found[0]}, its head says {head.position}"
                    if found[0] != head.position
                    else "the chain of the last event differs from the head's",
                    source=head.source,
                    epoch=head.epoch,
                    position=min(found[0], head.position) + (found[0] != head.position),
                )
            )
    async for row in connection.cursor("SELECT version, prev, stream FROM stream_head", prefetch=FETCH_ROWS):
        _check_stream_head(walk, row["stream"], row)


def _check_stream_head(walk: Walk, name: str, head: asyncpg.Record | None) -> None:
    _, version, last = walk.streams.get(name, (1, 0, ""))
    if head is not None and (head["version"], head["prev"]) != (version, last):
        walk.report.findings.append(
            Finding(
                f"the stream ends at version {version}, its head says {head['version']}"
                if version != head["version"]
                else "the hash of the stream's last event differs from its head's",
                stream=name,
                version=min(version, head["version"]) + (version != head["version"]),
            )
        )


async def _check_seen(connection: Connection, walk: Walk, seen: SourceHead) -> None:
    """What another service saw of a source must be in this log, byte for byte."""
    place = {"source": seen.source, "epoch": seen.epoch}
    held = walk.sources.get((seen.source, seen.epoch), (0, START))[0]
    if held < seen.position:
        what = f"the tail is cut: another service saw position {seen.position}, this log ends at {held}"
        walk.report.findings.append(Finding(what, **place, position=held + 1))  # type: ignore[arg-type]
        return
    chain = await connection.fetchval(
        "SELECT chain FROM event WHERE source = $1 AND epoch = $2 AND position = $3",
        seen.source,
        seen.epoch,
        seen.position,
    )
    if seen.position > 0 and chain != seen.chain:
        what = "another service saw another history up to this position"
        walk.report.findings.append(Finding(what, **place, position=seen.position))  # type: ignore[arg-type]
