"""Runs a service's reactors: each reads the local log in order from its checkpoint, under a lease."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson
import structlog

from services.chassis.clock import monotonic_s
from services.chassis.decider import Rejected
from services.chassis.facts import Fact
from services.chassis.failures import passes, pause_s
from services.chassis.filling import MOVE, Hook, Overtaken, Unreadable, decode_at
from services.chassis.lease import LeaseLost, Leases
from services.chassis.log.log import Log
from services.chassis.log.types import ClaimTaken, SideRowRefused, Stored
from services.chassis.reactor import ReactContext, Reactor, command_id
from services.chassis.telemetry import span

BATCH = 100
"""Events between two moves of a checkpoint: what a crash makes a reactor do again, to no effect."""

IDLE_S = 1.0
"""The longest wait for news; news normally wakes it at once."""

SHOWN_WITHIN_S = 5.0
"""How long an event waits for the read models it is judged by, before the wait is told as trouble and begun again."""

RED_AFTER_S = 30.0
"""A failure that should pass and has not for so long needs a person's eyes, though it is still tried."""

DOCKET = """
INSERT INTO refusal (reactor, seq, source, position, stream, command_id, code, message, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb) ON CONFLICT (reactor, seq, command_id) DO NOTHING
"""

logger = structlog.get_logger(__name__)

Shown = Callable[[str, int, float], Awaitable[bool]]
"""Waits until a read model shows the log up to a seq, for so many seconds."""


class NotShown(TimeoutError):
    """A read model that a reactor judges by lies behind the event."""


async def _unasked(_name: str, _seq: int, _within_s: float) -> bool:
    return True


class ReactorLag(NamedTuple):
    """How far a reactor is behind the local log. `stopped`: needs a person; `trouble`: is being tried again."""

    seq: int
    events: int
    stopped: str | None
    trouble: str | None


@dataclass
class _Place:
    reactor: Reactor
    seq: int = 0
    kept: int = 0
    """The checkpoint; behind `seq` by events that it does not handle, while more are to be read."""
    stopped: str | None = None
    trouble: str | None = None
    failing_since: float | None = None
    failures: int = 0
    elsewhere: bool = False
    """Another process may hold the lease: what failed here is no longer this process's to mend."""

    def mended(self) -> None:
        self.failures, self.failing_since, self.trouble = 0, None, None


