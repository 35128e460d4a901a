"""交办单 on paper: one page, every field of R01, the same bytes twice, no names of citizens, nothing recorded."""

import io
import re
import subprocess
import sys
import zipfile
import zlib
from datetime import datetime, timedelta
from shutil import which
from typing import Any

import pytest
from docx import Document

from contracts.intake import VisitRecorded
from contracts.supervision import ClockPaused, ClockResumed, FollowUpConducted
from services.chassis.clock import LOCAL
from services.dispatch.paper.sheet import WITHHELD, OrderSheet, order_paper
from services.ui.papers import word
from services.ui.papers.paper import Paper
from services.ui.papers.pdf import job
from services.ui.papers.typeset import typeset
from tests.dispatch.asking import handed_over, post
from tests.dispatch.world import AUDITOR, DESK, ROAD, STRICT, World, key

MONDAY = datetime(2017, 7, 17, 10, tzinfo=LOCAL)
FIELDS = (
    "问题编号", "交办单位", "承办单位", "承办角色", "问题来源", "走访单位", "诉求人", "问题地点", "问题类别", "性质",
    "问题内容", "办理要求", "预期成效", "责任人", "责任领导", "签收期限", "联系期限", "方案期限", "办结期限",
    "交办日期", "跟踪人", "签收人", "办结日期", "办理情况", "意见", "签字",
)  # fmt: skip


def sheet(text: str = "路口东侧路面破损，雨天积水。", **more: object) -> OrderSheet:
    values: dict[str, object] = {
        "order_no": 12, "issued_at": MONDAY, "issuer": "示例区活动办", "unit": "示例住建局", "role": "主办", "round": 1,
        "case_number": "JW-2017-0012", "source": "走访", "received_at": MONDAY, "visited_by": "示例甲镇　演示丁",
        "place": "示例甲镇", "title": "示例路路面破损", "text": text, "category": "城乡建设／路面", "scope": "个性问题",
        "urgency": "实事", "instruction": "请现场核实。", "outcome": "路面平整。", "person": "演示甲",
        "leader": "演示乙", "dept": "城建科", "tracker": "演示派单员", "sign_by": MONDAY + timedelta(hours=4),
        "contact_by": MONDAY + timedelta(days=1), "plan_by": None, "finish_by": MONDAY + timedelta(days=7),
        **more,
    }  # fmt: skip
    return OrderSheet(**values)  # type: ignore[arg-type]


def typeset_papers(*papers: Paper) -> bytes:
    return typeset(job(papers))


def pages(pdf: bytes) -> int:
    """From the page tree; it may lie in a compressed object."""
    parts = [pdf, *(_inflated(one) for one in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.S))]
    return max(int(count) for part in parts for count in re.findall(rb"/Type\s*/Pages\b[^>]*/Count (\d+)", part))


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return b""


def words_of(pdf: bytes) -> str:
    """As a reader's program finds them."""
    if which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    said = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return said.stdout.decode()


def test_one_page_archivable_and_the_same_bytes_twice() -> None:
    made = typeset_papers(order_paper(sheet()))
    assert made == typeset_papers(order_paper(sheet()))
    assert made != typeset_papers(order_paper(sheet("另一件事。")))
    assert pages(made) == 1
    assert b"<pdfaid:part>2</pdfaid:part>" in made
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in made


@pytest.mark.parametrize(("length", "expected"), [(250, 1), (600, 1), (900, 2), (4000, 4)])
def test_long_text_shrinks_and_then_goes_on_after_the_form(length: int, expected: int) -> None:
    text = ("路面破损坑洼较深，" * 500)[:length]
    made = typeset_papers(order_paper(sheet(text)))
    assert pages(made) <= expected
    assert (pages(made) > 1) == (expected > 1), "the form alone is one page"


def test_a_program_finds_every_field_and_every_character() -> None:
    """HA-13: every field of R01 stands on the paper."""
    long = "坑洼" * 600 + "末尾"
    found = words_of(typeset_papers(order_paper(sheet(long, mark="预览"))))
    for field in FIELDS:
        assert field in re.sub(r"\s", "", found), field
    assert "全文见附页" in found
    assert "末尾" in found
    assert "交办〔2017〕12号" in found.replace(" ", "")
    assert WITHHELD[:6] in found


