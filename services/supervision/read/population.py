"""What a spot check draws from, read from the events alone: the service draws with it and anybody can read it again."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from contracts.codec import decode
from contracts.dispatch import CaseCompleted, CaseStruckOff
from contracts.event import Event
from contracts.intake import VisitRecorded
from contracts.pack import parse_pack
from contracts.supervision import ProgrammePackActivated
from services.supervision.domain.call_draw import POPULATION as CALLS
from services.supervision.domain.call_draw import lot_of
from services.supervision.domain.draw import Member, source_key

HEADS = "SELECT source, epoch, position FROM source_head WHERE source = $1 ORDER BY epoch"
HAPPENED = """
SELECT source, epoch, position, payload FROM event
 WHERE source = $1 AND type = $2 AND time >= $3 AND time < $4 ORDER BY epoch, position
"""
"""A draw is rare: this may read through the log once."""

RULES = "SELECT payload FROM event WHERE stream = $1 AND type = $2 ORDER BY version"
DRAWN_FROM: dict[str, type[Event]] = {"struck_off": CaseStruckOff, "visits": VisitRecorded, CALLS: CaseCompleted}


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
    """Who is in it: each case by its last strike-off of the period, each visit by its record, each completion."""
    event = DRAWN_FROM[population]
    rows = await db.fetch(HAPPENED, event.OWNER, event.TYPE, *period)
    return tuple(sorted(_last_of_each(one for one, _ in _told(rows, programme, positions))))


async def rates(
    db: Reader, programme: str, period: tuple[datetime, datetime], positions: Mapping[str, int]
) -> dict[str, Decimal]:
    """Of every completion of the period the share that a lot took, by the rules in force at that moment."""
    told = await db.fetch(RULES, f"programme-{programme}", ProgrammePackActivated.TYPE)
    activated = [e for row in told if isinstance(e := decode(row["payload"]).event, ProgrammePackActivated)]
    versions = [(e.effective_from, parse_pack(e.content.encode()).follow_up.by_lot) for e in activated]
    rows = await db.fetch(HAPPENED, CaseCompleted.OWNER, CaseCompleted.TYPE, *period)
    return {one.item: _in_force(versions, at) for one, at in _told(rows, programme, positions)}


def _in_force(versions: list[tuple[datetime, Decimal]], moment: datetime) -> Decimal:
    """The newest that held by then; before the first the first."""
    known = [share for since, share in versions if since <= moment]
    return known[-1] if known else versions[0][1]


def _told(rows: Iterable[Any], programme: str, positions: Mapping[str, int]) -> Iterable[tuple[Member, datetime]]:
    for row in rows:
        recorded = decode(row["payload"])
        within = row["position"] <= positions.get(source_key(row["source"], row["epoch"]), 0)
        if within and recorded.envelope.meta.programme == programme:
            yield Member(row["source"], row["epoch"], row["position"], _item(recorded.event)), recorded.envelope.time


def _item(event: Event) -> str:
    if isinstance(event, CaseCompleted):
        return lot_of(event.case_id, event.round)
    return str(getattr(event, event.KEY))


def _last_of_each(members: Iterable[Member]) -> Iterable[Member]:
    return {one.item: one for one in members}.values()
