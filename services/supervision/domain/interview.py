"""约谈: a formal talk with the head of a unit, held once and written down by somebody of another unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.event import Event
from contracts.supervision import InterviewHeld
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_


@dataclass(frozen=True, slots=True)
class HoldInterview:
    """`head_unit` is the unit to which the person belongs who was talked with, as the directory says."""

    interview_id: str
    programme_id: str
    unit: str
    head: str
    head_unit: str | None
    held_at: datetime
    content: str
    at: datetime
    by_unit: str
    notice_id: str | None = None
    case_ids: tuple[str, ...] = ()


def evolve(held: bool, event: Event) -> bool:
    if not isinstance(event, InterviewHeld):
        raise TypeError(f"{event.TYPE} is no event of an interview")
    return True


def decide(held: bool, c: HoldInterview) -> Sequence[Event]:
    if held:
        return []
    if c.by_unit == c.unit:
        raise Rejected("own-unit", N_("不能约谈本单位，请由其他督查单位约谈。"), field="unit")
    if c.head_unit != c.unit:
        raise Rejected("not-its-head", N_("被约谈人不是该单位的人员。"), field="head")
    if c.held_at > c.at:
        raise Rejected("not-held-yet", N_("约谈时间不能晚于现在；约谈之后再登记。"), field="held_at")
    return [
        InterviewHeld(
            interview_id=c.interview_id,
            programme_id=c.programme_id,
            unit=c.unit,
            head=c.head,
            held_at=c.held_at,
            content=c.content,
            notice_id=c.notice_id,
            case_ids=c.case_ids,
        )
    ]


INTERVIEW: Decider[bool, HoldInterview] = Decider("interview", False, evolve, decide)
