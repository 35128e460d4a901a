"""Handling a command: load, decide, append; once per command id, again on a conflict, refused on a stale form."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic
from weakref import WeakValueDictionary

from contracts.codec import encode_open
from contracts.envelope import Meta
from contracts.event import Event
from services.chassis.decider import Command, Decider, Rejected, State
from services.chassis.facts import Fact, decode_fact
from services.chassis.identity import body_hash, uuid7
from services.chassis.log.log import Log
from services.chassis.log.types import Append, Appended, Claim, Conflict, Draft, Expect, SideRow
from services.chassis.telemetry import current_traceparent, span

RETRIES = 3
"""A conflict is decided again this often; more would mean that a stream is written by a loop."""

CACHED_STREAMS = 20_000
"""States kept in memory, a few hundred bytes each: the open cases of a district fit."""

SideRows = Sequence[SideRow] | Callable[[Sequence[Event]], Sequence[SideRow]]


class StaleForm(Exception):
    """The form was filled in on version `expected`, and since then the state that decides has changed."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"{stream}: the form shows version {expected}, now it is {actual} and means something else")
        self.stream, self.expected, self.actual = stream, expected, actual


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did. Without events it was already so; `position` then is the stream's last one."""

    events: Sequence[Event]
    position: int
    seq: int
    version: int
    repeated: bool
    token: str
    """`<source>:<position>`, what a page waits for to show the effect."""


@dataclass(frozen=True, slots=True)
class Loaded(Generic[State]):
    """A stream's state, the version it is at, and where its last event lies."""

    state: State
    version: int = 0
    position: int = 0
    seq: int = 0


@dataclass(frozen=True, slots=True)
class _Task(Generic[State, Command]):
    decider: Decider[State, Command]
    stream: str
    command: Command
    meta: Meta
    hash: bytes
    expected: int | None
    side: SideRows
    claims: Sequence[Claim]


