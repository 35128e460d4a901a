"""The whole loop at the screens: a visit on a phone, a case, its order, its reply, its follow-up, and again."""

import io
import re
import time
from datetime import timedelta

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from deploy.demo.load import PASSWORD
from deploy.packs.demo import render_demo_pack
from tests.e2e import browser as drive
from tests.e2e.conftest import FIRST_DAY, TODAY, Background
from tests.e2e.people import at_screen, file_plan, pick

pytestmark = pytest.mark.timeout(300)
"""The first test also waits for the whole installation and its sample days."""

TITLE = "村卫生室每周只开两天"
OTHER = "想问问今年的秸秆补贴标准。"
REPLY = "已协调卫生室改为每周开五天，并备足慢病药品，已当面答复。"


def test_the_whole_loop(huiyin: Background, chromium: Browser) -> None:
    url = huiyin.url
    _activate_following_up_every_case(chromium, url)
    _visit_on_a_phone(chromium, url)
    _accept_one_and_reject_the_other(chromium, url)
    case = _hand_over_by_keyboard(chromium, url)
    _handle(chromium, url, case)
    _strike_off(chromium, url, case)
    _follow_up_fails(chromium, url, case)
    _second_round(chromium, url, case)
    _follow_up_passes(chromium, url, case)
    _replay_and_proof(chromium, url, case)
    _report(chromium, url)


def _activate_following_up_every_case(chromium: Browser, url: str) -> None:
    """The rules as text: every error at once beside its place, then the good ones."""
    pack = render_demo_pack(FIRST_DAY.date()).decode().replace("version = 1", "version = 2", 1)
    good = pack.replace('mode = "sample"', 'mode = "all"').replace("rate = 0.20", "rate = 1.0")
    bad = good.replace("K16a = 0.40", "K16a = 0.60").replace('sign = "4wh"', 'sign = "soon"')
    with at_screen(chromium, url, "huodongban") as page:
        page.goto("/supervision/programmes")
        page.get_by_label("或粘贴方案全文").fill(bad)
        page.get_by_role("button", name="校验并启用").click()
        errors = page.locator(".errors li")
        expect(errors).to_have_count(2)
        expect(errors.filter(has_text="assessment.weights")).to_be_visible()
        assert "K16a = 0.60" in page.get_by_label("或粘贴方案全文").input_value()
        page.get_by_label("或粘贴方案全文").fill(good)
        page.get_by_role("button", name="校验并启用").click()
        expect(page.get_by_text("第 2 版").first).to_be_visible()
        expect(page.get_by_text("件件回访", exact=False)).to_be_visible()


def _visit_on_a_phone(chromium: Browser, url: str) -> None:
    asked = f"{TITLE}，慢病老人要跑到镇上拿药。"
    with drive.visit(chromium, url, phone=True, own_policy=True) as tab:
        page = tab.page
        drive.sign_in(page, url, "zoufang", PASSWORD)
        assert page.url.endswith("/intake/visits")
        page.get_by_role("link", name=re.compile("示例户一")).first.click()
        pick(page, "有诉求")
        page.locator(".chips label.choice:visible").first.click()
        page.get_by_label("问题描述").fill(asked)
        page.get_by_role("button", name="再加一件").click()
        boxes = page.get_by_label("问题描述")
        expect(boxes).to_have_count(2)
        expect(boxes.first).to_have_value(asked)
        boxes.nth(1).fill(OTHER)
        page.get_by_role("button", name="保存走访").click()
        expect(page.get_by_text("走访已登记")).to_be_visible()
        row = page.get_by_role("listitem").filter(has_text=re.compile("示例户一"))
        expect(row.filter(has_text="已访").first).to_be_visible()
        assert tab.complaints == []


def _accept_one_and_reject_the_other(chromium: Browser, url: str) -> None:
    with at_screen(chromium, url, "shouli") as page:
        page.goto("/intake/requests?status=new")
        page.get_by_role("link", name=re.compile(TITLE)).click()
        page.get_by_role("button", name="受理，转派单席").click()
        expect(page.get_by_text("已受理").first).to_be_visible()
        page.goto("/intake/requests?status=new")
        page.get_by_role("link", name=re.compile("秸秆补贴")).click()
        page.get_by_text("不予受理", exact=True).first.click()
        page.get_by_label("告知诉求人的理由").fill("属政策咨询，已当面说明标准。")
        page.get_by_role("button", name="不予受理").click()
        expect(page.get_by_text("属政策咨询").first).to_be_visible()


