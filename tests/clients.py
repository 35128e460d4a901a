"""Who asks a service in its tests, within the process: a program with a token, a browser with a session, anybody."""

import httpx
from fastapi import FastAPI

from services.chassis.web.session import SESSION_COOKIE, User

ADDRESS = "http://127.0.0.1:8080"


def client(app: FastAPI, *, raises: bool = True, **headers: str) -> httpx.AsyncClient:
    """Nobody in particular. `raises`: a bug fails the test at its place, else it is answered as to anybody."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=raises)
    return httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers=headers)


def program(app: FastAPI, user: User, *, raises: bool = True, **headers: str) -> httpx.AsyncClient:
    """A program that acts for a user."""
    return client(app, raises=raises, authorization=f"Bearer {app.state.sessions.issue(user)}", **headers)


def browser(app: FastAPI, user: User | None = None) -> httpx.AsyncClient:
    """A browser, logged in if a user is given."""
    found = client(app, accept="text/html")
    if user is not None:
        found.cookies.set(SESSION_COOKIE, app.state.sessions.issue(user))
    return found
