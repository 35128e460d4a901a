"""查岗: whether somebody was at their post, found by a checking body by phone, covertly or on the spot (SH-43)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.dispatch import Evidence
from contracts.event import Event
from contracts.supervision import CheckMode, DutyChecked
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_
from services.supervision.domain.spot_check import TROUBLING


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
    if c.modes and c.mode not in c.modes:
        raise Rejected("mode-not-allowed", N_("方案没有规定这种检查方式。"), "mode")
    if c.cap and c.mode in TROUBLING and c.asked >= c.cap:
        raise Rejected(
            "burden-cap",
            N_("本月对该单位的检查和督办已达 {cap} 次上限；可以暗访，或合并到下月。"),
            "mode",
            cap=c.cap,
        )
    if c.passed is None:
        raise Rejected("no-result", N_("请选择检查结论。"), "passed")
    if not c.body:
        raise Rejected("no-body", N_("请填写检查的机关。"), "body")
    if not c.finding:
        raise Rejected("no-finding", N_("请写明检查所见。"), "finding")
    if c.checked_at is None:
        raise Rejected("no-time", N_("请填写检查时间。"), "checked_at")
    if c.checked_at > c.at:
        raise Rejected("check-in-future", N_("检查时间不能在将来。"), "checked_at")
    return [
        DutyChecked(
            duty_check_id=c.duty_check_id,
            programme_id=c.programme_id,
            unit=c.unit,
            person=c.person,
            post=c.post,
            mode=c.mode,
            body=c.body,
            passed=c.passed,
            finding=c.finding,
            checked_at=c.checked_at,
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
