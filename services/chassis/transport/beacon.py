"""Every second each service says how far it holds every source, and until when it has published all its own."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from nats.aio.msg import Msg

from contracts import feeds
from services.chassis.clock import Clock, monotonic_s
from services.chassis.log.log import Log
from services.chassis.log.types import SourceHead
from services.chassis.transport import heads
from services.chassis.transport.forks import DATABASE, Forks
from services.chassis.transport.heads import Head, Seen
from services.chassis.transport.link import TRANSIENT, Link
from services.chassis.transport.peers import to_head
from services.chassis.transport.promises import Place, Promise, Promises
from services.chassis.transport.relay import Relay

logger = logging.getLogger(__name__)

BEACON_SECONDS = 1.0
PUBLISH_SECONDS = 0.5
"""How long a beacon waits for the relay to publish what the new watermark covers; else the old one is told."""
STALE_SECONDS = 5.0
"""After this long without a beacon a source counts as silent."""


@dataclass(slots=True)
class SourceView:
    """What is known here of a source: what this log holds, what its owner said, and when."""

    held: SourceHead | None = None
    told: Head | None = None
    promises: Promises = field(default_factory=Promises)
    """What its owner told together with a watermark."""
    told_at: float = 0.0
    current_at: float = 0.0
    """When this log last held all that the owner had told."""
    promise: Promise | None = None
    """The newest of which this log holds everything."""

    @property
    def watermark(self) -> datetime | None:
        return self.promise.until if self.promise else None

    @property
    def behind(self) -> int:
        """Events that the owner has and this log has not."""
        if self.told is None:
            return 0
        if self.held is None or self.held.epoch < self.told.epoch:
            return self.told.position
        return max(0, self.told.position - self.held.position) if self.held.epoch == self.told.epoch else 0

    def promote(self) -> None:
        """Believe the owner's watermark once this log holds everything that it covers."""
        if not self.behind:
            self.current_at = monotonic_s()
        self.promise = self.promises.kept(self._holds) or self.promise

    def _holds(self, place: Place) -> bool:
        # An owner that has recorded nothing yet has a watermark too: there is nothing of it to hold.
        return (self.held.epoch, self.held.position) >= place if self.held else place.position == 0

    def put_back(self) -> None:
        """The database is an older copy: what the watermark covered is not held any more."""
        self.promise = None


class OnEpoch(Protocol):
    """Told when an owner speaks of an epoch."""

    def __call__(self, source: str, epoch: int) -> None: ...


class Beacons:
    """Sends the beacons of this process, hears those of all services, and knows every source's watermark."""

    def __init__(self, log: Log, link: Link, relay: Relay, forks: Forks, clock: Clock, on_epoch: OnEpoch) -> None:
        self._log, self._link, self._relay, self._forks, self._clock = log, link, relay, forks, clock
        self._on_epoch = on_epoch
        self._own: Head | None = None
        """The last promise about the own source, kept while a newer one is not fully published."""
        self.views: dict[str, SourceView] = {}
        self.trouble: str | None = None
        self._suspicions: asyncio.Queue[Seen] = asyncio.Queue(maxsize=100)

    def view(self, source: str) -> SourceView:
        return self.views.setdefault(source, SourceView())

    async def listen(self) -> None:
        await self._link.nc.subscribe(feeds.beacon_subject(self._log.district, "*"), cb=self._heard)

    async def run(self) -> None:
        """Until cancelled: one beacon a second, whatever goes wrong."""
        while True:
            try:
                await self._tick()
                self.trouble = None
            except DATABASE + TRANSIENT as error:
                self.trouble = repr(error)
                logger.info("beacon: %r", error)
            await asyncio.sleep(BEACON_SECONDS)

    async def judge(self) -> None:
        """Until cancelled: hand what others hold of the own source to the comparison of heads."""
        while True:
            seen = await self._suspicions.get()
            try:
                await self._forks.heard(seen)
            except DATABASE + TRANSIENT as error:
                logger.info("comparing a beacon: %r", error)

    async def refresh(self) -> None:
        """Read again how far the log holds each source; another instance may be the one that takes in."""
        known = {source: view.held for source, view in self.views.items()}
        for head in await self._log.source_heads():
            view, before = self.view(head.source), known.get(head.source)
            if before is not None and (head.epoch, head.position) < (before.epoch, before.position):
                view.put_back()
            view.held = head
        for view in self.views.values():
            view.promote()

    async def _tick(self) -> None:
        await self.refresh()
        own = self.view(self._log.source).held
        if own is not None:
            await self._forks.tick(own)
        if self._forks.state == "agreed" and self._relay.leading:
            await self._promise()
        if not self._link.up.is_set():
            return
        told = [self._tell(view.held, view.watermark) for view in self.views.values() if view.held is not None]
        await self._link.nc.publish(
            feeds.beacon_subject(self._log.district, self._log.source), heads.encode(self._log.source, told)
        )

    async def _promise(self) -> None:
        """Move the own watermark, and tell it only once everything it covers is with the broker."""
        head = await self._log.bump(self._clock.now())
        if not await self._relay.caught_up(head.position, PUBLISH_SECONDS):
            return
        assert head.time is not None, "a bump answers the time it moved to"
        self._own = to_head(head).model_copy(update={"watermark": head.time})
        self.view(self._log.source).promise = Promise(head.time, Place(head.epoch, head.position))

    def _tell(self, held: SourceHead, watermark: datetime | None) -> Head:
        if held.source == self._log.source:
            # A watermark is told with the position it covers, so an older promise goes with its older position.
            leading = self._relay.leading and self._own is not None and self._own.epoch == held.epoch
            return self._own if leading and self._own is not None else to_head(held)
        return to_head(held).model_copy(update={"watermark": watermark})

    async def _heard(self, message: Msg) -> None:
        speaker = message.subject.rsplit(".", 1)[-1]
        try:
            told = heads.decode(message.data)
        except heads.Unreadable as error:
            logger.warning("beacon of %s: %s", speaker, error)
            return
        for seen in told:
            if seen.head.source == self._log.source and speaker != self._log.source:
                if not self._suspicions.full():
                    self._suspicions.put_nowait(Seen(speaker, seen.head))
            elif seen.head.source == speaker and speaker != self._log.source:
                self._owner_said(seen.head)

    def _owner_said(self, head: Head) -> None:
        view = self.view(head.source)
        view.told_at = monotonic_s()
        if view.told is None or (head.epoch, head.position) >= (view.told.epoch, view.told.position):
            view.told = head
        if head.watermark is not None:
            view.promises.give(Promise(head.watermark, Place(head.epoch, head.position)))
        view.promote()
        self._on_epoch(head.source, head.epoch)
