"""每周民情分析 and 督办台账 under 六里屯's rules: two weeks told by hand, and what a person makes of them on screen."""

import io
import random
import re
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from contracts.dispatch import (
    CaseClassified,
    CaseCompleted,
    CaseOpened,
    CommonIssueDeclared,
    CommonIssueDismissed,
    CommonIssueProposed,
    ConsultationHeld,
    Decision,
    Dues,
    Durations,
    OrderCompleted,
    OrderIssued,
)
from contracts.intake import RequestLinked, RequestRegistered, SubjectRegistered, UnitRegistered
from contracts.reporting import Input
from contracts.supervision import (
    EscalationRaised,
    MeetingDecision,
    MeetingHeld,
    ReplyVerified,
    SupervisionClosed,
    SupervisionNoticeIssued,
    SupervisionReplied,
)
from services.chassis.clock import LOCAL
from services.chassis.web import User
from services.reporting.domain.run import RUN, RecordRun
from tests.reporting.history import TEXT, Told
from tests.reporting.world import AUDITOR, OFFICE, World, activation, key
from tests.spec import given

UNIT = User("p-clerk", "演示收文员", "sec-city", "示例城管科", ("unit_clerk",))
LT = Path(__file__).parents[2] / "deploy" / "packs" / "lt-2019.toml"
PROGRAMME = "lt-2019"
SLOT = "2019-09-20"


def at(day: int, hour: int = 9, month: int = 9) -> datetime:
    return datetime(2019, month, day, hour, tzinfo=LOCAL)


def request(told: Told, name: str, hint: str | None, subject: str | None, *, link: str = "new", case: str = "") -> None:
    registered = RequestRegistered(
        request_id=name,
        channel="hotline",
        origin="reactive",
        title=TEXT,
        text=TEXT,
        received_at=told.time,
        category_hint=hint,
        territory_unit="street",
        subject_id=subject,
    )
    told.tell(registered)
    if case:
        told.tell(RequestLinked(request_id=name, case_id=case, link=link))


def opened(told: Told, case: str, category: str | None) -> None:
    told.tell(CaseOpened(case_id=case, request_ids=(f"r-{case}",), title=TEXT, text=TEXT, channel="hotline",
                         received_at=told.time))  # fmt: skip
    if category:
        told.tell(
            CaseClassified(
                case_id=case,
                category=category,
                scope="individual",
                urgency="normal",
                durations=Durations(finish="7d"),
                rule_id="urgency[2]",
                calendar_version="CN-2019@1",
            )
        )


def order(told: Told, case: str, unit: str) -> str:
    name = f"o-{case}"
    told.tell(
        OrderIssued(
            case_id=case,
            order_id=name,
            case_no=1,
            kind="assign",
            role="lead",
            to_unit=unit,
            dues=Dues(finish_by=at(25)),
            issued_by_unit="street",
            rule_id="route[2]",
            calendar_version="CN-2019@1",
            round=1,
        )
    )
    return name


def finished(told: Told, case: str, name: str, unit: str) -> None:
    about = {"case_id": case, "case_no": 1, "result": "solved"}
    told.tell(OrderCompleted(**about, order_id=name, reply=TEXT, replied_at=told.time, responsible_person="p1"))
    told.tell(CaseCompleted(**about, on_time=True, elapsed_s=1, working_s=1, lead_unit=unit, round=1))