def _hand_over_by_keyboard(chromium: Browser, url: str) -> str:
    """Ctrl+Enter issues and shows the next case without a page load."""
    with at_screen(chromium, url, "paidan") as page:
        page.goto("/dispatch/desk")
        page.locator(".inbox a", has_text=TITLE).click()
        expect(page.locator("#desk-case h2")).to_contain_text(TITLE)
        case = page.locator("#desk-form").get_attribute("action")
        assert case
        page.get_by_label("主办部门（条）").select_option(label="区民政局")
        page.evaluate("window.stayed = true")
        page.get_by_label("交办意见").press("Control+Enter")
        expect(page.locator("#desk-case h2")).not_to_contain_text(TITLE)
        assert page.evaluate("window.stayed") is True
        return case.rpartition("/")[2]


def _handle(chromium: Browser, url: str, case: str) -> None:
    with at_screen(chromium, url, "minzheng") as page, at_screen(chromium, url, "shouli") as watching:
        page.goto("/dispatch/inbox")
        page.locator("#to-sign tr", has_text=TITLE).get_by_role("link", name="签收").click()
        watching.goto(f"/dispatch/cases/{case}")
        expect(watching.locator(".live[data-on], .chip", has_text=re.compile("待签收|实时")).first).to_be_visible()
        _press(page, "签收")
        file_plan(page, f"{TODAY + timedelta(hours=2):%Y-%m-%dT%H:%M}")
        page.locator("summary", has_text="办结").click()
        form = page.locator("form[action$='/complete']")
        form.get_by_label("给诉求人的答复").fill("   ")
        form.get_by_label("政策依据").fill("示例文件第一条")
        form.get_by_role("button", name="办结").click()
        expect(page.locator(".field-error").first).to_be_visible()
        expect(page.locator(".errors")).to_be_focused()
        form = page.locator("form[action$='/complete']")
        expect(form.get_by_label("政策依据")).to_have_value("示例文件第一条")
        form.get_by_label("给诉求人的答复").fill(REPLY)
        form.get_by_role("button", name="办结").click()
        expect(page.locator(".entry-text", has_text=REPLY).first).to_be_visible()
    _territory_completes(chromium, url, case)


def _territory_completes(chromium: Browser, url: str, case: str) -> None:
    with at_screen(chromium, url, "dongzhen") as page:
        page.goto(f"/dispatch/cases/{case}")
        _press(page, "签收")
        page.locator("summary", has_text="办结").click()
        form = page.locator("form[action$='/complete']")
        form.get_by_label("给诉求人的答复").fill(REPLY)
        form.get_by_label("责任人").select_option(index=1)
        form.get_by_role("button", name="办结").click()
        expect(page.get_by_text("全件办结").first).to_be_visible()


def _press(page: Page, word: str) -> None:
    page.locator(".next").get_by_role("button", name=word, exact=True).first.click()
    expect(page.locator(".entry-title", has_text=word).first).to_be_visible()


def _strike_off(chromium: Browser, url: str, case: str) -> None:
    with at_screen(chromium, url, "minzheng") as page:
        page.goto(f"/dispatch/cases/{case}")
        page.locator(".next").get_by_role("button", name="销号").click()
        expect(page.locator(".case-state .chip", has_text="已销号")).to_be_visible()


def _open_follow_up(page: Page) -> None:
    page.goto("/supervision/followups")
    page.get_by_role("link", name=re.compile(TITLE)).first.click()


def _follow_up_fails(chromium: Browser, url: str, case: str) -> None:
    """Only the pack's role calls back, not even discipline; it finds the case unsolved, which is open again."""
    with at_screen(chromium, url, "jijian") as page:
        _open_follow_up(page)
        expect(page.get_by_text("您可以查看，不能填写")).to_be_visible()
        csrf = page.locator("input[name=csrf]").first.get_attribute("value") or ""
        said = {"csrf": csrf, "command_id": "another-role-tries", "reached": "true", "solved": "true"}
        answer = page.request.post(f"{page.url}/conduct", form={**said, "satisfaction": "very"})
        assert answer.status == 403
    with at_screen(chromium, url, "ducha", phone=True) as page:
        _open_follow_up(page)
        page.get_by_role("button", name="保存回访结果").click()
        expect(page.locator(".field-error", has_text="请选择问题是否解决")).to_be_visible()
        pick(page, "没有解决")
        pick(page, "不满意")
        page.get_by_label("诉求人原话").fill("去了两次门都锁着。")
        page.get_by_role("button", name="保存回访结果").click()
        expect(page.get_by_text("未通过，重办")).to_be_visible()
    with at_screen(chromium, url, "paidan") as page:
        _until(page, f"/dispatch/cases/{case}", "第 2 轮")


