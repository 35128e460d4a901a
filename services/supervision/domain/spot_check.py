"""A spot check: its seed is committed, the sample drawn, each drawn item looked at once; or one item chosen by hand.

Who handled a case never checks it (invariant 8). A check by hand (listed) needs no draw: it follows a signal or is the
review of a completed case.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import assert_never

from contracts.dispatch import Evidence
from contracts.event import Event
from contracts.supervision import CheckMode, DrawSeedCommitted, SpotCheckConducted, SpotCheckSampled
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_
from services.supervision.domain.call_draw import POPULATION as CALLS
from services.supervision.domain.draw import Member, commitment, draw, draw_by_lot, population_hash
from services.supervision.domain.looking import complete

POPULATIONS = ("struck_off", "visits")


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of looking at one item."""

    passed: bool
    case_id: str | None


@dataclass(frozen=True, slots=True)
class SpotCheck:
    """What deciding needs to know of one check."""

    check_id: str = ""
    seed_sha256: str = ""
    rate_percent: int = 0
    population: str = ""
    population_to: datetime | None = None
    sample: frozenset[str] | None = None
    findings: Mapping[str, Finding] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CommitSeed:
    """Announce a draw from what will have happened between two moments. Only the seed's hash is known here.

    Without a beginning the population begins with the announcement.
    """

    check_id: str
    programme_id: str
    seed_sha256: str
    population: str
    population_from: datetime | None
    population_to: datetime | None
    rate_percent: int
    least_percent: int
    """The pack's rate: a draw may look at more, never at less."""
    at: datetime
    by_rule: bool = False
    """The pack draws whom to call back; nobody announces that."""


@dataclass(frozen=True, slots=True)
class DrawSample:
    """Reveal the seed and draw from the population, which is complete up to `positions` and `watermark`."""

    seed: str
    population: tuple[Member, ...]
    positions: tuple[tuple[str, int], ...]
    watermark: datetime
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    """Of call-backs: by item the rate in force when it was completed; each lot fell then."""


@dataclass(frozen=True, slots=True)
class ConductCheck:
    """One item was looked at. `listed`: chosen by hand, not drawn."""

    check_id: str
    item: str
    case_id: str | None
    handler_units: frozenset[str]
    by_unit: str
    mode: CheckMode
    modes: tuple[str, ...]
    """What the pack allows; nothing allows all."""
    body: str
    passed: bool | None
    finding: str
    checked_at: datetime | None
    at: datetime
    evidence: tuple[Evidence, ...] = ()
    listed: bool = False
    round: int | None = None
    closes: bool = False
    followup_id: str | None = None
    asked: int = 0
    cap: int = 0
    """Of the unit in this month, and at most (SH-35); 0 sets no cap. A draw is not bent to it: what is drawn is
    looked at, and counts."""


Command = CommitSeed | DrawSample | ConductCheck


def evolve(check: SpotCheck, event: Event) -> SpotCheck:
    match event:
        case DrawSeedCommitted() as e:
            return SpotCheck(e.check_id, e.seed_sha256, e.rate_percent, e.population, e.population_to)
        case SpotCheckSampled() as e:
            return replace(check, sample=frozenset(e.sample))
        case SpotCheckConducted() as e:
            found = Finding(e.passed, e.case_id)
            return replace(check, check_id=e.check_id, findings={**check.findings, e.item: found})
        case _:
            raise TypeError(f"{event.TYPE} is no event of a spot check")


def decide(check: SpotCheck, command: Command) -> Sequence[Event]:
    match command:
        case CommitSeed():
            return _commit(check, command)
        case DrawSample():
            return _draw(check, command)
        case ConductCheck():
            return _conduct(check, command)
        case _:
            assert_never(command)


