"""What a spot check draws from, read from the events alone: the service draws with it and anybody can read it again."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from contracts.codec import decode
from contracts.dispatch import CaseStruckOff
from contracts.event import Event
from contracts.intake import VisitRecorded
from services.supervision.domain.draw import Member, source_key

HEADS = "SELECT source, epoch, position FROM source_head WHERE source = $1 ORDER BY epoch"
HAPPENED = """
SELECT source, epoch, position, payload FROM event
 WHERE source = $1 AND type = $2 AND time >= $3 AND time < $4 ORDER BY epoch, position
"""
"""A draw is rare: this may read through the log once."""

DRAWN_FROM: dict[str, type[Event]] = {"struck_off": CaseStruckOff, "visits": VisitRecorded}


class Reader(Protocol):
    """A pool or a connection."""

    async def fetch(self, query: str, *args: Any) -> Any: ...


def source_of(population: str) -> str:
    """Whose events make up the population."""
    return DRAWN_FROM[population].OWNER


async def positions_of(db: Reader, source: str) -> dict[str, int]:
    """How far the log holds a source now, per epoch."""
    return {source_key(row["source"], row["epoch"]): row["position"] for row in await db.fetch(HEADS, source)}


async def members(
    db: Reader,
    population: str,
    programme: str,
    period: tuple[datetime, datetime],
    positions: Mapping[str, int],
) -> tuple[Member, ...]:
    """Who is in it: each case by its last strike-off of the period, each visit by its record."""
    event = DRAWN_FROM[population]
    rows = await db.fetch(HAPPENED, event.OWNER, event.TYPE, *period)
    return tuple(sorted(_last_of_each(_told(rows, programme, positions))))


def _told(rows: Iterable[Any], programme: str, positions: Mapping[str, int]) -> Iterable[Member]:
    for row in rows:
        recorded = decode(row["payload"])
        within = row["position"] <= positions.get(source_key(row["source"], row["epoch"]), 0)
        if within and recorded.envelope.meta.programme == programme:
            item = getattr(recorded.event, recorded.event.KEY)
            yield Member(row["source"], row["epoch"], row["position"], item)


def _last_of_each(members: Iterable[Member]) -> Iterable[Member]:
    return {one.item: one for one in members}.values()
