"""The single tables of a pack: programme, calendar, words, and the policies of orders, closing and checks."""

from datetime import time
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, StrictInt, StringConstraints

from contracts.duration import Duration, Unit
from contracts.pack.codes import SATISFACTION_RANK, Satisfaction
from contracts.pack.fields import (
    AtLeastOne,
    ClockTime,
    Code,
    Count,
    Day,
    Flag,
    MarkField,
    Percent,
    Share,
    Table,
    Text,
)
from contracts.supervision.clocks import ClockKind

Level = Literal["district", "department", "town", "community", "village", "desk"]
"""Levels of units, as the directory has them."""


class Programme(Table):
    """What the campaign is and when."""

    id: Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")]
    version: AtLeastOne = 1
    name: Text
    title: Text | None = None
    region: Text
    basis_document: Text | None = None
    start: Day
    end: Day
    after_end: Literal["closed", "standing"] = "closed"
    also_counts_for: tuple[Text, ...] = ()


class CalendarTable(Table):
    """Which calendar counts the working days, and the office hours."""

    id: Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{2}-\d{4}@\d+$")]
    office: Annotated[tuple[tuple[ClockTime, ClockTime], ...], Field(min_length=1)]
    day_ends: Literal["close", "midnight"] = "close"

    @property
    def table(self) -> str:
        """Country and revision of the day table, as `CN@1`."""
        country, _, rest = self.id.partition("-")
        return f"{country}@{rest.partition('@')[2]}"

    def ordered(self) -> bool:
        """Whether every interval opens before it closes and before the next opens."""
        times: list[time] = [t for interval in self.office for t in interval]
        return all(a < b for a, b in pairwise(times))


class Difficulty(Table):
    """A class of difficulty and how it is handled."""

    code: Code
    name: Text
    mode: Literal["instant", "fast", "joint"]
    """即办、快办、联办: how fast says the class's limits; `joint` is not completed before a consultation (JW-20)."""


class CategoryItem(Table):
    """A leaf category."""

    code: Code
    name: Text
    focus: Text | None = None
    """Which of the taxonomy's `focus` it belongs to (LT-06); without one, its group's."""


class Category(Table):
    """A group of categories."""

    code: Code
    name: Text
    focus: Text | None = None
    items: tuple[CategoryItem, ...] = Field(min_length=1)


class Taxonomy(Table):
    """The words by which matters are sorted."""

    scope: tuple[Literal["individual", "common"], ...] = ("individual", "common")
    difficulty: tuple[Difficulty, ...] = ()
    categories: tuple[Category, ...] = ()
    contact_basis: tuple[Text, ...] = ()
    must_solve: tuple[Code, ...] = ()
    """Categories or groups that may end otherwise than solved only with a leader's word (SH-09)."""
    misconduct: tuple[Text, ...] = ()
    focus: tuple[Text, ...] = ()
    tiers: tuple[Text, ...] = ()
    visit_content: tuple[Text, ...] = ()
    merit: tuple[Text, ...] = ()
    interviewees: tuple[Text, ...] = ()
    """Kinds of people who are talked to on visits, a column each in R04 (DI-25)."""


class LeaderBound(Table):
    """领导包案: cases for which a leader must answer by name, and until when one is bound (HA-06)."""

    classes: Annotated[tuple[Code, ...], Field(min_length=1)]
    """Classes of urgency, difficulties, categories or groups, as 重点信访."""
    within: Duration = Duration(Unit.WORKING_DAY, 1)


