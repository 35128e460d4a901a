"""What every slice of the API answers to a command, and in which role a person acts."""

from typing import Any

from starlette.responses import Response

from services.chassis.handle import Outcome
from services.chassis.web import Forbidden, User, accepted


def permitted(user: User, roles: tuple[str, ...]) -> str:
    """The first of `roles` that the user holds."""
    for role in roles:
        if user.has(role):
            return role
    raise Forbidden(roles)


def answered(outcome: Outcome, **more: Any) -> Response:
    """201 with what was recorded, 200 when it was so already."""
    content = {
        **more,
        "version": outcome.version,
        "position": outcome.token,
        "repeated": outcome.repeated,
        "events": [event.TYPE for event in outcome.events],
    }
    return accepted(outcome, content, status_code=201 if outcome.events and not outcome.repeated else 200)