def two_weeks(district: str) -> Told:
    """Week one to 09-12, week two to 09-20; what lies after it is of no concern to either."""
    told = Told(random.Random(1), district, PROGRAMME, at(10, 1), pause=5)
    told.tell(activation(LT, PROGRAMME, at(10, 0)))
    for unit, level in (("street", "district"), ("comm-1", "community"), ("comm-2", "community")):
        told.tell(UnitRegistered(unit_id=unit, name=f"示例{unit}", level=level))
    for subject, community in (("s1", "comm-1"), ("s2", "comm-2")):
        told.tell(
            SubjectRegistered(subject_id=subject, kind="household", territory_unit="street", community_unit=community)
        )
    told.time = at(11)
    for name in ("c1", "c2"):
        opened(told, name, "waste-exposed")
        request(told, f"r-{name}", "life-other", "s1", case=name)
    request(told, "r-old", "property-parking", "s2")
    told.time = at(12)
    decided = [("清运点位加密", "sec-city", at(18)), ("上门帮扶", "sec-people", at(19))]
    told.tell(
        ConsultationHeld(
            consult_id="k1",
            kind="four_people",
            chair="p-party",
            attendees=("p-party",),
            case_ids=("c1",),
            held_at=told.time,
            decisions=tuple(Decision(text=text, unit=unit, due=due) for text, unit, due in decided),
        )
    )
    told.tell(
        MeetingHeld(
            meeting_id="m1",
            programme_id=PROGRAMME,
            kind="four_people",
            owner_unit="comm-1",
            held_at=told.time,
            chair="p-party",
            attendees=("p-party",),
            decisions=(
                MeetingDecision(text="每月公示", unit="comm-1", due=at(30)),
                MeetingDecision(text="整修车棚", unit="sec-housing", due=at(30), case_id="c2"),
            ),
        )
    )
    told.tell(common("x-declared-before", "c1", "c2"))
    told.tell(declared("x-declared-before", "早已认定"))
    told.time = at(13)
    finished(told, "c1", order(told, "c1", "sec-city"), "sec-city")
    order(told, "c2", "sec-housing")
    told.time = at(17)
    for name in ("c3", "c4", "c5"):
        opened(told, name, "waste-exposed")
        request(told, f"r-{name}", None, "s1", case=name)
    request(told, "r-again", "waste-exposed", "s1", link="repeat", case="c1")
    opened(told, "c6", None)
    request(told, "r-c6", "property-repair", "s2", case="c6")
    request(told, "r-spot", None, None)
    told.tell(common("x-open", "c3", "c4", "c5"))
    told.tell(common("x-no", "c3", "c6"))
    told.tell(CommonIssueDismissed(common_id="x-no", reason="不是一回事"))
    told.tell(common("x-yes", "c4", "c5"))
    told.tell(declared("x-yes", "垃圾点位"))
    told.time = at(23)
    request(told, "r-next-week", "party-new", "s1")
    return told


def common(name: str, *cases: str) -> CommonIssueProposed:
    return CommonIssueProposed(
        common_id=name,
        programme_id=PROGRAMME,
        case_ids=cases,
        category="waste-exposed",
        area="comm-1",
        within_days=14,
        likeness=60,
    )


def declared(name: str, title: str) -> CommonIssueDeclared:
    return CommonIssueDeclared(
        common_id=name,
        programme_id=PROGRAMME,
        title=title,
        category="waste-exposed",
        case_ids=("c4", "c5"),
        lead_group="sec-city",
    )


async def lived(world: World, told: Told) -> None:
    world.clock.advance(at(24) - world.clock.now())
    await world.hear(told)
    await world.settled()


def said(rows: list[dict[str, Any]], section: str, *cells: str) -> list[tuple[Any, ...]]:
    return [tuple(row[cell] for cell in cells) for row in rows if row["section"] == section]


