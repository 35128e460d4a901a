"""限期整改: what a unit puts right by a day, says so, and somebody of another unit looks (SH-44)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import assert_never

from contracts.event import Event
from contracts.supervision import (
    RectificationLifted,
    RectificationOrdered,
    RectificationReported,
    RectificationVerified,
)
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_


class Stage(Enum):
    NONE = "none"
    ORDERED = "ordered"
    REPORTED = "reported"
    PASSED = "passed"
    LIFTED = "lifted"


@dataclass(frozen=True, slots=True)
class Rectification:
    stage: Stage = Stage.NONE
    rectification_id: str = ""
    unit: str = ""
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderRectification:
    rectification_id: str
    programme_id: str
    unit: str
    items: tuple[str, ...]
    due: datetime
    grounds: tuple[str, ...]
    at: datetime
    by_unit: str
    notice_id: str | None = None
    case_ids: tuple[str, ...] = ()
    bulletin_id: str | None = None


@dataclass(frozen=True, slots=True)
class LiftRectification:
    """The public notice that ordered it was withdrawn."""

    reason: str


@dataclass(frozen=True, slots=True)
class ReportRectification:
    unit: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class VerifyRectification:
    unit: str
    passed: bool
    text: str


Command = OrderRectification | LiftRectification | ReportRectification | VerifyRectification


def evolve(state: Rectification, event: Event) -> Rectification:
    match event:
        case RectificationOrdered() as e:
            return Rectification(Stage.ORDERED, e.rectification_id, e.unit, e.due)
        case RectificationReported():
            return replace(state, stage=Stage.REPORTED)
        case RectificationLifted():
            return replace(state, stage=Stage.LIFTED)
        case RectificationVerified(passed=passed):
            return replace(state, stage=Stage.PASSED if passed else Stage.ORDERED)
        case _:
            raise TypeError(f"{event.TYPE} is no event of a rectification")


def decide(state: Rectification, command: Command) -> Sequence[Event]:
    match command:
        case OrderRectification():
            return _order(state, command)
        case LiftRectification():
            return _lift(state, command)
        case ReportRectification():
            return _report(state, command)
        case VerifyRectification():
            return _verify(state, command)
        case _:
            assert_never(command)


def _order(state: Rectification, c: OrderRectification) -> Sequence[Event]:
    if state.stage is not Stage.NONE:
        return []
    if c.by_unit == c.unit:
        raise Rejected("own-unit", N_("不能责令本单位整改，请由其他督查单位发出。"), field="unit")
    if c.due <= c.at:
        raise Rejected("due-past", N_("整改期限应晚于现在。"), field="due")
    return [
        RectificationOrdered(
            rectification_id=c.rectification_id,
            programme_id=c.programme_id,
            unit=c.unit,
            items=c.items,
            due=c.due,
            grounds=c.grounds,
            notice_id=c.notice_id,
            case_ids=c.case_ids,
            bulletin_id=c.bulletin_id,
        )
    ]


def _lift(state: Rectification, c: LiftRectification) -> Sequence[Event]:
    """What was put right stays so, whatever becomes of the notice."""
    if state.stage not in (Stage.ORDERED, Stage.REPORTED):
        return []
    return [RectificationLifted(rectification_id=state.rectification_id, reason=c.reason)]


def _report(state: Rectification, c: ReportRectification) -> Sequence[Event]:
    _known(state)
    if c.unit != state.unit:
        raise Rejected("not-addressed", N_("只有被责令整改的单位可以报告。"))
    if state.stage is Stage.REPORTED:
        raise Rejected("report-waits", N_("整改报告已经提交，正在等待验收。"))
    late = state.due is not None and c.at > state.due
    return [RectificationReported(rectification_id=state.rectification_id, text=c.text, late=late)]


def _verify(state: Rectification, c: VerifyRectification) -> Sequence[Event]:
    _known(state)
    if state.stage is not Stage.REPORTED:
        raise Rejected("no-report", N_("该单位还没有报告整改情况，不能验收。"))
    if c.unit == state.unit:
        raise Rejected("own-unit", N_("整改由其他单位验收，本单位不能验收自己。"))
    return [RectificationVerified(rectification_id=state.rectification_id, passed=c.passed, text=c.text)]


def _known(state: Rectification) -> None:
    if state.stage is Stage.NONE:
        raise Rejected("no-such-rectification", N_("没有这项整改。"))
    if state.stage is Stage.PASSED:
        raise Rejected("rectified", N_("这项整改已经验收通过。"))
    if state.stage is Stage.LIFTED:
        raise Rejected("rectification-lifted", N_("责令整改的通报已经撤回，这项整改不再要求。"))


RECTIFICATION: Decider[Rectification, Command] = Decider("rectification", Rectification(), evolve, decide)
