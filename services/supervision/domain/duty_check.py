"""查岗: whether somebody was at their post, found by a checking body by phone, covertly or on the spot (SH-43)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.dispatch import Evidence
from contracts.event import Event
from contracts.supervision import CheckMode, DutyChecked
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_
from services.supervision.domain.looking import complete


@dataclass(frozen=True, slots=True)
class CheckDuty:
    """One look at one person or post of a unit."""

    duty_check_id: str
    programme_id: str
    unit: str
    units: Collection[str]
    """Those of the directory."""
    person: str | None
    of_unit: Collection[str]
    """The persons of `unit`."""
    post: str
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
    asked: int = 0
    cap: int = 0
    """Of the unit in this month, and at most (SH-35); 0 sets no cap. A covert look troubles nobody."""


def evolve(done: bool, event: Event) -> bool:
    if not isinstance(event, DutyChecked):
        raise TypeError(f"{event.TYPE} is no event of a duty check")
    return True


def decide(done: bool, c: CheckDuty) -> Sequence[Event]:
    if done:
        return []
    _refuse_wrong_post(c)
    passed, checked_at = complete(c, capped=True)
    return [
        DutyChecked(
            duty_check_id=c.duty_check_id,
            programme_id=c.programme_id,
            unit=c.unit,
            person=c.person,
            post=c.post,
            mode=c.mode,
            body=c.body,
            passed=passed,
            finding=c.finding,
            checked_at=checked_at,
            evidence=c.evidence,
        )
    ]


def _refuse_wrong_post(c: CheckDuty) -> None:
    if c.unit not in c.units:
        raise Rejected("unknown-unit", N_("请选择被查的单位。"), "unit")
    if c.unit == c.by_unit:
        raise Rejected("own-unit", N_("不能查本单位的岗，请由其他单位检查。"), "unit")
    if c.person is None and not c.post:
        raise Rejected("no-post", N_("请写明查的是哪个岗位，或哪个人。"), "post")
    if c.person is not None and c.person not in c.of_unit:
        raise Rejected("person-of-another-unit", N_("该单位没有这个人，请按姓名填写；重名的填人员编号。"), "person")


DUTY_CHECK: Decider[bool, CheckDuty] = Decider("duty-check", False, evolve, decide)


def stream(duty_check_id: str) -> str:
    """The stream of one look."""
    return f"duty-check-{duty_check_id}"
