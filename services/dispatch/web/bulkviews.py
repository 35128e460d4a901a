"""What the three pages of handing over together show: the choice, the preview, what became of each case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.dispatch.web.views import Groups, Level, Options
from services.ui.forms import Form


@dataclass(frozen=True, slots=True)
class Choice:
    """One waiting case."""

    case_id: str
    number: str
    title: str
    territory: str
    received: datetime
    chosen: bool


@dataclass(frozen=True, slots=True)
class BulkView:
    """The form."""

    programme: str
    programme_id: str
    category: str
    category_name: str
    categories: Sequence[tuple[str, str, int, bool]]
    choices: Sequence[Choice]
    levels: Sequence[Level]
    units: Groups
    co_units: Options
    territories: Options
    required: frozenset[str]
    sets_sign: bool
    persons: Groups
    most: int
    form: Form


@dataclass(frozen=True, slots=True)
class Draft:
    """One 交办单 as it would be issued."""

    case_id: str
    number: str
    title: str
    orders: Sequence[tuple[str, str]]
    """Role and unit."""

    sign_by: datetime | None
    finish_by: datetime
    problem: str | None


@dataclass(frozen=True, slots=True)
class PreviewView:
    """Every 交办单 before anything is issued."""

    drafts: Sequence[Draft]
    issuable: int
    facts: Sequence[tuple[str, Any]]
    hidden: Sequence[tuple[str, str]]
    back: str
    form: Form


@dataclass(frozen=True, slots=True)
class Issued:
    """What became of one case."""

    number: str
    title: str
    href: str | None
    """None for what is no case."""

    problem: str | None


@dataclass(frozen=True, slots=True)
class ResultView:
    """After it: every case with what became of it, and the papers to print."""

    done: int
    results: Sequence[Issued]
    papers: Sequence[str]
    """Addresses of the papers, fifty in one file."""
