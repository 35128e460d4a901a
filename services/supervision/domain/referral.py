"""移送问责: rules and people propose; only a named person refers, with the pack's gate met and another's approval."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from contracts.event import Event
from contracts.supervision import AccountabilityDeclined, AccountabilityProposed, AccountabilityReferred
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_


class Decision(Enum):
    NONE = "none"
    PROPOSED = "proposed"
    REFERRED = "referred"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Referral:
    decision: Decision = Decision.NONE
    referral_id: str = ""
    programme_id: str = ""
    unit: str = ""
    grounds: tuple[str, ...] = ()
    case_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposeReferral:
    referral_id: str
    programme_id: str
    unit: str
    grounds: tuple[str, ...]
    rule_id: str
    case_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Approval:
    """Who decides: the acting person with their unit, and the approver, who must be another and may approve."""

    by: str
    by_unit: str
    approver: str
    may_approve: bool


@dataclass(frozen=True, slots=True)
class Refer:
    approval: Approval
    body: str
    severity: str
    gate: str | None
    """The pack's gate (JW-26); None where the programme refers nobody."""

    persons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decline:
    approval: Approval
    reason: str


Command = ProposeReferral | Refer | Decline


def evolve(state: Referral, event: Event) -> Referral:
    match event:
        case AccountabilityProposed() as e:
            return Referral(Decision.PROPOSED, e.referral_id, e.programme_id, e.unit, e.grounds, e.case_ids)
        case AccountabilityReferred() as e:
            return Referral(Decision.REFERRED, e.referral_id, e.programme_id, e.unit, e.grounds, e.case_ids)
        case AccountabilityDeclined():
            return Referral(Decision.DECLINED, state.referral_id, state.programme_id, state.unit)
        case _:
            raise TypeError(f"{event.TYPE} is no event of a referral")


def decide(state: Referral, command: Command) -> Sequence[Event]:
    match command:
        case ProposeReferral() as c:
            return _propose(state, c)
        case Refer() as c:
            return _refer(state, c)
        case Decline() as c:
            _may_decide(state, c.approval)
            return [
                AccountabilityDeclined(referral_id=state.referral_id, reason=c.reason, approver=c.approval.approver)
            ]
        case _:
            assert_never(command)


def _propose(state: Referral, c: ProposeReferral) -> Sequence[Event]:
    if state.decision is not Decision.NONE:
        return []
    return [
        AccountabilityProposed(
            referral_id=c.referral_id,
            programme_id=c.programme_id,
            unit=c.unit,
            grounds=c.grounds,
            case_ids=c.case_ids,
            rule_id=c.rule_id,
        )
    ]


def _refer(state: Referral, c: Refer) -> Sequence[Event]:
    _may_decide(state, c.approval)
    if c.gate is None:
        raise Rejected("no-gate", N_("本活动的方案没有规定移送问责的条件，不能移送。"))
    if c.severity != c.gate:
        raise Rejected("gate-not-met", N_("未达到方案规定的移送条件，不能移送问责。"), field="severity")
    return [
        AccountabilityReferred(
            referral_id=state.referral_id,
            programme_id=state.programme_id,
            unit=state.unit,
            body=c.body,
            grounds=state.grounds,
            persons=c.persons,
            case_ids=state.case_ids,
            severity=c.severity,
            approver=c.approval.approver,
        )
    ]


def _may_decide(state: Referral, approval: Approval) -> None:
    if state.decision is Decision.NONE:
        raise Rejected("no-such-referral", N_("没有这条问责线索。"))
    if state.decision is not Decision.PROPOSED:
        raise Rejected("already-decided", N_("这条线索已有决定。"))
    if approval.by_unit == state.unit:
        raise Rejected("own-unit", N_("不能决定涉及本单位的线索。"))
    if approval.approver == approval.by:
        raise Rejected("approver-is-self", N_("批准人应是另一人。"), field="approver")
    if not approval.may_approve:
        raise Rejected("approver-may-not", N_("批准人应是领导小组成员。"), field="approver")


REFERRAL: Decider[Referral, Command] = Decider("referral", Referral(), evolve, decide)
