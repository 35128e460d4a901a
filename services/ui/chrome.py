"""What surrounds every page: who is logged in, where they are, the language switch and the simulated clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request

from services.chassis.web.session import User, csrf_token, current_session
from services.ui.i18n import NP_, gettext, language

LOGIN, ME, LOGOUT, HELP = "/login", "/intake/me", "/intake/logout", "/intake/help"


class Now(Protocol):
    """The part of the chassis' clock that a page needs."""

    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation bar; `key` is the letter after `g`."""

    name: str
    href: str
    label: str
    key: str
    badge: str | None = None
    counts_for: tuple[str, ...] = ()
    """Roles that have something to count there: nobody else's page asks for the number."""


DISPATCHING = (
    "dispatcher", "programme_office", "work_group_lead", "unit_clerk", "unit_leader", "leading_group",
)  # fmt: skip
REVIEWING = ("supervisor", "discipline", "programme_office")
HANDLING = ("unit_clerk", "unit_leader")
"""Reminded of deadlines, and answering slips."""
NAV = (
    Place("intake", "/intake/", NP_("nav", "走访"), "v", "/intake/_badge", ("intake_clerk", "programme_office")),
    Place("dispatch", "/dispatch/", NP_("nav", "交办"), "d", "/dispatch/_badge", DISPATCHING),
    Place("supervision", "/supervision/", NP_("nav", "督办"), "s", "/supervision/_badge", (*REVIEWING, *HANDLING)),
    Place("reporting", "/reporting/", NP_("nav", "通报"), "r"),
    Place("audit", "/audit/", NP_("nav", "审计"), "a"),
)
# Four thumbs' worth: what a cadre and a handler do away from a desk.
THUMB = (
    ("intake", "/intake/", "map-pin", NP_("nav", "走访")),
    ("dispatch", "/dispatch/", "clipboard-list", NP_("nav", "待办")),
    ("reporting", "/reporting/", "chart-bar", NP_("nav", "驾驶舱")),
    ("me", ME, "user", NP_("nav", "我的")),
)
REVIEW_THUMB = ("supervision", "/supervision/", "phone", NP_("nav", "督办"))
"""Reviewers call back from their phones; they visit nobody."""
REVIEWERS = ("supervisor", "discipline")


@dataclass(frozen=True, slots=True)
class Chrome:
    """The frame of one page, as base.html reads it."""

    service: str
    place: str
    district: str
    language: str
    other_language_url: str
    user: User | None
    csrf: str
    session_ends: int | None
    simulated_now: datetime | None
    fresh: bool
    as_of: datetime | None

    @property
    def thumb(self) -> tuple[tuple[str, str, str, str], ...]:
        """The phone's bottom bar, by what this person does."""
        reviews = self.user is not None and self.user.has(*REVIEWERS)
        return (REVIEW_THUMB, *THUMB[1:]) if reviews else THUMB

    @property
    def title_suffix(self) -> str:
        return " | ".join(part for part in (gettext("回音"), self.district) if part)


def build(
    request: Request,
    service: str,
    *,
    district: str | Callable[[], str],
    clock: Now | None,
    simulated: bool,
    fresh: bool = True,
    as_of: datetime | None = None,
) -> Chrome:
    # Without sessions (a bare application showing the style guide) everyone is a stranger.
    session = current_session(request) if hasattr(request.app.state, "sessions") else None
    return Chrome(
        service=service,
        place=_place(request.url.path, service),
        district=district() if callable(district) else district,
        language=language(),
        other_language_url=_switch(request),
        user=session.user if session else None,
        csrf=csrf_token(request) if session else "",
        session_ends=int(session.expires.timestamp()) if session else None,
        simulated_now=clock.now() if simulated and clock is not None else None,
        fresh=fresh,
        as_of=as_of,
    )


def _place(path: str, service: str) -> str:
    if path.startswith(ME):
        return "me"
    return "audit" if path.startswith("/audit") else service


def _switch(request: Request) -> str:
    """The same page in the other language, keeping its filters; a form's address cannot be asked for again by GET."""
    target = "en" if language() == "zh" else "zh"
    kept = [(k, v) for k, v in parse_qsl(request.url.query) if k not in {"lang", "after"}]
    path = request.url.path if request.method in {"GET", "HEAD"} else "/"
    return f"{path}?{urlencode([*kept, ('lang', target)])}"
