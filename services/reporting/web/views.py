"""What the pages of reporting show: values that are ready to print."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.reporting.read.archive import Run
from services.reporting.web.acts import Check
from services.reporting.web.integrity import Verification
from services.reporting.web.section import Section
from services.ui.forms import Form


@dataclass(frozen=True, slots=True)
class Choice:
    """Which programme and slot a page is about, with those to choose from."""

    programme: str
    programme_name: str
    programmes: Sequence[tuple[str, str]]
    slot: str
    slots: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Foot:
    """统计时点、统计窗口、口径版本、编号."""

    as_of: datetime
    window_from: datetime
    window_to: datetime
    template_version: int
    pack_sha256: str
    sha256: str
    positions: Sequence[tuple[str, str]]
    report_id: str | None = None


@dataclass(frozen=True, slots=True)
class CockpitView:
    choice: Choice
    foot: Foot
    rates: Sequence[dict[str, Any]]
    counts: Sequence[dict[str, Any]]
    ranks: Sequence[Sequence[Any]]
    reports: Sequence[dict[str, Any]]
    runs: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class TableView:
    """A report with one row of figures per unit."""

    report: str
    here: str
    choice: Choice
    title: str
    heads: Sequence[str]
    rows: Sequence[dict[str, Any]]
    foot: Foot
    hint: str
    may_make: bool
    download: str


@dataclass(frozen=True, slots=True)
class SlipsView:
    """督办台账."""

    choice: Choice
    title: str
    section: Section
    count: str
    foot: Foot
    may_make: bool
    previous: str | None
    next: str | None
    download: str


@dataclass(frozen=True, slots=True)
class DutiesView:
    """A report of duties, told in lines."""

    report: str
    here: str
    choice: Choice
    title: str
    section: Section
    count: str
    hint: str
    foot: Foot
    may_make: bool
    previous: str | None
    next: str | None
    download: str


@dataclass(frozen=True, slots=True)
class WeeklyView:
    choice: Choice
    title: str
    sections: Sequence[Section]
    foot: Foot
    may_make: bool
    download: str
    form: Form


@dataclass(frozen=True, slots=True)
class DrillView:
    """The cases behind one number."""

    figure: str
    unit: str
    rows: Sequence[dict[str, Any]]
    count: str
    """How many there are in all, in words."""

    back: str
    previous: str | None
    next: str | None


@dataclass(frozen=True, slots=True)
class MembersView:
    """Who stands behind one number."""

    figure: str
    unit: str
    section: Section
    count: str
    back: str
    previous: str | None
    next: str | None


@dataclass(frozen=True, slots=True)
class R02View:
    choice: Choice
    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Any]]
    cases: Sequence[str]
    total: int
    foot: Foot
    may_make: bool
    previous: str | None
    next: str | None
    download: str


@dataclass(frozen=True, slots=True)
class RunsView:
    rows: Sequence[dict[str, Any]]
    next: str | None


@dataclass(frozen=True, slots=True)
class RunView:
    run: Run
    title: str
    heads: Sequence[str]
    rows: Sequence[dict[str, Any]]
    lines: Sequence[Sequence[Any]]
    sections: Sequence[Section]
    made_by: str
    foot: Foot
    check: Check | None
    superseded: bool


@dataclass(frozen=True, slots=True)
class IntegrityView:
    heads: Sequence[dict[str, Any]]
    seq: int
    verification: Verification
    may_verify: bool
