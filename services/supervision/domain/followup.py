"""One call-back to a requester: scheduled, attempted, conducted once. Solved and satisfied are two answers (HA-33).

Solved but dissatisfied through no fault of the handler is explained on a visit; that is a follow-up of its own, which
ends with the reviewer's ruling.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, assert_never

from contracts.dispatch import CaseClosedUnhandled, CaseCompleted, CaseMerged, CaseReopened
from contracts.event import Event
from contracts.pack import Pass
from contracts.sealed import Sealed
from contracts.supervision import (
    FollowUpAttempted,
    FollowUpCancelled,
    FollowUpConducted,
    FollowUpScheduled,
    Satisfaction,
    Verdict,
)
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_

Method = Literal["phone", "visit", "message"]
Reason = Literal["reopened", "merged", "unhandled"]

ENDING: tuple[type[Event], ...] = (CaseReopened, CaseMerged, CaseClosedUnhandled)
"""What leaves nothing to ask about the rounds before."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What deciding needs to know of one follow-up."""

    followup_id: str = ""
    case_id: str = ""
    case_no: int = 0
    round: int = 0
    leg: str = ""
    handler_units: frozenset[str] = frozenset()
    attempts: tuple[datetime, ...] = ()
    explains: str | None = None
    done: bool = False
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleFollowUp:
    followup_id: str
    case_id: str
    case_no: int
    round: int
    leg: str
    due: datetime
    sample_rule: str
    handler_units: tuple[str, ...]
    explains: str | None = None
    pack_version: int | None = None


@dataclass(frozen=True, slots=True)
class CancelFollowUp:
    """The round is over, since `at`."""

    reason: Reason
    at: datetime


@dataclass(frozen=True, slots=True)
class AttemptFollowUp:
    """Nobody answered. `day` is the local day of the attempt."""

    reviewer_unit: str
    method: Method
    at: datetime


@dataclass(frozen=True, slots=True)
class ConductFollowUp:
    """What the requester said, or that nobody can be reached. The pack's limits are fields."""

    reviewer_unit: str
    method: Method
    reached: bool
    pass_rule: Pass
    closes: bool
    attempts_needed: int
    days_needed: int
    days_tried: frozenset[date]
    """Local days of the attempts so far, this one included."""
    contacted: bool | None = None
    solved: bool | None = None
    satisfaction: Satisfaction | None = None
    attributable: bool | None = None
    comment: Sealed | None = None
    call_record: str = ""
    ruling: str = ""


Command = ScheduleFollowUp | CancelFollowUp | AttemptFollowUp | ConductFollowUp


def evolve(followup: FollowUp, event: Event) -> FollowUp:
    match event:
        case FollowUpScheduled() as e:
            units = frozenset(e.handler_units)
            return FollowUp(e.followup_id, e.case_id, e.case_no, e.round, e.leg, units, explains=e.explains)
        case FollowUpAttempted(at=at):
            return replace(followup, attempts=(*followup.attempts, at))
        case FollowUpConducted():
            return replace(followup, done=True)
        case FollowUpCancelled():
            return replace(followup, cancelled=True)
        case _:
            raise TypeError(f"{event.TYPE} is no event of a follow-up")


def decide(followup: FollowUp, command: Command) -> Sequence[Event]:
    match command:
        case ScheduleFollowUp():
            return _schedule(followup, command)
        case CancelFollowUp():
            return _cancel(followup, command)
        case AttemptFollowUp():
            _may_review(followup, command.reviewer_unit)
            return [
                FollowUpAttempted(
                    followup_id=followup.followup_id,
                    case_id=followup.case_id,
                    attempt=len(followup.attempts) + 1,
                    method=command.method,
                    at=command.at,
                )
            ]
        case ConductFollowUp():
            _may_review(followup, command.reviewer_unit)
            return [_conducted(followup, command, _verdict(followup, command))]
        case _:
            assert_never(command)


def _schedule(followup: FollowUp, c: ScheduleFollowUp) -> Sequence[Event]:
    if followup.followup_id:
        return []
    return [
        FollowUpScheduled(
            followup_id=c.followup_id,
            case_id=c.case_id,
            case_no=c.case_no,
            round=c.round,
            leg=c.leg,
            due=c.due,
            sample_rule=c.sample_rule,
            handler_units=c.handler_units,
            explains=c.explains,
            pack_version=c.pack_version,
        )
    ]


