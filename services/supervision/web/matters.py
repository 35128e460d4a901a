"""What a deadline or a slip is about, when it is no order: in words, and on which page it stands."""

from typing import Any

from contracts.supervision import ClockKind
from services.reference.words import CLOCK_KINDS
from services.supervision.web.reads import Reads
from services.ui.i18n import gettext as _

PLACES = {
    "task": "/supervision/tasks",
    "promise": "/supervision/commitments",
    "notice": "/supervision/notices",
    "rectification": "/supervision/rectifications",
    "follow-up": "/supervision/followups",
    "appeal": "/supervision/assessments",
}
DUTY_CHECK = "duty-check"
ON_A_PAGE = ("promise", "appeal")
"""Of several on one page the address names the page alone."""

KINDS: dict[str, ClockKind] = {
    "task": "task",
    "promise": "promise",
    "rectification": "rectify",
    "follow-up": "follow_up",
    "appeal": "appeal",
    "bind": "bind",
    "review": "review",
}
"""Matters that are a deadline's: told by its kind."""


def href(matter: str | None, case_id: str | None) -> str | None:
    """A matter's own page, else its case's; a promise stands on the card of its owner, an appeal on its table."""
    sort, _colon, where = (matter or "").partition(":")
    if sort == DUTY_CHECK:
        return f"/supervision/duty-checks#{where}"
    if sort in PLACES:
        return f"{PLACES[sort]}/{where.partition('/')[0] if sort in ON_A_PAGE else where}"
    return f"/dispatch/cases/{case_id}" if case_id else None


async def words(found: Reads, row: Any) -> str:
    """Of a slip: the case's title, or what its deadline was about; of anything else what the slip calls it."""
    sort, _sep, rest = row["matter"].partition(":")
    [title] = await found.texts([row["title"]]) if row["title"] is not None else [row["about"]]
    if sort == DUTY_CHECK:
        return _("查岗不合格")
    if sort in KINDS:
        kind = _(CLOCK_KINDS[KINDS[sort]])
        return f"{kind}：{title}" if title else kind
    return title or (_("单独督办事项") if sort in ("told", "notice") else rest or row["matter"])
