"""Everything between this service's log and the others: one object to start, to ask and to stop."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from services.chassis.clock import Clock, monotonic_s
from services.chassis.crash import CrashPoints, no_crash
from services.chassis.lease import Leases
from services.chassis.log.log import Log
from services.chassis.tasks import end
from services.chassis.transport.beacon import STALE_SECONDS, Beacons
from services.chassis.transport.forks import Forks
from services.chassis.transport.inbound import Inbound
from services.chassis.transport.link import Link, LinkOptions
from services.chassis.transport.peers import Peers
from services.chassis.transport.promises import Promise
from services.chassis.transport.range import RangeServer
from services.chassis.transport.relay import Relay
from services.chassis.transport.witness import Witness

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How one foreign source stands here."""

    source: str
    state: str
    position: int
    behind: int
    behind_seconds: float
    silent: bool
    """Its owner has not been heard of lately."""
    watermark: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class TransportHealth:
    """What /readyz tells of the transport. `red` reasons need a person; `recovering` mends itself."""

    connected: bool
    state: str
    red: tuple[str, ...]
    alarms: tuple[str, ...]
    recovering: bool
    sources: tuple[SourceHealth, ...] = field(default=())


class Transport:
    """Relay, inbound, beacons, range requests and the comparison of heads of one process."""

    def __init__(
        self,
        log: Log,
        leases: Leases,
        clock: Clock,
        *,
        foreign: Sequence[str],
        link: LinkOptions,
        data_dir: Path,
        replicas: int = 1,
        crash: CrashPoints = no_crash,
    ) -> None:
        self._log, self._replicas = log, replicas
        self.link = Link(link)
        self._peers = Peers(log, self.link, foreign)
        witness = Witness(data_dir, log.district, log.source)
        self.forks = Forks(log, self.link, self._peers, witness, crash=crash)
        self.relay = Relay(log, self.link, leases, self.forks, replicas=replicas, crash=crash)
        self._beacons = Beacons(log, self.link, self.relay, self.forks, clock, self._on_epoch)
        self._ranges = RangeServer(log, self.link, log.district, log.source)
        self._inbound = {
            source: Inbound(log, self.link, leases, source, self._beacons.view(source), crash=crash)
            for source in foreign
        }
        self._tasks: list[asyncio.Task[None]] = []
        self._bugs: list[str] = []
        for listen in (self._peers.listen, self._ranges.listen, self._beacons.listen):
            self.link.on_first(listen)

    async def start(self) -> None:
        """Refuse commands until the heads are compared, then begin. The log must have been started."""
        self.forks.close()
        await self._beacons.refresh()
        await self.link.start()
        self._run("forks", self.forks.run())
        self._run("relay", self.relay.run())
        self._run("beacons", self._beacons.run())
        self._run("beacons-judged", self._beacons.judge())
        for source, inbound in self._inbound.items():
            self._run(f"inbound-{source}", inbound.run())

    async def stop(self) -> None:
        """Give the leases back and close the connection."""
        await end(*self._tasks)
        self._tasks.clear()
        await self.link.stop()

    def watermark(self, source: str) -> datetime | None:
        """The time up to which this log holds everything of `source`; None while that is not known."""
        return self._beacons.view(source).watermark

    def promise(self, source: str) -> Promise | None:
        """That watermark with the place in `source` up to which it speaks."""
        return self._beacons.view(source).promise

    def held(self, source: str) -> int:
        """The last position of `source` that this log is known to hold."""
        held = self._beacons.view(source).held
        return held.position if held is not None else 0

    def lag(self, source: str) -> int:
        """How many events of `source` this log is behind its owner's last beacon."""
        return self._beacons.view(source).behind

    def health(self) -> TransportHealth:
        """For /readyz and /metrics: from memory, without asking anybody."""
        sources = tuple(self._source_health(source) for source in self._inbound)
        red = [*self._bugs]
        if self.forks.state in ("forked", "unknown"):
            red.append(f"{self._log.source}: {self.forks.reason}")
        red.extend(f"{one.source}: {one.reason}" for one in sources if one.state == "broken")
        return TransportHealth(
            connected=self.link.up.is_set(),
            state=self.forks.state,
            red=tuple(red),
            alarms=tuple(self._alarms()),
            recovering=self.forks.state in ("comparing", "recovering")
            or any(one.state == "recovering" for one in sources),
            sources=sources,
        )

    def _source_health(self, source: str) -> SourceHealth:
        inbound, view, now = self._inbound[source], self._beacons.view(source), monotonic_s()
        return SourceHealth(
            source=source,
            state=inbound.state,
            position=self.held(source),
            behind=view.behind,
            behind_seconds=max(0.0, now - view.current_at) if view.behind and view.current_at else 0.0,
            silent=now - view.told_at > STALE_SECONDS,
            watermark=view.watermark,
            reason=inbound.reason,
        )

    def _alarms(self) -> list[str]:
        alarms = [] if self.link.up.is_set() else ["the broker is not reachable; events wait in the log"]
        if self.link.refused is not None:
            alarms.append(f"the broker refused: {self.link.refused}")
        for state in (self.relay.state, *(inbound.stream for inbound in self._inbound.values())):
            if state is not None and state.deleted:
                alarms.append(f"{state.name}: {state.deleted} messages were deleted from the middle of the stream")
            if state is not None and state.stragglers:
                alarms.append(f"{state.name}: replicas differ: {', '.join(state.stragglers)}")
        for source, inbound in self._inbound.items():
            alarms.extend(f"{source}: {text}" for text in inbound.alarms)
        return alarms

    def _on_epoch(self, source: str, epoch: int) -> None:
        if source in self._inbound:
            self._inbound[source].owner_at(epoch)

    def _run(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=f"transport-{name}")
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A part that ends by itself met a bug: it stays stopped and says so."""
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            logger.error("%s stopped: %r", task.get_name(), error, exc_info=error)
            self._bugs.append(f"{task.get_name()} stopped: {error!r}")
