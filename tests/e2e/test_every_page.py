"""Every page in both languages and both widths, as it is and refused: accessible, quiet, light, in one language."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import httpx
import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as PageTimeout

from deploy.demo.load import PROGRAMME
from services.ui import catalogue
from tests.e2e import browser as drive
from tests.e2e.conftest import Background
from tests.e2e.people import SESSION, token, unexpected
from tests.e2e.supervised import furnish

pytestmark = pytest.mark.timeout(300)
"""The first test also waits for the whole installation and its sample days."""

LIST_KB, PAGE_KB, CHART_KB = 60, 120, 300
MOST_REQUESTS = 10
HEARD_WITHIN_S = 20.0
SETTLED_MS = 150
"""What a page fetches after it loaded has begun by then."""

TEXTS = """() => {
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walk.nextNode(); text; text = walk.nextNode()) {
    if (/[\\u4e00-\\u9fff]/.test(text.data) && !text.parentElement.closest('[lang|=zh], script, .choice')) {
      found.push(text.data.trim());
    }
  }
  return found;
}"""
"""Chinese words of a page but those marked as such, and choices, which a pack names."""


ALSO_NAMES = {"其他", "活动综述"}
"""Words of the interface that the demo's pack also calls something by."""

PLACES = re.compile(r"%\([a-z_]+\)s|\{[a-z_]+\}")


@cache
def interface() -> list[re.Pattern[str]]:
    """Every sentence of the interface; a page in English shows none of them, whatever names and titles it shows."""
    files = (BytesIO(catalogue.file_of(name).read_bytes()) for name in catalogue.FOLDERS)
    known = (message for file in files for message in read_po(file))
    sentences = {str(one.id[0] if isinstance(one.id, tuple) else one.id) for one in known if one.id}
    return [
        re.compile(".+".join(re.escape(part.replace("%%", "%")) for part in PLACES.split(sentence)))
        for sentence in sentences
        if len(re.findall(r"[\u4e00-\u9fff]", sentence)) > 1 and sentence not in ALSO_NAMES
    ]


@dataclass(frozen=True, slots=True)
class Look:
    """One page as one person opens it; `press` sends its form as it stands, to see it refused."""

    path: str
    login: str | None
    press: str | None = None
    lists: bool = False


def handling(url: str) -> list[Look]:
    """The pages of intake and dispatch, with the ids that this installation gave."""
    case, order = _case(url, "桥西路"), _case(url, "河塘")
    request = _first(url, "shouli", "/intake/api/requests?status=open", "request_id")
    return [
        Look("/login", None, press="main button[type=submit]"),
        Look("/intake/visits", "zoufang", lists=True),
        Look("/intake/visits/new?subject=h-003", "zoufang", press=".save-bar .button-primary"),
        Look("/intake/pairings", "zoufang", lists=True),
        Look("/intake/pairings/new", "huodongban", press=".save-bar .button-primary"),
        Look(f"/intake/pairings/{_first(url, 'zoufang', '/intake/api/pairings', 'pairing_id')}", "dongzhenling"),
        Look("/intake/activities", "zoufang", lists=True),
        Look("/intake/activities/new?kind=research_report", "zoufang", press=".save-bar .button-primary"),
        Look("/intake/activities/sample-activity-1", "zoufang"),
        Look("/intake/me", "zoufang"),
        Look("/intake/requests", "shouli", lists=True),
        Look("/intake/requests?q=zzz", "shouli"),
        Look(f"/intake/requests/{request}", "shouli"),
        Look("/intake/requests/new", "shouli", press=".save-bar .button-primary"),
        Look("/intake/directory", "guanli"),
        Look("/intake/looks", "shenji"),
        Look("/dispatch/desk", "paidan"),
        Look("/dispatch/cases", "paidan", lists=True),
        Look("/dispatch/cases?light=closed&q=zzz", "paidan"),
        Look(f"/dispatch/cases/{case}", "jiaotong", press=".next .button-primary"),
        Look(f"/dispatch/cases/{case}?at=5", "jiaotong"),
        Look(f"/dispatch/cases/{order}", "xizhen"),
        Look("/dispatch/inbox", "zhujian", lists=True),
        Look("/dispatch/inbox", "zhuanxi"),
        Look("/dispatch/returns", "paidan", press="main form .button-primary"),
        Look("/dispatch/bulk", "paidan", press="main form .button-primary"),
        Look("/dispatch/extensions", "huodongban"),
        Look(f"/dispatch/consultations/new?case={case}", "huodongban", press="main form .button-primary"),
        Look("/dispatch/rules", "paidan"),
        Look("/dispatch/ledger", "huodongban", lists=True),
        Look("/dispatch/lines", "paidan"),
        Look("/dispatch/orders", "huodongban", lists=True),
        Look("/dispatch/unit", "zhujian"),
        Look("/dispatch/unit/bulletin", "zhujian"),
        Look("/dispatch/desk", "zoufang"),
        Look("/dispatch/cases/nothing", "paidan"),
    ]


