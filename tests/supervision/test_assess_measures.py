"""Which cases, answers, slots and grounds count for which object, folded from the events of all sources."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from contracts.dispatch import (
    CaseClassified,
    CaseCompleted,
    CaseMerged,
    CaseOpened,
    CaseReopened,
    CaseStruckOff,
    CaseSuspended,
    Dues,
    Durations,
    ExtensionDecided,
    LeaderBoundToCase,
    OrderIssued,
    OrderReturned,
    OrderSigned,
    RequesterContacted,
    ReturnRuled,
)
from contracts.envelope import Meta
from contracts.event import Event
from contracts.intake import SubjectRegistered, UnitRegistered, VisitRecorded
from contracts.pack import Pack, parse_pack
from contracts.pack.assessing import SCORED, Assessment
from contracts.sealed import Sealed
from contracts.supervision import (
    BreachWithdrawn,
    CadenceFulfilled,
    CadenceMissed,
    DeadlineBreached,
    FollowUpConducted,
    FollowUpScheduled,
    Ground,
    MisreportEstablished,
    NoticeIssued,
    NoticeWithdrawn,
    SpotCheckConducted,
    SupervisionClosed,
    SupervisionNoticeIssued,
)
from services.chassis.clock import LOCAL
from services.supervision.domain.assess_facts import Facts, Told
from services.supervision.domain.assess_folding import ORDER, STEPS, take
from services.supervision.domain.assess_grounds import refs
from services.supervision.domain.assess_measures import MEASURES, Measured, measure
from services.supervision.domain.assess_scope import Period, Scope, objects
from services.supervision.domain.assess_score import found_out, score
from tests.spec import NOON, SOMEBODY, facts

PACKS = Path(__file__).parents[2] / "deploy" / "packs"
JW = parse_pack((PACKS / "jw-2017.toml").read_bytes())
LT = parse_pack((PACKS / "lt-2019.toml").read_bytes())
RULE = '[order]\nleader_bound = { classes = ["hard"], within = "1wd" }\n'
CLASSIFIED: dict[str, Any] = {"category": "road-surface", "scope": "individual", "durations": Durations(finish="7d")}
CLASSIFIED |= {"rule_id": "urgency[1]", "calendar_version": "CN@1"}
SEALED = Sealed(key_id="request-r1", box="AAAA")
HOUR = timedelta(hours=1)
JULY = Period(date(2017, 7, 1), date(2017, 7, 31), datetime(2017, 8, 1, tzinfo=LOCAL))
UNITS = (
    UnitRegistered(unit_id="office", name="示例督查室", level="district"),
    UnitRegistered(unit_id="town-a", name="示例镇甲", level="town", parent="office"),
    UnitRegistered(unit_id="town-b", name="示例镇乙", level="town", parent="office"),
    UnitRegistered(unit_id="road", name="示例交通局", level="department", parent="office"),
    UnitRegistered(unit_id="com-1", name="示例社区一", level="community", parent="town-a"),
    UnitRegistered(unit_id="vil-1", name="示例村一", level="village", parent="com-1"),
)


def opened(case: str, territory: str | None = None, **more: Any) -> CaseOpened:
    return CaseOpened(
        case_id=case,
        request_ids=(f"r-{case}",),
        title=SEALED,
        text=SEALED,
        channel="web",
        received_at=NOON,
        territory_unit=territory,
        **more,
    )


def ordered(case: str, unit: str, *, role: Any = "lead", round: int = 1, **dues: datetime) -> OrderIssued:
    return OrderIssued(
        case_id=case,
        case_no=1,
        order_id=f"o-{case}-{unit}-{round}",
        kind="assign",
        role=role,
        to_unit=unit,
        dues=Dues(**{"finish_by": NOON + 48 * HOUR, **dues}),
        issued_by_unit="office",
        rule_id="route[1]",
        calendar_version="CN@1",
        round=round,
    )


def done(case: str, unit: str, result: Any = "solved", *, on_time: bool = True, round: int = 1) -> CaseCompleted:
    return CaseCompleted(
        case_id=case,
        case_no=1,
        result=result,
        on_time=on_time,
        elapsed_s=1,
        working_s=1,
        lead_unit=unit,
        round=round,
    )


def back(case: str, round: int = 2) -> CaseReopened:
    return CaseReopened(case_id=case, case_no=1, reason="follow_up_failed", round=round, was_struck_off=False)


def heard(case: str, n: int, leg: str = "requester", *, round: int = 1, **said: Any) -> list[Event]:
    ids: dict[str, Any] = {"followup_id": f"f-{case}-{n}", "case_id": case, "case_no": 1, "round": round, "leg": leg}
    told = {"method": "phone", "reached": True, "verdict": "pass", "closes": False, "reviewer_unit": "office"}
    return [
        FollowUpScheduled(**ids, due=NOON, sample_rule="all", handler_units=("town-a",)),
        FollowUpConducted.model_validate({**ids, **told, **said}),
    ]


def slot(n: int, day: date, owner: str, *, missed: bool = False, cadence: str = "group-meeting") -> Event:
    ids: dict[str, Any] = {
        "slot_id": f"s{n}",
        "programme_id": "jw-2017",
        "cadence_id": cadence,
        "slot": day,
        "owner": owner,
    }
    return CadenceMissed(**ids, due=NOON, watermark=NOON) if missed else CadenceFulfilled(**ids, ref="m", late=False)


def bulletin(n: str, kind: Any, unit: str, code: str, *cases: str) -> NoticeIssued:
    grounds = (Ground(code=code, case_ids=cases),)
    return NoticeIssued(
        bulletin_id=n, programme_id="jw-2017", kind=kind, targets=(unit,), grounds=grounds, scope="全区"
    )


def at(*events: Event, time: datetime = NOON, as_of: datetime = JULY.as_of, programme: str = "jw-2017") -> Facts:
    """What these events leave behind, each source in its order."""
    return told_in(Facts(programme, as_of), *events, time=time, programme=programme)


def told_in(found: Facts, *events: Event, time: datetime = NOON, programme: str = "jw-2017") -> Facts:
    meta = Meta(command_id="c", actor=SOMEBODY, programme=programme)
    for source in ORDER:
        for fact in facts(*[one for one in (*UNITS, *events) if one.OWNER == source], time=time, meta=meta):
            take(found, Told(fact.event, fact.time, fact.envelope.meta.programme))
    return found


def scope(found: Facts, object: str = "town-a", kind: str = "unit", pack: Pack = JW, **rules: Any) -> Scope:
    assert pack.assessment is not None
    asked = Assessment.model_validate({**pack.assessment.model_dump(), **rules})
    return Scope(found, kind, object, JULY, pack, asked)


def share(found: Facts, kpi: str, object: str = "town-a", **how: Any) -> tuple[Fraction | int, int]:
    told = measure(scope(found, object, **how), kpi)
    return told.part, told.whole


def test_every_indicator_that_a_pack_may_name_can_be_measured_and_nothing_is_nothing() -> None:
    assert set(MEASURES) == SCORED
    empty = at()
    for kpi in sorted(SCORED):
        assert share(empty, kpi) == (0, 0)
        assert measure(scope(empty), kpi).share is None
    assert Measured(()).share is None


def test_who_is_assessed_as_what() -> None:
    found = at()
    assert objects(found, "unit") == ["road", "town-a", "town-b"]
    assert objects(found, "section") == ["road"]
    assert objects(found, "town") == ["town-a", "town-b"]
    assert objects(found, "community") == ["com-1", "vil-1"]


MERGED = CaseMerged(
    case_id="c6", case_no=1, into="c1", into_no=1, request_ids=("r-c6",), link="merged", reason="同一事项"
)
LIFE = (
    *(opened("c1"), ordered("c1", "town-a"), done("c1", "town-a")),
    *(opened("c2"), ordered("c2", "town-a"), done("c2", "town-a", "explained", on_time=False)),
    *(opened("c3"), ordered("c3", "town-a")),  # open, and its limit is over by the end of the month
    *(opened("c4"), ordered("c4", "town-a")),
    CaseSuspended(case_id="c4", case_no=1, reason="待管网改造", condition="完工", review_on=NOON, approver="p-l"),
    *(opened("c5"), ordered("c5", "town-b"), done("c5", "town-b")),
    *(opened("c6"), ordered("c6", "town-a"), MERGED),
    CaseStruckOff(case_id="c1", case_no=1, by_unit="town-a", basis="unit_self", on_time=True),
    opened("c7"),
)


@pytest.mark.parametrize(
    ("kpi", "expected"),
    [
        ("K15", (2, 4)),  # done, of the four that it leads and that stand
        ("K16a", (1, 4)),  # explained is not solved
        ("K18", (1, 3)),  # the suspended one is not due
        ("K21", (1, 4)),
        ("K27", (1, 2)),  # suspended, of the open ones
        ("K24", (0, 2)),
    ],
)
def test_rates_of_cases_by_hand(kpi: str, expected: tuple[int, int]) -> None:
    assert share(at(*LIFE), kpi) == expected


def test_the_pack_may_leave_out_what_nobody_could_help() -> None:
    found = at(*LIFE)
    assert share(found, "K15", leave_out=("suspended",)) == (2, 3)
    assert share(found, "K16a", leave_out=("suspended", "explained")) == (1, 2)


def test_what_happened_after_the_period_is_not_there() -> None:
    found = at(*LIFE)
    later = told_in(found, done("c3", "town-a"), time=JULY.closes)
    assert share(later, "K15") == (2, 4)
    assert JULY.over
    assert not Period(JULY.since, JULY.until, NOON).over


def test_a_rework_is_theirs_who_led_before() -> None:
    found = at(
        *(opened("c1"), ordered("c1", "town-a"), done("c1", "town-a"), back("c1")),
        *(ordered("c1", "town-b", round=2), done("c1", "town-b", round=2)),
    )
    assert refs(scope(found), "rework", bonus=False) == ("c1",)
    assert refs(scope(found, "town-b"), "rework", bonus=False) == ()
    assert share(found, "K24", "town-b") == (1, 1), "who has it now has it in its second round"


def test_orders_count_for_whoever_got_them() -> None:
    soon, late = NOON + HOUR, NOON - HOUR
    signed = OrderSigned(case_id="c1", case_no=1, order_id="o-c1-town-a-1")
    call = RequesterContacted(
        case_id="c2", case_no=1, order_id="o-c2-town-a-1", method="phone", attempt=1, reached=True, at=late
    )
    returned = {"case_id": "c3", "case_no": 1, "order_id": "o-c3-town-a-1", "reason": "不属本单位"}
    story = (
        *(opened("c1"), ordered("c1", "town-a", sign_by=soon, contact_by=late), signed),
        *(opened("c2"), ordered("c2", "town-a", sign_by=late, contact_by=soon), call),
        *(opened("c3"), ordered("c3", "town-a", sign_by=late)),
        OrderReturned.model_validate({**returned, "reason_code": "not_ours", "n": 1}),
        ReturnRuled.model_validate({**returned, "accepted": True, "new_unit": "town-b"}),
        *(opened("c4"), ordered("c4", "town-a")),
        OrderReturned.model_validate(
            {**returned, "case_id": "c4", "order_id": "o-c4-town-a-1", "reason_code": "x", "n": 1}
        ),
        ReturnRuled.model_validate({**returned, "case_id": "c4", "order_id": "o-c4-town-a-1", "accepted": False}),
        ExtensionDecided(
            case_id="c4",
            case_no=1,
            order_id="o-c4-town-a-1",
            granted=True,
            old_finish_by=NOON,
            finish_by=NOON + 96 * HOUR,
            approver="p-l",
            reason="雨季",
        ),
    )
    found = at(*story)
    assert share(found, "K25") == (1, 2), "one that rightly went back need not be signed"
    assert share(found, "K14a") == (1, 2)
    assert share(found, "K23") == (2, 4)
    assert share(found, "K23b") == (1, 2)
    assert share(found, "K26") == (1, 4)
    assert refs(scope(found), "returned", bonus=False) == ("c4",), "who returns rightly loses nothing"
    assert share(found, "K15") == (0, 3), "the returned one is nobody's until somebody gets it"


def test_answers_by_hand() -> None:
    story = (
        *(opened("c1"), ordered("c1", "town-a"), done("c1", "town-a")),
        *heard("c1", 1, contacted=True, solved=True, satisfaction="very"),
        *heard("c1", 2, contacted=False, solved=True, satisfaction="basic"),
        *heard("c1", 3, contacted=True, solved=False, satisfaction="dissatisfied", verdict="fail", attributable=False),
        *heard("c1", 4, solved=True, satisfaction="no_view", contacted=None),
        *heard("c1", 5, reached=False, verdict="unreachable"),
        *heard("c1", 6, "explanation", solved=True, satisfaction="satisfied", contacted=True),
    )
    found = at(*story)
    assert share(found, "K14b") == (2, 3)
    assert share(found, "K16b") == (3, 4)
    assert share(found, "K17") == (2, 3)
    assert share(found, "K17", basic_counts=Decimal("0.9")) == (Fraction(19, 10), 3)
    assert share(found, "K17", leave_out=("not_attributable",)) == (2, 2)
    assert share(found, "K22") == (1, 1)
    waiting = at(*story, opened("c2"), ordered("c2", "town-a"), done("c2", "town-a"), heard("c2", 1)[0])
    assert share(waiting, "K22") == (1, 2)


def test_in_liulitun_the_section_and_the_community_are_each_asked_about() -> None:
    """双向回访: one leg speaks of the department, the other of the community on whose ground it was (LT-17, LT-27)."""
    story = (
        opened("c1", "vil-1"),
        ordered("c1", "road"),
        ordered("c1", "com-1", role="territory"),
        done("c1", "road"),
        *heard("c1", 1, "department", solved=True, contacted=True, satisfaction="satisfied"),
        *heard("c1", 2, "territory", solved=False, contacted=False, satisfaction="dissatisfied", verdict="fail"),
    )
    found = at(*story, programme="lt-2019")
    assert share(found, "K16b", "road", kind="section", pack=LT) == (1, 1)
    assert share(found, "K16b", "com-1", kind="community", pack=LT) == (0, 1)
    assert share(found, "K15", "com-1", kind="community", pack=LT) == (1, 1)
    assert share(found, "K15", "vil-1", kind="community", pack=LT) == (0, 0), "the order says whose ground it is"
    assert share(found, "K22", "com-1", kind="community", pack=LT) == (1, 1)


def test_a_round_is_asked_about_for_whoever_led_it() -> None:
    found = at(
        *(opened("c1"), ordered("c1", "town-a"), done("c1", "town-a")),
        *heard("c1", 1, solved=False, verdict="fail", satisfaction="dissatisfied"),
        *(back("c1"), ordered("c1", "town-b", round=2), done("c1", "town-b", round=2)),
        *heard("c1", 2, round=2, solved=True, satisfaction="very"),
    )
    assert share(found, "K16b", "town-a") == (0, 1)
    assert share(found, "K16b", "town-b") == (1, 1)


def test_households_and_firms_on_the_ground_of_a_town_are_reached_or_not() -> None:
    def subject(n: int, kind: Any, territory: str, community: str | None = None) -> SubjectRegistered:
        return SubjectRegistered(subject_id=f"h{n}", kind=kind, territory_unit=territory, community_unit=community)

    def visit(n: int, *, tried: bool = False) -> VisitRecorded:
        return VisitRecorded(
            visit_id=f"v{n}",
            subject_id=f"h{n}",
            visitors=("p-v",),
            mode="doorstep",
            territory_unit="town-a",
            attempted_only=tried,
        )

    found = at(
        subject(1, "household", "town-a"),
        subject(2, "household", "com-1"),
        subject(3, "enterprise", "town-b"),
        subject(4, "unit", "town-a"),  # no population of 贾汪
        subject(5, "household", "town-a"),
        *(visit(1), visit(2, tried=True), visit(3)),
    )
    assert share(found, "K07") == (1, 3)
    assert share(found, "K07", "town-b") == (1, 1)
    assert share(found, "K07", "road") == (0, 0), "a department has no ground"
    assert share(found, "K07", "com-1", kind="community") == (0, 1)
    other = at(subject(1, "household", "town-a"), visit(1), programme="other")
    assert share(other, "K07")[1] == 1


def test_meetings_slips_checks_and_leaders() -> None:
    found = at(
        *(slot(1, date(2017, 7, 3), "road"), slot(2, date(2017, 7, 17), "road", missed=True)),
        *(
            slot(3, date(2017, 8, 1), "road", missed=True),
            slot(4, date(2017, 7, 3), "road", cadence="half-month-stats"),
        ),
        *(opened("c1", urgency_hint="petition"), ordered("c1", "road"), done("c1", "road")),
        LeaderBoundToCase(case_id="c1", case_no=1, leader="p-l", kind="contract"),
        SpotCheckConducted(
            check_id="k1",
            item="c1",
            case_id="c1",
            mode="on_site",
            body="示例督查室",
            passed=False,
            finding="未修",
            checked_at=NOON,
        ),
        SupervisionNoticeIssued(
            notice_id="n1",
            programme_id="jw-2017",
            level="blue",
            target_unit="road",
            matter="case:c1",
            case_id="c1",
            source="office",
            problem="进展缓慢",
            requirements="限期办结",
            reply_by=NOON,
        ),
        SupervisionClosed(notice_id="n1", verdict="已办结"),
    )
    assert share(found, "K34", "road") == (1, 2), "of the period, and meetings only"
    assert refs(scope(found, "road"), "missed_meeting", bonus=False) == ("s2",)
    assert share(found, "K12", "road") == (1, 1)
    assert share(found, "K29", "road") == (0, 1)
    assert share(found, "K28", "road") == (1, 1)


def test_leaders_are_asked_for_in_the_classes_of_the_pack() -> None:
    ruled = (PACKS / "jw-2017.toml").read_bytes().replace(b"[order]\n", RULE.encode(), 1)
    urgencies = {"c1": "hard", "c2": "real", "c3": "hard"}
    held = [CaseClassified(**CLASSIFIED, case_id=case, urgency=urgency) for case, urgency in urgencies.items()]
    bound = LeaderBoundToCase(case_id="c1", case_no=1, leader="p-l", kind="contract")
    cases = [event for case in urgencies for event in (opened(case), ordered(case, "road"))]
    found = at(*cases, *held, bound)
    assert share(found, "K12", "road", pack=parse_pack(ruled)) == (1, 2)
    assert share(found, "K12", "road") == (0, 0), "where the pack names none, of petitions"


def breach(n: int, case: str, kind: Any, due: datetime) -> DeadlineBreached:
    ids: dict[str, Any] = {"clock_id": f"k{n}", "case_id": case, "order_id": "o", "kind": kind, "unit": "town-a"}
    return DeadlineBreached(**ids, due=due, watermark=due, dispatch_position=1)


def test_a_limit_that_was_not_kept_costs_by_the_day_it_was_due() -> None:
    noticed_later = JULY.closes + HOUR
    found = at(opened("c1"), ordered("c1", "town-a"), opened("c2"), ordered("c2", "town-a"))
    told_in(
        found,
        breach(1, "c1", "finish", NOON),
        breach(2, "c2", "finish", JULY.closes),
        breach(3, "c1", "sign", NOON),
        breach(4, "c2", "finish", NOON),
        BreachWithdrawn(clock_id="k4", case_id="c2", kind="finish", met_at=NOON),
        time=noticed_later,
    )
    assert refs(scope(found), "overdue", bonus=False) == ("c1",)


def test_public_notices_and_misreports_cost_once() -> None:
    def misreport(n: str, case: str, unit: str = "town-a") -> MisreportEstablished:
        return MisreportEstablished(
            misreport_id=n,
            programme_id="jw-2017",
            case_id=case,
            code="falsification",
            unit=unit,
            finding="照片系他处",
            established_by="p-s",
        )

    found = at(
        opened("c1"),
        misreport("m1", "c1"),
        bulletin("b1", "criticise", "town-a", "falsification", "c1"),  # about the same case
        bulletin("b2", "expose", "town-a", "falsification", "c2"),
        bulletin("b3", "criticise", "town-a", "falsification", "c3"),
        NoticeWithdrawn(bulletin_id="b3", reason="查无实据"),
        bulletin("b4", "commend", "town-a", "群众满意"),
        misreport("m2", "c4", "town-b"),
    )
    assert refs(scope(found), "falsification", bonus=False) == ("b2", "c1")
    assert refs(scope(found), "criticised", bonus=False) == ("b1",)
    assert refs(scope(found), "exposed", bonus=False) == ("b2",)
    assert refs(scope(found), "commended", bonus=True) == ("b4",)
    assert refs(scope(found), "群众满意", bonus=True) == ("b4",)
    assert refs(scope(found), "按时走访", bonus=True) == ()


def test_all_of_it_together_in_the_rules_of_jiawang() -> None:
    """town-a: K16a 1/4, K18 1/3, K07 and K34 nothing: 40 of 65 × 1/4 + 25 of 65 × 1/3 = 15.38 + 12.82."""
    found = at(*LIFE)
    assert JW.assessment is not None
    made = score(JW.assessment, [found_out(scope(found, one)) for one in objects(found, "unit")])
    assert [(row.object, row.total, row.rank, bool(row.excluded)) for row in made] == [
        ("town-b", "100.00", 1, False),
        ("town-a", "28.20", 2, False),
        ("road", "0.00", 3, True),
    ]
    again = score(JW.assessment, [found_out(scope(at(*LIFE), one)) for one in objects(found, "unit")])
    assert again == made


def test_events_of_other_programmes_change_nothing() -> None:
    found = at(*LIFE)
    told_in(found, opened("x1"), ordered("x1", "town-a"), done("x1", "town-a"), programme="another")
    assert "x1" not in found.cases
    assert share(found, "K15") == (2, 4)
    assert {event.OWNER for event in STEPS} == set(ORDER)
