"""The whole desk without a mouse: from the inbox to the strike-off, with the focus always in sight."""

import time

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import Background
from tests.e2e.people import at_screen, token

pytestmark = pytest.mark.timeout(300)
"""The first test also waits for the whole installation and its sample days."""

TITLE = "石岗村口减速带脱落"
MOST_TABS = 120
IN_SIGHT = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect(), bar = document.querySelector('.bar');
  if (at === document.body || at.id === 'main') return 'nothing has the focus';
  if (!at.matches(':focus-visible, input[type^=date]:focus-within')) return 'the focus is not shown';
  if (at.closest('.bar, .skip')) return '';  // they lie above everything else
  const face = at.closest('label.choice')?.getBoundingClientRect() ?? box;
  return face.bottom > bar.getBoundingClientRect().bottom && face.top < innerHeight ? '' : 'the focus is out of sight';
}"""


def test_the_whole_desk_by_keyboard(huiyin: Background, chromium: Browser) -> None:
    url = huiyin.url
    _request(url)
    case = _hand_over(chromium, url)
    with at_screen(chromium, url, "xizhen") as page:
        page.goto("/dispatch/inbox")
        _to_row(page, TITLE)
        page.keyboard.press("e")
        expect(page).to_have_url(f"{url}/dispatch/cases/{case}")
        page.keyboard.press("e")
        expect(page.locator(".entry-title", has_text="签收").first).to_be_visible()
        _tab_to(page, page.locator("form[action$='/progress'] textarea[name=text]"))
        page.keyboard.type("已到现场，材料明日到。")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".entry-text", has_text="材料明日到").first).to_be_visible()
        _tab_to(page, page.locator("summary", has_text="办结"))
        page.keyboard.press("Enter")
        form = page.locator("form[action$='/complete']")
        _tab_to(page, form.locator("textarea[name=reply]"))
        page.keyboard.type("减速带已重新安装，已当面答复。")
        _tab_to(page, form.locator("select[name=responsible_person]"))
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".case-state .chip", has_text="已办结")).to_be_visible()
        page.keyboard.press("e")  # also if the case was drawn for a follow-up meanwhile: nobody's word came between
        expect(page.locator(".case-state .chip", has_text="已销号")).to_be_visible()


def _request(url: str) -> None:
    """Somebody calls the hotline; what follows is done by keys alone."""
    headers = {"Authorization": f"Bearer {token(url, 'shouli')}"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False) as shouli:
        said = {
            "channel": "hotline",
            "title": TITLE,
            "text": TITLE,
            "territory": "town-west",
            "category": "road-surface",
        }
        answer = shouli.post("/intake/api/requests", json=said, headers={"Idempotency-Key": "by-keyboard-1"})
        answer.raise_for_status()
        request = f"/intake/api/requests/{answer.json()['request_id']}"
        shouli.post(f"{request}/accept", json={}, headers={"Idempotency-Key": "by-keyboard-2"}).raise_for_status()


def _hand_over(chromium: Browser, url: str) -> str:
    """Suggestions as they stand: one key hands over, and the next case is there without a page load."""
    with at_screen(chromium, url, "paidan") as page:
        _until_listed(page, "/dispatch/desk", TITLE)
        _to_row(page, TITLE)
        page.keyboard.press("Enter")
        expect(page.locator("#desk-case h2")).to_contain_text(TITLE)
        action = page.locator("#desk-form").get_attribute("action") or ""
        expect(page.locator("#route")).to_contain_text("route[3]")
        expect(page.get_by_label("主办部门（条）")).to_have_value("town-west")
        page.evaluate("window.stayed = true")
        asked: list[str] = []
        page.on("request", lambda sent: asked.append(sent.method) if "/dispatch/desk" in sent.url else None)
        page.keyboard.press("Control+Enter")
        expect(page.locator("#desk-case h2")).not_to_contain_text(TITLE)
        assert asked == ["POST", "GET"]  # one answer brings the next case with its form
        assert page.evaluate("window.stayed") is True
        assert page.evaluate("document.activeElement !== document.body")
        return action.rpartition("/")[2]


def _to_row(page: Page, title: str) -> None:
    """`j` goes down the rows until the wanted one has the focus."""
    for _ in range(page.locator("[data-row]").count()):
        page.keyboard.press("j")
        assert page.evaluate(IN_SIGHT) == ""
        if page.locator("[data-row]:focus-within", has_text=title).count():
            return
    raise AssertionError(f"no row of {page.url} is {title}")


def _tab_to(page: Page, wanted: Locator) -> None:
    """Tab until the element has the focus; at every stop it must be seen."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        assert (hidden := page.evaluate(IN_SIGHT)) == "", (
            f"{hidden}: {page.evaluate('document.activeElement.outerHTML')}"
        )
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("the tab key never gets there")


def _until_listed(page: Page, address: str, words: str) -> None:
    """The case is opened by a reactor: the page is asked again until it stands there."""
    deadline = time.monotonic() + 10
    page.goto(address)
    while not page.locator(".inbox a", has_text=words).count():
        assert time.monotonic() < deadline, f"{address} never showed {words}"
        page.wait_for_timeout(200)
        page.reload()
