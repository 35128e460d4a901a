"""Pages and fragments, languages, assets, forms: through HTTP, without a browser."""

import gzip
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import SimpleNamespace

import httpx
import pytest

from services.chassis.web.problems import FieldProblem, Problem
from services.chassis.web.refusals import Refusal
from services.ui import Form, formats, i18n, icons, vendoring
from services.ui.assets import shared
from services.ui.forms import BLANK
from services.ui.render import environment
from tests.ui.mock_app import build

HAN = re.compile(r"[\u3400-\u9fff]+")
GUIDE = "/dispatch/_styleguide"


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=build(simulated=True))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_htmx_gets_the_block_named_like_its_target_and_everyone_else_the_page(web: httpx.AsyncClient) -> None:
    whole = await web.get(GUIDE, params={"screen": "cases"})
    part = await web.get(
        GUIDE, params={"screen": "cases"}, headers={"HX-Request-Type": "partial", "HX-Target": "div#results"}
    )
    other = await web.get(
        GUIDE, params={"screen": "cases"}, headers={"HX-Request-Type": "partial", "HX-Target": "div#elsewhere"}
    )
    assert whole.text.startswith("<!doctype html>")
    assert part.text.lstrip().startswith("<table")
    assert "<h1" not in part.text
    assert "<h1" in other.text
    assert "<html" not in other.text
    assert "HX-Request-Type" in whole.headers["vary"]
    assert whole.headers["cache-control"] == "no-store"


async def test_the_language_is_asked_for_kept_and_switched_back(web: httpx.AsyncClient) -> None:
    assert 'lang="zh-CN"' in (await web.get(GUIDE)).text
    english = await web.get(GUIDE, params={"screen": "cases", "light": "red", "lang": "en"})
    assert '<html lang="en"' in english.text
    assert "Full-width" not in english.text
    assert f"{GUIDE}?screen=cases&amp;light=red&amp;lang=zh" in english.text
    assert '<html lang="en"' in (await web.get(GUIDE)).text  # by the cookie that ?lang= set
    assert '<html lang="zh-CN"' in (await web.get(GUIDE, params={"lang": "zh"})).text


@pytest.mark.parametrize(
    ("code", "says", "says_en"),
    [
        ("database-away", "数据库暂时没有应答", "The database does not answer just now"),
        ("files-away", "文件库暂时没有应答", "The file store does not answer just now"),
        ("log-closed", "系统正在核对记录", "The records are being checked"),
        ("not-yet-read", "系统正在更新", "The records are catching up"),
    ],
)
async def test_what_is_away_is_named_and_the_form_can_be_sent_again(
    web: httpx.AsyncClient, code: str, says: str, says_en: str
) -> None:
    asked = {"screen": "problem", "status": "503", "code": code}
    chinese = (await web.get(GUIDE, params=asked)).text
    assert re.findall(r'<p class="lead">(.*?)[，。]', chinese) == [says]
    assert '<input type="hidden" name="text" value="已到现场，明日施工">' in chinese
    assert ("再次提交刚才的内容" in chinese, "重新打开" in chinese) == (True, False)  # anew it would be empty
    english = (await web.get(GUIDE, params={**asked, "lang": "en"})).text
    assert re.findall(rf'<p class="lead">({says_en})', english) == [says_en]


async def test_english_pages_have_no_han_outside_the_data(web: httpx.AsyncClient) -> None:
    text = (await web.get(GUIDE, params={"screen": "login", "lang": "en"})).text
    words = re.sub(r'<(\w+)[^>]*lang="zh-CN"[^>]*>.*?</\1>', "", text, flags=re.S).replace("青岚区", "")
    assert HAN.findall(words) == []


async def test_every_page_says_that_time_is_simulated(web: httpx.AsyncClient) -> None:
    for screen in ("cases", "problem", "login"):
        assert "演示时间 2017-07-17 08:00" in (await web.get(GUIDE, params={"screen": screen})).text


