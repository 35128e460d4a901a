"""Handling a command: load, decide, append; once per command id, again on a conflict, refused on a stale form."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic
from weakref import WeakValueDictionary

from contracts.codec import encode_open
from contracts.envelope import SYSTEM, Meta
from contracts.event import Event
from services.chassis.decider import Command, Decider, Rejected, State
from services.chassis.facts import Fact, decode_fact
from services.chassis.identity import body_hash, uuid7
from services.chassis.log.log import Log
from services.chassis.log.types import Append, Appended, Claim, Conflict, Draft, Expect, SideRow
from services.chassis.states import Loaded, States
from services.chassis.telemetry import current_traceparent, span

RETRIES = 3
"""A conflict is decided again this often; more would mean that a stream is written by a loop."""

SideRows = Sequence[SideRow] | Callable[[Sequence[Event]], Sequence[SideRow]]


class StaleForm(Exception):
    """The form was filled in on version `expected`, and since then a person has changed the state that decides."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"{stream}: the form shows version {expected}, now it is {actual} and means something else")
        self.stream, self.expected, self.actual = stream, expected, actual


def only_by_system(facts: Iterable[Fact]) -> bool:
    """Whether timers and process managers alone caused these; what these do in a person's name is that person's."""
    return all(fact.envelope.actor == SYSTEM for fact in facts)


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
class Alongside(Generic[State, Command]):
    """Another stream that changes in the same append or not at all, as the other side of a merge.

    Its command may be made from the events that the first stream decided, so that both always tell the same.
    """

    decider: Decider[State, Command]
    stream: str
    command: Command | Callable[[Sequence[Event]], Command]

    def decide(self, state: State, first: Sequence[Event]) -> Sequence[Event]:
        """Its events; nothing when a command that is made from the first stream's has none to be made from."""
        if not callable(self.command):
            return self.decider.decide(state, self.command)
        return self.decider.decide(state, self.command(first)) if first else ()


@dataclass(frozen=True, slots=True)
class _Task:
    parts: Sequence[Alongside[Any, Any]]
    """The stream that was asked for, then those that change with it."""
    meta: Meta
    hash: bytes
    expected: int | None
    side: SideRows
    claims: Sequence[Claim]

    def decide(self, loaded: Sequence[Loaded[Any]]) -> list[Event]:
        """The events of all streams, the first one's first."""
        events: list[Event] = []
        for part, at in zip(self.parts, loaded, strict=True):
            events += part.decide(at.state, tuple(events))
        return events


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
    ) -> None:
        self._log, self._district, self._source = log, district, source
        self._hash_body = hash_body
        self._states = States(log)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def by_id(self) -> "Commands":
        """The same commands, told apart by their id alone."""
        twin = Commands(
            self._log,
            self._district,
            self._source,
            hash_body=lambda _command, meta: body_hash(meta.command_id.encode()),
        )
        twin._states, twin._turns = self._states, self._turns
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
        alongside: Sequence[Alongside[Any, Any]] = (),
    ) -> Outcome:
        """Decide `command` on `stream` and append what follows, exactly once for `meta.command_id`.

        `body` is what the client sent, for telling a repeat from another command under the same id; give it when the
        command holds anything drawn anew each time (a sealed text, an id). `alongside` names the streams that change
        with it: all are decided on what they are now and appended together, or nothing is. Raises Rejected, StaleForm,
        Conflict, CommandReused, ClaimTaken, SideRowRefused, LogClosed.
        """
        digest = self._hash_body(command, meta) if body is None else body_hash(body)
        parts = (Alongside(decider, stream, command), *alongside)
        with span(f"command {type(command).__name__}", stream=stream):
            meta = replace(
                meta,
                correlation_id=meta.correlation_id or meta.command_id,
                traceparent=current_traceparent() or meta.traceparent,
            )
            task = _Task(parts, meta, digest, expected, side, tuple(claims))
            return await self._in_turn(task, sorted({part.stream for part in parts}))

    async def load(self, decider: Decider[State, Command], stream: str) -> tuple[State, int]:
        """The state of a stream now, and its version (0 = it does not exist)."""
        loaded = await self._states.load(decider, stream)
        return loaded.state, loaded.version

    async def _in_turn(self, task: _Task, streams: Sequence[str]) -> Outcome:
        """One after the other within this process: the loser of a race would only have to decide again.

        Turns are taken in the order of the streams' names, so that two commands on the same two never wait for
        each other.
        """
        if not streams:
            return await self._handle(task)
        async with self._turns.setdefault(streams[0], asyncio.Lock()):
            return await self._in_turn(task, streams[1:])

    async def _handle(self, task: _Task) -> Outcome:
        self._states.forget_lost()
        loaded = self._cached(task)
        fresh = loaded is None
        attempt = 0
        while True:
            if loaded is None:
                loaded, fresh = [await self._states.load(part.decider, part.stream) for part in task.parts], True
            try:
                await self._check_form(task, loaded[0])
                events = task.decide(loaded)
            except (Rejected, StaleForm):
                # Only now the first result is asked for: what takes effect is checked by the append itself.
                if repeated := await self._log.result_of(task.meta.command_id, task.hash):
                    return await self._outcome(repeated, (), loaded[0])
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
                for part in task.parts:
                    self._states.forget(part.decider, part.stream)
                attempt += 1
                if attempt > RETRIES:
                    raise
                loaded = None
                continue
            if appended.repeated:
                return await self._outcome(appended, (), loaded[0])
            moved = [
                self._states.advance(part.decider, part.stream, at, events, appended)
                for part, at in zip(task.parts, loaded, strict=True)
            ]
            return await self._outcome(appended, events, moved[0])

    def _cached(self, task: _Task) -> list[Loaded[Any]] | None:
        """The states in memory, if all of them are."""
        known = [self._states.known(part.decider, part.stream) for part in task.parts]
        found = [one for one in known if one is not None]
        return found if len(found) == len(known) else None

    def _append(self, task: _Task, loaded: Sequence[Loaded[Any]], events: Sequence[Event]) -> Append:
        known = {part.stream: at.version for part, at in zip(task.parts, loaded, strict=True)}
        if len(known) < len(task.parts):
            raise ValueError(f"a stream changes once in a command: {[part.stream for part in task.parts]}")
        others = {event.stream for event in events} - known.keys()
        expects = [
            *(Expect(stream, version) for stream, version in known.items()),
            *(Expect(other, 0) for other in sorted(others)),
        ]
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

    async def _check_form(self, task: _Task, loaded: Loaded[Any]) -> None:
        """What the person saw must mean the same as what is there now, unless only the system has spoken since.

        Facts that change no decision may have come. And what timers and process managers recorded meanwhile is
        nobody's word that the person had to weigh: the command is decided on the newer state, which may refuse it.
        """
        if task.expected is None or task.expected == loaded.version:
            return
        first = task.parts[0]
        if task.expected > loaded.version:
            raise StaleForm(first.stream, task.expected, loaded.version)
        seen, since = await self._states.seen_at(first.decider, first.stream, task.expected, loaded.version)
        if seen != loaded.state and not only_by_system(since):
            raise StaleForm(first.stream, task.expected, loaded.version)

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