class Commands:
    """The one way to change anything: `handle` a command on a stream.

    `hash_body` tells two uses of one command id apart; by default it hashes the command. Where the id alone says it all
    (a reactor's) it is `by_id`, because the same effect may be worded differently the second time.
    """

    def __init__(
        self,
        log: Log,
        district: str,
        source: str,
        *,
        hash_body: Callable[[Any, Meta], bytes] = lambda command, _meta: body_hash(command),
        cached_streams: int = CACHED_STREAMS,
    ) -> None:
        self._log, self._district, self._source = log, district, source
        self._hash_body = hash_body
        self._cache: OrderedDict[tuple[str, str], Loaded[Any]] = OrderedDict()
        self._cached_streams = cached_streams
        self._openings = log.openings
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def by_id(self) -> "Commands":
        """The same commands, told apart by their id alone."""
        twin = Commands(
            self._log,
            self._district,
            self._source,
            hash_body=lambda _command, meta: body_hash(meta.command_id.encode()),
        )
        twin._cache, twin._turns = self._cache, self._turns
        return twin

    async def handle(
        self,
        decider: Decider[State, Command],
        stream: str,
        command: Command,
        meta: Meta,
        *,
        body: Any = None,
        expected: int | None = None,
        side: SideRows = (),
        claims: Sequence[Claim] = (),
    ) -> Outcome:
        """Decide `command` on `stream` and append what follows, exactly once for `meta.command_id`.

        `body` is what the client sent, for telling a repeat from another command under the same id; give it when the
        command holds anything drawn anew each time (a sealed text, an id). Raises Rejected, StaleForm, Conflict,
        CommandReused, ClaimTaken, SideRowRefused, LogClosed.
        """
        digest = self._hash_body(command, meta) if body is None else body_hash(body)
        with span(f"command {type(command).__name__}", stream=stream):
            meta = replace(
                meta,
                correlation_id=meta.correlation_id or meta.command_id,
                traceparent=current_traceparent() or meta.traceparent,
            )
            task = _Task(decider, stream, command, meta, digest, expected, side, tuple(claims))
            # In turn within this process: the loser of a race would only have to decide again.
            async with self._turns.setdefault(stream, asyncio.Lock()):
                return await self._handle(task)

    async def load(self, decider: Decider[State, Command], stream: str) -> tuple[State, int]:
        """The state of a stream now, and its version (0 = it does not exist)."""
        loaded = await self._load(decider, stream)
        return loaded.state, loaded.version

    async def _handle(self, task: _Task[Any, Any]) -> Outcome:
        self._forget_lost_states()
        loaded = self._cache.get((task.decider.name, task.stream))
        fresh = loaded is None
        attempt = 0
        while True:
            if loaded is None:
                loaded, fresh = await self._load(task.decider, task.stream), True
            try:
                await self._check_form(task, loaded)
                events = list(task.decider.decide(loaded.state, task.command))
            except (Rejected, StaleForm):
                # Only now the first result is asked for: what takes effect is checked by the append itself.
                if repeated := await self._log.result_of(task.meta.command_id, task.hash):
                    return await self._outcome(repeated, (), loaded)
                if fresh:
                    raise
                loaded = None  # another process may have moved the stream on since it was cached
                continue
            if not events and not fresh:
                loaded = None
                continue
            try:
                appended = await self._log.append(self._append(task, loaded, events))
            except Conflict:
                self._cache.pop((task.decider.name, task.stream), None)
                attempt += 1
                if attempt > RETRIES:
                    raise
                loaded = None
                continue
            if appended.repeated:
                return await self._outcome(appended, (), loaded)
            return await self._outcome(appended, events, self._advance(task, loaded, events, appended))

    def _forget_lost_states(self) -> None:
        """After a restore or a new epoch a cached state may stem from events that are no longer in the log."""
        if self._openings != self._log.openings:
            self._cache.clear()
            self._openings = self._log.openings

    def _append(self, task: _Task[Any, Any], loaded: Loaded[Any], events: Sequence[Event]) -> Append:
        others = {event.stream for event in events} - {task.stream}
        expects = [Expect(task.stream, loaded.version), *(Expect(other, 0) for other in sorted(others))]
        drafts = [
            Draft(
                event.stream,
                event.TYPE,
                event.VERSION,
                encode_open(event, task.meta, event_id=uuid7(), district=self._district, source=self._source),
            )
            for event in events
        ]
        side = task.side(events) if callable(task.side) else task.side
        return Append(task.meta.command_id, task.hash, expects, drafts, side, task.claims)

    async def _check_form(self, task: _Task[Any, Any], loaded: Loaded[Any]) -> None:
        """What the person saw must mean the same as what is there now; facts that change no decision may have come."""
        if task.expected is None or task.expected == loaded.version:
            return
        facts = await self._facts(task.stream, up_to=task.expected)
        seen = task.decider.fold(fact.event for fact in facts)
        if task.expected > loaded.version or seen != loaded.state:
            raise StaleForm(task.stream, task.expected, loaded.version)

    async def _facts(self, stream: str, up_to: int | None = None) -> list[Fact]:
        return [decode_fact(stored) for stored in await self._log.stream(stream, up_to)]

    async def _load(self, decider: Decider[State, Command], stream: str) -> Loaded[State]:
        facts = await self._facts(stream)
        state = decider.fold(fact.event for fact in facts)
        if not facts:
            return Loaded(state)
        last = facts[-1]
        loaded = Loaded(state, last.version, last.position, last.seq)
        self._remember(decider, stream, loaded)
        return loaded

    def _advance(
        self, task: _Task[Any, Any], loaded: Loaded[Any], events: Sequence[Event], appended: Appended
    ) -> Loaded[Any]:
        """The stream after what was just appended, without reading it back."""
        mine = [index for index, event in enumerate(events) if event.stream == task.stream]
        if not mine:
            return loaded
        last = mine[-1]
        state = task.decider.fold((events[index] for index in mine), loaded.state)
        moved = Loaded(state, appended.versions[last], appended.positions[last], appended.seqs[last])
        self._remember(task.decider, task.stream, moved)
        return moved

    def _remember(self, decider: Decider[Any, Any], stream: str, loaded: Loaded[Any]) -> None:
        key = (decider.name, stream)
        self._cache[key] = loaded
        self._cache.move_to_end(key)
        while len(self._cache) > self._cached_streams:
            self._cache.popitem(last=False)

    async def _outcome(self, appended: Appended, events: Sequence[Event], loaded: Loaded[Any]) -> Outcome:
        if appended.repeated and appended.seqs:
            events = await self._recorded(appended.seqs)
        position = appended.positions[-1] if appended.positions else loaded.position
        seq = appended.seqs[-1] if appended.seqs else loaded.seq
        version = loaded.version
        return Outcome(events, position, seq, version, appended.repeated, f"{self._source}:{position}")

    async def _recorded(self, seqs: Iterable[int]) -> list[Event]:
        wanted = list(seqs)
        stored = await self._log.read(wanted[0] - 1, len(wanted))
        return [decode_fact(one).event for one in stored]
