"""Process managers: what a reactor is, and the commands that an event causes, each exactly once."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Literal

import asyncpg

from contracts.envelope import SYSTEM, Actor, Meta
from contracts.event import Event
from services.chassis.clock import Clock
from services.chassis.facts import Fact
from services.chassis.handle import Commands
from services.chassis.identity import effect_id
from services.chassis.keys import KeyRing


@dataclass(frozen=True)
class ReactContext:
    """What a reactor may use. Its commands are told apart by their ids alone, so these must come from `command_id`."""

    commands: Commands
    pool: asyncpg.Pool
    clock: Clock
    keys: KeyRing | None = None


@dataclass(frozen=True)
class Reactor:
    """`react` is called for every handled event of the log, in order, at least once; its effects happen once.

    A reactor that has never run begins with the oldest event, or with the next one (`start_at="now"`). With `parallel`
    events of so many streams are handled at the same time, those of one stream still in order. `reads` names the read
    models that `react` asks: an event waits until they show the log up to itself, so that what was decided before it
    is known.
    """

    name: str
    handles: Collection[type[Event]]
    react: Callable[[Fact, ReactContext], Awaitable[None]]
    start_at: Literal["beginning", "now"] = "beginning"
    parallel: int = 1
    reads: Collection[str] = ()

    @property
    def types(self) -> frozenset[str]:
        return frozenset(event.TYPE for event in self.handles)


def command_id(fact: Fact, effect: str) -> str:
    """The id of the command called `effect` that the event causes: the same at every delivery."""
    return effect_id(fact.envelope.id, effect)


def caused_by(fact: Fact, effect: str, *, actor: Actor = SYSTEM) -> Meta:
    """Meta for a command that the event causes: deterministic id, cause, and the correlation and programme it has."""
    meta = fact.envelope.meta
    return Meta(
        command_id=command_id(fact, effect),
        actor=actor,
        programme=meta.programme,
        pack_version=meta.pack_version,
        correlation_id=meta.correlation_id,
        causation_id=fact.envelope.id,
        traceparent=meta.traceparent,
    )
