"""How a refused request is answered: a problem for programs, the form or an error page for people."""

import asyncio
import html
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import asyncpg
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.chassis.decider import NotYet, Rejected
from services.chassis.failures import away
from services.chassis.files.failures import FileMissing, FilesAway
from services.chassis.handle import StaleForm
from services.chassis.log.types import ClaimTaken, CommandReused, Conflict, EventTooLarge, LogClosed, SideRowRefused
from services.chassis.web.auth import Forbidden, NotSignedIn
from services.chassis.web.commands import FORM_TYPES, SAFE_METHODS
from services.chassis.web.forms import OUR_FIELDS
from services.chassis.web.language import language
from services.chassis.web.problems import Problem, problem_response
from services.chassis.web.refusals import (
    AWAY_CODE,
    RETRY_AFTER_S,
    SHOWN_SOON_S,
    CsrfFailed,
    FormErrors,
    Incomplete,
    Refusal,
    problem_of,
)

REFUSALS: tuple[type[Exception], ...] = (
    Rejected,
    StaleForm,
    Conflict,
    CommandReused,
    ClaimTaken,
    SideRowRefused,
    EventTooLarge,
    LogClosed,
    FileMissing,
    FilesAway,
    NotSignedIn,
    Forbidden,
    CsrfFailed,
    FormErrors,
    Incomplete,
    RequestValidationError,
    HTTPException,
)
SERVERS: tuple[type[Exception], ...] = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""What a database that is away causes, among else: told apart by `away`; answered here, where the form is at hand."""

AGAIN_WITHIN_S = 3.0
"""A form's page may need the database that is away; then the form is given back without its page."""

log = structlog.get_logger("refusals")
NO_WORDS = OUR_FIELDS | {"password"}
"""Fields of a form that nobody typed to be read."""

ProblemPage = Callable[[Request, Problem, Mapping[str, Any]], Response]

SENDABLE = (401, 503)
"""Refusals that end by themselves or by logging in: the same form, sent again, may then be taken."""


def install(app: FastAPI) -> None:
    """Answer every refusal in one way; bugs come here from the request envelope."""
    for kind in (*REFUSALS, *SERVERS):
        app.add_exception_handler(kind, refuse)


async def refuse(request: Request, error: Exception) -> Response:
    """The answer to `error`: nothing typed is lost, whatever went wrong."""
    problem = _counted(request, error)
    if wants_problem(request):
        return problem_response(problem, _headers(error))
    if isinstance(error, NotSignedIn) and request.method in SAFE_METHODS:
        return _to_login(request)
    pageless = False
    try:
        response = await _page_again(request, problem)
    except REFUSALS as failed:
        # What the page stood on is gone, as a rhythm that the pack had when the form was opened. The first refusal
        # is the one that says why; the page's own would say that there is no page.
        log.info("the form's own page is refused", code=problem.code, page=repr(failed), path=request.url.path)
        response, pageless = None, True
    except SERVERS as failed:
        if not away(failed):
            raise
        problem, error = (problem, error) if away(error) else (_counted(request, failed), failed)
        response = None
    if response is None:
        response = _error_page(request, await _with_typed(request, problem, pageless=pageless))
    response.status_code = problem.status
    response.headers.update(_headers(error))
    return response


def _counted(request: Request, error: Exception) -> Problem:
    problem = problem_of(request, error)
    request.app.state.service.metrics.refusal(problem.code)
    if problem.status == 500:
        log.error("bug", exc_info=error, path=request.url.path)
    elif problem.code == AWAY_CODE:
        log.warning("the database does not answer", error=repr(error), path=request.url.path)
    return problem


async def _page_again(request: Request, problem: Problem) -> Response | None:
    """The page of the refused form, with what was typed; None when it has none, or after a bug."""
    again = getattr(request.state, "again", None)
    if again is None or problem.status == 500:
        return None
    async with asyncio.timeout(AGAIN_WITHIN_S if problem.code == AWAY_CODE else None):
        response: Response = await again(Refusal(problem, getattr(request.state, "values", {})))
    return response


