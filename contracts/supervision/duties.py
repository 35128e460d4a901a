"""Duties that a period ended without: quotas and pairs; and what was confirmed of a phase's checklist."""

from datetime import date
from typing import Literal

from pydantic import Field

from contracts.event import Code, Event, Moment, Note


class DutyMissed(Event, type="duty-missed", version=1, owner="supervision", stream="duty", key="duty_id"):
    """A period is over and less was done than was owed; recorded once, with the day it was due (SH-06, SH-07)."""

    duty_id: Code
    programme_id: Code
    duty: Literal["quota", "pairing"]
    kind: Code
    owner: Code
    owner_kind: Literal["person", "unit"]
    unit: Code
    """The owner's unit."""
    period_from: date
    period_until: date
    need: int = Field(ge=1)
    done: int = Field(ge=0)
    due: Moment
    watermark: Moment
    """Up to when everything was known that could have counted."""


class PhaseItemConfirmed(
    Event, type="phase-item-confirmed", version=1, owner="supervision", stream="programme", key="programme_id"
):
    """One thing of a phase's checklist is done: 召开会议、制定方案、成立机构 (EB-21)."""

    programme_id: Code
    phase_id: Code
    item: str = Field(min_length=1, max_length=500)
    note: Note = ""
