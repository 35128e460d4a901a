"""Assessing: compute and put on record, publish, appeal, rule, make final; and computing a recorded table again."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts.event import Code
from contracts.pack.assessing import Assessment
from contracts.supervision import Adjustment, ObjectScore
from services.chassis.deadlines import due
from services.chassis.decider import NotYet, Rejected
from services.chassis.handle import Outcome
from services.chassis.identity import effect_id
from services.chassis.web import Forbidden, Many, User, command_id, command_meta, perform
from services.chassis.web.inputs import Words
from services.chassis.words import N_
from services.reference.programmes import ActivePack
from services.supervision.domain.assess_facts import Facts
from services.supervision.domain.assess_scope import LEADER, Period, Scope, objects
from services.supervision.domain.assess_score import figure, found_out, score
from services.supervision.domain.assessment import (
    ASSESSMENT,
    DecideAppeal,
    FileAppeal,
    FinaliseAssessment,
    PublishAssessment,
    ScoreAssessment,
    stream,
)
from services.supervision.read import assessments
from services.supervision.read.assess_inputs import AssessInputs, positions_now
from services.supervision.read.assessments import Known
from services.supervision.web.acts import SEEING, Input
from services.supervision.web.answers import permitted
from services.supervision.web.reads import reads

SCORING = ("programme_office", "supervisor", "org_dept")
RULING = ("leading_group", "discipline", "supervisor", "org_dept")
FINALISING = ("leading_group", "programme_office", "org_dept")
APPEALING = ("unit_leader", "unit_clerk", "work_group_lead")
LEADERS_APPEALING = ("unit_leader", "work_group_lead", "leading_group")
"""Where leaders are assessed each appeals for themselves."""

SEEING_DRAFTS = (*SCORING, "leading_group", "discipline", "auditor")
"""A table that is not published yet is nobody else's: it may still change."""

SEEING_CASES = (*SEEING_DRAFTS, "admin")
"""Who opens the cases behind anybody's number; a unit opens its own."""

LOOKING = (*SEEING, "org_dept")

OTHER_SOURCES = ("intake", "dispatch")

PointsGiven = Annotated[Decimal, Field(ge=-1000, le=1000, max_digits=6, decimal_places=2)]


class ScoreInput(Input):
    """What to assess: who, and from which day to which, both included."""

    programme: Code
    kind: Literal["stage", "year"] = "stage"
    objects: Code = "unit"
    since: date
    until: date


class AppealInput(Input):
    """Why an object disagrees."""

    reason: Words = ""


class PointsInput(Input):
    """What a ruling changes in one indicator or ground; a row without points changes nothing."""

    code: Code | None = None
    points: PointsGiven | None = None
    refs: Many[Code] = Field(default_factory=list)


class RuleInput(Input):
    """The ruling on one appeal."""

    upheld: bool | None = None
    adjustments: list[PointsInput] = Field(default_factory=list)
    reason: Words = ""


@dataclass(frozen=True, slots=True)
class OnAssessment:
    """One request about one assessment, under the rules that it was computed by."""

    request: Request
    user: User
    known: Known
    active: ActivePack
    rules: Assessment

    @property
    def of_persons(self) -> bool:
        """Whether leaders are assessed and not units."""
        return self.known.row.objects == LEADER

    @property
    def own(self) -> str:
        """Which object this user is, or belongs to."""
        return self.user.person_id if self.of_persons else self.user.unit_id

    @property
    def appealing(self) -> tuple[str, ...]:
        return LEADERS_APPEALING if self.of_persons else APPEALING

    async def names(self) -> dict[str, str]:
        """Of the objects."""
        directory = reads(self.request).directory
        if self.of_persons:
            return await directory.person_names([row.object for row in self.known.rows])
        return await directory.unit_names()

    @property
    def period(self) -> Period:
        row = self.known.row
        assert row.since is not None
        assert row.until is not None
        assert row.as_of is not None
        return Period(row.since, row.until, row.as_of)


def inputs(request: Request) -> AssessInputs:
    """One reader for each process: it keeps what it read last."""
    state = request.app.state
    if not hasattr(state, "assess_inputs"):
        state.assess_inputs = AssessInputs(reads(request).pool)
    found: AssessInputs = state.assess_inputs
    return found


async def rules_at(request: Request, programme: str, moment: datetime) -> ActivePack:
    """The version in force then: a later amendment does not change how a period is judged."""
    history = await reads(request).programmes.history(programme)
    if not history:
        raise Rejected("programme-not-active", N_("活动尚未启用，不能考核。"), "programme")
    return next((one for one in history if one.effective_from <= moment), history[-1])


def assessment_id(data: ScoreInput) -> str:
    """One assessment of a kind of objects in a period; computed again it is the same one."""
    return effect_id(f"{data.programme}/{data.kind}/{data.objects}/{data.since}/{data.until}", "assessment")


async def compute(request: Request, user: User, data: ScoreInput) -> tuple[str, Outcome]:
    """Read everything that is held now, and put the table on record as a draft."""
    role = permitted(user, SCORING)
    period = Period(data.since, data.until, await as_of(request, data.since, data.until))
    active = await rules_at(request, data.programme, period.as_of)
    rules = active.pack.assessment
    if rules is None:
        raise Rejected("no-assessment", N_("这项活动的方案没有规定考核。"), "programme")
    if data.objects not in rules.object:
        raise Rejected("objects-not-in-pack", N_("方案没有规定考核这类对象。"), "objects")
    positions = await positions_now(reads(request).pool)
    facts = await inputs(request).facts(data.programme, active.pack, period.as_of, positions)
    made = assessment_id(data)
    command = ScoreAssessment(
        assessment_id=made,
        programme_id=data.programme,
        kind=data.kind,
        objects=data.objects,
        period=period,
        starts=active.calendar.open_at(active.pack.programme.start),
        positions=positions,
        rows=table(facts, active, rules, data.objects, period),
        pack_sha256=active.sha256,
        allowed=rules.periods,
    )
    meta = command_meta(request, user, role=role, programme=data.programme, pack_version=str(active.pack_version))
    return made, await perform(request, ASSESSMENT, stream(made), command, meta, pinned=False)


