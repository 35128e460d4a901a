"""One way to drive a real browser for every test: launch options, login, accessibility check, screenshots.

with browser() as chromium, visit(chromium, base_url, phone=True) as tab:
    sign_in(tab.page, base_url, "zhaomin", "…")
    tab.page.goto(base_url + "/dispatch/")
    assert axe(tab.page) == []
    screenshot(tab.page, "dispatch-phone")
    assert tab.complaints == []      # console errors and failed requests
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = os.environ.get("HUIYIN_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=zh-CN",
]
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PICTURES = Path(os.environ.get("HUIYIN_PICTURES", ".huiyin/pictures"))
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {
    "runOnly": {"type": "tag", "values": RULES},
    "resultTypes": ["violations", "incomplete"],
    "preload": False,  # fetches style sheets once more, for a rule that none of the tags names
}
IN_SIGHT = """node => {
  const cell = document.querySelector(node.target[0]), box = cell?.closest('.scroll')?.getBoundingClientRect();
  const at = cell?.getBoundingClientRect();
  return !box || (at.left >= box.left && at.right <= box.right);
}"""
"""A cell scrolled out of a wide table's box cannot be judged there; its neighbours in sight look the same."""

STEP_TIMEOUT_MS = int(os.environ.get("HUIYIN_STEP_TIMEOUT_MS", "10000"))  # two busy cores; longer is felt as a failure


@dataclass
class Tab:
    """A page with its own cookies, and everything the browser complained about while it was open."""

    page: Page
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)


def available() -> bool:
    """Tests that need a browser skip with a clear word where there is none."""
    return Path(CHROMIUM).exists()


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        chromium = play.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS, env={**os.environ, "LANGUAGE": "zh_CN", "LANG": "zh_CN.UTF-8"}
        )
        try:
            yield chromium
        finally:
            chromium.close()


@contextmanager
def visit(
    chromium: Browser,
    base_url: str | None = None,
    *,
    phone: bool = False,
    language: str = "zh",
    scripts: bool = True,
    own_policy: bool = False,
) -> Iterator[Tab]:
    """A new context for each language and size, so that no cookie leaks from one picture into the next.

    The pages' content policy is set aside, so that axe can be injected; `own_policy` keeps it, to see that nothing
    complains (then neither axe nor `page.wait_for_function` work).
    """
    context = chromium.new_context(
        base_url=base_url,
        viewport=PHONE if phone else DESK,  # type: ignore[arg-type]
        device_scale_factor=2 if phone else 1,
        has_touch=phone,
        is_mobile=phone,
        locale="zh-CN" if language == "zh" else "en-US",
        timezone_id="Asia/Shanghai",
        java_script_enabled=scripts,
        bypass_csp=not own_policy,
    )
    context.set_default_timeout(STEP_TIMEOUT_MS)
    page = context.new_page()
    tab = Tab(page, context)
    page.on(
        "console", lambda m: tab.complaints.append(f"{m.type}: {m.text}") if m.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda e: tab.complaints.append(f"script: {e}"))
    try:
        yield tab
    finally:
        context.close()


def sign_in(page: Page, base_url: str, account: str, password: str) -> None:
    """Through the login page, as a person does."""
    page.goto(f"{base_url}/login")
    page.fill("input[name=account]", account)
    page.fill("input[name=password]", password)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/login" not in url)


@cache
def _axe_source() -> str:
    spec = find_spec("axe_playwright_python")
    if spec is None or spec.origin is None:
        raise RuntimeError("axe-playwright-python is not installed")
    return next(Path(spec.origin).parent.rglob("axe.min.js")).read_text("utf-8")


def axe(page: Page) -> list[str]:
    """Accessibility violations as "rule: selector" lines; also contrasts that axe could not decide."""
    if not page.evaluate("'axe' in window"):  # half a megabyte to parse: once a page, whatever its width
        page.evaluate(_axe_source())
    result: dict[str, Any] = page.evaluate("options => axe.run(document, options)", OPTIONS)
    found = [_line(rule, node) for rule in result["violations"] for node in rule["nodes"]]
    unsure = [rule for rule in result["incomplete"] if rule["id"] == "color-contrast"]
    found += [_line(rule, node) for rule in unsure for node in rule["nodes"] if page.evaluate(IN_SIGHT, node)]
    return found


def _line(rule: dict[str, Any], node: dict[str, Any]) -> str:
    return f"{rule['id']}: {' '.join(map(str, node['target']))} | {node['html'][:120]}"


def sideways(page: Page) -> int:
    """By how many pixels the page scrolls sideways; 0 is right."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def screenshot(page: Page, name: str, *, whole: bool = False) -> Path:
    """Kept to be looked at, not compared pixel by pixel."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = PICTURES / f"{name}.png"
    page.screenshot(path=path, full_page=whole)
    return path
