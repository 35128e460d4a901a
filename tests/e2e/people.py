"""The demo's officials at their screens: a browser window each, logged in, watched for complaints."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from playwright.sync_api import Browser, Page

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
