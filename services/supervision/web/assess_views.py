"""What the pages of 考核 show: frozen, with words already chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.ui.forms import Form


@dataclass(frozen=True, slots=True)
class AssessmentsView:
    """All assessments, and the form for another one."""

    rows: Sequence[dict[str, Any]]
    previous: str | None
    next: str | None
    programmes: Sequence[tuple[str, str]]
    objects: Sequence[tuple[str, str]]
    kinds: Sequence[tuple[str, str]]
    since: str
    until: str
    may_score: bool
    form: Form


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure; it opens what is behind it for whoever may look."""

    text: str
    href: str | None = None
    small: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One object of the table."""

    object: str
    name: str
    rank: str
    cells: Sequence[Cell]
    total: str
    grade: str
    excluded: str
    mine: bool


@dataclass(frozen=True, slots=True)
class AppealView:
    """One appeal and what became of it."""

    appeal_id: str
    name: str
    reason: str
    filed_by: str
    filed_at: datetime | None
    upheld: bool | None
    ruling: str
    points: Sequence[tuple[str, str]]
    decided_by: str
    decided_at: datetime | None
    may_rule: bool


@dataclass(frozen=True, slots=True)
class Foot:
    """Every report ends with these (2.10)."""

    as_of: datetime | None
    since: str
    until: str
    rules: str
    number: str
    positions: str
    uses: str


@dataclass(frozen=True, slots=True)
class AssessmentView:
    """One assessment with its table, the appeals and what this person may do now."""

    assessment_id: str
    title: str
    parts: Sequence[str]
    stage: tuple[str, str]
    heads: Sequence[tuple[str, str]]
    """Indicators with their weights, then what is added and taken."""

    lines: Sequence[Line]
    foot: Foot
    rules: Sequence[str]
    invented: bool
    """Whether the pack marks these weights and points as an example (`# F`)."""

    check: bool | None
    appeals: Sequence[AppealView]
    appeals_until: datetime | None
    items: Sequence[tuple[str, str]]
    may_publish: bool
    may_score: bool
    may_finalise: bool
    may_appeal: bool
    notice: str | None
    """Where a 通报 is drafted, once the result is final: 及时兑现奖惩 (HA-31)."""

    bulletins: Sequence[tuple[str, str, str, str]]
    """What it was rewarded and punished by: address, number, kind, who is named."""

    uses: Sequence[tuple[str, str]]
    """What the final result is the basis of, each with the address of its file but for the ending."""

    waits_for: str
    """Why it cannot be made final yet, for whoever could."""

    again: dict[str, str]
    """The fields of the same assessment, to compute it again."""

    expected: int
    form: Form
    blank: Form
    """The other forms of the page, where one was refused."""


@dataclass(frozen=True, slots=True)
class BehindView:
    """What is behind one number."""

    title: str
    parts: Sequence[str]
    back: str
    counted: Sequence[dict[str, Any]]
    others: Sequence[dict[str, Any]]
    counted_head: str
    others_head: str
    previous: str | None
    next: str | None
