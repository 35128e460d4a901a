"""Sees to it that the own log never forks: its head is compared with whoever knows it before anything is appended.

The broker and every other service hold copies of the own events. Whoever is ahead of this log shows that its tail
was lost (a restored copy, a promoted standby): the events are taken back verbatim, then commands are accepted again.
Whoever holds something else at the same position shows a fork: commands are refused until a person decides.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Literal

import asyncpg

from contracts import feeds
from services.chassis.crash import CrashPoints, no_crash
from services.chassis.log.log import Log
from services.chassis.log.types import ChainBroken, LogClosed, SourceHead, Stored
from services.chassis.transport import adopt, streams
from services.chassis.transport.heads import Seen
from services.chassis.transport.link import TRANSIENT, Link
from services.chassis.transport.peers import Peers
from services.chassis.transport.witness import UnreadableWitness, Witness

logger = logging.getLogger(__name__)

State = Literal["comparing", "offline", "agreed", "recovering", "unknown", "forked"]

BROKER_SECONDS = 3.0
"""How long a start waits for the broker before the witness file alone decides."""
RETRY_SECONDS = 1.0
DATABASE = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a database that stops, starts or hangs causes; a connection that broke in the middle of an answer
complains of the client's own state."""
RECHECK_SECONDS = 5.0
"""How often a refusal is looked at again: the operator may have mended its cause."""


class Disagreement(Exception):
    """Somebody holds other events than this log under the same positions."""