def test_a_character_that_no_font_has_is_marked_and_stops_nothing() -> None:
    made = typeset_papers(order_paper(sheet("𠮷先生😀\x07反映\u202e路面")))
    assert "〓先生〓反映路面" in re.sub(r"\s", "", words_of(made))


def test_fifty_are_one_file_with_pages_of_their_own() -> None:
    papers = [order_paper(sheet(f"第{n}件。", order_no=n)) for n in range(1, 6)]
    assert pages(typeset_papers(*papers)) == 5
    assert typeset_papers(*papers[:2]) == typeset_papers(*papers[:2])


def test_the_same_as_docx_with_the_official_fonts_named() -> None:
    made = word.docx([order_paper(sheet("含控制符\x0b的文字"))])
    assert made == word.docx([order_paper(sheet("含控制符\x0b的文字"))])
    table = Document(io.BytesIO(made)).tables[0]
    said = "".join(dict.fromkeys(cell.text.replace("\n", "") for row in table.rows for cell in row.cells))
    for field in FIELDS:
        assert field in said, field
    assert "含控制符的文字" in said
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        body = package.read("word/document.xml").decode()
    for face in ("方正小标宋简体", "仿宋_GB2312", "黑体"):
        assert f'w:eastAsia="{face}"' in body


def test_the_typesetter_is_a_program_that_needs_nothing_of_ours() -> None:
    """It is started by its path: whatever of ours it imported would not be found."""
    from services.ui.papers.pdf import TYPESETTER

    ended = subprocess.run([sys.executable, "-I", str(TYPESETTER)], input=b"{}", capture_output=True, check=False)
    assert b"KeyError: 'folder'" in ended.stderr


async def test_an_order_from_the_log_to_the_page(world: World) -> None:
    await world.hear(
        VisitRecorded(
            visit_id="v1", subject_id="s1", visitors=("p-town",), mode="doorstep", territory_unit="town-a"
        )
    )  # fmt: skip
    case_id = await world.case("r1", visit_id="v1")
    async with world.api(DESK) as desk, world.api(ROAD) as road, world.api(AUDITOR) as audit:
        form = {
            "category": "road-surface", "scope": "individual", "urgency": "real", "lead": "bureau-road",
            "territory": "town-a", "instruction": "请现场核实",
        }  # fmt: skip
        drafts = await desk.post("/dispatch/desk/preview.pdf", data={**form, "cases": case_id}, headers=key())
        own = {name: value for name, value in form.items() if name != "territory"} | {"own_territory": "yes"}
        assert drafts.status_code == 200, drafts.text
        assert pages(drafts.content) == 2
        assert "预览" in words_of(drafts.content)
        placed = await desk.post("/dispatch/desk/preview.pdf", data={**own, "cases": case_id}, headers=key())
        assert pages(placed.content) == 2, "each case also to the place it came from"
        assert (await road.post("/dispatch/desk/preview.pdf", data=form, headers=key())).status_code == 403

        done = await post(desk, f"/cases/{case_id}/dispatch", form)
        lead, territory = (order["order_id"] for order in done.json()["orders"])
        await world.settled()
        before = (await world.service.log.head()).seq
        first = await audit.get(f"/dispatch/orders/{lead}/paper.pdf?lang=en")
        assert first.headers["content-type"] == "application/pdf"
        assert first.content == (await road.get(f"/dispatch/orders/{lead}/paper.pdf")).content
        said = re.sub(r"\s", "", words_of(first.content))
        for words in (
            "交办〔2017〕1号",
            "示例住建局",
            "区活动办",
            "演示派单员",
            "示例甲镇演示丁",
            "主办",
            "JW-2017-0001",
        ):
            assert words in said, words
        both = await desk.get("/dispatch/orders/papers.pdf", params=[("order", territory), ("order", lead)])
        assert pages(both.content) == 2
        assert "交办〔2017〕2号" in re.sub(r"\s", "", words_of(both.content))
        document = await audit.get(f"/dispatch/orders/{lead}/paper.docx")
        assert "attachment" in document.headers["content-disposition"]
        assert (await audit.get("/dispatch/orders/none/paper.pdf")).status_code == 404
        many = await audit.get("/dispatch/orders/papers.pdf", params=[("order", str(n)) for n in range(51)])
        assert many.json()["code"] == "too-many-papers"
        assert (await world.service.log.head()).seq == before, "looking at paper is no event"

        assert (await post(road, f"/orders/{lead}/sign", {"responsible_leader": "p-road"})).status_code == 201
        percent = {"text": "已进场施工", "percent": 40}
        assert (await post(road, f"/orders/{lead}/progress", percent)).status_code == 201
        await world.settled()
        signed = re.sub(r"\s", "", words_of((await audit.get(f"/dispatch/orders/{lead}/paper.pdf")).content))
        assert "签收人演示甲" in signed
        assert "责任领导演示甲" in signed
        assert "已进场施工（完成40%）" in signed

        gone = await post(desk, f"/orders/{territory}/cancel", {"reason": "属地无需到场"})
        assert gone.status_code == 201, gone.text
        world.clock.advance(timedelta(days=2))
        plan = {
            "responsible_person": "p-road", "responsible_leader": "p-road-head", "responsible_dept": "城建科",
            "measures": "修补路面", "resolve_by": "2017-07-20T17:00",
        }  # fmt: skip
        assert (await post(road, f"/orders/{lead}/contact", {"reached": True})).status_code == 201
        assert (await post(road, f"/orders/{lead}/plan", plan)).status_code == 201
        heard = {"confirmation": {"answer": "no", "method": "visit"}}
        ended = await post(road, f"/orders/{lead}/complete", {"result": "solved", "reply": "路面已修好。", **heard})
        assert ended.status_code == 201, ended.text
        await world.settled()
        asked = re.sub(r"\s", "", words_of((await audit.get(f"/dispatch/orders/{lead}/paper.pdf")).content))
        assert "不认可办理结果（承办单位确认）" in asked, "until somebody else has asked"
        await world.hear(
            FollowUpConducted(
                followup_id="f1", case_id=case_id, case_no=1, round=1, leg="requester", method="phone", reached=True,
                solved=True, satisfaction="satisfied", verdict="pass", closes=False, reviewer_unit="office",
            )
        )  # fmt: skip
        await world.settled()
        closed = re.sub(r"\s", "", words_of((await audit.get(f"/dispatch/orders/{lead}/paper.pdf")).content))
        assert "责任领导演示乙" in closed
        assert "办理结果：已解决。答复：路面已修好。" in closed
        assert "办结日期2017年7月19日" in closed
        assert "认为已解决，满意（回访）" in closed
        struck = words_of((await audit.get(f"/dispatch/orders/{territory}/paper.pdf")).content)
        assert "问题交办单（已撤销）" in struck