class Order(Table):
    """What an order must say and how often it may come back."""

    required: tuple[Code, ...] = ("finish_by",)
    tracker: Code = "issuer"
    """Who follows an order up, shown on the case and on the 交办单: `issuer`, or a role (JW-24, LT-22)."""
    desk_sets_sign: Flag = False
    """The desk may set an earlier day for signing than the class has; never a later one."""
    plan_required: tuple[Code, ...] = ()
    """Named, all five of JW-19: then a plan is filed before completion where the class gives time for one."""
    planned_needs_plan: Flag = False
    """一时解决不了的要制定计划，限期完成: what ends as 列入计划 has a plan on file (DI-19)."""
    plan_parts: tuple[Code, ...] = ()
    multi_department_lead: Code | None = None
    """Who says which of several departments leads, on whichever route (JW-13)."""
    never_lead_levels: tuple[Level, ...] = ()
    """Levels of units that help or watch but never lead, as communities do (六里屯)."""
    fallback_by: Duration = Duration(Unit.WORKING_HOUR, 4)
    """How long the fallback role may think when no route applies (兜底)."""
    fallback_role: Code = "programme_office"
    max_returns: Count = 2
    return_by: Duration = Duration(Unit.WORKING_DAY, 1)
    return_names_unit: tuple[Code, ...] = ()
    """Reasons of a return with which the unit must say whose the order is."""
    group_rules_from: AtLeastOne = 3
    """From this return of a case on only the leading group rules."""
    max_extensions: Count = 2
    leader_extends_from: AtLeastOne = 2
    """From this extension of an order on a leader decides."""
    joint_meeting_before_completion: tuple[Code, ...] = ()
    dual: Flag = False
    verification_visit_required: Flag = False
    evidence_required: Flag = False
    """An order is completed with at least one photo or file."""
    analysis_note_by: Duration | None = None
    leader_bound: LeaderBound | None = None
    contact_attempts: AtLeastOne = 3


class Pass(Table):
    """What a follow-up must hear for the case to count as done."""

    solved: Flag = True
    satisfaction_min: Satisfaction = "basic"

    def holds(self, *, solved: bool, satisfaction: Satisfaction) -> bool:
        """Whether an answer passes; without a view only the solution counts."""
        if self.solved and not solved:
            return False
        if satisfaction == "no_view" or self.satisfaction_min == "no_view":
            return True
        return SATISFACTION_RANK[satisfaction] >= SATISFACTION_RANK[self.satisfaction_min]


class Closure(Table):
    """Who strikes a case off, and on what."""

    by: Literal["unit_self", "office", "follow_up"]
    report_up_within: Duration | None = None
    reply_required: Literal[True] = True
    """件件有回音: no programme goes without; a pack may say so and cannot say otherwise (JW-10)."""
    serial_list: Literal[True] = True
    """清单式交办: every case has its number in every programme (JW-08); the same holds."""
    relapse_days: Count = 30
    max_rounds: Count = 0
    """After so many rounds only the leading group has a case handled again; 0 sets no end (LT-14)."""
    rework: dict[str, Duration] = Field(default_factory=dict)
    """Per class of urgency the shorter finish of every round after the first; other limits stay the class's."""
    pass_: Pass | None = Field(default=None, alias="pass")


class FollowUp(Table):
    """Which completed cases are followed up, by whom, and what they must hear."""

    mode: Literal["all", "sample", "none"]
    rate: Share = Decimal(0)
    legs: tuple[Code, ...] = ("requester",)
    by: Code = "supervisor"
    """The role that makes the calls and records what was heard; nobody else does."""
    due: Duration = Duration(Unit.WORKING_DAY, 3)
    """Within so long of completion, where the case's class says nothing of its own."""
    attempts: AtLeastOne = 3
    attempt_days: AtLeastOne = 2
    classes: tuple[Code, ...] = ()
    """Classes of urgency, difficulties, categories or groups that are followed up whatever the rate."""
    pass_: Pass | None = Field(default=None, alias="pass")

    @property
    def by_lot(self) -> Share:
        """The share that a lot takes; nothing where all are called or nobody is."""
        return self.rate if self.mode == "sample" else Decimal(0)


class Check(Table):
    """Spot checks of what was struck off."""

    rate: Share = Decimal(0)
    mode: Literal["random"] = "random"
    """By lot only: a pack may say so and cannot say otherwise. What a person names belongs to a signal or a review."""
    modes: tuple[Code, ...] = ()
    by: Annotated[tuple[Code, ...], Field(min_length=1)] = ("supervisor", "discipline")
    """The roles that announce draws, check, and settle what looks made up."""
    bodies: tuple[Text, ...] = ()


