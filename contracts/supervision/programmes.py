"""Programmes: their rules, their phases and their end."""

from datetime import date
from typing import Literal

from pydantic import Field

from contracts.event import Code, Event, Moment, Note


class ProgrammePackActivated(
    Event,
    type="programme-pack-activated",
    version=1,
    owner="supervision",
    stream="programme",
    key="programme_id",
):
    """The rules in force from now on: the pack's bytes as they were, and their sha256."""

    programme_id: Code
    name: str = Field(min_length=1, max_length=200)
    pack_version: int = Field(ge=1)
    """Counts activations of this programme: 1, 2, 3…"""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    content: str = Field(max_length=200_000)
    effective_from: Moment


class PhaseStarted(Event, type="phase-started", version=1, owner="supervision", stream="programme", key="programme_id"):
    """A phase of the programme begins (DI-11, EB-20)."""

    programme_id: Code
    phase_id: Code
    name: str = Field(min_length=1, max_length=100)
    planned: date
    on: date


class PhaseEnded(Event, type="phase-ended", version=1, owner="supervision", stream="programme", key="programme_id"):
    """A phase of the programme is over."""

    programme_id: Code
    phase_id: Code
    planned: date
    on: date


class DeliverableFiled(
    Event, type="deliverable-filed", version=1, owner="supervision", stream="programme", key="programme_id"
):
    """A paper that a unit owes before the programme may end, as its own report of what it did (EB-22)."""

    programme_id: Code
    deliverable: Code
    unit: Code
    document: str = Field(min_length=1, max_length=200)


class ProgrammeEnded(
    Event, type="programme-ended", version=1, owner="supervision", stream="programme", key="programme_id"
):
    """The campaign is over: closed, or going on as standing work (JW-29)."""

    programme_id: Code
    becomes: Literal["closed", "standing"]
    reason: Note = ""
