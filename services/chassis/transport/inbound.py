"""Takes one foreign source's events from the broker into the own log: verified, in order, once, then acknowledged.

The broker's redelivery, its consumers' state and its idea of where to start are only hints. What counts is the own
log: every position and every link of the chain is checked there, and a new consumer starts behind what it holds.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Literal, cast

from faststream import AckPolicy
from faststream.nats import JStream, NatsMessage, PullSub
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy as BrokerAckPolicy
from nats.js.api import ConsumerConfig, DeliverPolicy

from contracts import feeds
from services.chassis.crash import CrashPoints, no_crash
from services.chassis.lease import Lease, LeaseLost, Leases
from services.chassis.log.log import Log
from services.chassis.log.types import ChainBroken, Gap, StaleEpoch
from services.chassis.transport import range, streams
from services.chassis.transport.beacon import SourceView
from services.chassis.transport.forks import DATABASE
from services.chassis.transport.link import TRANSIENT, ApiError, Link
from services.chassis.transport.patient import Patient

logger = logging.getLogger(__name__)

BATCH_EVENTS = 500
"""One statement each in the own log; it caps itself lower where commands would wait too long."""
LINGER_SECONDS = 0.005
"""How long a lone event is held for company; what comes later waits in the client and joins the next batch."""
ACK_WAIT_SECONDS = 10.0
WAITING_ACKS = 4 * BATCH_EVENTS
IDLE_CONSUMER_SECONDS = 30.0
"""The broker forgets a consumer nobody pulls from, so nobody needs the right to delete one."""
WATCH_SECONDS = 0.5
STALL_SECONDS = 3.0
"""Without progress for so long although the stream has more: the consumer is gone or lost its place."""
REREADS = 3
"""A hole met this often is not a matter of order; the owner is asked for the range."""
RETRY_SECONDS = 0.5
BROKEN_SECONDS = 5.0
"""How often a source that was stopped is looked at again; its cause needs a person."""

State = Literal["waiting", "reading", "recovering", "broken"]


class Reread(Exception):
    """Stop reading and begin again behind what the log holds."""


class Inbound:
    """One source. Active while it holds the source's lease; several instances wait in line."""

    def __init__(
        self, log: Log, link: Link, leases: Leases, source: str, view: SourceView, *, crash: CrashPoints = no_crash
    ) -> None:
        self._log, self._link, self._leases, self._crash = log, link, leases, crash
        self.source, self._view = source, view
        self._epoch = 1
        self._position = 0
        self._holes = 0
        self._failed: asyncio.Future[None] | None = None
        self.state: State = "waiting"
        self.reason: str | None = None
        self.alarms: list[str] = []
        self.stream: streams.StreamState | None = None

    def owner_at(self, epoch: int) -> None:
        """The owner speaks of an epoch; a later one than that being read ends the reading."""
        if epoch > self._epoch and self.state == "reading":
            self._fail(Reread(f"{self.source} began epoch {epoch}"))

    async def run(self) -> None:
        """Until cancelled: take the lease, read, begin again after whatever went wrong."""
        while True:
            pause = RETRY_SECONDS
            try:
                async with self._leases.hold(f"inbound:{self.source}") as lease:
                    while True:
                        pause = await self._read_once(lease)
                        await asyncio.sleep(pause)
            except LeaseLost as error:
                logger.warning("inbound %s: %s", self.source, error)
            except DATABASE + TRANSIENT as error:
                logger.warning("inbound %s: the database is away: %r", self.source, error)
            self.state = "waiting"
            await asyncio.sleep(pause)

    async def _read_once(self, lease: Lease) -> float:
        """Read until something ends it; returns how long to wait before the next attempt."""
        try:
            await self._link.up.wait()
            lease.check()
            await self._read(lease)
        except (ChainBroken, StaleEpoch) as error:
            self._broken(str(error))
            return BROKEN_SECONDS
        except Reread as error:
            logger.info("inbound %s: reading again: %s", self.source, error)
            return 0.0
        except DATABASE + TRANSIENT as error:
            logger.info("inbound %s: %r", self.source, error)
        return RETRY_SECONDS

    async def _read(self, lease: Lease) -> None:
        found = await self._begin()
        if found is None:
            self.state = "waiting"
            await asyncio.sleep(WATCH_SECONDS)
            return
        if found.first > self._position + 1 or self._holes >= REREADS:
            await self._fetch_missing(found)
            return
        self._failed = asyncio.get_running_loop().create_future()
        subscriber = self._link.broker.subscriber(
            feeds.subjects_filter(self._log.district, self.source, self._epoch),
            stream=JStream(found.name, declare=False),
            config=self._consumer(),
            pull_sub=PullSub(batch_size=BATCH_EVENTS, timeout=LINGER_SECONDS, batch=True),
            inbox_prefix=f"{self._link.options.inbox}.".encode(),
            ack_policy=AckPolicy.MANUAL,
            decoder=_undecoded,
            no_reply=True,
            persistent=False,
        )
        subscriber(self._take)
        self.state, self.reason = "reading", None
        try:
            await subscriber.start()
            subscriber.subscription = cast(JetStreamContext.PullSubscription, Patient(subscriber.subscription))
            await self._watch(found, lease, self._failed)
        finally:
            await subscriber.stop()

    async def _begin(self) -> streams.StreamState | None:
        """Where the log is, and the stream to go on with; None while there is none."""
        head = await self._log.source_head(self.source)
        self._epoch = max(head.epoch if head else 1, self._view.told.epoch if self._view.told else 1)
        self._position = head.position if head is not None and head.epoch == self._epoch else 0
        self.stream = await streams.state(self._link, feeds.stream_name(self._log.district, self.source, self._epoch))
        return self.stream

    def _consumer(self) -> ConsumerConfig:
        return ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=self._position + 1,
            ack_policy=BrokerAckPolicy.ALL,
            ack_wait=ACK_WAIT_SECONDS,
            max_ack_pending=WAITING_ACKS,
            inactive_threshold=IDLE_CONSUMER_SECONDS,
            mem_storage=True,
            num_replicas=1,
            filter_subjects=[],
        )

    async def _take(self, message: NatsMessage) -> None:
        """FastStream's handler. It never raises: the order would be lost if a failed batch were passed over."""
        failed = self._failed
        if failed is None or failed.done():
            return
        raw = cast(Sequence[Msg], message.raw_message)
        try:
            await self._insert([_item(self.source, msg) for msg in raw])
            await raw[-1].ack()
        except Exception as error:  # noqa: BLE001  # handed over whole to whoever watches the reading
            self._fail(error)

    async def _insert(self, items: list[range.Item]) -> None:
        """Everything up to a hole goes in; then the reading begins again, in case it was only a matter of order."""
        run = _up_to_hole(sorted(items))
        self._crash("inbound:before-insert")
        try:
            await self._log.insert_foreign(self.source, self._epoch, run)
            self._crash("inbound:inserted")
            await self._moved()
            if len(run) < len(items):
                raise Gap(self.source, run[-1][0] + 1)
        except Gap as gap:
            self._holes += 1
            raise Reread(f"position {gap.position} is missing ({self._holes})") from gap
        self._holes = 0

    async def _moved(self) -> None:
        head = await self._log.source_head(self.source)
        if head is not None and head.epoch == self._epoch:
            self._position = head.position
            self._view.held = head
            self._view.promote()

    async def _watch(self, began: streams.StreamState, lease: Lease, failed: asyncio.Future[None]) -> None:
        """Until the reading fails, the stream is another one, or nothing moves although there is more."""
        generation, position, still = self._link.generation, self._position, 0.0
        while True:
            done, _ = await asyncio.wait({failed}, timeout=WATCH_SECONDS)
            if done:
                failed.result()
            lease.check()
            if self._link.generation != generation or not self._link.up.is_set():
                raise Reread("the connection was lost")
            self.stream = await streams.state(self._link, began.name)
            if self.stream is None or self.stream.created != began.created:
                raise Reread("the stream was made anew")
            await self._still_held()
            still = 0.0 if self._position != position or self.stream.last <= position else still + WATCH_SECONDS
            position = self._position
            if still >= STALL_SECONDS:
                raise Reread(f"nothing came after {position}, the stream ends at {self.stream.last}")

    async def _still_held(self) -> None:
        """A database that was put back to an older copy holds less than was taken in, and no message would tell."""
        known = self._position
        head = await self._log.source_head(self.source)
        held = head.position if head is not None and head.epoch == self._epoch else 0
        if held < known:
            raise Reread(f"the log went back from {known} to {held}")

    async def _fetch_missing(self, found: streams.StreamState) -> None:
        """Ask the owner for what the broker cannot give; says so, because it should not happen."""
        self.state, self.reason = "recovering", f"正在恢复：asking {self.source} for what follows {self._position}"
        until = max(found.first - 1, self._position + 1) if found.messages else found.last
        if self._holes:
            self._alarm(f"a hole after position {self._position} of {found.name}; asked the owner")
        while self._position < until:
            question = range.Question(source=self.source, epoch=self._epoch, after=self._position)
            items = await range.fetch(self._link, self._log.district, self.source, question)
            if not items:
                raise ApiError(0, f"{self.source} has nothing after position {self._position}")
            await self._log.insert_foreign(self.source, self._epoch, items)
            await self._moved()
        self._holes = 0

    def _broken(self, reason: str) -> None:
        if self.reason != reason:
            logger.error("inbound %s stopped: %s", self.source, reason)
        self.state, self.reason = "broken", reason

    def _alarm(self, text: str) -> None:
        logger.error("inbound %s: %s", self.source, text)
        self.alarms = [*self.alarms[-9:], text]

    def _fail(self, error: Exception) -> None:
        if self._failed is not None and not self._failed.done():
            self._failed.set_exception(error)


def _item(source: str, message: Msg) -> range.Item:
    """Position, payload and chain of a message; what has no readable chain breaks the chain."""
    position = message.metadata.sequence.stream
    try:
        return position, message.data, bytes.fromhex((message.headers or {})[feeds.CHAIN_HEADER])
    except (KeyError, ValueError) as error:
        raise ChainBroken(source, position, f"the message has no {feeds.CHAIN_HEADER}") from error


def _up_to_hole(items: Sequence[range.Item]) -> list[range.Item]:
    """The first items, as long as each position follows the one before, or repeats it."""
    end = 1
    while end < len(items) and items[end][0] - items[end - 1][0] <= 1:
        end += 1
    return list(items[:end])


async def _undecoded(message: NatsMessage) -> list[bytes]:
    """The payloads stay the bytes that were hashed."""
    return [raw.data for raw in message.raw_message]  # type: ignore[attr-defined]  # a batch carries a list
