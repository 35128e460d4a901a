"""What a service writes for every kind of stream it owns: a state, how events change it, what a command makes of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from contracts.event import Event

State = TypeVar("State")
Command = TypeVar("Command")


class Rejected(Exception):
    """A command that the rules do not allow; `message` is for the person, `field` names the input that is wrong."""

    def __init__(self, code: str, message: str, field: str | None = None, **params: Any) -> None:
        super().__init__(message)
        self.code, self.message, self.field, self.params = code, message, field, params

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class NotYet(Rejected):
    """Refused for now: what it is decided from has not been read yet. The same, sent again shortly, may be taken."""


@dataclass(frozen=True)
class Decider(Generic[State, Command]):
    """Pure functions over one stream. `decide` answers events, or nothing when it is already so, or raises Rejected.

    The state must be an immutable value that compares by content: it is cached, and a form's state is compared with it.
    """

    name: str
    initial: State
    evolve: Callable[[State, Event], State]
    decide: Callable[[State, Command], Sequence[Event]]

    def fold(self, events: Iterable[Event], state: State | None = None) -> State:
        """The state after `events`, from `state` or from the beginning."""
        current = self.initial if state is None else state
        for event in events:
            current = self.evolve(current, event)
        return current
