"""Whom a programme must reach and who must take part: what its dates found, and what was declared complete."""

from datetime import date
from typing import Literal

from pydantic import Field

from contracts.event import Code, Event, Moment, Note

Whom = Literal["population", "roster"]
"""A population is visited, a roster takes part in visiting."""

MOST_NAMED = 200
"""Leftovers that an event names; the page and R06 name all."""


class CoverageJudged(
    Event, type="coverage-judged", version=1, owner="supervision", stream="coverage", key="coverage_id"
):
    """The date of a coverage passed: what was reached by its last instant, recorded once, whenever it was noticed."""

    coverage_id: Code
    programme_id: Code
    of: Whom
    code: Code
    """The population or the roster of the pack."""
    due: Moment
    """The first instant after the day."""
    snapshot: date | None = None
    """The day of the register that it is a share of, where the pack names one."""
    whole: int = Field(ge=0)
    target: int = Field(ge=0)
    planned: int | None = Field(default=None, ge=0)
    """How many they should be by the plan; a register with fewer is not kept to (HA-05)."""
    reached: int = Field(ge=0)
    kept: bool
    left: tuple[Code, ...] = Field(default=(), max_length=MOST_NAMED)
    """Who was not reached, or did not take part, in the order of their codes."""
    watermark: Moment


class CoverageClaimed(
    Event, type="coverage-claimed", version=1, owner="supervision", stream="coverage", key="coverage_id"
):
    """「一户不漏」: an office declares it complete; refused while one is left (JW-27)."""

    coverage_id: Code
    programme_id: Code
    of: Whom
    code: Code
    due: Moment
    snapshot: date | None = None
    whole: int = Field(ge=1)
    target: int = Field(ge=1)
    reached: int = Field(ge=1)
    at: Moment
    note: Note = ""