def _cancel(followup: FollowUp, c: CancelFollowUp) -> Sequence[Event]:
    if not followup.followup_id or followup.done or followup.cancelled:
        return []  # what was heard stays heard
    return [
        FollowUpCancelled(
            followup_id=followup.followup_id,
            case_id=followup.case_id,
            case_no=followup.case_no,
            round=followup.round,
            leg=followup.leg,
            reason=c.reason,
            at=c.at,
        )
    ]


def over(history: Sequence[tuple[datetime, Event]], round: int) -> CancelFollowUp | None:
    """How a round of a case ended after it was completed; `history` is the case's, with its times of record."""
    ended: CancelFollowUp | None = None
    for at, event in history:
        if isinstance(event, CaseCompleted) and event.round == round:
            ended = None  # completed again in this round, as after a merge that was undone
        elif ended is None and (reason := ends(event, round)) is not None:
            ended = CancelFollowUp(reason, at)
    return ended


def ends(event: Event, round: int) -> Reason | None:
    """Whether an event of the case leaves nothing to ask about this round."""
    match event:
        case CaseReopened(round=next_round) if next_round > round:
            return "reopened"
        case CaseMerged():
            return "merged"
        case CaseClosedUnhandled():
            return "unhandled"
        case _:
            return None


def _may_review(followup: FollowUp, unit: str) -> None:
    if not followup.followup_id:
        raise Rejected("no-such-follow-up", N_("没有这项回访。"))
    if followup.done:
        raise Rejected("follow-up-done", N_("这项回访已有结果，每轮每方只记一次。"))
    if followup.cancelled:
        raise Rejected("follow-up-cancelled", N_("问题已重新办理、并案或不再办理，这项回访已取消。"))
    if unit in followup.handler_units:
        raise Rejected("handler-reviews-itself", N_("承办单位不能回访自己办理的问题，请由督查部门或其他单位回访。"))


def _verdict(followup: FollowUp, c: ConductFollowUp) -> Verdict:
    """Pass or fail by the pack; unreachable only after the pack's attempts on enough different days."""
    if not c.reached:
        return _unreachable(followup, c)
    if followup.explains:
        return _ruled(c)
    if c.solved is None:
        raise Rejected("solved-missing", N_("请选择问题是否解决。"), field="solved")
    if c.satisfaction is None:
        raise Rejected("satisfaction-missing", N_("请选择满意程度。"), field="satisfaction")
    if c.pass_rule.holds(solved=c.solved, satisfaction=c.satisfaction):
        return "pass"
    if c.solved and c.attributable is None:
        raise Rejected(
            "attributable-missing", N_("已解决但不满意：请说明不满意是否由承办单位造成。"), field="attributable"
        )
    return "fail"


def _unreachable(followup: FollowUp, c: ConductFollowUp) -> Verdict:
    """Nobody answers: concluded all the same, but never a view (K16b and K17 leave it out)."""
    tries = len(followup.attempts) + 1
    if tries < c.attempts_needed or len(c.days_tried) < c.days_needed:
        raise Rejected(
            "too-few-attempts",
            N_("至少在 {days} 天内联系 {attempts} 次仍未联系上，才能记为「未联系上」；请先登记本次未接通。"),
            field="reached",
            days=c.days_needed,
            attempts=c.attempts_needed,
        )
    return "unreachable"


def _ruled(c: ConductFollowUp) -> Verdict:
    """After an explanation the requester may still be dissatisfied; whether it was the handler's doing decides."""
    if c.satisfaction is None:
        raise Rejected("satisfaction-missing", N_("请选择满意程度。"), field="satisfaction")
    if c.attributable is None:
        raise Rejected("attributable-missing", N_("请裁定不满意是否由承办单位造成。"), field="attributable")
    if not c.ruling:
        raise Rejected("ruling-missing", N_("请写明裁定的理由。"), field="ruling")
    return "fail" if c.attributable or c.solved is False else "pass"


def _conducted(followup: FollowUp, c: ConductFollowUp, verdict: Verdict) -> FollowUpConducted:
    return FollowUpConducted(
        followup_id=followup.followup_id,
        case_id=followup.case_id,
        case_no=followup.case_no,
        round=followup.round,
        leg=followup.leg,
        method=c.method,
        reached=c.reached,
        contacted=c.contacted if c.reached else None,
        solved=c.solved if c.reached else None,
        satisfaction=c.satisfaction if c.reached else None,
        attributable=c.attributable,
        comment=c.comment,
        verdict=verdict,
        closes=c.closes,
        reviewer_unit=c.reviewer_unit,
        call_record=c.call_record if c.method == "phone" else "",
        ruling=c.ruling if followup.explains else "",
    )


FOLLOW_UP: Decider[FollowUp, Command] = Decider("follow-up", FollowUp(), evolve, decide)