async def test_a_week_is_set_against_the_one_before(world: World) -> None:
    """每周民情分析 with its matters in focus (LT-43, LT-06)."""
    await lived(world, two_weeks(world.service.settings.district))
    async with world.api() as api:
        answer = (await api.get("/reporting/api/R14", params={"programme": PROGRAMME, "slot": SLOT})).json()
        first = (await api.get("/reporting/api/R14", params={"programme": PROGRAMME, "slot": "2019-09-12"})).json()
    assert (answer["window_from"], answer["window_to"]) == ("2019-09-13T00:00:00+08:00", "2019-09-21T00:00:00+08:00")
    rows = answer["rows"]
    counted = ("n", "before", "change", "share")
    assert said(rows, "volume", *counted) == [(6, 3, "100.00", None)]
    assert said(rows, "category", "category", *counted) == [
        ("waste-exposed", 4, 2, "100.00", "66.67"),
        ("property-repair", 1, 0, None, "16.67"),
        (None, 1, 0, None, "16.67"),
    ]
    assert said(rows, "focus", "key", "n", "before", "change") == [
        ("“两新”党建覆盖", 0, 0, None),
        ("物业诉求", 1, 1, "0.00"),
        ("暴露垃圾综合治理", 4, 2, "100.00"),
        ("主题教育问题检视", 0, 0, None),
    ]
    assert said(rows, "place", "unit", "n", "before") == [("comm-1", 4, 2)], "two at the other place are no hot one"
    assert said(rows, "repeat", *counted) == [(1, 0, None, "16.67")]
    assert said(rows, "rising", "category", "unit", "n", "before") == [("waste-exposed", "comm-1", 4, 2)]
    assert said(rows, "common", "key", "n", "state", "text") == [
        ("x-open", 3, "proposed", None),
        ("x-yes", 2, "declared", "垃圾点位"),
    ]
    assert said(rows, "decision", "key", "unit", "due", "n", "done", "state") == [
        ("k1/1", "sec-city", "2019-09-18", 1, 1, "done"),
        ("k1/2", "sec-people", "2019-09-19", 1, 1, "done"),
        ("m1/1", "comm-1", "2019-09-30", 0, 0, "no_case"),
        ("m1/2", "sec-housing", "2019-09-30", 1, 0, "at_work"),
    ]
    assert said(first["rows"], "volume", *counted) == [(3, None, None, None)], "the first week has none before it"
    assert said(first["rows"], "rising", "n") == []


async def test_it_says_what_was_known_at_its_positions(world: World) -> None:
    told = two_weeks(world.service.settings.district)
    await lived(world, told)
    feed = [event.type for event in told.feeds["dispatch"]]
    before = {"dispatch": feed.index("case-completed"), "intake": len(told.feeds["intake"])}
    asked: dict[str, str | int] = {
        "programme": PROGRAMME,
        "slot": SLOT,
        "supervision": len(told.feeds["supervision"]),
        **before,
    }
    async with world.api() as api:
        rows = (await api.get("/reporting/api/R14", params=asked)).json()["rows"]
    assert said(rows, "decision", "key", "done", "state")[:2] == [("k1/1", 1, "done"), ("k1/2", 0, "overdue")]
    assert said(rows, "category", "category")[0] == (None,), "no case of this week was open yet"


def command(advice: str, report: str = "R14") -> RecordRun:
    return RecordRun("rp1", report, PROGRAMME, at(20), at(13), at(21), 1, {"intake": Input(epoch=1, position=1)}, 1,
                     "0" * 64, "0" * 64, advice)  # fmt: skip


def test_an_analysis_without_advice_is_none() -> None:
    given(RUN).when(command("")).then_rejected("advice-missing", "advice")
    [made] = given(RUN).when(command("", "R03")).decided()
    assert made.advice == ""  # type: ignore[attr-defined]
    [made] = given(RUN).when(command("增设投放点")).decided()
    given(RUN).when(command("增设投放点")).then(made)


async def test_who_makes_it_advises_and_every_number_opens_its_requests(world: World) -> None:
    await lived(world, two_weeks(world.service.settings.district))
    async with world.browser() as browser:
        shown = (await browser.get(f"/reporting/r14?slot={SLOT}")).text
        csrf = re.search(r'name="csrf" value="([^"]+)"', shown)
        assert csrf is not None
        fields = {"csrf": csrf[1], "command_id": "c-1", "programme": PROGRAMME, "slot": SLOT}
        refused = await browser.post("/reporting/r14", data=fields)
        assert refused.status_code == 422
        assert "请写明建议" in refused.text
        made = await browser.post("/reporting/r14", data={**fields, "command_id": "c-2", "advice": "增设投放点"})
        assert made.status_code == 303, made.text[:2000]
        where = made.headers["location"].partition("?")[0]
        run = (await browser.get(made.headers["location"])).text
        assert "增设投放点" in run
        assert "一致：" in (await browser.get(f"{where}?check=true")).text
        sheet = openpyxl.load_workbook(io.BytesIO((await browser.get(f"{where}.xlsx")).content)).active
        assert sheet is not None
        words = [str(row[0].value) for row in sheet.iter_rows(min_col=1, max_col=1)]
        assert "建议：增设投放点" in words
        assert words.count("重点关注") == 4
        for page in (shown, run):
            links = re.findall(r'href="(/reporting/r14/[^"]+)" aria-label="[^"]* (\d+)"', page)
            assert len(links) > 15
            for href, number in links:
                opened_page = await browser.get(unescape(href))
                assert re.search(rf"共 {number} 件", opened_page.text), href
        nothing = f"/reporting/r14/cases?section=common&key=none&programme={PROGRAMME}&slot={SLOT}"
        assert (await browser.get(nothing)).status_code == 404
    everything = f"/reporting/r14/requests?section=volume&programme={PROGRAMME}&slot={SLOT}"
    for who, hidden in ((OFFICE, 0), (UNIT, 1)):
        async with world.browser(who) as browser:
            listed = (await browser.get(everything)).text
        assert listed.count("未立案的诉求") == hidden, "what no unit was handed is not for units to read"
    async with world.browser(AUDITOR) as browser:
        assert 'name="advice"' not in (await browser.get("/reporting/r14")).text
        assert (await browser.post("/reporting/r14", data=fields)).status_code == 403


