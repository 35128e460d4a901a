"""A coverage date is judged once, by what stood at its last instant, and not declared reached with one left."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.dispatch import CaseClassified, CaseMerged
from contracts.intake import (
    PersonRegistered,
    RequestRegistered,
    SubjectDataErased,
    SubjectRegistered,
    UnitRegistered,
    VisitRecorded,
)
from contracts.pack import PackErrors, parse_pack
from contracts.sealed import Sealed
from contracts.supervision import CoverageClaimed, CoverageJudged, NoticeIssued
from services.chassis.deadlines import calendar_for
from services.reference.coverage.facts import Facts, Subject, Visit
from services.reference.coverage.rules import progress, watched
from services.supervision.domain.coverage import COVERAGE, ClaimCoverage, JudgeCoverage, Stand, falling_due
from services.supervision.domain.rhythm import Rules
from services.supervision.react.coverage import CoverageTimer
from services.supervision.read.coverage_facts import MATTERS
from services.supervision.web.coverage_acts import Standing
from tests.spec import facts, given
from tests.supervision.ladder_stage import HEAD, JW, LT, OFFICE, SEALED, MakeStage, Stage, local
from tests.supervision.test_assess_measures import CLASSIFIED, opened

PACK = parse_pack(JW)
DI = (Path(__file__).parents[1] / "packs" / "coverage-di.toml").read_bytes()
KINDS = '["village", "enterprise", "community"]'
DUE = local("2017-09-01 00:00")
JW_HOUSEHOLDS = "jw-2017:population:households:2017-08-31"


def stand(reached: int = 30, **other: Any) -> Stand:
    return Stand(
        coverage_id=JW_HOUSEHOLDS,
        programme_id="jw-2017",
        of="population",
        code="households",
        due=DUE,
        **{
            "snapshot": date(2017, 6, 30),
            "whole": 30,
            "target": 30,
            "reached": reached,
            "kept": reached == 30,
            "left": tuple(f"h-{n:02}" for n in range(reached, 30)),
            "phrase": "一户不漏",
            **other,
        },
    )


def judged(reached: int, watermark: datetime) -> CoverageJudged:
    one = stand(reached)
    return CoverageJudged(
        **{
            name: getattr(one, name)
            for name in ("coverage_id", "programme_id", "of", "code", "due", "snapshot", "whole", "target")
        },
        reached=reached,
        kept=one.kept,
        left=one.left,
        watermark=watermark,
    )


LATER = DUE + timedelta(hours=3)


def test_what_was_short_at_the_due_instant_is_recorded_with_it_whenever_it_is_noticed() -> None:
    given(COVERAGE).when(JudgeCoverage(stand(29), LATER)).then(judged(29, LATER))


def test_of_nobody_nothing_is_judged() -> None:
    nobody = stand(0, whole=0, target=0, left=(), kept=None)
    given(COVERAGE).when(JudgeCoverage(nobody, LATER)).then_nothing()


def test_ha_05_a_register_that_is_short_of_the_plan_is_judged_and_declared_so() -> None:
    short = stand(30, planned=31, kept=False)
    (event,) = given(COVERAGE).when(JudgeCoverage(short, LATER)).decided()
    assert isinstance(event, CoverageJudged)
    assert (event.whole, event.reached, event.planned, event.kept) == (30, 30, 31, False)
    refused = given(COVERAGE).when(ClaimCoverage(short, LATER)).then_rejected("register-short")
    assert (refused.field, refused.params) == ("note", {"planned": 31, "whole": 30})


def test_it_is_judged_once() -> None:
    given(COVERAGE, judged(29, LATER)).when(JudgeCoverage(stand(30), LATER + timedelta(days=1))).then_nothing()


def test_nothing_is_judged_before_everything_up_to_the_due_instant_is_known() -> None:
    given(COVERAGE).when(JudgeCoverage(stand(29), DUE)).then_nothing()


def claimed(at: datetime) -> CoverageClaimed:
    one = stand()
    names = ("coverage_id", "programme_id", "of", "code", "due", "snapshot", "whole", "target", "reached")
    return CoverageClaimed(**{name: getattr(one, name) for name in names}, at=at, note="逐户核对")


def test_jw_27_nobody_is_left_and_that_is_declared() -> None:
    given(COVERAGE).when(ClaimCoverage(stand(), LATER, note="逐户核对")).then(claimed(LATER))


def test_jw_27_one_household_left_refuses_it_and_is_named() -> None:
    found = given(COVERAGE).when(ClaimCoverage(stand(29), LATER, ("示例村 h-29",), "逐户核对"))
    refused = found.then_rejected("left-over")
    assert refused.field == "note"
    assert refused.params == {"n": 1, "phrase": "一户不漏", "names": "示例村 h-29"}


def test_what_is_enough_by_the_ratio_is_not_everybody() -> None:
    enough = stand(29, target=28, kept=True)
    given(COVERAGE).when(ClaimCoverage(enough, LATER, ("h-29",))).then_rejected("left-over")
    nameless = stand(29, target=28, kept=True, phrase=None)
    assert given(COVERAGE).when(ClaimCoverage(nameless, LATER)).decided()


def test_of_an_empty_register_nothing_is_declared() -> None:
    nobody = stand(whole=0, target=0)
    given(COVERAGE).when(ClaimCoverage(nobody, LATER)).then_rejected("nobody-to-reach")


def test_a_date_is_judged_under_the_rules_that_were_in_force_when_it_passed() -> None:
    def rules(text: str, since: datetime) -> Rules:
        pack = parse_pack(text.encode())
        return Rules("jw-2017", pack, calendar_for(pack), since)

    first = JW.decode()
    earlier = first.replace("due = 2017-08-31", "due = 2017-08-15")
    versions = [rules(first, local("2017-03-01 09:00")), rules(earlier, local("2017-08-20 09:00"))]
    found = [one.day for _, one in falling_due(versions, local("2017-09-30 12:00"), None)]
    assert found == [], "15 August had passed when it was asked for, and 31 August is asked for no more"
    two = [one.code for _, one in falling_due(versions[:1], local("2017-09-30 12:00"), None)]
    assert two == ["households", "enterprises"]
    assert not list(falling_due(versions[:1], DUE, None)), "not while its last day runs"
    assert not list(falling_due(versions[:1], LATER, date(2017, 8, 30))), "nobody owes what the end has overtaken"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("ratio = 1.0, due", "due", "lists.coverage[1]"),
        ("ratio = 1.0, due", "ratio = 1.0, by_size = { small = [1, 2] }, due", "lists.coverage[1].ratio"),
        ("ratio = 1.0, due", "by_size = { small = [3, 2] }, due", "lists.coverage[1].by_size.small"),
        ("due = 2017-03-15", "due = 2018-03-15", "lists.coverage[1].due"),
        ('modes = ["doorstep"', 'modes = ["letter"', "lists.coverage[1].modes[1]"),
        ('tags = ["挂钩点"], total = 47', 'tags = ["挂钩点"], total = 46', "lists.population[1].total"),
        (
            f'kind = {KINDS}, tags = ["挂钩点"]',
            'kind = "person"',
            "lists.population[1].kind",
        ),
        ('tags = ["挂钩点"]', "repeat_caller = { calls = 3, days = 30 }", "lists.population[1].repeat_caller"),
        ('tags = ["挂钩点"]', 'layer = "楼院"', "lists.population[1].layer"),
        (
            "[lists]",
            '[lists]\nroster = [{ id = "all", name = "全体", participation = 1.0 }]',
            "lists.roster[1].participation",
        ),
        (
            "[lists]",
            '[lists]\nroster = [{ id = "all", name = "全体", levels = ["town"], due = 2017-03-15 }]',
            "lists.roster[1].due",
        ),
    ],
)
def test_what_could_not_be_counted_is_refused_with_its_place(old: str, new: str, place: str) -> None:
    text = DI.decode()
    assert old in text
    with pytest.raises(PackErrors) as refused:
        parse_pack(text.replace(old, new, 1).encode())
    assert place in {error.place for error in refused.value.errors}


def test_when_a_matter_stood_in_focus_is_kept() -> None:
    def then(hours: int) -> datetime:
        return DUE + timedelta(hours=hours)

    def focus(is_so: bool) -> CaseClassified:
        return CaseClassified(**CLASSIFIED, case_id="c-1", urgency="normal", focus=is_so)

    merged = {
        "case_no": 1,
        "into": "c-2",
        "into_no": 2,
        "request_ids": ("r-c-1",),
        "link": "merged",
        "reason": "同一件事",
    }
    events = [opened("c-1"), focus(True), focus(True), CaseMerged(case_id="c-1", **merged), focus(False), focus(True)]
    told = [("c-1", fact) for hours, event in enumerate(events) for fact in facts(event, time=then(hours))]
    row = MATTERS.fold({}, told)["c-1"]
    assert row is not None
    assert row.turns == (then(1), then(3)), "what is merged does not come back by being classified"


def test_a_declaration_hides_neither_what_was_missed_nor_who_is_left_now() -> None:
    (homes,) = [one for one in watched(PACK) if one.code == "households"]
    due = {"judged_at": LATER, "claimed_at": LATER}

    def state(whole: int, kept: bool | None, **row: Any) -> str:
        known = [Subject(f"h-{n}", "household", "town-a") for n in range(whole)]
        seen = [Visit(f"v-{n}", f"h-{n}", ("p-1",), "doorstep", local("2017-08-01 09:00")) for n in range(3)]
        found = progress(homes, Facts(subjects=known, visits=seen))
        stored: Any = {"kept": kept, **due, **row}
        active: Any = None
        return Standing(active, found, stored, LATER).state

    assert state(3, True) == "claimed"
    assert state(3, None) == "claimed", "before its day"
    assert state(3, False) == "late"
    assert state(4, False) == "missed"
    assert state(4, True) == "reopened"
    assert state(3, True, claimed_at=None) == "reached"


# The running service.


def subject(n: int, kind: Any = "village", tags: tuple[str, ...] = ("挂钩点",)) -> SubjectRegistered:
    return SubjectRegistered(subject_id=f"s-{n:02}", kind=kind, territory_unit="town-a", tags=tags)


def visit(n: int, subject: str, **other: Any) -> VisitRecorded:
    known = {"visitors": ("p-head",), "mode": "doorstep", "territory_unit": "town-a", **other}
    return VisitRecorded(visit_id=f"v-{n}", subject_id=subject, **known)


def to(stage: Stage, moment: str) -> None:
    stage.service.clock.set(local(moment))  # type: ignore[attr-defined]


async def judge(stage: Stage) -> int:
    async def horizon() -> datetime:
        return stage.now

    await stage.settled()
    count = await CoverageTimer(stage.service.pool, stage.service.commands, horizon).judge()
    await stage.settled()
    return count


async def coverage(stage: Stage) -> dict[str, Any]:
    await stage.settled()
    answer = await stage.looks(OFFICE, f"/supervision/api/coverage?programme={stage.programme}")
    return {one["code"]: one for one in answer.json()["items"]}


async def test_di_12_a_visit_of_the_16th_leaves_46_of_47_for_ever(make_stage: MakeStage) -> None:
    stage = await make_stage(DI, "coverage-di", begins="2017-02-20 09:00")
    kinds = ["village"] * 20 + ["enterprise"] * 25 + ["community"] * 2
    await stage.hear(*(subject(n, kind) for n, kind in enumerate(kinds)), subject(90, tags=()))
    to(stage, "2017-03-14 15:00")
    await stage.hear(*(visit(n, f"s-{n:02}") for n in range(46)), visit(80, "s-46", attempted_only=True))
    to(stage, "2017-03-15 23:59")
    assert await judge(stage) == 0
    to(stage, "2017-03-16 10:00")
    await stage.hear(visit(46, "s-46"))
    assert await judge(stage) == 1
    to(stage, "2017-03-17 10:00")
    assert await judge(stage) == 0, "by another process: it is judged once"
    points = (await coverage(stage))["points"]
    assert (points["reached"], points["whole"], points["kept"]) == (47, 47, True), "as it stands now"
    outcome = points["judged"]
    assert (outcome["reached"], outcome["whole"], outcome["kept"], outcome["left"]) == (46, 47, False, ["s-46"])
    assert datetime.fromisoformat(outcome["due"]) == local("2017-03-16 00:00")


async def test_jw_27_one_household_left_is_named_and_then_declared(make_stage: MakeStage) -> None:
    stage = await make_stage(JW, begins="2017-07-17 12:00")
    await stage.hear(*(subject(n, "household", ()) for n in range(3)))
    await stage.hear(visit(0, "s-00"), visit(1, "s-01"))
    claim = f"coverage/{JW_HOUSEHOLDS}/claim"
    refused = await stage.sent(OFFICE, claim, json={"note": "逐户核对"})
    assert (refused.status_code, refused.json()["code"]) == (422, "left-over")
    assert "s-02" in refused.json()["detail"]
    assert refused.json()["errors"][0]["field"] == "note"
    await stage.hear(visit(2, "s-02"))
    assert (await stage.sent(OFFICE, claim, json={"note": "逐户核对"})).status_code == 201
    await stage.settled()
    one = (await coverage(stage))["households"]
    assert (one["claimed"]["note"], one["left"]) == ("逐户核对", [])
    assert (await stage.sent(HEAD, claim, json={})).status_code == 403
    page = await stage.looks(OFFICE, f"/supervision/coverage/{JW_HOUSEHOLDS}")
    assert "已声明" in page.text
    await stage.hear(subject(3, "household", ()))
    assert (await coverage(stage))["households"]["state"] == "reopened"
    page = await stage.looks(OFFICE, f"/supervision/coverage/{JW_HOUSEHOLDS}")
    assert "声明后又有未到的" in page.text


async def test_lt_33_who_called_three_times_stands_on_the_list_with_what_put_them_there(make_stage: MakeStage) -> None:
    stage = await make_stage(LT, "lt-2019", begins="2019-10-08 09:00")
    await stage.hear(UnitRegistered(unit_id="com", name="示例社区", level="community", parent="town-a"))
    await stage.hear(SubjectRegistered(subject_id="h-1", kind="household", territory_unit="com", tags=("困难家庭",)))
    for n, day in enumerate(("08", "15", "22")):
        to(stage, f"2019-10-{day} 10:00")
        await stage.hear(
            RequestRegistered(
                request_id=f"r-{n}",
                channel="hotline",
                origin="reactive",
                caller_ref="c-again",
                title=SEALED,
                text=SEALED,
                received_at=stage.now,
                territory_unit="com",
            )
        )
    people = (await coverage(stage))["special_people"]
    assert [(one["ref"], one["requests"]) for one in people["members"]] == [
        ("c-again", ["r-0", "r-1", "r-2"]),
        ("h-1", []),
    ]
    page = await stage.looks(OFFICE, "/supervision/coverage/lt-2019:population:special_people:2019-12-10")
    assert "/intake/requests/r-1" in page.text
    await stage.hear(SubjectDataErased(subject_id="h-1", key_ids=(), legal_basis="本人申请"))
    assert (await coverage(stage))["special_people"]["left"] == ["c-again", "h-1"], "still one who was not reached"
    page = await stage.looks(OFFICE, "/supervision/coverage/lt-2019:population:special_people:2019-12-10")
    assert "个人信息已删除" in page.text
    assert "困难家庭" not in page.text.split('id="left"')[1].split("</table>")[0]


async def test_lt_31_who_took_no_part_is_named(make_stage: MakeStage) -> None:
    stage = await make_stage(LT, "lt-2019", begins="2019-10-08 09:00")
    await stage.hear(UnitRegistered(unit_id="sec", name="示例科", level="department"))
    for n in (1, 2):
        name = Sealed(key_id=f"person-p-{n}", box="AAAA")
        await stage.hear(PersonRegistered(person_id=f"p-{n}", unit_id="sec", name=name))
    await stage.hear(visit(1, "h-9", visitors=("p-2",), request_ids=("r-1",)))
    office = (await coverage(stage))["office_cadres"]
    assert (office["whole"], office["reached"], office["left"]) == (2, 1, ["p-1"])
    assert {one["ref"]: one["did"] for one in office["members"]} == {"p-1": [], "p-2": ["collect_requests", "visit"]}
    to(stage, "2019-12-11 10:00")
    assert await judge(stage) == 1, "of courtyards, streets and others of whom there are none, nothing is said"
    assert [(one.code, one.kept) for one in await stage.recorded(CoverageJudged)] == [("office_cadres", False)]
    streets = (await coverage(stage))["streets"]
    assert (streets["state"], streets["kept"], streets["judged"]) == ("empty", None, None)


async def test_a_notice_for_visiting_in_time_says_the_share_that_the_service_reckons(make_stage: MakeStage) -> None:
    stage = await make_stage(LT, "lt-2019", begins="2019-10-08 09:00")
    await stage.hear(UnitRegistered(unit_id="sec", name="示例科", level="department"))
    for n in (1, 2, 3):
        name = Sealed(key_id=f"person-p-{n}", box="AAAA")
        await stage.hear(PersonRegistered(person_id=f"p-{n}", unit_id="sec", name=name))
    await stage.hear(visit(1, "h-9", visitors=("p-2", "p-3")))
    said = {"programme": "lt-2019", "kind": "commend", "targets": ["sec"], "scope": "机关各科室、各社区"}
    typed = {**said, "grounds": {"按时进行走访": {"value": "98.5"}}}
    refused = await stage.sent(OFFICE, "bulletins", json=typed)
    assert (refused.json()["code"], refused.json()["errors"][0]["field"]) == (
        "value-is-reckoned",
        "grounds.按时进行走访.value",
    )
    nobody = {**said, "targets": ["town-b"], "chosen": ["按时进行走访"]}
    assert (await stage.sent(OFFICE, "bulletins", json=nobody)).json()["code"] == "nothing-to-reckon"
    issued = await stage.sent(OFFICE, "bulletins", json={**said, "chosen": ["按时进行走访"]})
    assert issued.status_code == 201, issued.text
    (notice,) = await stage.recorded(NoticeIssued)
    assert [(one.kpi, one.value) for one in notice.grounds] == [("K08", "66.67")]
    to(stage, "2019-12-11 09:00")
    await stage.hear(visit(2, "h-9", visitors=("p-1",)))
    assert (await stage.sent(OFFICE, "bulletins", json={**said, "chosen": ["按时进行走访"]})).status_code == 201
    *_, after = await stage.recorded(NoticeIssued)
    assert [one.value for one in after.grounds] == ["66.67"], "a visit after the day is none in time"
