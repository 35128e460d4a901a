"""Taking own events back from whoever still has them, after the own database was restored from an older copy."""

import asyncio
import builtins
from collections.abc import Sequence
from dataclasses import dataclass

from contracts import feeds
from services.chassis.log.log import Log
from services.chassis.log.types import SourceHead
from services.chassis.transport import range, streams
from services.chassis.transport.heads import Seen
from services.chassis.transport.link import ApiError, Link

BROKER = "the broker"
PIPELINE = 50
"""Single messages asked of the broker at a time; a lost tail is short."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Somebody who holds own events that this log has not, and from which position on."""

    holder: str
    first: int
    position: int


def ahead(own: SourceHead, found: streams.StreamState | None, answers: Sequence[Seen]) -> list[Ahead]:
    """Who is ahead of the own head, furthest first, services before the broker."""
    known = [
        Ahead(seen.holder, 1, seen.head.position)
        for seen in answers
        if seen.head.epoch == own.epoch and seen.head.position > own.position
    ]
    if found is not None and found.messages and found.last > own.position:
        known.append(Ahead(BROKER, found.first, found.last))
    return sorted(known, key=lambda one: -one.position)


async def take_back(log: Log, link: Link, own: SourceHead, holders: Sequence[Ahead]) -> int:
    """Adopt everything the furthest usable holder has beyond the own head; the log verifies every link."""
    usable = [one for one in holders if one.first <= own.position + 1]
    if not usable:
        first = min(one.first for one in holders)
        raise ApiError(0, f"nobody holds positions {own.position + 1} to {first - 1} any more")
    holder, taken, after = usable[0], 0, own.position
    while after < holder.position:
        items = await _page(log, link, own, holder, after)
        if not items:
            raise ApiError(0, f"{holder.holder} has nothing after position {after} now")
        taken += await log.adopt_own(own.epoch, items)
        after = items[-1][0]
    return taken


async def _page(log: Log, link: Link, own: SourceHead, holder: Ahead, after: int) -> list[range.Item]:
    if holder.holder != BROKER:
        question = range.Question(source=own.source, epoch=own.epoch, after=after)
        return await range.fetch(link, log.district, holder.holder, question)
    name = feeds.stream_name(log.district, own.source, own.epoch)
    wanted = list(builtins.range(after + 1, min(after + PIPELINE, holder.position) + 1))
    messages = await asyncio.gather(*(streams.message(link, name, position) for position in wanted))
    items: list[range.Item] = []
    for position, message in zip(wanted, messages, strict=True):
        if message is None:
            break
        items.append((position, *message))
    return items
