"""Given, when, then for decisions and read models; every past event goes through the wire format first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic

import pytest

from contracts.codec import close, encode_open
from contracts.envelope import Actor, Meta
from contracts.event import Event
from services.chassis.decider import Command, Decider, Rejected, State
from services.chassis.facts import Fact, decode_fact
from services.chassis.identity import uuid7
from services.chassis.log.chain import extend
from services.chassis.log.types import Stored
from services.chassis.rows import Row, Rows

NOON = datetime(2017, 7, 17, 4, 0, tzinfo=UTC)
"""Monday noon in Shanghai."""

SOMEBODY = Actor(person="P-1", unit="U-1", role="dispatcher")


def stored_events(
    *events: Event, time: datetime = NOON, source: str | None = None, meta: Meta | None = None, after: int = 0
) -> list[Stored]:
    """The events as a log would hold them, from seq `after` + 1; each from its owner, unless a source is given."""
    versions: dict[str, int] = {}
    stored: list[Stored] = []
    for seq, event in enumerate(events, start=after + 1):
        version = versions[event.stream] = versions.get(event.stream, 0) + 1
        told_by = meta or Meta(command_id=uuid7(), actor=SOMEBODY)
        owner = source or event.OWNER
        body = encode_open(event, told_by, event_id=uuid7(), district="demo", source=owner)
        payload = close(body, version=version, prev="" if version == 1 else "0" * 64, time=time)
        chain = stored[-1].chain if stored else bytes(32)
        stored.append(
            Stored(
                seq, owner, seq, event.stream, version, event.TYPE, event.VERSION, time, payload, extend(chain, payload)
            )
        )
    return stored


def facts(*events: Event, **how: Any) -> list[Fact]:
    """The events as a projection or a reactor gets them."""
    return [decode_fact(stored) for stored in stored_events(*events, **how)]


def given(decider: Decider[State, Command], *events: Event) -> "Given[State, Command]":
    """The state that the events lead to, after a round through their bytes."""
    return Given(decider, decider.fold(fact.event for fact in facts(*events)))


@dataclass(frozen=True)
class Given(Generic[State, Command]):
    """A decider in a state."""

    decider: Decider[State, Command]
    state: State

    def when(self, command: Command) -> "When[State, Command]":
        return When(self, command)


@dataclass(frozen=True)
class When(Generic[State, Command]):
    """A command that is about to be decided."""

    given: Given[State, Command]
    command: Command

    def decided(self) -> list[Event]:
        """The events, for a test that looks at some of their fields only."""
        return list(self.given.decider.decide(self.given.state, self.command))

    def then(self, *expected: Event, repeatable: bool = False, again_rejected: str | None = None) -> None:
        """Exactly these events. The same command decided again gives nothing, or the refusal named; a command that
        people may repeat with a new id (a comment) is `repeatable`."""
        decided = self.decided()
        assert decided == list(expected)
        if repeatable:
            return
        decider = self.given.decider
        own = [event for event in decided if event.stream == decided[0].stream]  # it may have founded others
        after = decider.fold((fact.event for fact in facts(*own)), self.given.state)
        again = When(Given(decider, after), self.command)
        if again_rejected is not None:
            again.then_rejected(again_rejected)
        else:
            assert again.decided() == [], "the same command again must change nothing"

    def then_nothing(self) -> None:
        """It was so already."""
        assert self.decided() == []

    def then_rejected(self, code: str, field: str | None = None) -> Rejected:
        """Refused with this code, and with this field named if one is given."""
        with pytest.raises(Rejected) as caught:
            self.decided()
        assert caught.value.code == code
        assert field is None or caught.value.field == field
        return caught.value


def given_rows(model: Rows[Row], *events: Event, **how: Any) -> "RowsThen[Row]":
    """The rows of a read model after the events; no database."""
    keyed = [(key, fact) for fact in facts(*events, **how) if (key := model.key(fact)) is not None]
    return RowsThen(model.fold({}, keyed))


@dataclass(frozen=True)
class RowsThen(Generic[Row]):
    """The rows to be looked at."""

    rows: dict[Any, Row | None]

    def row(self, key: Any, **fields: Any) -> "RowsThen[Row]":
        """There is a row under `key`, with these values."""
        row = self.rows.get(key)
        assert row is not None, f"no row {key!r}; there are {sorted(map(str, self.rows))}"
        assert {name: getattr(row, name) for name in fields} == fields
        return self

    def no_row(self, key: Any) -> "RowsThen[Row]":
        assert self.rows.get(key) is None
        return self

    def all(self) -> Sequence[Row]:
        return [row for row in self.rows.values() if row is not None]
