"""Reading: one's own write, forms as trees, sessions, headers, the API's description."""

from datetime import timedelta

import httpx
import jsonschema
import pytest
from fastapi import FastAPI
from itsdangerous import TimestampSigner
from starlette.datastructures import FormData

from services.chassis.web.forms import nested
from services.chassis.web.problems import Problem
from services.chassis.web.session import SESSION_COOKIE, Sessions
from tests.chassis.web.conftest import SECRET
from tests.chassis.web.notebook import WRITER
from tests.clients import client


async def test_a_page_says_when_it_cannot_show_a_position_yet(
    browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.chassis.web.freshness.FRESH_WITHIN_S", 0.1)
    assert "data-fresh=False" in (await browser.get("/dispatch/cases/c-1?after=dispatch:1")).text
    assert "data-fresh=False" in (await browser.get("/dispatch/cases/c-1?after=intake:7")).text
    assert "data-fresh=True" in (await browser.get("/dispatch/cases/c-1?after=nonsense")).text


def test_form_fields_nest_and_repeat() -> None:
    form = FormData(
        [
            ("text", "修路"),
            ("tags", "a"),
            ("tags", "b"),
            ("requests.1.text", "第二件"),
            ("requests.0.text", "第一件"),
            ("requests.0.note", "  "),
            ("person.name", "张三"),
            ("csrf", "x"),
            ("command_id", "y"),
        ]
    )
    assert nested(form) == {
        "text": "修路",
        "tags": ["a", "b"],
        "requests": [{"text": "第一件"}, {"text": "第二件"}],
        "person": {"name": "张三"},
    }


def test_a_session_ends_and_cannot_be_forged() -> None:
    sessions = Sessions(SECRET, secure=False)
    token = sessions.issue(WRITER)
    session = sessions.read(token, by_cookie=True)
    assert session is not None
    assert session.user == WRITER
    assert Sessions("another secret that is long enough", secure=False).read(token, by_cookie=True) is None
    # Not the last character: two of its bits are padding, and two spellings may be the same signature.
    forged = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]
    assert sessions.read(forged, by_cookie=True) is None


def test_an_old_session_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(SECRET, secure=False, length=timedelta(hours=1))
    token = sessions.issue(WRITER)
    now = TimestampSigner.get_timestamp
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: now(self) + 3700)
    assert sessions.read(token, by_cookie=True) is None


async def test_the_session_cookie_is_kept_from_scripts_and_other_sites(stranger: httpx.AsyncClient) -> None:
    cookie = (await stranger.post("/login", data={"who": "writer"})).headers["set-cookie"]
    assert cookie.startswith(f"{SESSION_COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


async def test_every_answer_carries_the_security_headers(stranger: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/dispatch/whoami", "/nowhere"):
        headers = (await stranger.get(path)).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'self';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"


async def test_the_api_describes_its_problems(api: httpx.AsyncClient) -> None:
    described = (await api.get("/dispatch/api/openapi.json")).json()
    assert list(described["paths"]) == ["/dispatch/api/cases/{case_id}/lines"]
    operation = described["paths"]["/dispatch/api/cases/{case_id}/lines"]["post"]
    assert {"Idempotency-Key", "If-Match"} <= {parameter["name"] for parameter in operation["parameters"]}
    for status in ("409", "422", "503"):
        schema = operation["responses"][status]["content"]["application/problem+json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Problem"}
    refused = (await api.post("/dispatch/api/cases/c-1/lines", json={})).json()
    jsonschema.validate(refused, Problem.model_json_schema())


async def test_too_large_a_body_is_refused(api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.chassis.web.envelope.MAX_BODY_BYTES", 1000)
    answer = await api.post("/dispatch/api/cases/c-1/lines", content=b"x" * 2000)
    assert (answer.status_code, answer.json()["status"]) == (413, 413)


async def test_a_fragment_of_a_page_is_sent_to_login_whole(app: FastAPI) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://127.0.0.1:8080/dispatch/cases/c-1?tab=2"}
    async with client(app, accept="text/html", **headers) as fragment:
        answer = await fragment.get("/dispatch/cases/c-1")
    assert answer.headers["hx-redirect"] == "/login?next=%2Fdispatch%2Fcases%2Fc-1%3Ftab%3D2"
