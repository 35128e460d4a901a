"""What every look must say, drawn or chosen, at a case or at a post: how, when and by whom, and what it found."""

from datetime import datetime
from typing import Protocol

from contracts.supervision import CheckMode
from services.chassis.decider import Rejected
from services.chassis.words import N_

TROUBLING: frozenset[CheckMode] = frozenset({"open", "on_site", "phone"})
"""Checks that a unit has to receive or answer; of a covert one it learns nothing."""


class Look(Protocol):
    """What was typed about a look, and what the pack allows."""

    @property
    def mode(self) -> CheckMode: ...
    @property
    def modes(self) -> tuple[str, ...]: ...
    @property
    def body(self) -> str: ...
    @property
    def passed(self) -> bool | None: ...
    @property
    def finding(self) -> str: ...
    @property
    def checked_at(self) -> datetime | None: ...
    @property
    def at(self) -> datetime: ...
    @property
    def asked(self) -> int: ...
    @property
    def cap(self) -> int: ...


def complete(look: Look, *, capped: bool) -> tuple[bool, datetime]:
    """Whether it passed and when it was made; `Rejected` at the field that is missing or wrong.

    `capped`: it counts against what a unit may be asked for in a month (SH-35).
    """
    if look.modes and look.mode not in look.modes:
        raise Rejected("mode-not-allowed", N_("方案没有规定这种检查方式。"), "mode")
    if capped and look.cap and look.mode in TROUBLING and look.asked >= look.cap:
        raise Rejected(
            "burden-cap",
            N_("本月对该单位的检查和督办已达 {cap} 次上限；可以暗访，或合并到下月。"),
            "mode",
            cap=look.cap,
        )
    if look.passed is None:
        raise Rejected("no-result", N_("请选择检查结论。"), "passed")
    if not look.body:
        raise Rejected("no-body", N_("请填写检查的机关。"), "body")
    if not look.finding:
        raise Rejected("no-finding", N_("请写明检查所见。"), "finding")
    if look.checked_at is None:
        raise Rejected("no-time", N_("请填写检查时间。"), "checked_at")
    if look.checked_at > look.at:
        raise Rejected("check-in-future", N_("检查时间不能在将来。"), "checked_at")
    return look.passed, look.checked_at
