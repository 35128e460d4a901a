"""HTTP around a service: the names that pages, actions and APIs use."""

from services.chassis.log.types import SideRow
from services.chassis.web.auth import CurrentUser, Forbidden, NotSignedIn, current_user, maybe_user, require
from services.chassis.web.commands import (
    accepted,
    command_id,
    command_meta,
    expected_version,
    fingerprint,
    perform,
    see_other,
)
from services.chassis.web.forms import Many, read_form, show_again
from services.chassis.web.freshness import fresh
from services.chassis.web.language import Text, language, translate
from services.chassis.web.problems import FieldProblem, Problem
from services.chassis.web.refusals import FormErrors, Incomplete, Refusal
from services.chassis.web.session import User, clear_session, csrf_token, set_session

__all__ = [
    "CurrentUser",
    "FieldProblem",
    "Forbidden",
    "FormErrors",
    "Incomplete",
    "Many",
    "NotSignedIn",
    "Problem",
    "Refusal",
    "SideRow",
    "Text",
    "User",
    "accepted",
    "clear_session",
    "command_id",
    "command_meta",
    "csrf_token",
    "current_user",
    "expected_version",
    "fingerprint",
    "fresh",
    "language",
    "maybe_user",
    "perform",
    "read_form",
    "require",
    "see_other",
    "set_session",
    "show_again",
    "translate",
]
