"""The OpenAPI description of a service: its `api` paths, how to log in, and how every operation may refuse."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.chassis.web.commands import POSITION_HEADER
from services.chassis.web.problems import Problem
from services.chassis.web.session import SESSION_COOKIE

COMMAND_METHODS = ("post", "put", "patch", "delete")
COMMAND_ID = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The client's id of this command. Sent again with the same body, the first answer is repeated.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The stream version the sender has seen; if what matters changed since, the answer is 409.",
    "schema": {"type": "string"},
}
POSITION = {
    "description": "<source>:<position> of the last event; give it to a GET as `?after=` to read your own write",
    "schema": {"type": "string"},
}


def describe(app: FastAPI) -> None:
    """Replace FastAPI's description: pages are not part of the API, problems are."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _description(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _description(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
    schema["paths"] = {path: item for path, item in schema["paths"].items() if "/api/" in path}
    components = schema.setdefault("components", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components.setdefault("schemas", {}).update(problem.pop("$defs", {}))
    components["schemas"]["Problem"] = problem
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
    }
    schema["security"] = [{"bearer": []}, {"session": []}]
    for item in schema["paths"].values():
        for method in COMMAND_METHODS:
            if method in item:
                _as_command(item[method])
    return schema


def _as_command(operation: dict[str, Any]) -> None:
    operation.setdefault("parameters", []).extend([COMMAND_ID, IF_MATCH])
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            response.setdefault("headers", {})[POSITION_HEADER] = POSITION
