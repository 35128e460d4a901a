"""Whatever an address asks for, no service breaks: numbers, days and moments at and beyond their limits.

What there is to ask for is read from each service's own description, pages included, so a new query is tried too.
"""

import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from pydantic import SecretStr

from contracts.supervision import ProgrammePackActivated
from deploy import eventmap
from services.chassis.clock import FixedClock
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.web import User
from services.chassis.web.app import make_app
from services.chassis.web.inputs import LARGEST
from services.dispatch.app import SPEC as DISPATCH
from services.intake.app import SPEC as INTAKE
from services.reference.words import ROLE_NAMES
from services.reporting.app import SPEC as REPORTING
from services.supervision.app import SPEC as SUPERVISION
from tests.clients import program
from tests.intake.conftest import NOW, PACK, settle, told

SPECS = {spec.name: spec for spec in (INTAKE, DISPATCH, SUPERVISION, REPORTING)}
ANYBODY = User("p-anybody", "演示全岗", "office", "区活动办", tuple(ROLE_NAMES))
"""Unknown to the directory, and so with the roles of the token: all of them."""

ACTIVATED = ProgrammePackActivated(
    programme_id="jw-2017",
    name="示例活动",
    pack_version=1,
    sha256=sha256(PACK).hexdigest(),
    content=PACK.decode(),
    effective_from=NOW,
)
ENDLESS = "/events"
"""Live notices, which never end."""

EXTREMES = (
    str(LARGEST),
    "9" * 500,
    "9999-12-31",
    "0001-01-01T00:00:00+14:00",
    "2017-07-17T00:00:00",
    "\x00",
    "\x01",
)
"""Numbers at and beyond the database's; moments that UTC cannot tell, and one that names no offset; no text at all."""


@dataclass(frozen=True)
class Asked:
    """One parameter of one address, and the others that the address needs."""

    path: str
    name: str
    place: str
    schema: dict[str, Any]
    others: dict[str, str]

    @property
    def is_number(self) -> bool:
        return "integer" in _kinds(self.schema)

    def url(self, value: str) -> tuple[str, dict[str, str]]:
        query = {**self.others, **({self.name: value} if self.place == "query" else {})}
        path = self.path.replace("{" + self.name + "}", quote(value, safe="")) if self.place == "path" else self.path
        return path, query


@pytest.fixture(params=eventmap.SERVICES)
async def app(
    request: pytest.FixtureRequest, pg_dsn_factory: Callable[[str], str], district: str, tmp_path: Path
) -> AsyncIterator[FastAPI]:
    """Each service on an empty database of its own."""
    settings = Settings(
        district=district,
        dsn=pg_dsn_factory(request.param),
        nats_url=None,
        secret=SecretStr("a secret that only the tests of this folder use"),
        data_dir=tmp_path,
        pool_size=4,
    )
    app = make_app(Service(SPECS[request.param], settings, clock=FixedClock(NOW)))
    async with app.router.lifespan_context(app):
        await begun(app)
        yield app


async def begun(app: FastAPI) -> None:
    """A programme is in force, so that pages look further than for one."""
    if app.state.service.log.source == "supervision":
        async with program(app, ANYBODY) as api:
            key = {"idempotency-key": "programme"}
            made = await api.post("/supervision/api/programmes", content=PACK, headers=key)
            assert made.status_code == 201, made.text
    else:
        await told(app, ACTIVATED, programme="jw-2017")
    await settle(app)


def asked(app: FastAPI) -> Iterator[Asked]:
    """Every parameter of every address that is read with GET."""
    shown = FastAPI()  # as the service, but with its pages in the description
    for route in iter_route_contexts(app.routes):
        endpoint, methods = getattr(route, "endpoint", None), getattr(route, "methods", None) or ()
        if "GET" in methods and endpoint is not None and route.path is not None:
            shown.add_api_route(route.path, endpoint, response_model=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two handlers may share a name, which only matters in a real description
        described = get_openapi(title="all", version="1", routes=shown.routes)
    for path, item in described["paths"].items():
        found = [one for one in item.get("get", {}).get("parameters", []) if one["in"] in ("query", "path")]
        if path.endswith(ENDLESS):
            continue
        sure = {one["name"]: _likely(one["schema"]) for one in found if one["in"] == "query" and one.get("required")}
        for one in found:
            filled = path
            for other in found:
                if other["in"] == "path" and other is not one:
                    filled = filled.replace("{" + other["name"] + "}", _likely(other["schema"]))
            yield Asked(filled, one["name"], one["in"], one["schema"], sure)


def _kinds(schema: dict[str, Any]) -> set[str]:
    own = {schema["type"]} if "type" in schema else set()
    return own.union(*(_kinds(one) for one in schema.get("anyOf", ())))


def _likely(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return str(schema["enum"][0])
    if "const" in schema:
        return str(schema["const"])
    if schema.get("format") in ("date", "date-time"):
        return "2017-07-17" if schema["format"] == "date" else "2017-07-17T00:00:00+08:00"
    return "1" if "integer" in _kinds(schema) else "x"


async def test_a_number_beyond_the_databases_is_a_problem_of_its_field(app: FastAPI) -> None:
    numbers = [one for one in asked(app) if one.is_number]
    assert numbers, "no address asks for a number: the description was not read"
    async with program(app, ANYBODY) as api:
        for one in numbers:
            for value in (str(LARGEST + 1), "-1", "1.5", "9" * 500):
                path, query = one.url(value)
                answer = await api.get(path, params=query)
                assert (answer.status_code, one.path) == (422, one.path), (one.name, value, answer.text)
                problem = answer.json()
                assert problem["code"] == "bad-fields", (one, problem)
                assert one.name in [error["field"] for error in problem["errors"]], (one, problem)


async def test_nothing_that_an_address_asks_for_breaks_a_service(app: FastAPI) -> None:
    broken = []
    async with program(app, ANYBODY) as api:
        for one in asked(app):
            for value in EXTREMES:
                path, query = one.url(value)
                answer = await api.get(path, params=query)
                if answer.status_code >= 500:
                    broken.append((one.path, one.name, value[:30], answer.status_code, answer.text[:200]))
    assert broken == []
