"""The states of streams that commands are decided on: folded from the log, kept in memory, moved on by an append."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic

from contracts.event import Event
from services.chassis.decider import Command, Decider, State
from services.chassis.facts import Fact, decode_fact
from services.chassis.log.log import Log
from services.chassis.log.types import Appended

CACHED_STREAMS = 20_000
"""States kept in memory, a few hundred bytes each: the open cases of a district fit."""


@dataclass(frozen=True, slots=True)
class Loaded(Generic[State]):
    """A stream's state, the version it is at, and where its last event lies."""

    state: State
    version: int = 0
    position: int = 0
    seq: int = 0


class States:
    """What is known of each stream. A state in memory may be behind; the append's version check finds that out."""

    def __init__(self, log: Log, cached: int = CACHED_STREAMS) -> None:
        self._log, self._cached = log, cached
        self._known: OrderedDict[tuple[str, str], Loaded[Any]] = OrderedDict()
        self._openings = log.openings

    def known(self, decider: Decider[State, Command], stream: str) -> Loaded[State] | None:
        """The state in memory, if it is there."""
        return self._known.get((decider.name, stream))

    async def load(self, decider: Decider[State, Command], stream: str) -> Loaded[State]:
        """The state as the log has it now."""
        facts = await self._facts(stream)
        state = decider.fold(fact.event for fact in facts)
        if not facts:
            return Loaded(state)
        last = facts[-1]
        return self._remember(decider, stream, Loaded(state, last.version, last.position, last.seq))

    async def seen_at(
        self, decider: Decider[State, Command], stream: str, version: int, now: int
    ) -> tuple[State, Sequence[Fact]]:
        """The state that somebody saw who saw `version`, and what came after it up to version `now`."""
        facts = await self._facts(stream, up_to=now)
        return decider.fold(fact.event for fact in facts[:version]), facts[version:]

    def advance(
        self,
        decider: Decider[State, Command],
        stream: str,
        loaded: Loaded[State],
        events: Sequence[Event],
        appended: Appended,
    ) -> Loaded[State]:
        """The stream after its part of what was just appended, without reading it back."""
        mine = [index for index, event in enumerate(events) if event.stream == stream]
        if not mine:
            return loaded
        last = mine[-1]
        state = decider.fold((events[index] for index in mine), loaded.state)
        moved = Loaded(state, appended.versions[last], appended.positions[last], appended.seqs[last])
        return self._remember(decider, stream, moved)

    def forget(self, decider: Decider[Any, Any], stream: str) -> None:
        """Somebody else moved this stream on."""
        self._known.pop((decider.name, stream), None)

    def forget_lost(self) -> None:
        """After a restore or a new epoch a cached state may stem from events that are no longer in the log."""
        if self._openings != self._log.openings:
            self._known.clear()
            self._openings = self._log.openings

    async def _facts(self, stream: str, up_to: int | None = None) -> list[Fact]:
        return [decode_fact(stored) for stored in await self._log.stream(stream, up_to)]

    def _remember(self, decider: Decider[State, Command], stream: str, loaded: Loaded[State]) -> Loaded[State]:
        key = (decider.name, stream)
        self._known[key] = loaded
        self._known.move_to_end(key)
        while len(self._known) > self._cached:
            self._known.popitem(last=False)
        return loaded