def overseeing(url: str) -> list[Look]:
    """The pages of supervision and reporting."""
    case, made = _case(url, "桥西路"), furnish(url)
    followup = _first(url, "ducha", "/supervision/api/followups", "followup_id")
    return [
        Look("/supervision/followups", "ducha", lists=True),
        Look("/supervision/followups?state=done", "ducha"),
        Look(f"/supervision/followups/{followup}", "ducha", press=".save-bar .button-primary"),
        Look("/supervision/clocks", "ducha", lists=True),
        Look("/supervision/notices", "ducha", lists=True),
        Look("/supervision/notices/new", "ducha", press=".save-bar .button-primary"),
        Look(f"/supervision/notices/{made['notice']}", "ducha"),
        Look(f"/supervision/notices/{made['notice']}", "minzheng"),
        Look("/supervision/rectifications", "ducha", lists=True),
        Look(f"/supervision/rectifications/{made['rectification']}", "minzheng"),
        Look("/supervision/accountability", "jijian"),
        Look("/supervision/cadence", "huodongban"),
        Look("/supervision/cadence/ledger", "huodongban"),
        Look("/supervision/cadence/meetings", "huodongban", lists=True),
        Look("/supervision/cadence/meetings/new", "huodongban", press=".save-bar .button-primary"),
        Look(f"/supervision/cadence/meetings/{made['meeting']}", "huodongban"),
        Look("/supervision/coverage", "huodongban"),
        Look(f"/supervision/coverage/{_coverage(url, 'households')}", "huodongban", press="main form .button-primary"),
        Look(f"/supervision/coverage/{_coverage(url, 'section_and_above')}", "ducha"),
        Look("/supervision/tasks", "huodongban"),
        Look(f"/supervision/tasks/{made['plan']}/t1", "dongzhen"),
        Look("/supervision/quotas", "huodongban"),
        Look("/supervision/commitments", "ducha", lists=True),
        Look("/supervision/commitments/new", "dongzhen", press=".save-bar .button-primary"),
        Look(f"/supervision/commitments/{made['card']}", "dongzhenling"),
        Look(f"/supervision/programmes/{PROGRAMME}", "huodongban"),
        Look(f"/supervision/reviews/{made['review']}", "ducha"),
        Look("/supervision/duty-checks", "ducha", press=".save-bar .button-primary"),
        Look(
            f"/supervision/notices/new?duty_check_id={made['duty_check']}", "ducha", press=".save-bar .button-primary"
        ),
        Look(f"/supervision/checks/{made['check']}", "ducha"),
        Look(f"/supervision/checks/calls-{PROGRAMME}-2026-03", "ducha"),
        Look("/supervision/assessments", "ducha", lists=True),
        Look(f"/supervision/assessments/{made['assessment']}", "dongzhenling", press="#appeals .button-primary"),
        Look("/supervision/assessments/live", "ducha"),
        Look(f"/supervision/assessments/{made['assessment']}/behind?object=town-east&kind=kpi&item=K16a", "ducha"),
        Look("/supervision/reviews", "ducha", lists=True),
        Look("/supervision/checks", "ducha", press="main form .button-primary", lists=True),
        Look("/supervision/signals", "ducha", lists=True),
        Look(f"/supervision/bulletins/{_bulletin(url, case)}", "ducha"),
        Look("/supervision/bulletins", "ducha", lists=True),
        Look("/supervision/bulletins/new", "ducha", press=".save-bar .button-primary"),
        Look("/supervision/programmes", "huodongban", press="#new .button-primary"),
        Look("/reporting/", "lingdao"),
        Look("/reporting/r03", "huodongban"),
        Look("/reporting/r02", "huodongban"),
        Look("/reporting/r06", "huodongban"),
        Look(f"/reporting/r06/members?programme={PROGRAMME}&figure=left", "huodongban"),
        Look("/reporting/r22", "huodongban"),
        Look("/reporting/r18", "huodongban"),
        Look("/reporting/r19", "huodongban"),
        Look("/reporting/r21", "huodongban"),
        Look("/reporting/r09", "huodongban"),
        Look("/reporting/r11", "ducha"),
        Look("/reporting/r14", "lingdao", press="form[action='/reporting/r14'] .button-primary"),
        Look("/reporting/runs", "huodongban"),
        Look("/audit/", "shenji"),
    ]


