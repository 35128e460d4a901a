"""Who asks a service in its tests, within the process: a program with a token, a browser with a session, anybody."""

import httpx
from fastapi import FastAPI

from services.chassis.web.session import SESSION_COOKIE, User

ADDRESS = "http://127.0.0.1:8080"


def client(app: FastAPI, **headers: str) -> httpx.AsyncClient:
    """Nobody in particular."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS, headers=headers)


def program(app: FastAPI, user: User, **headers: str) -> httpx.AsyncClient:
    """A program that acts for a user."""
    return client(app, authorization=f"Bearer {app.state.sessions.issue(user)}", **headers)


def browser(app: FastAPI, user: User | None = None) -> httpx.AsyncClient:
    """A browser, logged in if a user is given."""
    found = client(app, accept="text/html")
    if user is not None:
        found.cookies.set(SESSION_COOKIE, app.state.sessions.issue(user))
    return found
