"""A database that is away: pages and programs are told to come back, and no form is lost."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from deploy.local.postgres import Postgres
from services.chassis.failures import away
from services.chassis.log.types import Conflict
from services.chassis.web.refusals import RETRY_AFTER_S
from tests.chassis.transport.until import until
from tests.chassis.web.test_commands import FORM, form_fields, problem, write


@pytest.fixture
def stopped(postgres: Postgres, app: FastAPI) -> Iterator[Postgres]:
    """The server, which the test may stop; it runs again afterwards, before the service ends."""
    yield postgres
    if postgres.process is None:
        postgres.start()


async def test_nothing_is_lost_while_the_database_is_away(
    stopped: Postgres, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    fields = await form_fields(browser, text="已到现场")
    await asyncio.to_thread(stopped.stop)

    answer = await write(api, "已到现场")
    assert "会重复" in str(problem(answer, 503, "database-away")["detail"])
    assert answer.headers["retry-after"] == str(RETRY_AFTER_S)
    page = await browser.get("/dispatch/cases/c-1")
    assert (page.status_code, page.headers["retry-after"]) == (503, str(RETRY_AFTER_S))
    assert "text/html" in page.headers["content-type"]
    assert "请稍后重新打开" in page.text
    form = await browser.post(FORM, data=fields)
    assert (form.status_code, form.headers["retry-after"]) == (503, str(RETRY_AFTER_S))
    assert "<input name=text value='已到现场'>" in form.text  # the form's own page
    form = await browser.post("/dispatch/cases/away/lines", data=fields)  # whose page asks the database too
    assert form.status_code == 503
    for name, value in fields.items():
        assert f'name="{name}" value="{value}"' in form.text

    stopped.start()  # from this thread: the server ends with the thread that started it

    async def taken() -> bool:
        return (await browser.post(FORM, data=fields)).status_code == 303

    await until(taken)
    assert (await write(api, "再次到场", "k-2")).headers["huiyin-position"] == "dispatch:2"


def test_only_a_server_that_is_away_is_worth_asking_again() -> None:
    assert away(ConnectionRefusedError())
    assert away(OSError("Multiple exceptions: [Errno 111] Connect call failed"))
    assert away(TimeoutError())
    assert not away(FileNotFoundError("a template"))
    assert not away(Conflict("case-1", 1, 2))
