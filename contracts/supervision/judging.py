"""Public notices on named grounds, and assessments that stay pinned to what they were computed from."""

from datetime import date
from typing import Literal

from pydantic import Field

from contracts.event import Code, Event, Moment, Note
from contracts.supervision.values import Figure, Value


class Ground(Value):
    """One ground of a notice, with what stands behind it."""

    code: Code
    text: Note = ""
    case_ids: tuple[Code, ...] = ()
    kpi: Code | None = None
    value: Figure | None = None


class NoticeIssued(Event, type="notice-issued", version=1, owner="supervision", stream="bulletin", key="bulletin_id"):
    """通报: praise, criticism or exposure, on grounds that the pack names (LT-28, LT-29, HA-37)."""

    bulletin_id: Code
    programme_id: Code
    kind: Literal["commend", "criticise", "expose"]
    targets: tuple[Code, ...] = Field(min_length=1)
    """Units or persons."""
    grounds: tuple[Ground, ...] = Field(min_length=1)
    scope: str = Field(min_length=1, max_length=100)
    rectify_by: Moment | None = None
    text: Note = ""
    assessment_id: Code | None = None
    """The final assessment that it rewards or punishes for (兑现奖惩, HA-31)."""


class NoticeWithdrawn(
    Event, type="notice-withdrawn", version=1, owner="supervision", stream="bulletin", key="bulletin_id"
):
    """A notice that should not have been issued; it stays on record, withdrawn."""

    bulletin_id: Code
    reason: Note = Field(min_length=1)


class NoticeDeclined(
    Event, type="notice-declined", version=1, owner="supervision", stream="bulletin", key="bulletin_id"
):
    """What the pack proposed and a person decided against; it is proposed again only on what happens later."""

    bulletin_id: Code
    programme_id: Code
    kind: Literal["commend", "criticise", "expose"]
    target: Code
    ground: Code
    reason: Note = Field(min_length=1)


class Score(Value):
    """One indicator of one object."""

    kpi: Code
    value: Figure | None = None
    """None where there was nothing to measure; it counts as the pack says."""
    """A share with four places."""
    weight: Figure
    score: Figure
    """Points of 100."""
    part: Figure | None = None
    whole: int | None = Field(default=None, ge=0)
    """Of so many cases, answers or slots; with them anybody can reckon the share again."""


class Adjustment(Value):
    """Points added or taken, with the cases or notices behind them."""

    code: Code
    points: Figure
    refs: tuple[Code, ...] = ()


class ObjectScore(Value):
    """One row of the assessment (R13)."""

    object: Code
    scores: tuple[Score, ...] = ()
    bonuses: tuple[Adjustment, ...] = ()
    deductions: tuple[Adjustment, ...] = ()
    total: Figure
    rank: int = Field(ge=1)
    """Equal totals share a rank; whoever is excluded stands behind everybody who has one."""
    excluded: Note = ""
    """Why this object is not ranked."""
    grade: str = Field(default="", max_length=500)
    """等次 by the pack's lines."""


class AssessmentScored(
    Event, type="assessment-scored", version=1, owner="supervision", stream="assessment", key="assessment_id"
):
    """Computed by the pack's weights, pinned to log positions; the number opens the cases behind it."""

    assessment_id: Code
    programme_id: Code
    kind: Literal["stage", "year"]
    objects: Code
    """What is assessed, as `unit` or `community`."""
    since: date
    until: date
    positions: dict[Code, int]
    rows: tuple[ObjectScore, ...] = Field(min_length=1)
    run: int = Field(default=1, ge=1)
    as_of: Moment | None = None
    """What happened before this moment was counted: the period's end, or earlier while the period runs."""
    pack_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    """The rules it was computed by."""


class AssessmentPublished(
    Event, type="assessment-published", version=1, owner="supervision", stream="assessment", key="assessment_id"
):
    """Shown to those assessed, who may appeal until a day."""

    assessment_id: Code
    appeals_until: Moment


class AppealFiled(Event, type="appeal-filed", version=1, owner="supervision", stream="assessment", key="assessment_id"):
    """An object of the assessment disagrees."""

    assessment_id: Code
    appeal_id: Code
    object: Code
    reason: Note = Field(min_length=1)
    rule_by: Moment | None = None
    """Until when somebody rules on it, by the pack; appeals of old were given no day."""


class AppealDecided(
    Event, type="appeal-decided", version=1, owner="supervision", stream="assessment", key="assessment_id"
):
    """Upheld, with the points that change, or refused."""

    assessment_id: Code
    appeal_id: Code
    upheld: bool
    adjustments: tuple[Adjustment, ...] = ()
    reason: Note = Field(min_length=1)


class AssessmentFinalised(
    Event, type="assessment-finalised", version=1, owner="supervision", stream="assessment", key="assessment_id"
):
    """No appeal is open any more: this is what is used further (SH-45)."""

    assessment_id: Code
    rows: tuple[ObjectScore, ...] = Field(min_length=1)
    uses: tuple[str, ...] = ()
