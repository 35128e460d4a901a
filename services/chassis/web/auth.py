"""Which roles may do what: dependencies that give the user or refuse with the roles that could."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from services.chassis.web.session import User, current_session


class NotSignedIn(Exception):
    """401: nobody is logged in, or the session ran out."""


class Forbidden(Exception):
    """403: the user holds none of the roles that may do this."""

    def __init__(self, allowed: tuple[str, ...], detail: str | None = None) -> None:
        super().__init__(", ".join(allowed))
        self.allowed, self.detail = allowed, detail


def maybe_user(request: Request) -> User | None:
    """The user, or none; called by pages that everyone may see."""
    session = current_session(request)
    return session.user if session else None


# Async although they wait for nothing: FastAPI sends plain functions through a thread, at each request.
async def current_user(request: Request) -> User:
    """A dependency that gives the user; refuses a request without a session."""
    user = maybe_user(request)
    if user is None:
        raise NotSignedIn
    return user


def require(*roles: str) -> Callable[[Request], Awaitable[User]]:
    """A dependency that gives the user if they hold one of `roles`: `user: Annotated[User, Depends(require("x"))]`."""

    async def permitted(request: Request) -> User:
        user = await current_user(request)
        if not user.has(*roles):
            raise Forbidden(roles)
        return user

    return permitted


CurrentUser = Annotated[User, Depends(current_user)]
"""Shorthand for handlers: `async def page(request: Request, user: CurrentUser)`."""