async def test_assets_are_kept_for_ever_under_their_hash_only(web: httpx.AsyncClient) -> None:
    url = shared().url("ui.css")
    packed = await web.get(url, headers={"Accept-Encoding": "gzip"})
    plain = await web.get(url, headers={"Accept-Encoding": "identity"})
    old = await web.get(url.replace(shared().hash, "000000000000"))
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text
    assert "immutable" in packed.headers["cache-control"]
    assert "immutable" not in old.headers["cache-control"]
    assert (await web.get(url.replace("ui.css", "%2e%2e/assets.py"))).status_code == 404
    with pytest.raises(KeyError):
        shared().url("no-such.css")


async def test_a_page_weighs_what_a_phone_can_bear(web: httpx.AsyncClient) -> None:
    page = await web.get(GUIDE, params={"screen": "cases"})
    files = [shared().files[name] for name in ("ui.css", "scripts.js", "icons.svg")]
    total = len(gzip.compress(page.content)) + sum(len(f.packed or f.body) for f in files)
    assert total < 60_000


async def test_a_badge_counts_or_stays_away(web: httpx.AsyncClient) -> None:
    assert ">9<" in (await web.get("/dispatch/_badge")).text
    assert (await web.get(GUIDE, params={"screen": "nonsense"})).status_code == 404


def test_vendored_files_are_those_of_the_lock() -> None:
    vendoring.check()


def test_a_refused_form_keeps_everything_typed_and_says_why_beside_the_field() -> None:
    problem = Problem(
        type="urn:x",
        title="t",
        status=422,
        detail="d",
        code="c",
        instance="/",
        errors=[FieldProblem(field="a.0.b", message="太短")],
    )
    form = Form.again(Refusal(problem, {"a": [{"b": "<b>路"}], "kinds": ["1", "2"]}))
    ui = environment([]).globals["ui"]
    html = str(ui.text(form, "a.0.b", "标题"))  # type: ignore[attr-defined]
    assert 'value="&lt;b&gt;路"' in html
    assert "太短" in html
    assert 'aria-invalid="true"' in html
    assert 'href="#f-a.0.b"' in str(ui.error_summary(form))  # type: ignore[attr-defined]
    assert form.chosen("kinds", 2)
    assert not form.chosen("kinds", 3)
    assert form.general == ()


def test_a_form_overtaken_by_someone_else_asks_to_look_again() -> None:
    problem = Problem(
        type="urn:x", title="t", status=409, detail="已被他人更改。", code="stale", instance="/", expected=3, actual=4
    )
    form = Form.again(Refusal(problem, {"note": "x"}), expected=4, changed=["郭磊改派"])
    assert (list(form.changed), form.expected, form.value("note"), form.general) == (["郭磊改派"], 4, "x", ())


def test_two_forms_are_two_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one blank form shown twice: two people must never send the same command id."""
    monkeypatch.setattr("services.ui.render._current", lambda: SimpleNamespace(csrf="token"))
    ui = environment([]).globals["ui"]
    forms = (BLANK, BLANK, Form(), Form().named("other"))
    assert len({str(ui.command_fields(form)) for form in forms}) == len(forms)  # type: ignore[attr-defined]


def test_times_are_local_and_need_a_zone() -> None:
    assert formats.whole_moment(datetime(2017, 7, 16, 20, 30, tzinfo=UTC)) == "2017-07-17 04:30"
    with pytest.raises(ValueError, match="zone"):
        formats.hour(datetime(2017, 7, 17, 8))


def test_unknown_icons_and_lights_are_errors() -> None:
    with pytest.raises(KeyError):
        icons.icon("no-such-icon")
    assert {f"light-{s}" for s in ("red", "yellow", "green", "paused", "waiting", "closed", "pending")} <= icons.names()


def test_sentences_of_decisions_are_translated_by_their_chinese() -> None:
    assert i18n.translate("待核", "en") == "To verify"
    assert i18n.translate("待核", "zh") == "待核"
    assert i18n.translate("没有这句", "en") == "没有这句"
    with i18n.speaking("en"):
        assert i18n.ngettext("%(num)s 条记录", "%(num)s 条记录", 2) == "2 events"
        assert i18n.pgettext("nav", "交办") == "Dispatch"
        assert i18n.gettext("100%") == "100%"