@pytest.mark.parametrize("part", [handling, overseeing], ids=["handling", "overseeing"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_accessible_quiet_and_light(
    huiyin: Background, chromium: Browser, language: str, part: Callable[[str], list[Look]]
) -> None:
    found: list[str] = []
    with drive.visit(chromium, huiyin.url, language=language) as tab:
        wire = _Wire(tab)
        for look in part(huiyin.url):
            _become(tab, huiyin.url, look.login)
            address = f"{look.path}{'&' if '?' in look.path else '?'}lang={language}"
            wire.sizes.clear()
            tab.page.goto(address, wait_until="load")
            if language == "zh":
                tab.page.wait_for_timeout(SETTLED_MS)
                found += [f"{look.path}: {weight}" for weight in wire.too_heavy(look)]
            found += [f"{look.path}: {fault}" for fault in _faults(tab.page, language)]
            if look.press:
                # The server's own refusal, not the browser's.
                tab.page.evaluate("for (const form of document.forms) form.noValidate = true")
                tab.page.locator(look.press).first.click()
                try:
                    tab.page.locator(".errors").first.wait_for()
                    found += [f"{look.path} refused: {fault}" for fault in _faults(tab.page, language)]
                except PageTimeout:
                    found.append(f"{look.path} is not refused: {tab.page.url}")
            found += [f"{look.path}: {words}" for words in unexpected(tab.complaints)]
            tab.complaints.clear()
    assert found == []


def _become(tab: drive.Tab, url: str, login: str | None) -> None:
    tab.context.clear_cookies()
    if login:
        tab.context.add_cookies([{"name": SESSION, "value": token(url, login), "url": url}])


def _faults(page: Page, language: str) -> list[str]:
    """In English what a translation can break: its width, and words that stayed Chinese. Structure, names and colours
    come from the same templates, axe looks at the style guide in both languages, and costs more than all else here.
    """
    found = []
    for size, name in ((drive.DESK, "desk"), (drive.PHONE, "phone")):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        if language == "zh":
            found += [f"{name} {fault}" for fault in drive.axe(page)]
        if over := drive.sideways(page):
            found.append(f"{name} scrolls sideways by {over}")
    if language == "en":
        shown = set(page.evaluate(TEXTS))
        found += [f"not in English: {words}" for words in shown if any(one.fullmatch(words) for one in interface())]
    else:
        found += [f"half-width: {slip}" for slip in re.findall(r"[\u4e00-\u9fff][,:;?!]", page.inner_text("main"))]
    return found


class _Wire:
    """Bytes over the wire and requests of a page as at a first visit: nothing comes from the browser's cache."""

    def __init__(self, tab: drive.Tab) -> None:
        self.sizes: list[int] = []
        session = tab.context.new_cdp_session(tab.page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        session.on("Network.loadingFinished", lambda event: self.sizes.append(int(event["encodedDataLength"])))

    def too_heavy(self, look: Look) -> list[str]:
        most = LIST_KB if look.lists else CHART_KB if look.path == "/reporting/" else PAGE_KB
        if sum(self.sizes) <= most * 1024 and len(self.sizes) <= MOST_REQUESTS:
            return []
        return [f"{sum(self.sizes) / 1024:.1f} KB in {len(self.sizes)} requests"]


def _get(url: str, login: str, path: str) -> list[dict[str, object]]:
    headers = {"Authorization": f"Bearer {token(url, login)}"}
    answer = httpx.get(f"{url}{path}", headers=headers, trust_env=False)
    answer.raise_for_status()
    return list(answer.json()["items"])


def _first(url: str, login: str, path: str, key: str) -> str:
    """Of what the demo's days bring; another service may still be hearing of them."""
    deadline = time.monotonic() + HEARD_WITHIN_S
    while not (rows := _get(url, login, path)):
        assert time.monotonic() < deadline, f"{path} stays empty"
        time.sleep(0.1)
    return str(rows[0][key])


def _bulletin(url: str, case: str) -> str:
    """A notice that praises; the same one however often it is asked for."""
    said = {"kind": "commend", "targets": ["dept-traffic"], "chosen": ["群众满意"], "cases": [case], "scope": "全区"}
    headers = {"Authorization": f"Bearer {token(url, 'ducha')}", "Idempotency-Key": "a-notice-to-look-at"}
    answer = httpx.post(f"{url}/supervision/api/bulletins", json=said, headers=headers, trust_env=False)
    answer.raise_for_status()
    return str(answer.json()["bulletin_id"])


def _coverage(url: str, code: str) -> str:
    dates = _get(url, "ducha", f"/supervision/api/coverage?programme={PROGRAMME}")
    return next(str(row["coverage_id"]) for row in dates if row["code"] == code)


def _case(url: str, title: str) -> str:
    return next(str(row["case_id"]) for row in _get(url, "paidan", "/dispatch/api/cases") if title in str(row["title"]))
