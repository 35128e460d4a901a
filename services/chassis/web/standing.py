"""What the logged-in person may do now: a role given or taken away counts from the next request, not the next login."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from starlette.requests import Request

from services.chassis.web.session import current_session


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's unit and their roles there, as the service knows them at this moment."""

    unit_id: str
    unit_name: str
    roles: tuple[str, ...]


StandingOf = Callable[[str], Awaitable[Standing | None]]
"""From a person's id; none when the service does not know the person."""


async def renew_standing(request: Request) -> None:
    """Runs before every handler: the session keeps who it is, the service says as what.

    Whoever the service does not know keeps what their signed token says: the installer is no person of the directory,
    and a service that is being filled knows nobody yet.
    """
    standing_of: StandingOf | None = getattr(request.app.state, "standing_of", None)
    session = current_session(request)
    if session is None or standing_of is None:
        return
    now = await standing_of(session.user.person_id)
    if now is None:
        return
    user = replace(session.user, unit_id=now.unit_id, unit_name=now.unit_name, roles=now.roles)
    request.state.session = replace(session, user=user)
