"""What each page of supervision shows: frozen, with words already chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.reference.programmes import ActivePack
from services.supervision.web.rules import Rules
from services.ui.forms import Form


@dataclass(frozen=True, slots=True)
class QueueView:
    """回访队列."""

    rows: Sequence[dict[str, Any]]
    waiting: int
    state: str
    next: str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class FollowUpView:
    """One follow-up: who to call, what to ask, what was heard."""

    followup_id: str
    case_id: str
    number: str
    title: str
    text: str
    round: int
    leg: str
    due: datetime
    attempts: Sequence[datetime]
    handlers: Sequence[str]
    requester_ref: str | None
    office: str
    own_unit_handled: bool
    may_review: bool
    explains: str | None
    """The follow-up whose dissatisfaction is to be explained and ruled on."""

    result: dict[str, Any] | None
    cancelled: str | None
    """Why nobody is called any more."""

    form: Form
    satisfactions: Sequence[tuple[str, str]]
    methods: Sequence[tuple[str, str]]
    record_wanted: bool
    """Every call by telephone has its record at the exchange."""


@dataclass(frozen=True, slots=True)
class ProgrammesView:
    """Programmes with their rules in force, their history, and the form for new rules."""

    programmes: Sequence[ActivePack]
    history: dict[str, Sequence[ActivePack]]
    rules: dict[str, Rules]
    may_activate: bool
    form: Form
    problems: Sequence[tuple[str, str]]