async def test_a_paper_shows_the_deadline_that_a_refused_return_gave_back(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    clock: Any = {"clock_id": f"{order}-finish", "case_id": case_id, "kind": "finish"}
    await world.hear(ClockPaused(**clock, reason="returned", at=world.clock.now()))
    await world.hear(ClockResumed(**clock, at=world.clock.now(), due=datetime(2017, 9, 13, 16, 20, tzinfo=LOCAL)))
    await world.settled()
    async with world.api(DESK) as desk:
        paper = await desk.get(f"/dispatch/orders/{order}/paper.pdf")
    assert "2017年9月13日" in re.sub(r"\s", "", words_of(paper.content))


async def test_the_preview_names_who_would_answer_where_the_desk_names_nobody(world: World) -> None:
    await world.activate(STRICT)
    case_id = await world.case("r1")
    form = {
        "category": "any", "scope": "individual", "urgency": "normal", "lead": "bureau-road",
        "co": "bureau-city", "expected_outcome": "路面平整", "responsible_person": "p-road", "instruction": "请核实",
    }  # fmt: skip
    async with world.api(DESK) as desk:
        drafts = await desk.post("/dispatch/desk/preview.pdf", data={**form, "cases": case_id}, headers=key())
        assert drafts.status_code == 200, drafts.text
        said = re.sub(r"\s", "", words_of(drafts.content))
        done = await post(desk, f"/cases/{case_id}/dispatch", {**form, "co": ["bureau-city"]})
        assert done.status_code == 201, done.text
        await world.settled()
        orders = [("order", one["order_id"]) for one in done.json()["orders"]]
        issued = await desk.get("/dispatch/orders/papers.pdf", params=orders)
    papers = re.sub(r"\s", "", words_of(issued.content))
    for words in ("责任领导演示乙", "责任领导演示丙"):
        assert words in papers, "what issuing fills in"
        assert words in said, "is on the preview already"
