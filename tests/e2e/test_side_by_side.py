"""Two people at two screens: what one does the other sees, and nobody overwrites what they did not see."""

import time
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import TODAY, Background
from tests.e2e.people import at_screen, file_plan, token

pytestmark = pytest.mark.timeout(300)
"""The first test also waits for the whole installation and its sample days."""

LIVE_S = 2.0
ARRIVES_S = 15.0


class District:
    """What the tests need besides the screens: cases at once, through the API."""

    def __init__(self, url: str) -> None:
        self.url, self._client = url, httpx.Client(base_url=url, timeout=ARRIVES_S, trust_env=False)

    def act(self, login: str, path: str, **body: object) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {token(self.url, login)}", "Idempotency-Key": f"{path}-{time.time_ns()}"}
        answer = self._client.post(path, json=body, headers=headers)
        answer.raise_for_status()
        return dict(answer.json())

    def case(self, title: str) -> str:
        """An accepted request whose case has its number."""
        registered = self.act("shouli", "/intake/api/requests", title=title, text=title, territory="town-west")
        request = f"/intake/api/requests/{registered['request_id']}"
        self.act("shouli", f"{request}/accept")
        headers = {"Authorization": f"Bearer {token(self.url, 'paidan')}"}
        deadline = time.monotonic() + ARRIVES_S
        while time.monotonic() < deadline:
            seen = self._client.get(request, headers=headers)  # not there yet for somebody else: 404
            case = seen.json()["case_id"] if seen.is_success else None
            found = self._client.get(f"/dispatch/api/cases/{case}", headers=headers) if case else None
            if found is not None and found.is_success and found.json().get("case_no"):
                return str(case)
            time.sleep(0.1)
        raise AssertionError(f"no case for {title}")

    def hand_over(self, case: str) -> None:
        what = {"category": "farm-irrigation", "scope": "individual", "urgency": "real", "lead": "dept-farm"}
        self.act("paidan", f"/dispatch/api/cases/{case}/dispatch", **what)

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def district(huiyin: Background) -> Iterator[District]:
    made = District(huiyin.url)
    yield made
    made.close()


@pytest.mark.proof  # it looks at a clock, and a busy machine is slower
def test_a_change_shows_in_another_window_within_two_seconds(district: District, chromium: Browser) -> None:
    """Twice, since a region that is replaced by its content would be live only once."""
    titles = [f"东干渠第 {number} 斗口闸门锈死 {time.time_ns()}" for number in (1, 2)]
    cases = [district.case(title) for title in titles]
    with at_screen(chromium, district.url, "nongye") as page:
        page.goto("/dispatch/inbox")
        expect(page.locator(".live[data-on]")).to_be_visible()
        for title, case in zip(titles, cases, strict=True):
            district.hand_over(case)
            expect(page.locator("#to-sign tr", has_text=title)).to_be_visible(timeout=LIVE_S * 1000)


def test_two_at_one_case_lose_nothing_typed(district: District, chromium: Browser) -> None:
    case = district.case(f"机井电缆被盗 {time.time_ns()}")
    district.hand_over(case)
    with at_screen(chromium, district.url, "nongye") as first, at_screen(chromium, district.url, "nongye") as second:
        for page in (first, second):
            page.goto(f"/dispatch/cases/{case}")
        first.locator(".next").get_by_role("button", name="签收", exact=True).click()
        expect(first.locator(".entry-title", has_text="签收").first).to_be_visible()
        second.reload()
        typed = "已报警，电缆明日到货。"
        second.get_by_label("进展", exact=True).fill(typed)
        file_plan(first, f"{TODAY + timedelta(days=2):%Y-%m-%dT%H:%M}")
        second.get_by_role("button", name="报进展").click()
        expect(second.locator(".errors h2", has_text="内容已被更新")).to_be_visible()
        expect(second.locator(".errors li", has_text="报办理方案").first).to_be_visible()
        expect(second.get_by_label("进展", exact=True)).to_have_value(typed)
        second.get_by_role("button", name="报进展").click()
        expect(second.locator(".entry-text", has_text=typed)).to_be_visible()


def test_without_scripts_every_command_works(district: District, chromium: Browser) -> None:
    """From the visit to the strike-off by forms and links alone."""
    title = f"抗旱水泵损坏 {time.time_ns()}"
    with at_screen(chromium, district.url, "zoufang2", scripts=False) as page:
        page.goto("/intake/visits/new?subject=h-012")
        page.locator("input[name=outcome][value=asks]").check(force=True)
        page.get_by_label("问题描述").fill(title)
        page.get_by_role("button", name="保存走访").click()
        expect(page.get_by_text("走访已登记")).to_be_visible()
    with at_screen(chromium, district.url, "shouli", scripts=False) as page:
        page.goto("/intake/requests?status=new")
        page.get_by_role("link", name=title[:6]).first.click()
        page.get_by_role("button", name="受理，转派单席").click()
        expect(page.get_by_text("已受理").first).to_be_visible()
    with at_screen(chromium, district.url, "paidan", scripts=False) as page:
        _until_in_inbox(page, title)
        page.locator(".inbox a", has_text=title[:6]).first.click()
        page.get_by_label("类别").select_option("farm-irrigation")
        page.get_by_label("主办部门（条）").select_option("dept-farm")
        page.get_by_label("属地（块）").select_option("")
        page.get_by_role("button", name="派单并看下一件").click()
        expect(page.locator(".inbox a", has_text=title[:6])).to_have_count(0)
    with at_screen(chromium, district.url, "nongye", scripts=False) as page:
        page.goto("/dispatch/inbox")
        page.locator("#to-sign tr", has_text=title[:6]).get_by_role("link", name="签收").click()
        page.locator(".next").get_by_role("button", name="签收", exact=True).click()
        page.locator("summary", has_text="办结").click()
        form = page.locator("form[action$='/complete']")
        form.get_by_label("给诉求人的答复").fill("水泵已更换，已电话答复。")
        form.get_by_label("责任人").select_option(index=1)
        form.get_by_role("button", name="办结").click()
        page.locator(".next").get_by_role("button", name="销号").click()
        expect(page.locator(".case-state .chip", has_text="已销号")).to_be_visible()
        page.goto(f"{page.url.partition('?')[0]}?at=3")
        expect(page.locator(".entry")).to_have_count(3)


def _until_in_inbox(page: Page, title: str) -> None:
    deadline = time.monotonic() + ARRIVES_S
    page.goto("/dispatch/desk")
    while not page.locator(".inbox a", has_text=title[:6]).count():
        assert time.monotonic() < deadline, "the case never came to the desk"
        page.wait_for_timeout(200)
        page.reload()
