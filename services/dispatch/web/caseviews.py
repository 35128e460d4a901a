"""What the page of one case shows, as frozen values that its templates only print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.dispatch import HandlingPlanFiled
from services.chassis.clock import LOCAL
from services.dispatch.domain.state import Case, Order
from services.dispatch.web.timeline import Entry
from services.dispatch.web.views import Options
from services.ui.forms import BLANK, Form

SPARE = 4
"""Empty lines of a timetable; whoever needs more asks for them."""


@dataclass(frozen=True, slots=True)
class ExtensionView:
    """One request for more time and what was decided on it; old and new deadline both stay on record."""

    unit: str
    old: datetime | None
    asked: datetime
    new: datetime | None
    """None: not granted, or not decided yet."""

    word: str
    tone: str


@dataclass(frozen=True, slots=True)
class SegmentView:
    """How long one unit had the case in one way: waiting to sign, at work, in dispute, paused."""

    unit: str
    word: str
    time: str
    share: float
    tone: str


@dataclass(frozen=True, slots=True)
class CommonView:
    """A common issue that the case belongs to."""

    href: str
    title: str
    stage: str
    resolved: str = ""
    """What was done about it, where this case is still at work: its lead unit may complete it, nobody must."""


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of a plan's timetable."""

    words: str
    reached: bool
    light: str


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order on a case's page."""

    order: Order
    unit: str
    role: str
    state: str
    person: str | None
    leader: str | None
    dept: str | None
    mine: bool
    acts: frozenset[str]
    timetable: Sequence[StepView] = ()
    """Steps of the plan in force."""
    checks: Sequence[tuple[bool, str]] = ()
    """What the pack asks before completion: there or not, in words."""
    must_solve: bool = False
    reviewed_by: str = ""

    plan: HandlingPlanFiled | None = None
    """The plan in force, where the form for another begins."""

    @property
    def filed_steps(self) -> Options:
        """Name and moment of each step of the plan in force, as the form takes them."""
        return [(step.name, f"{step.due.astimezone(LOCAL):%Y-%m-%dT%H:%M}") for step in self.order.timetable]

    @property
    def filed_end(self) -> str:
        """化解时限 of the plan in force, as the form takes it."""
        return f"{self.plan.resolve_by.astimezone(LOCAL):%Y-%m-%dT%H:%M}" if self.plan else ""

    def rows(self, form: Form) -> int:
        """Lines of the timetable's form: what was filed or typed, and some to go on with."""
        typed = form.values.get("timetable")
        return max(len(typed) if isinstance(typed, list) else 0, len(self.order.timetable), 2) + SPARE

    @property
    def open_milestones(self) -> Options:
        """Steps still to be reached, by their place in the timetable."""
        return [(str(n), step.words) for n, step in enumerate(self.timetable, start=1) if not step.reached]


@dataclass(frozen=True, slots=True)
class CaseView:
    """案件详情, now or as of record `at`."""

    case_id: str
    number: str
    title: str
    text: str
    chips: Sequence[str]
    light: str
    light_word: str | None
    step: str
    step_tone: str
    due_words: str | None
    due_at: datetime | None
    steps: Sequence[str]
    current: int
    entries: Sequence[Entry]
    at: int | None
    last: int
    hidden: int
    moment: datetime
    marks: Sequence[str]
    proof_state: str
    tail: str
    broken_at: int | None
    missing: bool
    """Whether the record at `broken_at` is gone; else it was altered."""

    proof_url: str | None
    state: Case
    orders: Sequence[OrderView]
    facts: Sequence[tuple[str, Any]]
    origin: Sequence[tuple[str, Any]]
    extensions: Sequence[ExtensionView]
    segments: Sequence[SegmentView]
    segments_total: str
    consult_url: str | None
    notice_url: str | None
    common: Sequence[CommonView]
    requester_ref: str | None
    acts: frozenset[str]
    who: str
    waits_for: str
    undecided: bool
    """Whether `waits_for` is told to everybody: a failed follow-up with the rounds spent."""

    version: int
    choices: Mapping[str, Any] = field(default_factory=dict)
    """Options of the forms by the field's kind: `persons`, `units`, `approvers`, words for codes."""
    forms: Mapping[str, Form] = field(default_factory=dict)

    def form(self, name: str) -> Form:
        """The form as it was typed when it was refused, else a blank one that pins the version shown."""
        return (self.forms.get(name) or Form(expected=self.version)).named(name)

    @property
    def has_acts(self) -> bool:
        """Whether there is anything to do for this person; a return is ruled on at its order."""
        return bool(self.acts - {"rule"}) or any(order.acts for order in self.orders)

    @property
    def refused(self) -> Form:
        """The form that was refused, for the summary on top."""
        return next((form.named(name) for name, form in self.forms.items()), BLANK)
