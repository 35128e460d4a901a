"""An assessment: scored from pinned facts, published, appealed against, ruled on by somebody else, final."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal, assert_never

from contracts.event import Event
from contracts.pack.assessing import Assessment
from contracts.supervision import (
    Adjustment,
    AppealDecided,
    AppealFiled,
    AssessmentFinalised,
    AssessmentPublished,
    AssessmentScored,
    ObjectScore,
)
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_
from services.supervision.domain.assess_scope import Period
from services.supervision.domain.assess_score import adjusted

Stage = Literal["none", "draft", "published", "final"]


@dataclass(frozen=True, slots=True)
class Appeal:
    """One appeal and what became of it; `upheld` is None while nobody has ruled."""

    object: str
    upheld: bool | None = None
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    stage: Stage = "none"
    assessment_id: str = ""
    period: Period | None = None
    run: int = 0
    rows: tuple[ObjectScore, ...] = ()
    pack_sha256: str = ""
    appeals_until: datetime | None = None
    appeals: Mapping[str, Appeal] = field(default_factory=dict)

    def object(self, unit: str) -> ObjectScore | None:
        return next((row for row in self.rows if row.object == unit), None)


@dataclass(frozen=True, slots=True)
class ScoreAssessment:
    """Put on record what was computed; as long as nothing is published it may be computed again."""

    assessment_id: str
    programme_id: str
    kind: Literal["stage", "year"]
    objects: str
    period: Period
    starts: datetime
    """When the programme began: nothing before it is assessed."""
    positions: Mapping[str, int]
    rows: tuple[ObjectScore, ...]
    pack_sha256: str
    allowed: tuple[str, ...]
    """Kinds of periods that the pack knows."""


@dataclass(frozen=True, slots=True)
class PublishAssessment:
    """Show it to those assessed."""

    appeals_until: datetime


@dataclass(frozen=True, slots=True)
class FileAppeal:
    """An object disagrees with its row."""

    appeal_id: str
    object: str
    reason: str
    at: datetime
    rule_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class DecideAppeal:
    """Somebody else rules. Who filed and who scored is told by the read model."""

    appeal_id: str
    upheld: bool | None
    adjustments: tuple[Adjustment, ...]
    reason: str
    by: str
    by_unit: str
    filed_by: str
    scored_by: str
    codes: frozenset[str]
    """Indicators and grounds of the pack: a ruling says which of them it corrects."""


@dataclass(frozen=True, slots=True)
class FinaliseAssessment:
    """What is used from now on."""

    at: datetime
    rules: Assessment


Command = ScoreAssessment | PublishAssessment | FileAppeal | DecideAppeal | FinaliseAssessment


def evolve(state: State, event: Event) -> State:
    match event:
        case AssessmentScored() as e:
            return State(
                "draft",
                e.assessment_id,
                Period(e.since, e.until, e.as_of) if e.as_of else None,
                e.run,
                e.rows,
                e.pack_sha256,
            )
        case AssessmentPublished(appeals_until=until):
            return replace(state, stage="published", appeals_until=until)
        case AppealFiled() as e:
            return replace(state, appeals={**state.appeals, e.appeal_id: Appeal(e.object)})
        case AppealDecided() as e:
            ruled = replace(state.appeals[e.appeal_id], upheld=e.upheld, adjustments=e.adjustments)
            return replace(state, appeals={**state.appeals, e.appeal_id: ruled})
        case AssessmentFinalised() as e:
            return replace(state, stage="final", rows=e.rows)
        case _:
            raise TypeError(f"{event.TYPE} is no event of an assessment")


def decide(state: State, command: Command) -> Sequence[Event]:
    match command:
        case ScoreAssessment():
            return _score(state, command)
        case PublishAssessment():
            return _publish(state, command)
        case FileAppeal():
            return _appeal(state, command)
        case DecideAppeal():
            return _rule(state, command)
        case FinaliseAssessment():
            return _finalise(state, command)
        case _:
            assert_never(command)


def _score(state: State, c: ScoreAssessment) -> Sequence[Event]:
    if state.stage in ("published", "final"):
        raise Rejected("assessment-published", N_("考核结果已经公布，不能重新计算；有异议的请走申诉。"))
    if c.kind not in c.allowed:
        raise Rejected("period-not-in-pack", N_("方案没有规定这种考核周期。"), "kind")
    if c.period.since > c.period.until:
        raise Rejected("no-period", N_("开始日期不能晚于截止日期。"), "since")
    if c.kind == "year" and c.period.since.year != c.period.until.year:
        raise Rejected("more-than-a-year", N_("年度考核的起止日期应在同一年。"), "until")
    if c.period.closes <= c.starts:
        raise Rejected("before-programme", N_("考核周期早于活动开始。"), "until")
    if c.period.as_of <= c.period.opens:
        raise Rejected("period-not-begun", N_("考核周期尚未开始。"), "since")
    if not c.rows:
        raise Rejected("no-objects", N_("通讯录里没有这类考核对象。"), "objects")
    if (state.stage, state.rows, state.period, state.pack_sha256) == ("draft", c.rows, c.period, c.pack_sha256):
        return []  # the log went on, and nothing of it counts here
    return [
        AssessmentScored(
            assessment_id=c.assessment_id,
            programme_id=c.programme_id,
            kind=c.kind,
            objects=c.objects,
            since=c.period.since,
            until=c.period.until,
            positions=dict(c.positions),
            rows=c.rows,
            run=state.run + 1,
            as_of=c.period.as_of,
            pack_sha256=c.pack_sha256,
        )
    ]


def _publish(state: State, c: PublishAssessment) -> Sequence[Event]:
    if state.stage == "none":
        raise Rejected("no-such-assessment", N_("没有这项考核。"))
    if state.stage != "draft":
        raise Rejected("already-published", N_("考核结果已经公布。"))
    if state.period is None or not state.period.over:
        raise Rejected("period-running", N_("考核周期尚未结束，或数据尚未到齐，不能公布；请到期后重新计算。"))
    return [AssessmentPublished(assessment_id=state.assessment_id, appeals_until=c.appeals_until)]


def _appeal(state: State, c: FileAppeal) -> Sequence[Event]:
    if c.appeal_id in state.appeals:
        return []
    if state.stage != "published" or state.appeals_until is None:
        raise Rejected("not-published", N_("只能对已经公布、尚未定案的考核提出申诉。"))
    if c.at > state.appeals_until:
        raise Rejected("appeal-late", N_("申诉期已过。"))
    if state.object(c.object) is None:
        raise Rejected("not-assessed", N_("只有被考核的单位可以申诉。"))
    if any(one.object == c.object and one.upheld is None for one in state.appeals.values()):
        raise Rejected("appeal-open", N_("本单位已有一件申诉正在审理。"))
    if not c.reason:
        raise Rejected("no-reason", N_("请写明申诉理由。"), "reason")
    filed = AppealFiled(
        assessment_id=state.assessment_id,
        appeal_id=c.appeal_id,
        object=c.object,
        reason=c.reason,
        rule_by=c.rule_by,
    )
    return [filed]


def _rule(state: State, c: DecideAppeal) -> Sequence[Event]:
    appeal = state.appeals.get(c.appeal_id)
    if appeal is None:
        raise Rejected("no-such-appeal", N_("没有这件申诉。"))
    if appeal.upheld is not None:
        raise Rejected("appeal-decided", N_("这件申诉已有裁定。"))
    if c.by_unit == appeal.object:
        raise Rejected("own-unit", N_("不能裁定本单位的申诉。"))
    if c.by == c.filed_by:
        raise Rejected("own-appeal", N_("不能裁定自己提出的申诉。"))
    if c.by == c.scored_by:
        raise Rejected("own-scoring", N_("计算考核结果的人不能裁定对它的申诉。"))
    if c.upheld is None:
        raise Rejected("no-verdict", N_("请选择裁定结果。"), "upheld")
    if not c.reason:
        raise Rejected("no-reason", N_("请写明裁定理由。"), "reason")
    _refuse_adjustments(state, appeal, c)
    return [
        AppealDecided(
            assessment_id=state.assessment_id,
            appeal_id=c.appeal_id,
            upheld=c.upheld,
            adjustments=c.adjustments,
            reason=c.reason,
        )
    ]


def _refuse_adjustments(state: State, appeal: Appeal, c: DecideAppeal) -> None:
    if not c.upheld:
        if c.adjustments:
            raise Rejected("refused-with-points", N_("驳回申诉不能调整得分。"), "adjustments.0.points")
        return
    if not c.adjustments:
        raise Rejected("no-adjustment", N_("支持申诉应写明调整的项目和分值。"), "adjustments.0.points")
    row = state.object(appeal.object)
    if row is not None and row.excluded:
        raise Rejected("not-ranked", N_("该单位不参加排名，没有可调整的得分。"), "adjustments.0.points")
    for number, one in enumerate(c.adjustments):
        if one.code not in c.codes:
            raise Rejected("unknown-item", N_("请选择方案中的指标或事由。"), f"adjustments.{number}.code")
        if not Decimal(one.points):
            raise Rejected("no-points", N_("调整的分值不能为零。"), f"adjustments.{number}.points")


def _finalise(state: State, c: FinaliseAssessment) -> Sequence[Event]:
    if state.stage == "final":
        return []
    if state.stage != "published" or state.appeals_until is None:
        raise Rejected("not-published", N_("考核结果公布并过申诉期后才能定案。"))
    if any(one.upheld is None for one in state.appeals.values()):
        raise Rejected("appeals-open", N_("还有申诉没有裁定，不能定案。"))
    if c.at <= state.appeals_until:
        raise Rejected("appeals-running", N_("申诉期未满，不能定案。"))
    rulings: dict[str, list[Adjustment]] = {}
    for one in state.appeals.values():
        rulings.setdefault(one.object, []).extend(one.adjustments)
    rows = adjusted(c.rules, state.rows, rulings)
    return [AssessmentFinalised(assessment_id=state.assessment_id, rows=rows, uses=c.rules.uses)]


ASSESSMENT: Decider[State, Command] = Decider("assessment", State(), evolve, decide)


def stream(assessment_id: str) -> str:
    """The stream of an assessment."""
    return f"assessment-{assessment_id}"