class Forks:
    """Decides whether the own log may take commands (`log.refuse`) and whether the relay may publish (`agreed`)."""

    def __init__(self, log: Log, link: Link, peers: Peers, witness: Witness, *, crash: CrashPoints = no_crash) -> None:
        self._log, self._link, self._peers, self._witness = log, link, peers, witness
        self._crash = crash
        self.agreed = asyncio.Event()
        self.compared = 0
        """How many comparisons came to a result."""
        self._settled = asyncio.Event()
        self.state: State = "comparing"
        self.reason: str | None = None
        self._again = asyncio.Event()
        self._top: tuple[int, int] = (0, 0)
        """The highest own epoch and position this process has seen: a database that goes back was restored."""
        self._equal: set[tuple[int, int, str]] = set()
        self._broker: streams.StreamState | None = None
        link.on_change(self._link_changed)
        log.guard(self._database_is_back)

    def close(self) -> None:
        """Before anything else starts: no command until the heads were compared."""
        self._settle("comparing", "正在核对日志 / the log's head is being compared")

    async def run(self) -> None:
        """Compare at the start, at every reconnect and on every suspicion."""
        await self._first()
        while True:
            pause = RECHECK_SECONDS if self.state in ("forked", "unknown") else None
            try:
                async with asyncio.timeout(pause):
                    await self._again.wait()
            except TimeoutError:
                logger.info("comparing heads again: %s", self.reason)
            self._again.clear()
            if self._link.up.is_set():
                await self._compare_until_settled()
            elif self.state != "offline" and self.state != "agreed":
                await self._decide_alone()

    async def tick(self, head: SourceHead) -> None:
        """Every second with the own head: remember it, and notice a database that went back."""
        if (head.epoch, head.position) < self._top:
            self._suspect(f"the database went back from {self._top[1]} to {head.position}")
            return
        self._top = max(self._top, (head.epoch, head.position))
        if self.state in ("agreed", "offline"):
            self._witness.write(head)

    async def witness_ahead(self, event: Stored) -> None:
        """Before an event is published: nobody may know of an own event that the witness does not know of."""
        self._witness.write(SourceHead(event.source, event.epoch, event.position, event.chain, event.time))

    async def heard(self, seen: Seen) -> None:
        """A service beaconed how far it holds the own source."""
        if self.state in ("comparing", "recovering"):
            return
        own = await self._own() if (seen.head.epoch, seen.head.position) > self._top else None
        if own is not None and (seen.head.epoch, seen.head.position) > (own.epoch, own.position):
            self._suspect(f"{seen.holder} holds position {seen.head.position}, this log ends at {own.position}")
            return
        try:
            await self._compare_seen(own or await self._own(), seen)
        except Disagreement as error:
            self._refuse("forked", str(error))

    async def compare_broker(self, head: SourceHead, found: streams.StreamState) -> None:
        """Compare with the broker at the smaller head; raises `Disagreement`. Nothing to compare is no objection."""
        at = min(head.position, found.last)
        if not found.holds(at):
            return
        message = await streams.message(self._link, found.name, at)
        own = await self._log.chain_at(self._log.source, head.epoch, at)
        if message is not None and own is not None and message[1] != own:
            raise Disagreement(
                f"{self._log.source} position {at}: the broker's chain is {message[1].hex()[:16]}, this log's "
                f"{own.hex()[:16]} (broker at {found.last}, log at {head.position})"
            )

    def object(self, error: Disagreement) -> None:
        """Another part of the transport found a fork."""
        self._refuse("forked", str(error))

    def suspect(self, reason: str) -> None:
        """Another part of the transport saw that this log may have lost its tail."""
        self._suspect(reason)

    async def _database_is_back(self) -> None:
        """The appender's connection was lost, so what is behind the next one may be an older copy of the log."""
        self._settle("comparing", "正在核对日志 / the database is back, its head is being compared")
        self._again.set()
        await self._settled.wait()
        if self._log.refused is not None:
            raise LogClosed(self._log.refused)

    async def _first(self) -> None:
        try:
            async with asyncio.timeout(BROKER_SECONDS):
                await self._link.up.wait()
        except TimeoutError:
            await self._decide_alone()
            return
        self._again.clear()
        await self._compare_until_settled()

    async def _decide_alone(self) -> None:
        """Without the broker only the witness file can say that this database is not an older copy."""
        try:
            doubt = await self._doubt()
        except DATABASE + TRANSIENT as error:
            logger.warning("comparing heads: %r; trying again", error)
            await asyncio.sleep(RETRY_SECONDS)
            self._again.set()
            return
        if doubt is None and self._witness.read() is not None:
            self._settle("offline", None)
        else:
            self._refuse("unknown", doubt or "nobody is reachable who knows how far this log had come")

    async def _compare_until_settled(self) -> None:
        self.agreed.clear()
        while self._link.up.is_set():
            try:
                if await self._compare():
                    return
                continue
            except Disagreement as error:
                self._refuse("forked", str(error))
                return
            except DATABASE + TRANSIENT as error:
                logger.warning("comparing heads: %r; trying again", error)
            await asyncio.sleep(RETRY_SECONDS)

    async def _compare(self) -> bool:
        """One look at everybody; False: something was taken back or is on its way, look again."""
        own = await self._own()
        found = await streams.state(self._link, self._stream(own))
        answers = await self._peers.ask(self._log.source)
        own = await self._own()
        if found is not None:
            await self.compare_broker(own, found)
        for seen in answers:
            await self._compare_seen(own, seen)
        ahead = adopt.ahead(own, found, answers)
        if ahead:
            await self._take_back(own, ahead)
            return False
        doubt = await self._doubt()
        if self._again.is_set():
            self._again.clear()
            return False
        if doubt is not None:
            self._refuse("unknown", doubt)
        elif own.position and found is None and not answers and self._witness.read() is None:
            self._refuse("unknown", "neither the broker nor another service nor the witness file knows this log")
        else:
            self._agree(own)
        return True

    async def _doubt(self) -> str | None:
        """What this process or the witness file holds against this database, if anything.

        What was known is looked up before the head is read: commands go on meanwhile, and the head only grows.
        What an earlier epoch had come to is no objection: the operator decided to leave it.
        """
        known = max(self._top, self._log.acknowledged)
        try:
            mark = self._witness.read()
        except UnreadableWitness as error:
            return str(error)
        own = await self._own()
        if mark is not None and mark.epoch >= own.epoch:
            known = max(known, mark.place)
            chain = await self._log.chain_at(own.source, mark.epoch, mark.position)
            if chain is not None and chain.hex() != mark.chain:
                return f"position {mark.position} is not the event that was recorded here before"
        if self._log.acknowledged[0] == own.epoch and (lost := await self._log.lost_acknowledged()) is not None:
            return f"position {lost} is not the command that this process acknowledged there before"
        if known > (own.epoch, own.position):
            return f"this log had come to {known[1]}, the database ends at {own.position}: it is an older copy"
        return None

    async def _take_back(self, own: SourceHead, ahead: Sequence[adopt.Ahead]) -> None:
        self._refuse("recovering", f"正在恢复：taking back own events after {own.position}, up to {ahead[0].position}")
        self._crash("forks:before-adopt")
        try:
            count = await adopt.take_back(self._log, self._link, own, ahead)
        except ChainBroken as error:
            raise Disagreement(
                f"{ahead[0].holder} is at position {ahead[0].position} and does not continue this log, "
                f"which ends at {own.position}: {error}"
            ) from error
        self._crash("forks:adopted")
        logger.warning("took back %d own events after position %d", count, own.position)

    async def _compare_seen(self, own: SourceHead, seen: Seen) -> None:
        head = seen.head
        if head.epoch > own.epoch:
            raise Disagreement(f"{seen.holder} knows epoch {head.epoch} of {own.source}, this log has {own.epoch}")
        key = (head.epoch, head.position, head.chain)
        if head.epoch < own.epoch or head.position > own.position or key in self._equal:
            return
        chain = await self._log.chain_at(own.source, head.epoch, head.position)
        if chain is not None and chain.hex() != head.chain:
            raise Disagreement(
                f"{own.source} position {head.position}: {seen.holder} holds chain {head.chain[:16]}, "
                f"this log {chain.hex()[:16]} (it ends at {own.position})"
            )
        if len(self._equal) > 100:
            self._equal.clear()
        self._equal.add(key)

    async def _own(self) -> SourceHead:
        head = await self._log.source_head(self._log.source)
        assert head is not None, "a started log knows its own source"
        return head

    def _stream(self, own: SourceHead) -> str:
        return feeds.stream_name(self._log.district, own.source, own.epoch)

    def _agree(self, own: SourceHead) -> None:
        self._top = (own.epoch, own.position)
        self._witness.write(own)
        self._settle("agreed", None)

    def _suspect(self, reason: str) -> None:
        if self.state in ("agreed", "offline"):
            self._refuse("recovering", f"正在恢复：{reason}")
            self._again.set()

    def _refuse(self, state: State, reason: str) -> None:
        if (state, reason) != (self.state, self.reason):
            logger.error("commands are refused: %s", reason)
        self._settle(state, reason)

    def _settle(self, state: State, reason: str | None) -> None:
        before, self.state, self.reason = self.reason, state, reason
        if state == "agreed":
            self.agreed.set()
        else:
            self.agreed.clear()
        if state in ("comparing", "recovering"):
            self._settled.clear()
        else:
            self.compared += 1
            self._settled.set()
        if reason is not None:
            self._log.refuse(reason)
        elif self._log.refused == before:
            self._log.open_for_appends()

    def _link_changed(self) -> None:
        self.agreed.clear()
        self._again.set()
