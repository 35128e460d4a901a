"""The demo's officials at their screens: a browser window each, logged in, watched for complaints."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from playwright.sync_api import Browser, Page, expect

from deploy.demo.load import PASSWORD
from tests.e2e import browser as drive

SESSION = "huiyin_session"


@contextmanager
def at_screen(
    chromium: Browser,
    url: str,
    login: str,
    *,
    phone: bool = False,
    scripts: bool = True,
    language: str = "zh",
    own_policy: bool = True,
    quiet: bool = True,
) -> Iterator[Page]:
    """A window of somebody who is logged in; at its end nothing may have been complained about."""
    with drive.visit(chromium, url, phone=phone, language=language, scripts=scripts, own_policy=own_policy) as tab:
        tab.context.add_cookies([{"name": SESSION, "value": token(url, login), "url": url}])
        yield tab.page
        if quiet:
            assert unexpected(tab.complaints) == []


_tokens: dict[tuple[str, str], str] = {}


def token(url: str, login: str) -> str:
    """What logging in gives; the login page itself is used where a test is about it."""
    if (url, login) not in _tokens:
        answer = httpx.post(f"{url}/intake/api/session", json={"login": login, "password": PASSWORD}, trust_env=False)
        answer.raise_for_status()
        _tokens[url, login] = answer.json()["token"]
    return _tokens[url, login]


def unexpected(complaints: list[str]) -> list[str]:
    """A browser also calls a refusal (409, 422) an error; those are asked for."""
    return [one for one in complaints if "status of 4" not in one]


def pick(page: Page, words: str, *, within: str = "main") -> None:
    """Tap a choice (a chip or a segment) by its words."""
    page.locator(f"{within} label.choice:visible", has_text=words).first.click()


def file_plan(page: Page, resolve_by: str) -> None:
    """On the page of a case whose order one has signed."""
    page.locator("summary", has_text="报办理方案").click()
    form = page.locator("form[action$='/plan']")
    form.get_by_label("责任人").select_option(index=1)
    form.get_by_label("责任领导").select_option(index=1)
    form.get_by_label("责任部门").fill("业务科")
    form.get_by_label("化解措施").fill("现场核实，落实经费，限期修复。")
    form.get_by_label("化解时限").fill(resolve_by)
    form.get_by_role("button", name="报方案").click()
    expect(page.locator(".entry-title", has_text="报办理方案").first).to_be_visible()
