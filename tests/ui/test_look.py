"""The style guide in a real browser: accessibility, reflow, no complaint, keyboard, replay, proof, double sends."""

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, expect

from tests.e2e import browser as drive
from tests.ui.mock_app import TAIL, build

pytestmark = [
    pytest.mark.skipif(not drive.available(), reason=f"no Chromium at {drive.CHROMIUM}: apt-get install chromium"),
    pytest.mark.timeout(300),  # a dozen screens in one test: ten seconds, and a minute on a busy machine
]
SCREENS = (
    "", "screen=cases", "screen=cases&light=none", "screen=case", "screen=case&at=6", "screen=dispatch&state=error",
    "screen=visits&state=offline", "screen=visit", "screen=visit&state=error", "screen=cockpit",
    "screen=problem&status=403", "screen=problem&status=503", "screen=login&state=error",
)  # fmt: skip


@pytest.fixture(scope="module")
def guide() -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(build(), host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/dispatch/_styleguide"
    server.should_exit = True
    thread.join(5)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with drive.browser() as found:
        yield found


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_every_screen_is_accessible_fits_and_is_quiet(
    guide: str, chromium: Browser, phone: bool, language: str
) -> None:
    found = []
    with drive.visit(chromium, phone=phone, language=language) as tab:
        # English differs in its widths only: the screens with the longest words stand for all.
        for screen in SCREENS if language == "zh" else SCREENS[1:6:2]:
            tab.page.goto(f"{guide}?{screen}&lang={language}")
            faults = drive.axe(tab.page) + tab.complaints
            if drive.sideways(tab.page):
                faults.append("scrolls sideways")
            found += [f"{screen}: {fault}" for fault in faults]
            tab.complaints.clear()
    assert found == []


def test_the_content_policy_holds_with_scripts_running(guide: str, chromium: Browser) -> None:
    with drive.visit(chromium, own_policy=True) as tab:
        for screen in SCREENS:
            tab.page.goto(f"{guide}?{screen}")
            expect(tab.page.locator("main")).to_be_visible()
        assert tab.complaints == []


def test_small_phones_and_no_scripts(guide: str, chromium: Browser) -> None:
    with drive.visit(chromium, scripts=False) as tab:
        tab.page.set_viewport_size({"width": 320, "height": 640})
        for screen in SCREENS:
            tab.page.goto(f"{guide}?{screen}")
            expect(tab.page.locator("main")).to_be_visible()
        tab.page.goto(f"{guide}?screen=case&at=6")
        expect(tab.page.get_by_role("button", name="回放", exact=True)).to_be_visible()
        expect(tab.page.get_by_text("此后还有 7 条记录")).to_be_visible()
    with drive.visit(chromium, phone=True) as tab:
        tab.page.set_viewport_size({"width": 320, "height": 640})
        wide = []
        for screen in SCREENS:
            tab.page.goto(f"{guide}?{screen}")
            wide += [screen] if drive.sideways(tab.page) else []
        assert wide == []


def test_thumbs_find_their_targets(guide: str, chromium: Browser) -> None:
    small = """els => els.filter(e => e.offsetParent && e.getBoundingClientRect().height < 43.5)
        .map(e => e.outerHTML.slice(0, 90))"""
    with drive.visit(chromium, phone=True) as tab:
        for screen in ("screen=visit", "screen=visits", "screen=dispatch"):
            tab.page.goto(f"{guide}?{screen}")
            places = (
                "main .button:not(.button-small), main .choice, main input[type=search], main select, .thumb a, .row"
            )
            assert tab.page.locator(places).evaluate_all(small) == []


def test_the_keyboard_moves_opens_and_can_be_switched_off(guide: str, chromium: Browser) -> None:
    with drive.visit(chromium) as tab:
        page = tab.page
        page.goto(f"{guide}?screen=cases")
        page.keyboard.press("j")
        page.keyboard.press("j")
        expect(page.locator("[data-row]").nth(1).locator("[data-open]")).to_be_focused()
        page.keyboard.press("k")
        expect(page.locator("[data-row]").nth(0).locator("[data-open]")).to_be_focused()
        page.keyboard.press("/")
        expect(page.locator("[data-search]")).to_be_focused()
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.get_by_label("使用快捷键").uncheck()
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert tab.complaints == []


def test_the_replay_slider_moves_the_page_and_keeps_the_focus(guide: str, chromium: Browser) -> None:
    with drive.visit(chromium) as tab:
        page = tab.page
        page.goto(f"{guide}?screen=case")
        page.locator("#at").focus()
        page.keyboard.press("ArrowLeft")
        expect(page.get_by_text("此后还有 1 条记录")).to_be_visible()
        expect(page.locator("#at")).to_be_focused()
        expect(page.get_by_text("下一步", exact=True)).to_have_count(0)
        assert "at=12" in page.url
        page.get_by_role("link", name="回到现在").click()
        expect(page.get_by_text("下一步", exact=True)).to_be_visible()


def test_filtering_swaps_the_list_alone_and_gives_it_an_address(guide: str, chromium: Browser) -> None:
    with drive.visit(chromium) as tab:
        page = tab.page
        page.goto(f"{guide}?screen=cases")
        page.locator("[data-search]").press_sequentially("电梯")
        expect(page.locator("[data-row]")).to_have_count(1)
        expect(page.locator("[data-search]")).to_be_focused()
        page.wait_for_url(lambda url: "q=" in url)
        page.reload()
        expect(page.locator("[data-row]")).to_have_count(1)
        page.locator("[data-search]").fill("没有这样的")
        page.get_by_role("link", name="清除筛选").click()
        expect(page.locator("[data-row]")).to_have_count(14)
        assert tab.complaints == []


def test_the_browser_finds_the_changed_record_itself(guide: str, chromium: Browser) -> None:
    with drive.visit(chromium) as tab:
        for damaged, words in (
            (0, "本机复核一致：5 条记录"),
            (3, "本机复核不一致：第 3 条记录"),
            (5, "本机复核不一致：第 5 条记录"),
        ):
            tab.page.goto(f"{guide}?screen=case&tail={TAIL}&proof_at=/dispatch/proof?damaged={damaged}")
            tab.page.get_by_role("button", name="在本机复核").click()
            expect(tab.page.locator("[data-proof-words]")).to_have_text(words)


def test_a_form_is_sent_once_however_often_it_is_pressed(guide: str, chromium: Browser) -> None:
    with drive.visit(chromium) as tab:
        posts: list[str] = []
        tab.page.on("request", lambda r: posts.append(r.url) if r.method == "POST" else None)
        tab.page.goto(f"{guide}?screen=dispatch")
        tab.page.evaluate(
            "() => { const b = document.querySelector('[data-main]'); b.click(); b.click(); b.form.requestSubmit(b); }"
        )
        expect(tab.page.get_by_text("sent", exact=True)).to_be_visible()
        assert len(posts) == 1


def test_lights_are_told_apart_without_colour(guide: str, chromium: Browser) -> None:
    with drive.visit(chromium) as tab:
        tab.page.goto(guide)
        tab.page.add_style_tag(content="html { filter: grayscale(1) } .light-word { display: none }")
        lights = tab.page.locator("main .card").first.locator("p").first.locator(".light")
        pictures = {light.screenshot() for light in lights.all()}
        assert len(pictures) == lights.count() == 7