def _commit(check: SpotCheck, c: CommitSeed) -> Sequence[Event]:
    if check.check_id and c.by_rule:
        return []  # the timer of another process was faster; its seed stands
    if check.check_id:
        raise Rejected("already-committed", N_("这次抽查已经公布过种子摘要。"))
    if c.population not in POPULATIONS and not (c.by_rule and c.population == CALLS):
        raise Rejected("unknown-population", N_("请选择抽查的范围。"), "population")
    if c.population_to is None:
        raise Rejected("no-period", N_("请填写抽查范围的截止时间。"), "population_to")
    begins = c.population_from or c.at
    if begins < c.at:
        raise Rejected(
            "population-known",
            N_("抽查范围不能从过去开始：先公布种子摘要，后产生名单；不填则从公布时起。"),
            "population_from",
        )
    if c.population_to <= c.at:
        raise Rejected(
            "population-known", N_("抽查范围的截止时间须在将来：先公布种子摘要，后产生名单。"), "population_to"
        )
    if begins >= c.population_to:
        raise Rejected("no-period", N_("开始时间应早于截止时间。"), "population_from")
    if c.rate_percent < c.least_percent:
        raise Rejected(
            "rate-below-pack", N_("抽查比例不得低于方案规定的 {least}%。"), "rate_percent", least=c.least_percent
        )
    return [
        DrawSeedCommitted(
            check_id=c.check_id,
            programme_id=c.programme_id,
            seed_sha256=c.seed_sha256,
            population=c.population,
            population_from=begins,
            population_to=c.population_to,
            rate_percent=c.rate_percent,
        )
    ]


def _draw(check: SpotCheck, c: DrawSample) -> Sequence[Event]:
    """Once, and only from a population that can no longer change."""
    if check.sample is not None:
        return []
    if check.population_to is None or c.watermark < check.population_to:
        raise Rejected("population-open", N_("抽查范围尚未截止，不能抽取。"))
    if commitment(c.seed) != check.seed_sha256:
        raise Rejected("wrong-seed", N_("种子与公布的摘要不符，不能抽取。"))
    by_lot = check.population == CALLS
    sample = draw_by_lot(c.seed, c.population, c.rates) if by_lot else draw(c.seed, c.population, check.rate_percent)
    return [
        SpotCheckSampled(
            check_id=check.check_id,
            seed=c.seed,
            positions=dict(c.positions),
            population_size=len(c.population),
            population_hash=population_hash(c.population),
            sample=sample,
        )
    ]


def _conduct(check: SpotCheck, c: ConductCheck) -> Sequence[Event]:
    _refuse_wrong_item(check, c)
    if c.by_unit in c.handler_units:
        raise Rejected("handler-checks-itself", N_("承办单位不能检查自己办理的问题，请由督查部门或其他单位检查。"))
    passed, checked_at = complete(c, capped=c.listed)
    return [
        SpotCheckConducted(
            check_id=c.check_id,
            item=c.item,
            case_id=c.case_id,
            mode=c.mode,
            body=c.body,
            passed=passed,
            finding=c.finding,
            checked_at=checked_at,
            evidence=c.evidence,
            round=c.round,
            closes=c.closes,
            followup_id=c.followup_id,
        )
    ]


def _refuse_wrong_item(check: SpotCheck, c: ConductCheck) -> None:
    if c.item in check.findings:
        raise Rejected("already-checked", N_("这一件已有检查结论，只记一次。"))
    if c.listed and check.seed_sha256:
        raise Rejected("drawn-check", N_("这次抽查是抽签产生的，不能另加名单。"))
    if c.listed:
        return
    if check.population == CALLS:
        raise Rejected("called-not-checked", N_("回访抽签抽中的由回访记录结果，不在这里检查。"))
    if check.sample is None:
        raise Rejected("not-drawn", N_("尚未抽取，不能记录检查结论。"))
    if c.item not in check.sample:
        raise Rejected("not-in-sample", N_("这一件没有被抽中。"))


SPOT_CHECK: Decider[SpotCheck, Command] = Decider("spot-check", SpotCheck(), evolve, decide)


def stream(check_id: str) -> str:
    """The stream of a check."""
    return f"check-{check_id}"
