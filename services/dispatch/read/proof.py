"""A case's records with the bytes as they lie in the log, and whether their hashes hold."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from contracts.codec import Recorded, Undecodable, decode
from services.chassis.facts import Fact

NO_CHAIN = bytes(32)
"""What the first event of a source is chained to."""

RECORDS = """
SELECT e.seq, e.source, e.epoch, e.position, e.stream, e.version, e.time, e.payload, e.chain, p.chain AS before
  FROM case_history h JOIN event e USING (seq)
  LEFT JOIN event p ON p.source = e.source AND p.epoch = e.epoch AND p.position = e.position - 1
 WHERE h.about = ANY ($1)
 ORDER BY e.seq
"""


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
    recorded: Recorded | None
    """None when the bytes can no longer be read: then the hashes tell that they were altered."""

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

    records: int
    tail: str
    broken_at: int


async def records(pool: asyncpg.Pool, case_id: str, request_ids: Sequence[str]) -> list[Record]:
    """Everything that was recorded about the case and its requests."""
    about = [f"case-{case_id}", *(f"request-{one}" for one in request_ids)]
    rows = await pool.fetch(RECORDS, about)
    found = []
    for number, row in enumerate(rows, start=1):
        before = row["before"] or NO_CHAIN
        found.append(
            Record(
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
        )
    return found


def _read(payload: bytes) -> Recorded | None:
    try:
        return decode(payload)
    except Undecodable:
        return None


def check(found: Sequence[Record], own_stream: str) -> Check:
    """Recompute what the records claim: the log's chain for all, and the case's own chain without a gap."""
    broken, tail, version = 0, "", 0
    for record in found:
        good = record.linked
        if record.stream == own_stream:
            version += 1
            said = record.recorded.envelope if record.recorded else None
            good = good and said is not None and said.prev == tail
            good = good and said is not None and said.stream_version == record.version == version
            tail = record.hash
        if not good and not broken:
            broken = record.number
    return Check(len(found), tail, broken)
