"""RFC 9457 problem details: what a refused request is told, in both languages."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.chassis.web.language import Language, Text

PROBLEM_JSON = "application/problem+json"


class FieldProblem(BaseModel):
    """What is wrong with one field, in words for the person who filled it in."""

    model_config = ConfigDict(frozen=True)

    field: str
    message: str


class Problem(BaseModel):
    """An RFC 9457 problem. `code` is the stable name a program can act on; the sentences are for people."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(description="urn:huiyin:problem:<code>")
    title: str
    status: int
    detail: str
    code: str
    instance: str
    errors: list[FieldProblem] = []
    expected: int | None = Field(None, description="409: the version the sender had seen")
    actual: int | None = Field(None, description="409: the version now")
    allowed: list[str] | None = Field(None, description="403: the roles that may do this")
    correlation_id: str = Field("", description="quote it when asking for help")

    def by_field(self) -> dict[str, str]:
        """Field name to message, for the form that is shown again."""
        return {error.field: error.message for error in self.errors}


TITLES: dict[int, Text] = {
    400: Text("请求不完整", "Bad request"),
    401: Text("请先登录", "Please log in"),
    403: Text("没有权限", "Not permitted"),
    404: Text("没有找到", "Not found"),
    405: Text("不支持的操作", "Method not allowed"),
    409: Text("内容已有变化", "It has changed meanwhile"),
    413: Text("内容太大", "Too large"),
    415: Text("不支持的格式", "Unsupported format"),
    422: Text("未能办理", "Could not be done"),
    500: Text("系统出错", "Something went wrong"),
    503: Text("暂时不可用", "Temporarily unavailable"),
}


def title(status: int, language: Language) -> str:
    return TITLES.get(status, TITLES[500] if status >= 500 else TITLES[400]).say(language)


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """The problem as its own media type."""
    return Response(
        problem.model_dump_json(exclude_none=True).encode(),
        status_code=problem.status,
        media_type=PROBLEM_JSON,
        headers=headers,
    )


def openapi_responses() -> dict[int | str, dict[str, Any]]:
    """How every operation may refuse, for the API's description."""
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    said = {
        400: "incomplete: no Idempotency-Key, malformed body",
        401: "no session, or it ran out",
        403: "the roles in `allowed` may do this, or the form token is missing",
        404: "no such thing",
        409: "it changed since `expected`; or the claim is taken",
        422: "refused by a rule, bad fields, or the same Idempotency-Key with another body",
        503: "the log takes no commands now, or the database is away; see Retry-After",
    }
    return {status: {"description": text, "content": content} for status, text in said.items()}