def wants_problem(request: Request) -> bool:
    """Programs get problem+json: everything under an `api` path, bearers, and whoever does not ask for a page."""
    if "/api/" in request.url.path or "authorization" in request.headers:
        return True
    return "text/html" not in request.headers.get("accept", "text/html").replace("*/*", "text/html")


def _headers(error: Exception) -> dict[str, str]:
    match error:
        case LogClosed() | FilesAway():
            return {"Retry-After": str(RETRY_AFTER_S)}
        case _ if away(error):
            return {"Retry-After": str(RETRY_AFTER_S)}
        case NotYet():
            return {"Retry-After": str(SHOWN_SOON_S)}
        case NotSignedIn():
            return {"WWW-Authenticate": "Bearer"}
        case HTTPException(headers=headers) if headers:
            return dict(headers)
        case _:
            return {}


def _to_login(request: Request) -> Response:
    """To the login page and back; a fragment cannot be redirected, so htmx is told to go there whole."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": f"/login?next={quote(_page(request), safe='')}"})
    return RedirectResponse(f"/login?next={quote(here, safe='')}", status_code=303)


def _page(request: Request) -> str:
    """The page a fragment belongs to, as a path on this site."""
    shown = request.headers.get("hx-current-url", "")
    return "/" + shown.split("/", 3)[3] if shown.count("/") >= 3 else "/"


async def _with_typed(request: Request, problem: Problem, *, pageless: bool = False) -> Refusal:
    """What can be sent again as it is keeps every field, also when its own page cannot be shown.

    Its form token is given back as it came, never a good one in its place; files cannot be given back. What cannot be
    sent again and has no page any more is given back as words to copy.
    """
    if request.method in SAFE_METHODS or not (pageless or problem.status in SENDABLE):
        return Refusal(problem)
    if not request.headers.get("content-type", "").startswith(FORM_TYPES):
        return Refusal(problem)
    form = await request.form()
    typed = {name: [value for value in form.getlist(name) if isinstance(value, str)] for name in form}
    if problem.status in SENDABLE:
        return Refusal(problem, typed)
    words = {name: [value for value in typed[name] if value.strip()] for name in typed if name not in NO_WORDS}
    return Refusal(problem, {name: values for name, values in words.items() if values})


def _error_page(request: Request, refusal: Refusal) -> Response:
    """The shared screens' page, or without those screens our own plain one; either can send the typed form again."""
    shared: ProblemPage | None = getattr(request.app.state, "problem_page", None)
    if shared is None:
        return _plain_page(request, refusal)
    return shared(request, refusal.problem, refusal.values)


def _plain_page(request: Request, refusal: Refusal) -> Response:
    problem = refusal.problem
    again = ""
    if refusal.values:
        again = _resubmit(request, refusal) if problem.status in SENDABLE else _words(refusal)
    said = {"zh": "zh-CN", "en": "en"}[language(request)]
    page = (
        f'<!doctype html><html lang="{said}"><meta charset="utf-8"><title>{html.escape(problem.title)}</title>'
        f"<h1>{html.escape(problem.title)}</h1><p>{html.escape(problem.detail)}</p>{again}"
        f"<p><small>{html.escape(problem.correlation_id)}</small></p></html>"
    )
    return HTMLResponse(page)


def _resubmit(request: Request, refusal: Refusal) -> str:
    fields = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(str(value))}">'
        for name, values in refusal.values.items()
        for value in _each(values)
    )
    return (
        f'<p><a href="/login" target="_blank">登录 / Log in</a></p><form method="post" '
        f'action="{html.escape(request.url.path)}">{fields}<button>再次提交 / Send again</button></form>'
    )


def _words(refusal: Refusal) -> str:
    said = "".join(
        f"<li>{html.escape(str(value))}</li>" for values in refusal.values.values() for value in _each(values)
    )
    return f"<p>刚才填写的内容 / What you typed</p><ul>{said}</ul>"


def _each(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]
