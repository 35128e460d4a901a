"""What the pages show, as frozen values that the templates only print."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.ui.forms import BLANK, Form

Options = Sequence[tuple[str, str]]
Groups = Sequence[tuple[str, Options]]


@dataclass(frozen=True, slots=True)
class Link:
    """A button of a row."""

    href: str
    label: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of a list of cases or orders."""

    href: str
    light: str
    title: str
    meta: Sequence[str]
    lead: str | None
    co_count: int
    territory: str | None
    step: str
    step_tone: str
    due_words: str | None
    due_date: datetime | None
    used: float | None
    updated: datetime
    records: int
    action: Link | None = None
    light_word: str | None = None
    chips: Sequence[tuple[str, str]] = ()
    """Words and tone of signs behind the title."""


@dataclass(frozen=True, slots=True)
class Counter:
    """One light with its number; it is the filter."""

    state: str
    hint: str
    count: int
    href: str
    current: bool
    label: str | None = None


@dataclass(frozen=True, slots=True)
class CasesView:
    """案件列表."""

    programme: str
    programme_id: str
    programmes: Options
    presets: Sequence[tuple[str, str, bool]]
    """Words, address, whether it is chosen."""

    counters: Sequence[Counter]
    rows: Sequence[RowView]
    total: int
    next: str | None
    first: str | None
    clear: str
    asked: Any
    categories: Options
    territories: Options
    units: Options
    steps: Options
    lines: Options
    cells: Options
    """Cells of the grid, where there is one; a higher one stands for all below it."""
    waiting: int
    now: datetime
    can_dispatch: bool


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the desk's inbox."""

    href: str
    title: str
    meta: Sequence[str]
    chips: Sequence[tuple[str, str]]
    current: bool


@dataclass(frozen=True, slots=True)
class Level:
    """A class of urgency with its limit in words and the day it would end."""

    code: str
    name: str
    limit: str
    due: datetime | None
    sign: str
    sign_due: datetime | None = None
    invented: bool = False
    """The limits are figures for trials, which the district confirms."""


@dataclass(frozen=True, slots=True)
class RouteView:
    """What the pack's rules propose for a case, by which rule and why."""

    rule_id: str
    reason: str
    lead: str | None
    co: Sequence[str]
    territory: str | None
    redirect: str | None
    """The channel that should take it instead."""
    designate: str | None
    """Who must say first which of several departments leads."""
    decide_within: str | None
    fallback: str | None = None
    """Who decides by now, because nobody did in time (兜底)."""
    issuer: str | None = None
    """Who issues the orders, where that is not the person who looks."""


@dataclass(frozen=True, slots=True)
class DeskCase:
    """The case on the desk."""

    case_id: str
    number: str
    title: str
    text: str
    meta: Sequence[str]
    requester_ref: str | None
    came_back: str | None
    territory_hint: str | None
    complained: Sequence[str]
    supplements: Sequence[str] = ()
    """What was added after the case was sent back for more."""
    missing: str = ""
    """What is still asked for."""


@dataclass(frozen=True, slots=True)
class DeskView:
    """派单台."""

    programme: str
    programme_id: str
    programmes: Options
    items: Sequence[Item]
    waiting: int
    to_review: int
    """Suspended cases whose day of review has come."""
    today: int
    bulk: tuple[str, int] | None
    """The category of which most cases wait, with how many: worth handing over together from two on."""
    case: DeskCase | None
    route: RouteView | None
    hits: Sequence[Any]
    suggested: Sequence[Any]
    levels: Sequence[Level]
    categories: Groups
    units: Groups
    co_units: Options
    territories: Options
    persons: Groups
    asks_level: bool
    """Whether a route of the pack goes by it."""

    asks_site: bool
    """Whether a route goes by the side of an enterprise's wall."""
    difficulties: Options
    """Classes of difficulty, where they are not those of urgency."""
    has_desk: bool
    redirects: Options
    sites: Options
    service_lines: Options
    """On which side of an enterprise's wall (HA-16)."""
    may_only_prepare: bool
    """Whether some route of the pack has its orders issued by a role that the person does not hold."""
    required: frozenset[str]
    sets_sign: bool
    """Whether the pack lets the desk set a day for signing."""
    provisional: bool
    form: Form = BLANK
    back: Form = BLANK
    """退回补充: its own form beside that of the orders."""


@dataclass(frozen=True, slots=True)
class InboxView:
    """部门收件箱."""

    unit: str
    unsigned: int
    working: int
    """All of them; the lists hold the most urgent."""

    rest: str | None
    """Where the others are found, when not all are listed."""

    to_sign: Sequence[RowView]
    at_work: Sequence[RowView]
    for_others: Sequence[RowView]
    others_at_work: Sequence[RowView]
    """Signed, and addressed to a person who is away: theirs to do, and for the stand-in to know (SH-39)."""

    others: str
    """Colleagues who are away and whose post one holds today."""
    to_strike: Sequence[RowView]
    to_report: Sequence[RowView]
    commons: Sequence[tuple[str, str, datetime | None]]
    done: Sequence[RowView]
    taken_back: Sequence[RowView]
    """Orders that somebody ended a short while ago, with why."""
    now: datetime


@dataclass(frozen=True, slots=True)
class ReturnView:
    """One return that waits for a ruling."""

    case_id: str
    order_id: str
    number: str
    title: str
    unit: str
    role: str
    reason: str
    reason_word: str
    proposed: str | None
    proposed_unit: str | None
    n: int
    returned_at: datetime
    finish_by: datetime
    files: Sequence[Any]
    history: Sequence[tuple[str, str, str]]
    """The case's other orders: unit, role, and what became of each."""
    units: Groups
    """Who may take it instead."""

    required: frozenset[str]
    """What the pack wants on an order."""

    persons: Groups
    form: Form


@dataclass(frozen=True, slots=True)
class ReturnsView:
    """退单审理."""

    items: Sequence[ReturnView]
    total: int
    now: datetime
    refused: Form = BLANK
