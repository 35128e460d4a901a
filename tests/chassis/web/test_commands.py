"""Commands over HTTP: one effect for one id, and a refusal that says what to do for every way to go wrong."""

import asyncio
import re
from collections.abc import Mapping

import httpx
import pytest

URL = "/dispatch/api/cases/c-1/lines"
FORM = "/dispatch/cases/c-1/lines"


async def write(api: httpx.AsyncClient, text: str, key: str = "k-1", **headers: str) -> httpx.Response:
    return await api.post(URL, json={"text": text}, headers={"Idempotency-Key": key, **headers})


async def form_fields(browser: httpx.AsyncClient, **fields: str) -> Mapping[str, str]:
    page = await browser.get("/dispatch/cases/c-1")
    found = re.search(r"data-csrf=(\w+)", page.text)
    assert found
    return {"csrf": found[1], "command_id": "f-1", **fields}


def problem(response: httpx.Response, status: int, code: str) -> Mapping[str, object]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: Mapping[str, object] = response.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:huiyin:problem:{code}")
    return body


async def test_a_command_answers_where_its_effect_lies(api: httpx.AsyncClient) -> None:
    answer = await write(api, "已到现场")
    assert (answer.status_code, answer.json()) == (201, {"version": 1})
    assert answer.headers["huiyin-position"] == "dispatch:1"


async def test_twenty_equal_posts_at_once_have_one_effect(api: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(write(api, "已到现场") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.headers["huiyin-position"] for answer in answers} == {"dispatch:1"}
    assert (await write(api, "再次到场", "k-2")).headers["huiyin-position"] == "dispatch:2"


async def test_the_same_id_with_another_body_is_refused(api: httpx.AsyncClient) -> None:
    await write(api, "已到现场")
    problem(await write(api, "另一内容"), 422, "command-reused")


async def test_a_command_without_an_id_is_refused(api: httpx.AsyncClient) -> None:
    problem(await api.post(URL, json={"text": "已到现场"}), 400, "idempotency-key")


async def test_a_bad_field_is_named_in_both_languages(api: httpx.AsyncClient) -> None:
    body = problem(await write(api, "短"), 422, "bad-fields")
    assert body["errors"] == [{"field": "text", "message": "至少 2 个字"}]
    body = problem(await write(api, "短", **{"Accept-Language": "en-GB,zh;q=0.5"}), 422, "bad-fields")
    assert body["errors"] == [{"field": "text", "message": "At least 2 characters"}]


async def test_a_refusal_by_the_rules_says_why_and_is_not_remembered(api: httpx.AsyncClient) -> None:
    for number in range(5):
        await write(api, f"第{number}次", f"k-{number}")
    body = problem(await write(api, "第六次", "k-6"), 422, "full")
    assert body["detail"] == "最多写 5 条"
    assert body["errors"] == [{"field": "text", "message": "最多写 5 条"}]
    problem(await write(api, "第七次", "k-6"), 422, "full")


async def test_a_stale_version_is_refused_and_told(api: httpx.AsyncClient) -> None:
    await write(api, "已到现场")
    await write(api, "已经修好", "k-2")
    body = problem(await write(api, "还没有修", "k-3", **{"If-Match": '"1"'}), 409, "stale-form")
    assert (body["expected"], body["actual"]) == (1, 2)
    problem(await write(api, "还没有修", "k-3", **{"If-Match": "later"}), 400, "expected")


async def test_who_may_not_is_told_who_may(reader_api: httpx.AsyncClient) -> None:
    body = problem(await write(reader_api, "已到现场"), 403, "not-permitted")
    assert body["allowed"] == ["handler"]
    assert "承办人" in str(body["detail"])


async def test_nobody_logged_in(stranger: httpx.AsyncClient) -> None:
    problem(await write(stranger, "已到现场"), 401, "not-signed-in")
    page = await stranger.get("/dispatch/cases/c-1?tab=2")
    assert (page.status_code, page.headers["location"]) == (303, "/login?next=%2Fdispatch%2Fcases%2Fc-1%3Ftab%3D2")


async def test_a_closed_log_asks_to_come_back(api: httpx.AsyncClient, app: object) -> None:
    service = app.state.service  # type: ignore[attr-defined]
    service.log.refuse("compared with its peers")
    answer = await write(api, "已到现场")
    problem(answer, 503, "log-closed")
    assert answer.headers["retry-after"] == "5"


async def test_a_bug_is_a_problem_with_an_id_to_quote(api: httpx.AsyncClient) -> None:
    answer = await write(api, "bug")
    body = problem(answer, 500, "bug")
    assert body["correlation_id"] == answer.headers["x-correlation-id"]
    assert "default-src 'self'" in answer.headers["content-security-policy"]


async def test_a_form_goes_to_the_page_that_shows_its_effect(browser: httpx.AsyncClient) -> None:
    answer = await browser.post(FORM, data=await form_fields(browser, text="已到现场"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/dispatch/cases/c-1?after=dispatch:1#end")
    page = await browser.get(answer.headers["location"])
    assert "data-fresh=True>1</p>" in page.text


async def test_a_refused_form_comes_back_with_what_was_typed(browser: httpx.AsyncClient) -> None:
    answer = await browser.post(FORM, data=await form_fields(browser, text="短"))
    assert answer.status_code == 422
    assert "value='短'><i>至少 2 个字" in answer.text
    await browser.post(FORM, data=await form_fields(browser, text="已到现场"))
    await browser.post(FORM, data=await form_fields(browser, text="已经修好", command_id="f-2"))
    stale = await browser.post(FORM, data=await form_fields(browser, text="还没有修", command_id="f-3", expected="1"))
    assert stale.status_code == 409
    assert "value='还没有修'" in stale.text


@pytest.mark.parametrize("token", [None, "", "0" * 64])
async def test_a_form_without_our_token_is_refused(browser: httpx.AsyncClient, token: str | None) -> None:
    fields = {**await form_fields(browser, text="已到现场"), "csrf": token}
    answer = await browser.post(FORM, data={name: value for name, value in fields.items() if value is not None})
    assert answer.status_code == 403
    assert ">0</p>" in (await browser.get("/dispatch/cases/c-1")).text


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}])
async def test_another_site_cannot_post_even_a_login(stranger: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert (await stranger.post("/login", data={"who": "writer"}, headers=headers)).status_code == 403


async def test_a_form_sent_after_the_session_ran_out_keeps_what_was_typed(
    browser: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    fields = await form_fields(browser, text="写了很久的内容")
    answer = await stranger.post(FORM, data=fields)
    assert answer.status_code == 401
    assert 'name="text" value="写了很久的内容"' in answer.text
    await stranger.post("/login", data={"who": "writer"})
    assert (await stranger.post(FORM, data=fields)).status_code == 303


async def test_a_form_whose_page_is_gone_is_refused_for_its_own_reason_with_what_was_typed(
    browser: httpx.AsyncClient,
) -> None:
    """The page's own refusal neither hides the first one nor becomes a fault of ours."""
    fields = await form_fields(browser, text="短", note="<b>已到现场</b>")
    refused = await browser.post("/dispatch/cases/gone/lines", data=fields)
    assert refused.status_code == 422
    assert "text/html" in refused.headers["content-type"]
    assert "&lt;b&gt;已到现场&lt;/b&gt;" in refused.text
    assert "没有这种表单" not in refused.text
    assert fields["csrf"] not in refused.text
