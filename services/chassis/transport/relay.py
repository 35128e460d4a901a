"""Publishes the own events to the broker in order, so that a message's sequence is its position.

It keeps no state of its own: where to go on is asked of the broker, and the expectation that travels with every
message makes a repeat or a rival harmless. One relay per log is active, by lease; two would only waste work.
"""

import asyncio
import itertools
import logging
import uuid
from collections.abc import Iterator, Sequence

import orjson

from contracts import feeds
from services.chassis.crash import CrashPoints, no_crash
from services.chassis.lease import Lease, LeaseLost, Leases
from services.chassis.log.log import Log
from services.chassis.log.types import SourceHead, Stored
from services.chassis.transport import streams
from services.chassis.transport.forks import DATABASE, Disagreement, Forks
from services.chassis.transport.link import TRANSIENT, ApiError, Link

logger = logging.getLogger(__name__)

READ_EVENTS = 500
"""Events per read and per atomic batch; the broker takes at most 1,000 in one."""
BATCH_BYTES = 4 * 1024 * 1024
"""The broker keeps an unfinished batch in memory."""
PIPELINE = 100
"""Single publishes in flight, for a broker without atomic batches."""
POLL_SECONDS = 1.0
"""How often an idle relay looks whether the broker still has everything; also the net under notifications."""
RETRY_SECONDS = 0.2