class Detector(Table):
    """When several cases of one area are proposed as a common issue; a person decides (JW-17)."""

    cases: Annotated[StrictInt, Field(ge=2, le=1000)] = 5
    days: AtLeastOne = 30
    likeness: Annotated[StrictInt, Field(ge=1, le=100)] = 40
    """The least likeness of two members, in percent of shared two-character shingles."""
    same_category: Flag = True
    area: Literal["territory", "town", "district"] = "town"


class Analysis(Table):
    """From when on the weekly analysis (R14) gives something a line of its own; counts of requests in the week."""

    top: AtLeastOne = 10
    """So many categories and places at most (前十类别)."""
    hot_from: AtLeastOne = 3
    """So many at one place make it a hot one (热点, F)."""
    rising_from: AtLeastOne = 3
    """So many of one category at one place may be the beginning of something (苗头, F)…"""
    rising_times: AtLeastOne = 2
    """…where they are so many times those of the week before (F)."""


class Signals(Table):
    """From when on records look as if they were made up; each proposes a check, a person judges."""

    same_text: Annotated[StrictInt, Field(ge=2, le=1000)] = 4
    """So many cases answered in the very same words (F)."""
    visits_per_day: AtLeastOne = 40
    """More visits of one person on one day than this (F)."""
    overlap_minutes: AtLeastOne = 10
    """Two visits of one person at different places nearer in time than this (F)."""
    burst_visits: Annotated[StrictInt, Field(ge=2, le=1000)] = 10
    """So many visits entered afterwards on the day before a report or meeting, or on its day (F)."""
    bulk_closings: Annotated[StrictInt, Field(ge=2, le=1000)] = 5
    """So many orders completed by one unit within one minute (F)."""
    same_phone: Annotated[StrictInt, Field(ge=2, le=1000)] = 3
    """So many households or enterprises that gave one telephone number (F)."""
    self_closings: Annotated[StrictInt, Field(ge=2, le=1000)] = 10
    """So many cases struck off by the very person who completed them (F)."""
    call_record: Flag = False
    """Every call-back by telephone has the number of its record at the exchange; one without looks made up."""


class Escalation(Table):
    """Reminders, the yellow light, and the ladder."""

    reminders: tuple[MarkField, ...] = (Percent(50), Percent(80), Duration(Unit.WORKING_DAY, 1))
    yellow: MarkField = Percent(80)
    levels: tuple[Code, ...] = ("prompt", "blue", "orange", "red")
    direct: dict[str, Code] = Field(default_factory=dict)
    accountability_gate: Code | None = None
    raise_per_failed_round: Count = 1
    slip_on: tuple[ClockKind, ...] = ("sign", "contact", "plan", "finish")
    """Deadlines whose breach raises a slip by itself; all of them still turn red."""
    reply_by: Duration = Duration(Unit.WORKING_DAY, 3)
    """How long a unit has to answer a slip; unanswered, it rises one step."""
    failed_rounds: AtLeastOne = 2
    """From this failed follow-up of a case on its slip is orange at least."""
    slow_after: Duration | None = None
    """A case at work of which nothing was heard for so long is slow; absent, nobody is."""
    checks_per_month: Count = 0
    """How many checks and routine slips a unit gets in a month at most (SH-35); 0 sets no cap."""


class Commitments(Table):
    """Public promises: how many an owner makes, and where they hang (SH-28 to SH-31)."""

    items_min: AtLeastOne = 3
    items_max: AtLeastOne = 5
    public_at: tuple[Text, ...] = ()
    """Places that every promise must hang at; an owner may name more."""


def drawn(item: str, seed: str, rate: Decimal) -> bool:
    """Whether a draw with this seed takes the item: its hash as a fraction lies below the rate."""
    fraction = int.from_bytes(sha256(f"{seed}\0{item}".encode()).digest()[:8], "big")
    return fraction < rate * 2**64
