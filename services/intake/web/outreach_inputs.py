"""What people and programs send about pairs and activities."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from contracts.event import Code
from services.chassis.web import Many
from services.chassis.web.inputs import Words
from services.intake.web.inputs import Id, Input

MOST_ROWS = 200
"""Pairs in one call of an import."""

Short = Annotated[str, Field(max_length=200)]


class PairingInput(Input):
    """One pair; without a day it begins today."""

    programme: Code | None = None
    kind: Code
    owner: Code
    target: Code = ""
    since: date | None = None
    basis: Annotated[str, Field(max_length=100)] = ""


class EndInput(Input):
    """From which day it is no pair any more, and why."""

    until: date | None = None
    reason: Words = ""


class CardInput(Input):
    """When the card was handed over, and what shows it."""

    on: date | None = None
    receipt: Short = ""


class PairingsInput(Input, BaseModel):
    """Pairs of an import. They are read one by one, so that a bad one does not hold up the others."""

    READ_LATER = frozenset({"pairings"})

    programme: Code | None = None
    pairings: Annotated[list[dict[str, object]], Field(max_length=MOST_ROWS)] = []


class ActivityInput(Input, BaseModel):
    """One thing that was done; without persons it was the sender."""

    activity_id: Id | None = None
    programme: Code | None = None
    kind: Code
    on: date | None = None
    persons: Many[Code] = []
    subjects: Many[Code] = []
    joint_with: Many[Code] = []
    topic: Words = ""
    topic_class: Annotated[str, Field(max_length=100)] = ""
    services: Many[Annotated[str, Field(max_length=100)]] = []
    participants: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    document: Short = ""
    also_counts_for: Many[Annotated[str, Field(max_length=200)]] = []


class WithdrawnInput(Input):
    """Why it counts no more."""

    reason: Words = ""
