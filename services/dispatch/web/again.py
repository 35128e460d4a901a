"""A form that was refused, shown again: everything typed, what is wrong with it, and what others changed meanwhile."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from services.chassis.clock import LOCAL
from services.chassis.web import Refusal, User, command_id, expected_version
from services.dispatch.web.casepage import case_view
from services.dispatch.web.caseviews import CaseView
from services.dispatch.web.context import READ_WITHIN_S
from services.ui.forms import Form, new_command_id
from services.ui.i18n import gettext as _

FORM_FIELDS = {"finish_by": "finish_on"}
"""Where a refusal's field stands under another name in the desk's form."""


async def refused_form(
    request: Request, user: User, case_id: str, refusal: Refusal, *, fields: Mapping[str, str] | None = None
) -> Form:
    """After a 409 the form pins the version shown now, and says what happened since the one that was seen."""
    renamed = fields or {}
    errors = {renamed.get(name, name): text for name, text in refusal.errors.items()}
    changed: list[str] = []
    expected: int | None = expected_version(request)
    if refusal.stale:
        # What made it stale is in the log; the page must show it, or the next try would be refused for it again.
        service = request.app.state.service
        await service.caught_up("case_history", (await service.log.head()).seq, READ_WITHIN_S)
        view = await case_view(request, user, case_id)
        changed = changed_since(view, expected or view.version) or [_("此件刚被他人更新。")]
        expected = view.version
    general: list[Any] = [] if errors or changed else [refusal.problem.detail]
    # A refused command took no effect, but its id may be remembered with the old content; a 409 decides anew.
    again = new_command_id() if refusal.problem.status != 503 else command_id(request)
    return Form(refusal.values, errors, general, changed, expected, again)


def changed_since(view: CaseView, expected: int) -> list[str]:
    """What others did since the version a form was opened on, newest first."""
    return [
        _(
            "%(time)s %(who)s：%(title)s %(text)s",
            time=f"{entry.time.astimezone(LOCAL):%m-%d %H:%M}",
            who=" ".join(entry.actor[:2]),
            title=entry.title,
            text=entry.text[:80],
        ).strip()
        for entry in view.entries
        if entry.own_version is not None and entry.own_version > expected
    ]