async def as_of(request: Request, since: date, until: date) -> datetime:
    """The end of the period, or as far as everything is known: what is still on its way belongs to it too."""
    transport = request.app.state.service.transport
    known: list[datetime | None] = [transport.watermark(source) for source in OTHER_SOURCES] if transport else []
    told = [moment for moment in known if moment is not None]
    if len(told) < len(known):
        raise NotYet("not-ready", N_("统计数据正在更新，请稍后再试。"))
    now = reads(request).now
    return min(Period(since, until, now).closes, now, *told)


def table(facts: Facts, active: ActivePack, rules: Assessment, kind: str, period: Period) -> tuple[ObjectScore, ...]:
    """The one place where a table is made, the first time and every time after."""
    scopes = [Scope(facts, kind, one, period, active.pack, rules) for one in objects(facts, kind)]
    return score(rules, [found_out(scope) for scope in scopes])


async def on(request: Request, user: User, wanted: str) -> OnAssessment:
    """An assessment that this person may see."""
    permitted(user, LOOKING)
    found = reads(request)
    known = await assessments.known(found.pool, wanted)
    if known is None or (known.row.stage == "draft" and not user.has(*SEEING_DRAFTS)):
        raise HTTPException(404)
    for active in await found.programmes.history(known.row.programme):
        if active.sha256 == known.row.pack_sha256 and active.pack.assessment is not None:
            return OnAssessment(request, user, known, active, active.pack.assessment)
    raise Rejected("no-assessment", N_("这项活动的方案没有规定考核。"))


async def facts_of(x: OnAssessment) -> Facts:
    """The facts that its table was computed from."""
    return await inputs(x.request).facts(x.known.row.programme, x.active.pack, x.period.as_of, x.known.positions)


async def scope_of(x: OnAssessment, object: str) -> Scope:
    """One object of it, for the cases behind its numbers."""
    if x.known.of(object) is None:
        raise HTTPException(404)
    if not x.user.has(*SEEING_CASES) and x.own != object:
        raise Forbidden(SEEING_CASES)
    return Scope(await facts_of(x), x.known.row.objects, object, x.period, x.active.pack, x.rules)


async def same_again(x: OnAssessment) -> bool:
    """Whether computing again at the recorded positions gives the recorded table."""
    made = table(await facts_of(x), x.active, x.rules, x.known.row.objects, x.period)
    return made == x.known.first_rows


async def publish(x: OnAssessment) -> Outcome:
    """Those assessed see it from now on and may appeal for as long as the pack says."""
    role = permitted(x.user, SCORING)
    until = due(reads(x.request).now, x.rules.appeal_by, x.active.calendar)
    return await _perform(x, role, PublishAssessment(until))


async def appeal(x: OnAssessment, data: AppealInput) -> tuple[str, Outcome]:
    """By somebody of the object, about its own row."""
    role = permitted(x.user, x.appealing)
    made, now = effect_id(command_id(x.request), "appeal"), reads(x.request).now
    rule_by = due(now, x.rules.ruling_by, x.active.calendar)
    return made, await _perform(x, role, FileAppeal(made, x.own, data.reason, now, rule_by))


async def rule(x: OnAssessment, appeal_id: str, data: RuleInput) -> Outcome:
    """By somebody else than who filed it and who computed the table, of another unit."""
    role = permitted(x.user, RULING)
    filed = next((one for one, _points in x.known.appeals if one.appeal_id == appeal_id), None)
    if filed is None:
        raise HTTPException(404)
    command = DecideAppeal(
        appeal_id=appeal_id,
        upheld=data.upheld,
        adjustments=_adjustments(data),
        reason=data.reason,
        by=x.user.person_id,
        by_unit=x.user.unit_id,
        filed_by=filed.filed_by or "",
        scored_by=x.known.row.scored_by or "",
        codes=frozenset((*x.rules.weights, *x.rules.bonus, *x.rules.deduct)),
    )
    return await _perform(x, role, command)


def _adjustments(data: RuleInput) -> tuple[Adjustment, ...]:
    made = []
    for number, one in enumerate(data.adjustments):
        if one.points is None:
            continue
        if one.code is None:
            raise Rejected("unknown-item", N_("请选择方案中的指标或事由。"), f"adjustments.{number}.code")
        made.append(Adjustment(code=one.code, points=figure(one.points), refs=tuple(one.refs)))
    return tuple(made)


async def finalise(x: OnAssessment) -> Outcome:
    """What is used from now on."""
    return await _perform(x, permitted(x.user, FINALISING), FinaliseAssessment(reads(x.request).now, x.rules))


async def _perform(x: OnAssessment, role: str, command: Any) -> Outcome:
    row = x.known.row
    meta = command_meta(x.request, x.user, role=role, programme=row.programme, pack_version=str(x.active.pack_version))
    return await perform(x.request, ASSESSMENT, stream(row.assessment_id), command, meta)
