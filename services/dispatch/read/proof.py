"""A case's records with the bytes as they lie in the log, and whether all are there and their hashes hold."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import asyncpg

from contracts.codec import Recorded, Undecodable, decode
from services.chassis.facts import Fact

NO_CHAIN = bytes(32)
"""What the first event of a source is chained to."""

EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Of a record that is missing where nothing else is left to tell a time."""

RECORDS = """
SELECT e.source, e.position, e.stream, e.version, e.time, e.payload, e.chain, p.chain AS before
  FROM case_history h LEFT JOIN event e USING (seq)
  LEFT JOIN event p ON p.source = e.source AND p.epoch = e.epoch AND p.position = e.position - 1
 WHERE h.about = ANY ($1)
 ORDER BY h.seq
"""
"""A record that the read model knows and the log no longer holds answers a row of nulls: it is missing, not absent."""

HEAD = """
SELECT h.version, h.prev, EXISTS (SELECT FROM event e WHERE e.stream = h.stream AND e.version = h.version) AS held
  FROM stream_head h WHERE h.stream = $1
"""
"""Where the case's own stream ends. `held` is asked of the log, for the read model may be a moment behind."""


@dataclass(frozen=True, slots=True)
class Record:
    """One event about the case. `number` counts the case's whole history, of all sources, in local order."""

    number: int
    source: str
    position: int
    stream: str
    version: int
    payload: bytes
    hash: str
    linked: bool
    """Whether the log's chain over this event is what its bytes and its predecessor say."""
    time: datetime
    """Of a missing record nobody knows it any more: the time of the one before it."""
    recorded: Recorded | None
    """None when the bytes can no longer be read: then the hashes tell that they were altered."""
    missing: bool = False
    """It was recorded, and the log no longer holds it."""

    @property
    def facts(self) -> list[Fact]:
        """The event as projections get it, or none that can be read."""
        if self.recorded is None:
            return []
        said, event = self.recorded.envelope, self.recorded.event
        return [Fact(self.number, self.source, self.position, self.stream, self.version, said.time, said, event)]


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of recomputing: `broken_at` is the first record that does not fit, 0 when all do."""

    tail: str
    broken_at: int
    missing: bool
    """Whether the record at `broken_at` is gone; else it was altered."""


async def records(pool: asyncpg.Pool, case_id: str, request_ids: Sequence[str]) -> list[Record]:
    """Everything that was recorded about the case and its requests, what has been deleted since among it."""
    own = f"case-{case_id}"
    rows = await pool.fetch(RECORDS, [own, *(f"request-{one}" for one in request_ids)])
    head = await pool.fetchrow(HEAD, own)
    found: list[Record] = []
    for number, row in enumerate(rows, start=1):
        found.append(_gone(number, found, rows) if row["payload"] is None else _record(number, row))
    return _to_its_end(found, rows, own, head)


def _record(number: int, row: asyncpg.Record) -> Record:
    before = row["before"] or NO_CHAIN
    return Record(
        number,
        row["source"],
        row["position"],
        row["stream"],
        row["version"],
        row["payload"],
        hashlib.sha256(row["payload"]).hexdigest(),
        hashlib.sha256(before + row["payload"]).digest() == row["chain"],
        row["time"],
        _read(row["payload"]),
    )


def _gone(number: int, earlier: Sequence[Record], rows: Sequence[asyncpg.Record], tail: str = "") -> Record:
    time = earlier[-1].time if earlier else next((row["time"] for row in rows if row["time"]), EVER)
    return Record(number, "", 0, "", 0, b"", tail, False, time, None, missing=True)


def _to_its_end(
    found: list[Record], rows: Sequence[asyncpg.Record], own: str, head: asyncpg.Record | None
) -> list[Record]:
    """Compare with the stream's head: a deleted last record leaves no gap that the records themselves could show."""
    last = next((one for one in reversed(found) if one.stream == own), None)
    if head is None:
        return found if last is None else [*found, _gone(len(found) + 1, found, rows)]
    if not head["held"]:
        known = next((one for one in reversed(found) if one.missing and (not last or one.number > last.number)), None)
        if known is None:
            return [*found, _gone(len(found) + 1, found, rows, head["prev"])]
        return [replace(one, hash=head["prev"]) if one is known else one for one in found]
    if last is not None and last.version == head["version"] and last.hash != head["prev"]:
        return [replace(one, linked=False) if one is last else one for one in found]
    return found


def _read(payload: bytes) -> Recorded | None:
    try:
        return decode(payload)
    except Undecodable:
        return None


def check(found: Sequence[Record], own_stream: str) -> Check:
    """Recompute what the records claim: the log's chain for all, and the case's own chain without a gap.

    The tail of a stream whose last record is gone is what its head says, so that no copy of the rest adds up to it.
    """
    broken: Record | None = None
    tail, version = "", 0
    for record in found:
        good = record.linked
        if record.stream == own_stream:
            version += 1
            said = record.recorded.envelope if record.recorded else None
            good = good and said is not None and said.prev == tail
            good = good and said is not None and said.stream_version == record.version == version
        if record.stream == own_stream or record.missing:
            tail = record.hash or tail
        if not good and broken is None:
            broken = record
    return Check(tail, broken.number if broken else 0, broken is not None and broken.missing)
