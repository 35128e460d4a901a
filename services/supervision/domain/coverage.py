"""The date of a coverage: judged once when it passed, and declared complete only when nobody is left (JW-27, DI-12)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never

from contracts.event import Event
from contracts.supervision import MOST_NAMED, CoverageClaimed, CoverageJudged, Whom
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_
from services.reference.coverage.rules import Progress, Watched, watched
from services.supervision.domain.rhythm import Rules

SHOWN = 5
"""Names in a refusal; the page names all."""


@dataclass(frozen=True, slots=True)
class Dated:
    """What is known of one date."""

    judged: bool = False
    claimed: bool = False


@dataclass(frozen=True, slots=True)
class Stand:
    """How far it was at the moment that is spoken of."""

    coverage_id: str
    programme_id: str
    of: Whom
    code: str
    due: datetime
    snapshot: date | None
    whole: int
    target: int
    reached: int
    kept: bool | None
    """None: there was nobody to reach."""
    left: tuple[str, ...]
    phrase: str | None = None
    planned: int | None = None
    """How many they should be by the plan."""

    @classmethod
    def of_progress(cls, programme: str, found: Progress) -> "Stand":
        one = found.watched
        return cls(
            coverage_id=one.coverage_id(programme),
            programme_id=programme,
            of=one.of,
            code=one.code,
            due=one.due,
            snapshot=one.snapshot,
            whole=found.whole,
            target=found.target,
            reached=found.reached,
            kept=found.kept,
            left=tuple(member.ref for member in found.left),
            phrase=one.phrase,
            planned=one.planned,
        )


@dataclass(frozen=True, slots=True)
class JudgeCoverage:
    """Everything up to `watermark` is known; the stand is that of the last instant before the due one."""

    stand: Stand
    watermark: datetime


@dataclass(frozen=True, slots=True)
class ClaimCoverage:
    """It is declared reached as it stands now. `names`: those left in words, as many as are shown."""

    stand: Stand
    at: datetime
    names: tuple[str, ...] = ()
    note: str = ""


Command = JudgeCoverage | ClaimCoverage


def evolve(dated: Dated, event: Event) -> Dated:
    match event:
        case CoverageJudged():
            return replace(dated, judged=True)
        case CoverageClaimed():
            return replace(dated, claimed=True)
        case _:
            raise TypeError(f"{event.TYPE} is no event of a coverage")


def decide(dated: Dated, command: Command) -> Sequence[Event]:
    match command:
        case JudgeCoverage():
            return _judge(dated, command)
        case ClaimCoverage():
            return _claim(dated, command)
        case _:
            assert_never(command)


def _judge(dated: Dated, c: JudgeCoverage) -> Sequence[Event]:
    one = c.stand
    if dated.judged or c.watermark <= one.due or one.kept is None:
        return []
    return [
        CoverageJudged(
            coverage_id=one.coverage_id,
            programme_id=one.programme_id,
            of=one.of,
            code=one.code,
            due=one.due,
            snapshot=one.snapshot,
            whole=one.whole,
            target=one.target,
            planned=one.planned,
            reached=one.reached,
            kept=one.kept,
            left=one.left[:MOST_NAMED],
            watermark=c.watermark,
        )
    ]


def _claim(dated: Dated, c: ClaimCoverage) -> Sequence[Event]:
    one = c.stand
    if dated.claimed:
        return []
    if one.planned is not None and one.whole < one.planned:
        said = N_("方案计划 {planned} 个，名册只有 {whole} 个：名册不全，不能声明完成。")
        raise Rejected("register-short", said, "note", planned=one.planned, whole=one.whole)
    if not one.whole:
        raise Rejected("nobody-to-reach", N_("名册上没有应走访（应参加）的，不能声明完成。"), "note")
    if not one.kept or (one.phrase and one.left):
        names = "、".join(c.names[:SHOWN])
        if len(one.left) > SHOWN:
            names += "……"
        said = N_("还有 {n} 个没有走访（参加），不能声明「{phrase}」：{names}。")
        raise Rejected("left-over", said, "note", n=len(one.left), phrase=one.phrase or one.code, names=names)
    return [
        CoverageClaimed(
            coverage_id=one.coverage_id,
            programme_id=one.programme_id,
            of=one.of,
            code=one.code,
            due=one.due,
            snapshot=one.snapshot,
            whole=one.whole,
            target=one.target,
            reached=one.reached,
            at=c.at,
            note=c.note,
        )
    ]


COVERAGE: Decider[Dated, Command] = Decider("coverage", Dated(), evolve, decide)


def stream(coverage_id: str) -> str:
    """The stream of one date."""
    return f"coverage-{coverage_id}"


def falling_due(versions: Sequence[Rules], until: datetime, ended: date | None) -> Iterator[tuple[Rules, Watched]]:
    """What fell due before `until`, each under the rules that were in force then.

    `versions` are in the order they came into force. An amendment moves no date that has passed, and nobody owes what
    was due before there were rules or after the programme ended.
    """
    for rules, next_one in zip(versions, (*versions[1:], None), strict=True):
        ends = min(until, next_one.since) if next_one else until
        for one in watched(rules.pack):
            if rules.since < one.due <= ends and one.due < until and (ended is None or one.day <= ended):
                yield rules, one
