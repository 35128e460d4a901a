"""From what went wrong to the problem that says so: one table for the API and for pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from services.chassis.decider import NotYet, Rejected
from services.chassis.failures import away
from services.chassis.files.failures import FileMissing, FilesAway
from services.chassis.handle import StaleForm
from services.chassis.log.types import ClaimTaken, CommandReused, Conflict, EventTooLarge, LogClosed, SideRowRefused
from services.chassis.web.auth import Forbidden, NotSignedIn
from services.chassis.web.language import Text, language, translate
from services.chassis.web.problems import FieldProblem, Problem, title
from services.chassis.web.wording import wording

RETRY_AFTER_S = 5
"""A log that refuses commands compares heads with its peers at every reconnect; a database that restarts takes as
long. Sooner asks for nothing."""

AWAY_CODE = "database-away"

SHOWN_SOON_S = 1
"""A read model that is behind takes up what it lacks many times a second."""


class FormErrors(Exception):
    """A form that cannot be read: every bad field with its message, and what was typed."""

    def __init__(self, errors: Mapping[str, Text], values: Mapping[str, Any]) -> None:
        super().__init__(", ".join(errors))
        self.errors, self.values = errors, values


class Incomplete(Exception):
    """A request that lacks or misspells something its sender's program must give (400)."""

    def __init__(self, code: str, detail: Text) -> None:
        super().__init__(detail.en)
        self.code, self.detail = code, detail


class CsrfFailed(Exception):
    """A form that does not prove that it comes from our own page for this person."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a form's page is shown again with: the problem and everything that was typed."""

    problem: Problem
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def errors(self) -> dict[str, str]:
        """Field name to message."""
        return self.problem.by_field()

    @property
    def stale(self) -> bool:
        """Whether the refusal is about a change by somebody else, so that the page shows the state now."""
        return self.problem.status == 409


FORM_DETAIL = Text("有 {count} 处需要改正", "{count} fields need correction")
NOT_SIGNED_IN = Text("尚未登录，或登录已过期。", "You are not logged in, or your session has run out.")
WHO_CAN = Text("此操作需要的岗位：{roles}。", "The roles that may do this: {roles}.")
CSRF = Text(
    "此表单不是为当前登录的人打开的，请重新打开页面再提交。",
    "This form was not opened for the person now logged in; open the page again and submit.",
)
STALE = Text("您打开此页之后，内容已被他人更改。", "Somebody else changed this after you opened the page.")
CONFLICT = Text("多人同时办理此件，请再试一次。", "Several people acted on this at once; try again.")
REUSED = Text("同一编号的提交内容不同，未予受理。", "This command id was already used with another body.")
CLAIMED = Text("“{key}”已被占用。", "“{key}” is already taken.")
CLOSED = Text(
    "日志正在核对，暂不受理；内容未丢失，请稍后再试。", "The log is being checked and takes no commands; try later."
)
AWAY = Text(
    "此次未办理，或结果未知；请稍后原样再提交一次，不会重复办理。",
    "This was not done, or its outcome is not known. Send the same again in a moment: it will not be done twice.",
)
AWAY_READING = Text(
    "这一页暂时打不开，请稍后重新打开。", "This page cannot be shown just now; open it again in a moment."
)
BROKEN = Text(
    "系统出错，已记录。请凭编号求助。", "Something went wrong and was recorded. Quote the id when asking for help."
)
ALREADY = Text("与已有记录冲突，未予办理。", "It contradicts what is recorded already.")
TOO_LARGE = Text("内容太大，请缩短后再提交。", "There is too much of it; shorten it and send again.")
FILE_MISSING = Text("文件缺失。", "The file is missing.")
FILES_AWAY = Text(
    "文件库暂时没有应答，此次未办理；请稍后再试，已填的内容还在。",
    "The file store does not answer just now; nothing was done. Try again in a moment: what you typed is kept.",
)
NOT_FOUND = Text("没有这个页面或事项。", "There is no such page or thing.")


