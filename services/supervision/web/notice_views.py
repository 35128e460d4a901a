"""What the pages of 督办单 show: their fields, and a slip's records in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts.codec import Recorded
from contracts.envelope import SYSTEM
from contracts.supervision import (
    EscalationRaised,
    ReplyVerified,
    SupervisionClosed,
    SupervisionNoticeIssued,
    SupervisionReplied,
)
from services.supervision.web.ladder_words import level_word, rule_word
from services.ui.forms import Form
from services.ui.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class LedgerView:
    rows: Sequence[dict[str, Any]]
    totals: dict[str, int]
    options: Sequence[tuple[str, str]]
    levels: Sequence[tuple[str, str]]
    states: Sequence[tuple[str, str]]
    unit: str
    level: str
    state: str
    own: bool
    query: str
    previous: str | None
    next: str | None
    may_issue: bool


@dataclass(frozen=True, slots=True)
class NewNoticeView:
    form: Form
    title: str
    case_id: str
    look: str
    """What a look at a post found, where the slip is about that."""

    duty_check_id: str
    units: Sequence[tuple[str, str]]
    unit: str
    levels: Sequence[tuple[str, str]]
    sources: Sequence[tuple[str, str]]
    programmes: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class NoticeView:
    form: Form
    notice: Any
    number: str
    title: str
    about_href: str | None
    level: tuple[str, str]
    source: str
    unit: str
    issuer: str
    cc: Sequence[str]
    standing: str
    late: bool
    history: Sequence[dict[str, Any]]
    may: frozenset[str]
    higher: Sequence[tuple[str, str]]
    heads: Sequence[tuple[str, str]]
    grounds: Sequence[tuple[str, str]]
    more: bool
    """Whether this person may do more than the next step."""
    bulletin_href: str | None


def told(one: Recorded, persons: dict[str, str]) -> dict[str, Any]:
    """One record in words."""
    event, who = one.event, one.envelope.actor
    by = _("系统按规则") if who == SYSTEM else persons.get(who.person, who.person)
    said: dict[str, Any] = {"at": one.envelope.time, "by": by}
    match event:
        case SupervisionNoticeIssued():
            return {**said, "title": _("发出"), "text": rule_word(event.rule_id), "tone": "info"}
        case SupervisionReplied(text=text, late=late):
            return {**said, "title": _("逾期反馈") if late else _("反馈"), "text": text, "tone": "plain"}
        case ReplyVerified(holds=holds, text=text):
            title = _("核查属实") if holds else _("核查不实")
            return {**said, "title": title, "text": text, "tone": "good" if holds else "bad"}
        case EscalationRaised(to_level=level, rule_id=rule, reason=reason):
            text = "　".join(part for part in (rule_word(rule), reason) if part)
            return {**said, "title": _("升为%(level)s", level=level_word(level)), "text": text, "tone": "bad"}
        case SupervisionClosed(verdict=verdict):
            return {**said, "title": _("销督"), "text": verdict, "tone": "good"}
        case _:
            return {**said, "title": event.TYPE, "text": "", "tone": "plain"}
