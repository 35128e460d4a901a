"""Commands over HTTP: who asks, under which id, having seen which version, and what they are answered."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from fastapi.responses import JSONResponse
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from contracts.envelope import Meta
from services.chassis.handle import Outcome
from services.chassis.telemetry import current_traceparent
from services.chassis.web.language import Text
from services.chassis.web.refusals import CsrfFailed, Incomplete
from services.chassis.web.session import Session, User, current_session, sessions

POSITION_HEADER = "Huiyin-Position"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
COMMAND_ID = re.compile(r"[\x21-\x7e]{1,200}")
NO_KEY = Text(
    "缺少 Idempotency-Key（表单为 command_id）：重复提交时无法辨认。",
    "Idempotency-Key is missing (command_id in a form): a repeat could not be told from a new command.",
)
NUL = Text("地址或表单中含有空字符（NUL），未予受理。", "A NUL character in the address or the form is refused.")
LONGEST_VERSION = 18
"""Digits of a number that surely fits the database's 64 bits."""
BAD_EXPECTED = Text("expected 或 If-Match 应为版本号。", "expected or If-Match must be a version number.")


async def guard(request: Request) -> None:
    """Runs before every handler: reads a command's id, expected version and fingerprint, and refuses forgeries."""
    _refuse_nul((request.scope["path"], *(part for pair in request.query_params.multi_items() for part in pair)))
    _refuse_nul(map(str, request.path_params.values()))
    if request.method in SAFE_METHODS:
        return
    form = await request.form() if _is_form(request) else FormData()
    request.state.form = form  # the envelope closes its files when the request is answered
    _refuse_nul(_words(form))
    session = current_session(request)
    _check_origin(request, session)
    if session and session.by_cookie:
        token = request.headers.get("x-csrf-token") or form.get("csrf")
        if not sessions(request).csrf_holds(session, token if isinstance(token, str) else None):
            raise CsrfFailed
    request.state.command_id = request.headers.get("idempotency-key", "").strip('"') or form.get("command_id")
    request.state.expected = form.get("expected") or request.headers.get("if-match", "").removeprefix("W/").strip('"')
    expected_version(request)  # refused here: a form that is shown again needs it readable
    request.state.fingerprint = await _fingerprint(request, session, form)


def _refuse_nul(texts: Iterable[str]) -> None:
    """No person can type it and no database text holds it; of the words in a JSON body the input models say so."""
    if any("\0" in text for text in texts):
        raise Incomplete("nul", NUL)


def _words(form: FormData) -> Iterator[str]:
    for name, value in form.multi_items():
        yield name
        yield value if isinstance(value, str) else value.filename or ""


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith(FORM_TYPES)


def _check_origin(request: Request, session: Session | None) -> None:
    """Refuses what another site makes a browser send; programs (bearer, no Origin) are not browsers."""
    if session and not session.by_cookie:
        return
    site = request.headers.get("sec-fetch-site")
    if site:
        if site not in ("same-origin", "none"):
            raise CsrfFailed
        return
    origin = request.headers.get("origin")
    own = {request.headers.get("host"), request.app.state.public_host}
    if origin is not None and urlsplit(origin).netloc not in own:
        raise CsrfFailed


async def _fingerprint(request: Request, session: Session | None, form: FormData) -> bytes:
    """What makes two requests the same command: person, route and everything sent but the form token."""
    person = session.user.person_id if session else ""
    digest = hashlib.sha256(f"{person}\n{request.method} {request.url.path}\n".encode())
    if not _is_form(request):
        digest.update(await request.body())
        return digest.digest()
    for name, value in sorted(form.multi_items(), key=lambda item: item[0]):
        if name not in ("csrf", "command_id"):
            digest.update(f"{name}={await _content(value)}\n".encode())
    return digest.digest()


async def _content(value: str | UploadFile) -> str:
    if isinstance(value, str):
        return repr(value)
    content = await value.read()
    await value.seek(0)
    return f"{value.filename!r} {hashlib.sha256(content).hexdigest()}"


def command_id(request: Request) -> str:
    """The id the client gave this command; a command without one is refused, because a repeat would double."""
    given: object = getattr(request.state, "command_id", None)
    if not isinstance(given, str) or not COMMAND_ID.fullmatch(given):
        raise Incomplete("idempotency-key", NO_KEY)
    return given


def expected_version(request: Request) -> int | None:
    """The stream version the sender had seen: hidden field `expected`, or If-Match; none when not pinned."""
    given: object = getattr(request.state, "expected", None)
    if not given or given == "*":
        return None
    if not isinstance(given, str) or not _is_version(given):
        raise Incomplete("expected", BAD_EXPECTED)
    return int(given)


def _is_version(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_VERSION


def fingerprint(request: Request) -> bytes:
    """What `Commands.handle` takes as `body`: the same id with another fingerprint is refused (422)."""
    value: bytes = request.state.fingerprint
    return value


def command_meta(
    request: Request,
    user: User,
    *,
    role: str | None = None,
    part: str | None = None,
    programme: str | None = None,
    pack_version: str | None = None,
    occurred_at: datetime | None = None,
    captured_at: datetime | None = None,
    privacy_class: str | None = None,
) -> Meta:
    """What the events of this request say about it. `part` tells apart several commands of one request."""
    given = command_id(request)
    return Meta(
        command_id=f"{given}/{part}" if part else given,
        actor=user.actor(role),
        programme=programme,
        pack_version=pack_version,
        occurred_at=occurred_at,
        captured_at=captured_at,
        correlation_id=request.state.correlation_id,
        privacy_class=privacy_class,
        traceparent=current_traceparent(),
    )


async def perform(
    request: Request,
    decider: Any,
    stream: str,
    command: Any,
    meta: Meta,
    *,
    side: Any = (),
    claims: Any = (),
    pinned: bool = True,
) -> Outcome:
    """Decide and append one command of this request, under its id, fingerprint and expected version.

    `pinned=False` ignores the expected version, for a part of a request that touches another stream.
    """
    service = request.app.state.service
    started = perf_counter()
    outcome: Outcome = await service.commands.handle(
        decider,
        stream,
        command,
        meta,
        body=fingerprint(request),
        expected=expected_version(request) if pinned else None,
        side=side,
        claims=claims,
    )
    service.metrics.append(perf_counter() - started)
    return outcome


def accepted(outcome: Outcome, content: Any = None, *, status_code: int = 200) -> Response:
    """An API's answer to a command: what was asked for, and the position to wait for with `?after=`."""
    return JSONResponse(content, status_code=status_code, headers={POSITION_HEADER: outcome.token})


def see_other(outcome: Outcome, url: str) -> Response:
    """A form's answer: to the page that shows the effect, which waits for it with `?after=`."""
    where, _, anchor = url.partition("#")
    joined = f"{where}{'&' if '?' in where else '?'}after={outcome.token}"
    return RedirectResponse(
        f"{joined}#{anchor}" if anchor else joined, status_code=303, headers={POSITION_HEADER: outcome.token}
    )