def problem_of(request: Request, error: Exception) -> Problem:
    """The problem that tells `error`; anything not named here is a bug and becomes a 500."""
    status, code, detail, extra = _told(request, error)
    said = language(request)
    return Problem(
        type=f"urn:huiyin:problem:{code}",
        title=title(status, said),
        status=status,
        detail=detail.say(said) if isinstance(detail, Text) else detail,
        code=code,
        instance=request.url.path,
        correlation_id=getattr(request.state, "correlation_id", ""),
        **extra,
    )


Told = tuple[int, str, Text | str, dict[str, Any]]


def _told(request: Request, error: Exception) -> Told:
    said = language(request)
    match error:
        case Rejected():
            return _rejected(request, error)
        case StaleForm():
            return 409, "stale-form", STALE, {"expected": error.expected, "actual": error.actual}
        case Conflict():
            return 409, "conflict", CONFLICT, {"expected": error.expected, "actual": error.actual}
        case CommandReused():
            return 422, "command-reused", REUSED, {}
        case ClaimTaken():
            return 409, "claim-taken", CLAIMED.say(said, key=error.key), {}
        case SideRowRefused():
            return 409, "already-there", ALREADY, {}
        case EventTooLarge():
            return 413, "too-large", TOO_LARGE, {}
        case LogClosed():
            return 503, "log-closed", CLOSED, {}
        case NotSignedIn():
            return 401, "not-signed-in", NOT_SIGNED_IN, {}
        case Forbidden():
            return _forbidden(request, error)
        case FileMissing():
            return 404, "file-missing", FILE_MISSING, {}
        case FilesAway():
            return 503, "files-away", FILES_AWAY, {}
        case CsrfFailed():
            return 403, "form-token", CSRF, {}
        case Incomplete():
            return 400, error.code, error.detail, {}
        case _:
            return _malformed(request, error)


def _malformed(request: Request, error: Exception) -> Told:
    said = language(request)
    match error:
        case FormErrors():
            fields = [FieldProblem(field=name, message=text.say(said)) for name, text in error.errors.items()]
            return 422, "bad-fields", FORM_DETAIL.say(said, count=len(fields)), {"errors": fields}
        case RequestValidationError():
            fields = [_field(item, request) for item in error.errors()]
            return 422, "bad-fields", FORM_DETAIL.say(said, count=len(fields)), {"errors": fields}
        case HTTPException():
            detail = {404: NOT_FOUND, 413: TOO_LARGE}.get(error.status_code) or str(error.detail)
            return error.status_code, f"http-{error.status_code}", detail, {}
        case _ if away(error):
            return 503, AWAY_CODE, AWAY_READING if request.method in ("GET", "HEAD") else AWAY, {}
        case _:
            return 500, "bug", BROKEN, {}


def _rejected(request: Request, error: Rejected) -> Told:
    message = translate(request, error.message)
    if error.params:
        message = message.format(**error.params)
    errors = [FieldProblem(field=error.field, message=message)] if error.field else []
    return 503 if isinstance(error, NotYet) else 422, error.code, message, {"errors": errors}


def _forbidden(request: Request, error: Forbidden) -> Told:
    names: Mapping[str, str] = getattr(request.app.state, "role_names", {})
    said = language(request)
    roles = ("、" if said == "zh" else ", ").join(translate(request, names.get(r, r)) for r in error.allowed)
    detail = translate(request, error.detail) if error.detail else WHO_CAN.say(said, roles=roles)
    return 403, "not-permitted", detail, {"allowed": list(error.allowed)}


def _field(item: dict[str, Any], request: Request) -> FieldProblem:
    # The first part of a place says where it came from (body, query, path), which tells a person nothing.
    place = [str(part) for part in item["loc"]]
    name = ".".join(place[1:]) or place[0]
    return FieldProblem(field=name, message=wording(item).say(language(request)))