class ReactorRunner:
    """Runs a service's reactors, each in whichever of its processes holds its lease."""

    def __init__(
        self,
        log: Log,
        reactors: Sequence[Reactor],
        leases: Leases,
        context: ReactContext,
        *,
        shown: Shown = _unasked,
        before_checkpoint: Hook | None = None,
    ) -> None:
        self._log, self._leases, self._shown = log, leases, shown
        self._context = ReactContext(context.commands.by_id(), context.pool, context.clock, context.keys)
        self._places = {reactor.name: _Place(reactor) for reactor in reactors}
        if len(self._places) != len(reactors):
            raise ValueError("two reactors have the same name")
        self._before_checkpoint = before_checkpoint
        self._reads: dict[int, asyncio.Task[list[Stored]]] = {}

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            for place in self._places.values():
                group.create_task(self._run(place), name=f"reactor-{place.reactor.name}")

    async def lag(self) -> dict[str, ReactorLag]:
        """Every reactor's distance to the head of the log."""
        head = (await self._log.head()).seq
        rows = await self._context.pool.fetch(
            "SELECT name, seq FROM checkpoint WHERE version = 0 AND name = ANY ($1)",
            [_checkpoint_name(name) for name in self._places],
        )
        seqs = {row["name"]: row["seq"] for row in rows}
        found = {}
        for name, place in self._places.items():
            seq = seqs.get(_checkpoint_name(name), 0)
            found[name] = ReactorLag(seq, head - seq, place.stopped or _overdue(place), place.trouble)
        return found

    @property
    def stopped(self) -> dict[str, str]:
        """Reactors that need a person, and why."""
        reasons = {name: place.stopped or _overdue(place) for name, place in self._places.items()}
        return {name: reason for name, reason in reasons.items() if reason}

    async def _run(self, place: _Place) -> None:
        """A stopped reactor gives its lease back: another process may have the build that can go on."""
        while not place.stopped:
            place.elsewhere = True
            try:
                async with self._leases.hold(f"reactor:{place.reactor.name}") as lease:
                    place.elsewhere = False
                    place.seq = place.kept = await self._begin(place.reactor)
                    while not place.stopped:
                        lease.check()
                        more = await self._batch(place)
                        place.mended()  # also without an event that it handles: those may not come for weeks
                        if not more:
                            await self._log.wait(place.seq, IDLE_S)
            except (LeaseLost, Overtaken):
                logger.warning("reactor goes on in another process", reactor=place.reactor.name)
            except Exception as error:  # noqa: BLE001 - told apart by `passes`; a bug stops it, red
                if not passes(error):
                    self._stop(place, f"seq {place.seq + 1}: {error!r}")
                    return
                await self._pause(place, error)

    async def _begin(self, reactor: Reactor) -> int:
        """The checkpoint; made at the first run."""
        start = (await self._log.head()).seq if reactor.start_at == "now" else 0
        seq: int = await self._context.pool.fetchval(
            "INSERT INTO checkpoint (name, version, seq) VALUES ($1, 0, $2)"
            " ON CONFLICT (name, version) DO UPDATE SET name = excluded.name RETURNING seq",
            _checkpoint_name(reactor.name),
            start,
        )
        return seq

    async def _batch(self, place: _Place) -> bool:
        """React to the next events and move the checkpoint; False when there were none."""
        batch = await self._read(place.seq)
        if not batch:
            if place.kept < place.seq:
                await self._move(place, place.seq)
            return False
        handled = [stored for stored in batch if stored.type in place.reactor.types]
        facts: list[Fact] = []
        upto = batch[-1].seq
        bad: Unreadable | None = None
        for stored in handled:
            try:
                facts.append(decode_at(stored))
            except Unreadable as error:
                bad, upto = error, stored.seq - 1
                break
        await self._react(place, facts)
        if not place.stopped and upto > place.seq:
            if handled or upto - place.kept >= BATCH:
                await self._move(place, upto)
            else:
                place.seq = upto  # a crash reads these again, to no effect
        if bad is not None and not place.stopped:
            self._stop(place, str(bad))
        return True

    async def _read(self, after: int) -> list[Stored]:
        """The events behind a seq; reactors that wake at the same place share one reading."""
        reading = self._reads.get(after)
        if reading is None:
            reading = self._reads[after] = asyncio.create_task(self._read_once(after))
        return await asyncio.shield(reading)

    async def _read_once(self, after: int) -> list[Stored]:
        """It takes itself off before it is done: a finished reading would be shared on although there is more."""
        try:
            return await self._log.read(after, BATCH)
        finally:
            del self._reads[after]

    async def _react(self, place: _Place, facts: Sequence[Fact]) -> None:
        if place.reactor.parallel <= 1:
            for fact in facts:
                await self._once(place, fact)
            return
        streams: dict[str, list[Fact]] = {}
        for fact in facts:
            streams.setdefault(fact.stream, []).append(fact)
        free = asyncio.Semaphore(place.reactor.parallel)

        async def in_order(mine: Sequence[Fact]) -> None:
            async with free:
                for fact in mine:
                    await self._once(place, fact)

        async with asyncio.TaskGroup() as group:
            for mine in streams.values():
                group.create_task(in_order(mine))

    async def _once(self, place: _Place, fact: Fact) -> None:
        """Until it is done, refused or found to be a bug. What passes by itself is tried again here."""
        while not place.stopped:
            try:
                with span(f"react {place.reactor.name}", parent=fact.envelope.meta.traceparent, stream=fact.stream):
                    await self._wait_for_reads(place.reactor, fact)
                    await place.reactor.react(fact, self._context)
            except (Rejected, ClaimTaken, SideRowRefused) as refused:
                await self._docket(place.reactor, fact, refused)
            except Exception as error:  # noqa: BLE001 - told apart by `passes`; a bug stops it, red
                if not passes(error):
                    self._stop(place, f"seq {fact.seq} ({fact.envelope.type}): {error!r}")
                    return
                await self._pause(place, error)
                continue
            place.mended()
            return

    async def _wait_for_reads(self, reactor: Reactor, fact: Fact) -> None:
        for name in reactor.reads:
            if not await self._shown(name, fact.seq, SHOWN_WITHIN_S):
                raise NotShown(f"read model {name} does not show seq {fact.seq} yet")

    async def _docket(self, reactor: Reactor, fact: Fact, refused: Exception) -> None:
        """People see what the rules refused to do by itself; the reactor goes on."""
        code, message, detail = _reason(refused)
        logger.warning("reactor was refused", reactor=reactor.name, seq=fact.seq, code=code, reason=message)
        await self._context.pool.execute(
            DOCKET,
            reactor.name,
            fact.seq,
            fact.source,
            fact.position,
            fact.stream,
            # Not null, so that a redelivered event does not stand in the docket twice.
            command_id(fact, reactor.name),
            code,
            message,
            orjson.dumps(detail, default=str).decode(),
        )

    async def _move(self, place: _Place, seq: int) -> None:
        if self._before_checkpoint is not None:
            await self._before_checkpoint(place.reactor.name, seq)
        moved = await self._context.pool.execute(MOVE, _checkpoint_name(place.reactor.name), 0, place.kept, seq)
        if moved != "UPDATE 1":
            raise Overtaken(place.reactor.name)
        place.seq = place.kept = seq

    async def _pause(self, place: _Place, error: Exception) -> None:
        place.failures += 1
        place.trouble = repr(error)
        place.failing_since = place.failing_since or monotonic_s()
        logger.warning("reactor tries again", reactor=place.reactor.name, error=repr(error))
        await asyncio.sleep(pause_s(place.failures))

    def _stop(self, place: _Place, reason: str) -> None:
        place.stopped = f"reactor {place.reactor.name} stopped at {reason}"
        logger.error("reactor stopped", reactor=place.reactor.name, reason=reason)


def _checkpoint_name(name: str) -> str:
    return f"reactor:{name}"


def _overdue(place: _Place) -> str | None:
    if place.elsewhere or place.failing_since is None or monotonic_s() - place.failing_since < RED_AFTER_S:
        return None
    return f"reactor {place.reactor.name} has failed for {RED_AFTER_S:.0f} s: {place.trouble}"


def _reason(refused: Exception) -> tuple[str, str, dict[str, object]]:
    match refused:
        case Rejected():
            return refused.code, refused.message, {"field": refused.field, **refused.params}
        case ClaimTaken():
            return "claim-taken", str(refused), {"key": refused.key, "stream": refused.stream}
        case _:
            return "side-row-refused", str(refused), {}