class Relay:
    """Publishes while it holds the lease, the broker is there and the heads were compared."""

    def __init__(
        self, log: Log, link: Link, leases: Leases, forks: Forks, *, replicas: int = 1, crash: CrashPoints = no_crash
    ) -> None:
        self._log, self._link, self._leases, self._forks = log, link, leases, forks
        self._replicas, self._crash = replicas, crash
        self._atomic = True
        self._moved = asyncio.Condition()
        self.leading = False
        self.published: int | None = None
        """The last position the broker is known to hold; None while this process does not lead or know."""
        self.state: streams.StreamState | None = None

    async def run(self) -> None:
        """Until cancelled: take the lease, publish, begin again after whatever went wrong."""
        while True:
            try:
                async with self._leases.hold("relay") as lease:
                    await self._lead(lease)
            except LeaseLost as error:
                logger.warning("relay: %s", error)
            except DATABASE + TRANSIENT as error:
                logger.warning("relay: the database is away: %r", error)
            finally:
                self.leading, self.published = False, None
            await asyncio.sleep(RETRY_SECONDS)

    async def caught_up(self, position: int, within: float) -> bool:
        """Whether the broker holds the own events up to this position, waiting a little for it."""
        try:
            async with asyncio.timeout(within):
                async with self._moved:
                    await self._moved.wait_for(lambda: self.published is not None and self.published >= position)
        except TimeoutError:
            return False
        return True

    async def _lead(self, lease: Lease) -> None:
        self.leading = True
        while True:
            lease.check()
            await self._forks.agreed.wait()
            try:
                await self._publish_on(lease)
            except ApiError as error:
                if error.code == streams.ATOMIC_DISABLED:
                    self._atomic = False
                elif error.code != streams.WRONG_LAST_SEQUENCE:
                    logger.warning("relay: %s", error)
                    await asyncio.sleep(RETRY_SECONDS)
            except Disagreement as error:
                self._forks.object(error)
            except TRANSIENT as error:
                logger.info("relay: %r; asking the broker again", error)
                await asyncio.sleep(RETRY_SECONDS)
            finally:
                self.published = None

    async def _publish_on(self, lease: Lease) -> None:
        """Ask where the broker is, then publish from there on until it says otherwise."""
        head, after = await self._where()
        while self._forks.agreed.is_set():
            lease.check()
            known = (await self._log.head()).seq
            batch = await self._log.read_source(self._log.source, after, READ_EVENTS, head.epoch)
            if batch:
                self._crash("relay:before-publish")
                after = await self._publish(batch)
                self._crash("relay:published")
                await self._advance(after)
                continue
            if await self._log.wait(known, POLL_SECONDS) <= known and not await self._still_there(head, after):
                return

    async def _where(self) -> tuple[SourceHead, int]:
        """The epoch to publish and the last position the broker has; declares the stream if there is none."""
        head = await self._own_head()
        name = feeds.stream_name(self._log.district, self._log.source, head.epoch)
        found = await streams.state(self._link, name)
        if found is None:
            lowest = await self._log.read_source(self._log.source, 0, 1, head.epoch)
            first = lowest[0].position if lowest else 1
            found = await streams.declare(
                self._link, self._log.district, self._log.source, head.epoch, first=first, replicas=self._replicas
            )
        self.state = found
        await self._forks.compare_broker(head, found)
        head = await self._own_head()
        if found.last > head.position:
            self._forks.suspect(f"the broker holds position {found.last}, this log ends at {head.position}")
        await self._advance(found.last)
        return head, found.last

    async def _still_there(self, head: SourceHead, after: int) -> bool:
        """Whether the broker has what it had, in the same stream, and the own epoch is the same."""
        before, self.state = self.state, await streams.state(self._link, self._stream(head))
        now = await self._own_head()
        return (
            before is not None
            and self.state is not None
            and self.state.created == before.created
            and self.state.last == after
            and now.epoch == head.epoch
        )

    async def _own_head(self) -> SourceHead:
        head = await self._log.source_head(self._log.source)
        assert head is not None, "a started log knows its own source"
        return head

    def _stream(self, head: SourceHead) -> str:
        return feeds.stream_name(self._log.district, self._log.source, head.epoch)

    async def _advance(self, position: int) -> None:
        async with self._moved:
            self.published = position
            self._moved.notify_all()

    async def _publish(self, batch: Sequence[Stored]) -> int:
        """Publish in order; returns the last position the broker has confirmed."""
        await self._forks.witness_ahead(batch[-1])
        if not self._atomic:
            return await self._publish_each(batch)
        for part in _parts(batch):
            if len(part) == 1:
                await self._send(part[0], self._headers(part[0]))
            else:
                await self._publish_atomically(part)
        return batch[-1].position

    async def _publish_atomically(self, batch: Sequence[Stored]) -> None:
        """All or none, with one confirmation: several times the rate of single publishes."""
        batch_id = uuid.uuid4().hex
        for number, event in enumerate(batch, start=1):
            headers = {
                feeds.CHAIN_HEADER: event.chain.hex(),
                "Nats-Batch-Id": batch_id,
                "Nats-Batch-Sequence": str(number),
            }
            if number == 1:
                headers["Nats-Expected-Last-Sequence"] = str(event.position - 1)
            if number < len(batch):
                await self._link.nc.publish(self._subject(event), event.payload, headers=headers)
            else:
                await self._send(event, {**headers, "Nats-Batch-Commit": "1"})

    async def _publish_each(self, batch: Sequence[Stored]) -> int:
        for start in range(0, len(batch), PIPELINE):
            part = batch[start : start + PIPELINE]
            sent = (self._send(event, self._headers(event)) for event in part)
            for outcome in await asyncio.gather(*sent, return_exceptions=True):
                if isinstance(outcome, BaseException):
                    raise outcome
        return batch[-1].position

    async def _send(self, event: Stored, headers: dict[str, str]) -> None:
        answer = await self._link.request(self._subject(event), event.payload, headers=headers)
        self._crash("relay:unacked")
        content = orjson.loads(answer.data)
        if "error" in content:
            raise ApiError(content["error"].get("err_code", 0), content["error"].get("description", ""))
        if content["seq"] != event.position:
            raise ApiError(0, f"position {event.position} became sequence {content['seq']}")

    def _headers(self, event: Stored) -> dict[str, str]:
        return {
            feeds.CHAIN_HEADER: event.chain.hex(),
            "Nats-Expected-Last-Sequence": str(event.position - 1),
        }

    def _subject(self, event: Stored) -> str:
        return feeds.subject(self._log.district, self._log.source, event.epoch, event.type)


def _parts(batch: Sequence[Stored]) -> Iterator[list[Stored]]:
    """Runs that together weigh no more than one atomic batch may."""
    weight = itertools.accumulate(len(event.payload) for event in batch)
    for _, part in itertools.groupby(zip(weight, batch, strict=True), key=lambda pair: pair[0] // BATCH_BYTES):
        yield [event for _, event in part]