def _second_round(chromium: Browser, url: str, case: str) -> None:
    with at_screen(chromium, url, "paidan") as page:
        page.goto(f"/dispatch/desk?case={case}")
        expect(page.locator(".inbox a[aria-current] .chip", has_text="重办")).to_be_visible()
        page.get_by_label("主办部门（条）").select_option(label="区民政局")
        page.get_by_label("属地（块）").select_option(index=0)
        page.get_by_label("交办意见").press("Control+Enter")
        expect(page.locator(f"form[action$='{case}']")).to_have_count(0)
    with at_screen(chromium, url, "minzheng") as page:
        page.goto(f"/dispatch/cases/{case}")
        _press(page, "签收")
        page.locator("summary", has_text="办结").click()
        form = page.locator("form[action$='/complete']")
        form.get_by_label("给诉求人的答复").fill("已派驻村医，每日开诊，已上门答复。")
        form.get_by_label("责任人").select_option(index=1)
        form.get_by_role("button", name="办结").click()
        expect(page.locator(".case-state .chip", has_text="已办结")).to_be_visible()
    _strike_off(chromium, url, case)


def _follow_up_passes(chromium: Browser, url: str, case: str) -> None:
    with at_screen(chromium, url, "ducha") as page:
        page.goto("/supervision/followups")
        row = page.get_by_role("listitem").filter(has_text=TITLE).filter(has_text="第 2 轮")
        row.get_by_role("link").click()
        pick(page, "解决了")
        pick(page, "非常满意")
        page.get_by_role("button", name="保存回访结果").click()
        expect(page.get_by_text("通过", exact=True)).to_be_visible()


def _replay_and_proof(chromium: Browser, url: str, case: str) -> None:
    with at_screen(chromium, url, "shenji") as page:
        page.goto(f"/dispatch/cases/{case}")
        expect(page.locator(".proof-ok")).to_be_visible()
        page.get_by_role("button", name="在本机复核").click()
        expect(page.get_by_text(re.compile("本机复核一致"))).to_be_visible()
        now = page.locator(".entry").count()
        page.locator("#at").focus()
        page.keyboard.press("Home")
        expect(page.locator(".replay-banner")).to_be_visible()
        expect(page.locator(".entry")).not_to_have_count(now)
        expect(page.locator("#next-step")).to_have_count(0)
        page.goto(f"/dispatch/cases/{case}?at=6")
        expect(page.locator(".entry")).to_have_count(6)
        expect(page.get_by_text(f"此后还有 {now - 6} 条记录")).to_be_visible()
        assert REPLY not in page.content()
        page.get_by_role("link", name="回到现在").click()
        expect(page.locator(".entry")).to_have_count(now)


def _report(chromium: Browser, url: str) -> None:
    """R03 counts it, and its workbook opens with the same rows."""
    with at_screen(chromium, url, "huodongban") as page:
        page.goto("/reporting/r03")
        heads = page.locator("table.data thead th").all_inner_texts()
        again = heads.index("重办")
        row = page.locator("table.data tbody tr", has_text="区民政局")
        expect(row.locator("th, td").nth(again)).to_have_text("1")
        page.get_by_role("button", name="编号归档").click()
        expect(page.get_by_text(re.compile("SHA-256")).first).to_be_visible()
        with page.expect_download() as got:
            page.get_by_role("link", name=re.compile("Excel|xlsx|下载")).first.click()
        book = openpyxl.load_workbook(io.BytesIO(got.value.path().read_bytes()))
        cells = [cell for cells in book.worksheets[0].iter_rows(values_only=True) for cell in cells]
        assert "区民政局" in cells
        assert "合计" in cells


def _until(page: Page, address: str, words: str) -> None:
    """What another service causes is on its way: the page is asked again until it shows."""
    deadline = time.monotonic() + 10
    page.goto(address)
    while not page.get_by_text(words).first.is_visible():
        assert time.monotonic() < deadline, f"{address} never showed {words}"
        page.wait_for_timeout(200)
        page.reload()