def slip(name: str, case: str | None, level: str = "blue") -> SupervisionNoticeIssued:
    return SupervisionNoticeIssued(
        notice_id=name,
        programme_id=PROGRAMME,
        level=level,
        target_unit="comm-1",
        matter=f"case:{case}" if case else f"notice:{name}",
        case_id=case,
        source="overdue",
        problem=f"问题 {name}",
        requirements="限期办结",
        reply_by=at(18),
    )


async def test_the_ledger_of_slips_is_a_report_too(world: World) -> None:
    """定期向主要领导反馈 (LT-24)."""
    told = two_weeks(world.service.settings.district)
    told.time = at(16)
    for one in (slip("n1", "c1"), slip("n2", None), slip("n3", None)):
        told.tell(one)
    told.tell(SupervisionReplied(notice_id="n1", unit="comm-1", text="已办", late=True))
    told.tell(ReplyVerified(notice_id="n1", holds=True, text="属实"))
    told.tell(SupervisionClosed(notice_id="n1", verdict="已落实"))
    told.tell(EscalationRaised(notice_id="n3", from_level="blue", to_level="orange", rule_id="unanswered",
                               reply_by=at(25)))  # fmt: skip
    told.time = at(23)
    told.tell(slip("n4", None))
    await lived(world, told)
    async with world.api() as api:
        asked = {"programme": PROGRAMME, "slot": SLOT}
        rows = (await api.get("/reporting/api/R11", params=asked)).json()["rows"]
        made = (await api.post("/reporting/api/runs", json={**asked, "report": "R11"}, headers=key())).json()
        again = await api.post(f"/reporting/api/runs/{made['report_id']}/recompute?after={made['position']}")
    told_of = [tuple(r[k] for k in ("number", "level", "overdue", "opinion", "raises", "state")) for r in rows]
    assert told_of == [
        (1, "blue", True, "已落实", 0, "closed"),
        (2, "blue", True, None, 0, "open"),
        (3, "orange", False, None, 1, "open"),
    ]
    assert again.json()["same"]
    async with world.browser() as browser:
        shown = (await browser.get(f"/reporting/r11?slot={SLOT}")).text
        run = (await browser.get(f"/reporting/runs/{made['report_id']}")).text
        sheet = openpyxl.load_workbook(
            io.BytesIO((await browser.get(f"/reporting/runs/{made['report_id']}.xlsx")).content)
        ).active
    for page in (shown, run):
        assert "督办〔2019〕3号" in page
        assert 'href="/supervision/notices/n2"' in page
        assert "问题 n2" in page
    assert sheet is not None
    assert [cell.value for cell in sheet[2]] == [
        *("编号", "级别", "事项", "单位", "发出", "应反馈", "实反馈", "是否逾期", "核查结论", "升级", "状态")
    ]


@pytest.mark.parametrize("code", ["r02", "r03", "r09", "r11", "r14"])
async def test_every_report_is_a_file(world: World, code: str) -> None:
    await lived(world, two_weeks(world.service.settings.district))
    async with world.browser() as browser:
        answer = await browser.get(f"/reporting/{code}.xlsx?programme={PROGRAMME}")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    words = [str(row[0].value) for row in sheet.iter_rows(min_col=1, max_col=1)]
    assert any(word.startswith("口径版本：") for word in words)
