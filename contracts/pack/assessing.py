"""The assessment of a pack: who is scored on which indicators, what adds and costs points, who is left out (R13)."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from contracts.duration import Duration, Unit
from contracts.pack.fields import Code, Count, Points, Share, Table, Text

OBJECTS: dict[str, str] = {"unit": "单位", "section": "科室", "town": "乡镇", "community": "社区", "leader": "领导"}
"""What may be assessed. A community is judged by what happens on its ground, a leader by the cases that they answer for
by name (HA-29), the others by what they lead."""

HIGHER_IS_BETTER: frozenset[str] = frozenset(
    {
        *("K05", "K06", "K11", "K20"),
        *("K07", "K08", "K12", "K14a", "K14b", "K15", "K16a", "K16b"),
        *("K17", "K18", "K21", "K22", "K25", "K28", "K29", "K34"),
    }
)
LOWER_IS_BETTER: frozenset[str] = frozenset({"K23", "K23b", "K24", "K26", "K27"})
"""Shares that count against: points are given for the rest."""

SCORED: frozenset[str] = HIGHER_IS_BETTER | LOWER_IS_BETTER
"""Indicators that are a share of something and can be told apart by unit: counts and means make no points."""

BONUSES: frozenset[str] = frozenset({"commended"})
"""Grounds besides merit that bring points."""

DEDUCTIONS: frozenset[str] = frozenset({"rework", "overdue", "returned", "missed_meeting", "criticised", "exposed"})
"""Grounds besides misconduct that cost points."""

Period = Literal["stage", "year"]
LeftOut = Literal["suspended", "explained", "transferred", "unsolvable", "not_attributable"]


class Grade(Table):
    """等次: from how many points on."""

    name: Text
    least: Points


class Assessment(Table):
    """What is scored, with which weights."""

    object: Annotated[tuple[Code, ...], Field(min_length=1)] = ("unit",)
    weights: dict[str, Share]
    deduct: dict[str, Points] = Field(default_factory=dict)
    """Points that one ground costs each time."""
    bonus: dict[str, Points] = Field(default_factory=dict)
    deduct_max: Points | None = None
    """However often: not more than this in all."""
    bonus_max: Points | None = None
    missing: Literal["spread", "zero", "full", "exclude"] = "spread"
    """An indicator with nothing to measure: its weight goes to the others, counts as nothing or in full, or the object
    is not ranked."""
    basic_counts: Share = Decimal(1)
    """What 基本满意 is worth in K17; 0.9 is found in practice too."""
    min_cases: Count = 0
    """Who had fewer cases is not ranked: chance would decide."""
    exempt: dict[str, Text] = Field(default_factory=dict)
    """Units that are not ranked, each with the reason."""
    leave_out: tuple[LeftOut, ...] = ()
    """Cases that rest or ended so count in no indicator; with `not_attributable` nor does a dissatisfaction that was
    nobody's fault."""
    grades: tuple[Grade, ...] = ()
    periods: Annotated[tuple[Period, ...], Field(min_length=1)] = ("stage", "year")
    """阶段 and 年度 (HA-31)."""
    appeal_by: Duration = Duration(Unit.WORKING_DAY, 5)
    """How long an object may appeal after publication."""
    ruling_by: Duration = Duration(Unit.WORKING_DAY, 10)
    """How long an appeal may wait for its ruling (F)."""
    uses: tuple[Text, ...] = ()
    """What the result is the basis of (SH-45); people decide it."""

    def grade(self, total: Decimal) -> str:
        """The best grade that these points reach, empty where there is none; one from 0 on takes all below, too."""
        reached = [one for one in self.grades if total >= one.least or not one.least]
        return max(reached, key=lambda one: one.least).name if reached else ""
