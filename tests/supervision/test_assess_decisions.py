"""An assessment from draft to final: who may do what when, and every refusal."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contracts.pack.assessing import Assessment
from contracts.supervision import (
    Adjustment,
    AppealDecided,
    AppealFiled,
    AssessmentFinalised,
    AssessmentPublished,
    AssessmentScored,
    ObjectScore,
    Score,
)
from services.chassis.clock import LOCAL
from services.chassis.decider import Rejected
from services.supervision.domain.assess_scope import Period
from services.supervision.domain.assessment import (
    ASSESSMENT,
    DecideAppeal,
    FileAppeal,
    FinaliseAssessment,
    PublishAssessment,
    ScoreAssessment,
)
from tests.spec import given

FIRST, LAST = date(2017, 7, 1), date(2017, 7, 31)
OVER = datetime(2017, 8, 1, tzinfo=LOCAL)
PERIOD = Period(FIRST, LAST, OVER)
UNTIL = OVER + timedelta(days=7)
STARTS = datetime(2017, 3, 1, tzinfo=UTC)
RULES = Assessment.model_validate(
    {"weights": {"K15": Decimal(1)}, "deduct": {"rework": Decimal("0.2")}, "uses": ("年终考核", "评先评优", "干部选任")}
)


def row(object: str, total: str, rank: int, excluded: str = "") -> ObjectScore:
    scores = (Score(kpi="K15", value="0.9", weight="1", score=total),)
    return ObjectScore(object=object, scores=scores, total=total, rank=rank, excluded=excluded)


ROWS = (row("town-a", "90.00", 1), row("town-b", "80.00", 2), row("town-c", "99.00", 3, "新组建单位"))
score = ScoreAssessment(
    "a1", "jw", "stage", "unit", PERIOD, STARTS, {"dispatch": 7}, ROWS, "ab" * 32, ("stage", "year")
)
scored = AssessmentScored(
    assessment_id="a1",
    programme_id="jw",
    kind="stage",
    objects="unit",
    since=FIRST,
    until=LAST,
    positions={"dispatch": 7},
    rows=ROWS,
    run=1,
    as_of=OVER,
    pack_sha256="ab" * 32,
)
running = scored.model_copy(update={"as_of": OVER - timedelta(days=1)})
publish = PublishAssessment(UNTIL)
published = AssessmentPublished(assessment_id="a1", appeals_until=UNTIL)
appeal = FileAppeal("p1", "town-b", "退单系上级改派", UNTIL)
filed = AppealFiled(assessment_id="a1", appeal_id="p1", object="town-b", reason="退单系上级改派")
POINTS = (Adjustment(code="K15", points="12.5", refs=("c1",)),)
CODES = frozenset({"K15", "rework"})
uphold = DecideAppeal("p1", True, POINTS, "查证属实", "p-l", "district", "p-b", "p-o", CODES)
upheld = AppealDecided(assessment_id="a1", appeal_id="p1", upheld=True, adjustments=POINTS, reason="查证属实")
refused = upheld.model_copy(update={"upheld": False, "adjustments": ()})
finalise = FinaliseAssessment(UNTIL + timedelta(seconds=1), RULES)


def test_a_draft_is_computed_again_until_it_is_published() -> None:
    given(ASSESSMENT).when(score).then(scored)
    given(ASSESSMENT, scored).when(replace(score, positions={"dispatch": 9})).then_nothing()
    more = replace(score, positions={"dispatch": 9}, rows=ROWS[:2])
    anew = {"positions": {"dispatch": 9}, "run": 2, "rows": ROWS[:2]}
    given(ASSESSMENT, scored).when(more).then(scored.model_copy(update=anew))
    given(ASSESSMENT, scored, published).when(more).then_rejected("assessment-published")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"allowed": ("year",)}, "period-not-in-pack", "kind"),
        ({"period": Period(LAST, FIRST, OVER)}, "no-period", "since"),
        ({"kind": "year", "period": Period(date(2016, 12, 1), LAST, OVER)}, "more-than-a-year", "until"),
        ({"starts": OVER}, "before-programme", "until"),
        ({"period": Period(FIRST, LAST, datetime(2017, 7, 1, tzinfo=LOCAL))}, "period-not-begun", "since"),
        ({"rows": ()}, "no-objects", "objects"),
    ],
)
def test_what_cannot_be_assessed(change: dict[str, Any], code: str, field: str) -> None:
    given(ASSESSMENT).when(replace(score, **change)).then_rejected(code, field)


def test_only_a_whole_period_is_published_and_only_once() -> None:
    given(ASSESSMENT, scored).when(publish).then(published, again_rejected="already-published")
    given(ASSESSMENT, running).when(publish).then_rejected("period-running")
    given(ASSESSMENT).when(publish).then_rejected("no-such-assessment")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"at": UNTIL + timedelta(seconds=1)}, "appeal-late", None),
        ({"object": "department-x"}, "not-assessed", None),
        ({"reason": ""}, "no-reason", "reason"),
    ],
)
def test_who_may_not_appeal(change: dict[str, Any], code: str, field: str | None) -> None:
    given(ASSESSMENT, scored, published).when(replace(appeal, **change)).then_rejected(code, field)


def test_an_object_appeals_while_the_result_is_published_one_at_a_time() -> None:
    given(ASSESSMENT, scored, published).when(appeal).then(filed)
    given(ASSESSMENT, scored).when(appeal).then_rejected("not-published")
    another = replace(appeal, appeal_id="p2")
    given(ASSESSMENT, scored, published, filed).when(another).then_rejected("appeal-open")
    given(ASSESSMENT, scored, published, filed, refused).when(another).then(
        filed.model_copy(update={"appeal_id": "p2"})
    )
    excluded = replace(appeal, object="town-c")
    given(ASSESSMENT, scored, published).when(excluded).then(filed.model_copy(update={"object": "town-c"}))


def test_somebody_else_rules_once() -> None:
    given(ASSESSMENT, scored, published, filed).when(uphold).then(upheld, again_rejected="appeal-decided")
    no = replace(uphold, upheld=False, adjustments=())
    given(ASSESSMENT, scored, published, filed).when(no).then(refused, again_rejected="appeal-decided")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"appeal_id": "p9"}, "no-such-appeal", None),
        ({"by_unit": "town-b"}, "own-unit", None),
        ({"by": "p-b"}, "own-appeal", None),
        ({"by": "p-o"}, "own-scoring", None),
        ({"upheld": None}, "no-verdict", "upheld"),
        ({"reason": ""}, "no-reason", "reason"),
        ({"upheld": False}, "refused-with-points", "adjustments.0.points"),
        ({"adjustments": ()}, "no-adjustment", "adjustments.0.points"),
        ({"adjustments": (Adjustment(code="K99", points="1"),)}, "unknown-item", "adjustments.0.code"),
        ({"adjustments": (Adjustment(code="K15", points="0.00"),)}, "no-points", "adjustments.0.points"),
    ],
)
def test_who_may_not_rule_and_how_not(change: dict[str, Any], code: str, field: str | None) -> None:
    given(ASSESSMENT, scored, published, filed).when(replace(uphold, **change)).then_rejected(code, field)


def test_an_excluded_object_has_no_points_to_move() -> None:
    theirs = filed.model_copy(update={"object": "town-c"})
    given(ASSESSMENT, scored, published, theirs).when(uphold).then_rejected("not-ranked", "adjustments.0.points")


def test_final_is_what_appeals_left_and_what_it_is_used_for() -> None:
    [final] = given(ASSESSMENT, scored, published, filed, upheld).when(finalise).decided()
    assert isinstance(final, AssessmentFinalised)
    assert [(one.object, one.total, one.rank) for one in final.rows] == [
        ("town-b", "92.50", 1),
        ("town-a", "90.00", 2),
        ("town-c", "99.00", 3),
    ]
    assert final.rows[0].bonuses == POINTS
    assert final.uses == ("年终考核", "评先评优", "干部选任")
    given(ASSESSMENT, scored, published, filed, upheld).when(finalise).then(final)
    given(ASSESSMENT, scored, published, final).when(appeal).then_rejected("not-published")


def test_nothing_is_final_before_every_appeal_is_ruled_on_and_the_time_is_over() -> None:
    given(ASSESSMENT, scored).when(finalise).then_rejected("not-published")
    given(ASSESSMENT).when(finalise).then_rejected("not-published")
    given(ASSESSMENT, scored, published, filed).when(finalise).then_rejected("appeals-open")
    given(ASSESSMENT, scored, published).when(replace(finalise, at=UNTIL)).then_rejected("appeals-running")


class Appeals(RuleBasedStateMachine):
    """Any order of acts: what is final has no open appeal, and its totals are the first ones and the rulings."""

    def __init__(self) -> None:
        super().__init__()
        self.state = ASSESSMENT.initial
        self.number = 0
        self.do(score)

    def do(self, command: Any) -> bool:
        try:
            events = ASSESSMENT.decide(self.state, command)
        except Rejected:
            return False
        self.state = ASSESSMENT.fold(events, self.state)
        return bool(events)

    @rule()
    def publish(self) -> None:
        assert self.do(publish) == (self.state.appeals_until is not None) or self.state.stage != "draft"

    @rule(object=st.sampled_from(["town-a", "town-b", "town-x"]), late=st.booleans())
    def appeal(self, object: str, late: bool) -> None:
        self.number += 1
        at = UNTIL + timedelta(seconds=late)
        taken = self.do(FileAppeal(f"p{self.number}", object, "有异议", at))
        assert not (taken and (late or object == "town-x"))

    @precondition(lambda self: bool(self.state.appeals))
    @rule(data=st.data(), upheld=st.booleans(), points=st.integers(-300, 300), by=st.sampled_from(["p-l", "p-b"]))
    def ruling(self, data: st.DataObject, upheld: bool, points: int, by: str) -> None:
        wanted = data.draw(st.sampled_from(sorted(self.state.appeals)))
        moved = (Adjustment(code="K15", points=str(Decimal(points) / 100)),) if upheld else ()
        taken = self.do(replace(uphold, appeal_id=wanted, upheld=upheld, adjustments=moved, by=by))
        assert not (taken and by == "p-b"), "who filed it never rules"

    @rule(early=st.booleans())
    def finalise(self, early: bool) -> None:
        before = self.state
        taken = self.do(replace(finalise, at=UNTIL if early else finalise.at))
        assert not (taken and early)
        if taken:
            for one in self.state.rows:
                moved = [a for p in before.appeals.values() if p.object == one.object for a in p.adjustments]
                first = next(row for row in ROWS if row.object == one.object)
                assert Decimal(one.total) == Decimal(first.total) + sum(Decimal(a.points) for a in moved)

    @invariant()
    def nothing_open_is_final(self) -> None:
        if self.state.stage == "final":
            assert all(one.upheld is not None for one in self.state.appeals.values())


TestAppeals = Appeals.TestCase
TestAppeals.settings = settings(max_examples=30, stateful_step_count=15, deadline=None)
