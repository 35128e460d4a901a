"""Asking all services of the district which heads they hold, and answering that question."""

import asyncio
from collections.abc import Sequence

from nats.aio.msg import Msg

from contracts import feeds
from services.chassis.log.log import Log
from services.chassis.log.types import SourceHead
from services.chassis.transport import heads
from services.chassis.transport.heads import Head, Seen
from services.chassis.transport.link import Link

ANSWER_SECONDS = 1.0
"""A running service answers in milliseconds; one that starts or is busy is met again in its beacons."""


class Peers:
    """The other services of the district, as far as they answer."""

    def __init__(self, log: Log, link: Link, others: Sequence[str]) -> None:
        self._log, self._link, self._others = log, link, frozenset(others)

    async def listen(self) -> None:
        """One instance of each service answers."""
        await self._link.nc.subscribe(feeds.heads_subject(self._log.district), queue=self._log.source, cb=self._answer)

    async def ask(self, source: str) -> list[Seen]:
        """How far each other service holds `source`; waits until all known ones answered or the time is up."""
        found: dict[str, Seen | None] = {}
        complete = asyncio.Event()

        async def take(message: Msg) -> None:
            for seen in heads.decode(message.data):
                found.setdefault(seen.holder, None)
                if seen.head.source == source:
                    found[seen.holder] = seen
            if self._others <= found.keys():
                complete.set()

        nc = self._link.nc
        inbox = nc.new_inbox()
        subscription = await nc.subscribe(inbox, cb=take)
        try:
            await nc.publish(feeds.heads_subject(self._log.district), reply=inbox)
            await asyncio.wait_for(complete.wait(), ANSWER_SECONDS)
        except TimeoutError:
            pass
        finally:
            await subscription.unsubscribe()
        return [seen for holder, seen in found.items() if seen is not None and holder != self._log.source]

    async def _answer(self, message: Msg) -> None:
        held = [to_head(head) for head in await self._log.source_heads()]
        await self._link.nc.publish(message.reply, heads.encode(self._log.source, held))


def to_head(head: SourceHead) -> Head:
    """A log's head as it is told to others."""
    return Head(source=head.source, epoch=head.epoch, position=head.position, chain=head.chain.hex())
