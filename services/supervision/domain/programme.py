"""A programme: which version of its pack is in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.event import Event
from contracts.supervision import ProgrammePackActivated
from services.chassis.decider import Decider


@dataclass(frozen=True, slots=True)
class Programme:
    """The last activation; version 0 means none yet."""

    pack_version: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class ActivatePack:
    """Put these rules in force. The content has passed the pack's lint; `sha256` is of its exact bytes."""

    programme_id: str
    name: str
    content: str
    sha256: str
    at: datetime


def evolve(programme: Programme, event: Event) -> Programme:
    match event:
        case ProgrammePackActivated(pack_version=version, sha256=sha256):
            return Programme(version, sha256)
        case _:
            raise TypeError(f"{event.TYPE} is no event of a programme")


def decide(programme: Programme, command: ActivatePack) -> Sequence[Event]:
    if command.sha256 == programme.sha256:
        return []  # these very rules are in force
    return [
        ProgrammePackActivated(
            programme_id=command.programme_id,
            name=command.name,
            pack_version=programme.pack_version + 1,
            sha256=command.sha256,
            content=command.content,
            effective_from=command.at,
        )
    ]


PROGRAMME: Decider[Programme, ActivatePack] = Decider("programme", Programme(), evolve, decide)
