"""The end of a case: verified, struck off and reported, closed unhandled, or handled again."""

from collections.abc import Sequence

from contracts.dispatch import (
    CaseClosedUnhandled,
    CaseReopened,
    CaseStruckOff,
    StrikeOffReported,
    VerificationStarted,
)
from contracts.event import Event
from services.chassis.decider import Rejected
from services.chassis.words import N_
from services.dispatch.domain.commands import CloseUnhandled, ReopenCase, ReportUp, StartVerification, StrikeOff
from services.dispatch.domain.issuing import all_cancelled
from services.dispatch.domain.refusing import refuse_empty, refuse_ended, refuse_wrong_time
from services.dispatch.domain.state import DONE, ENDED, Case, Status

NEEDS_CHANNEL = frozenset({"legal-channel", "emergency", "other-channel"})
"""Reasons that mean "not here": the requester is told where."""


def start_verification(case: Case, c: StartVerification) -> Sequence[Event]:
    """A follow-up of this round is due. What the unit struck off itself stays struck off and is only noted.

    A follow-up of an earlier round, or of a case that ended otherwise, begins nothing.
    """
    if c.followup_id in case.verifications or c.round < case.round or case.status in ENDED:
        return []
    if case.status not in DONE:
        raise Rejected("not-completed", N_("尚未办结，不能开始核实。"))
    return [VerificationStarted(case_id=case.case_id, case_no=c.case_no, followup_id=c.followup_id, round=case.round)]


def strike_off(case: Case, c: StrikeOff) -> Sequence[Event]:
    """Only what is completed, only by whom the pack names.

    A follow-up that is due holds it back only where the pack strikes off by its verdict: elsewhere a failed one
    reopens the case, struck off or not.
    """
    if case.status is Status.STRUCK_OFF or (c.round is not None and c.round < case.round):
        return []
    if case.status in ENDED and c.followup_id is not None:
        return []
    refuse_ended(case)
    if case.status not in (Status.COMPLETED, Status.VERIFYING):
        raise Rejected("not-completed", N_("尚未办结，不能销号。"))
    if c.basis != c.closure_by:
        raise Rejected("basis-not-allowed", N_("本活动规定的销号方式不是这一种。"))
    _refuse_wrong_actor(case, c)
    return [
        CaseStruckOff(
            case_id=case.case_id,
            case_no=c.case_no,
            by_unit=c.by_unit,
            basis=c.basis,
            on_time=case.on_time,
            followup_id=c.followup_id,
            programme_position=c.programme_position,
            report_up_by=c.report_up_by if c.basis == "unit_self" else None,
        )
    ]


def _refuse_wrong_actor(case: Case, c: StrikeOff) -> None:
    match c.basis:
        case "unit_self":
            if case.lead is None or c.by_unit != case.lead.unit:
                raise Rejected("not-the-lead", N_("本活动由责任单位销号；请由主办单位办理。"))
        case "office":
            if not c.by_office:
                raise Rejected("not-the-office", N_("本活动由活动办销号。"))
        case "follow_up":
            if c.followup_id is None:
                raise Rejected("no-verdict", N_("本活动凭回访结果销号，不能由人直接销号。"))
            if any(order.unit == c.by_unit for order in case.current):
                raise Rejected("own-review", N_("承办单位的回访不能作为销号依据；请由其他单位回访。"))


def report_up(case: Case, c: ReportUp) -> Sequence[Event]:
    """Once, by the unit that struck it off itself; late is late (JW-22)."""
    if case.status is not Status.STRUCK_OFF:
        raise Rejected("not-struck-off", N_("尚未销号，无须上报。"))
    if case.struck_off_by != c.by_unit:
        raise Rejected("other-unit", N_("由办理销号的单位上报。"))
    if case.reported_up:
        return []
    late = case.report_up_by is not None and c.at > case.report_up_by
    return [StrikeOffReported(case_id=case.case_id, case_no=c.case_no, late=late, text=c.text)]


def reopen(case: Case, c: ReopenCase) -> Sequence[Event]:
    """Another round; a verdict on an earlier round, or on what ended otherwise, changes nothing."""
    if c.round is not None and (c.round < case.round or case.status in ENDED):
        return []
    refuse_ended(case)
    if case.status not in DONE:
        raise Rejected("not-completed", N_("尚未办结，无须重办。"))
    if c.max_rounds and case.round >= c.max_rounds and not c.by_group:
        raise Rejected(
            "rounds-spent", N_("本活动最多办理{max}轮，已经用完；是否再办由领导小组决定。"), max=c.max_rounds
        )
    if c.reason == "follow_up_failed" and c.followup_id is None:
        raise Rejected("no-verdict", N_("回访不通过的重办须有回访记录。"), "reason")
    if c.followup_id is None or c.by_oversight:
        _refuse_reopening_by_hand(case, c)
    return [
        CaseReopened(
            case_id=case.case_id,
            case_no=c.case_no,
            reason=c.reason,
            text=c.text,
            round=case.round + 1,
            followup_id=c.followup_id,
            was_struck_off=case.status is Status.STRUCK_OFF,
            durations=c.durations,
        )
    ]


def _refuse_reopening_by_hand(case: Case, c: ReopenCase) -> None:
    if not c.by_oversight:
        raise Rejected("not-oversight", N_("重办由督查或活动办决定。"))
    refuse_empty(c.text, "reason-missing", N_("请写明重办的理由。"), "text")
    in_time = c.at is not None and c.relapse_until is not None and c.at <= c.relapse_until
    if c.reason == "relapse" and case.status is Status.STRUCK_OFF and not in_time:
        raise Rejected("relapse-too-late", N_("已过问题复发的认定期限；请作为新诉求登记。"), "reason")


def close_unhandled(case: Case, c: CloseUnhandled) -> Sequence[Event]:
    """Anything not struck off may end this way, approved by somebody else and with the requester told."""
    if case.status is Status.CLOSED_UNHANDLED:
        return []
    refuse_ended(case)
    if case.status is Status.STRUCK_OFF:
        raise Rejected("case-finished", N_("此件已办结；如需再办，请先重办。"))
    refuse_empty(c.reason_code, "reason-missing", N_("请选定不予办理的原因。"), "reason_code")
    refuse_empty(c.reason, "reason-missing", N_("请写明不予办理的理由。"), "reason")
    if c.reason_code in NEEDS_CHANNEL:
        refuse_empty(c.channel, "no-channel", N_("请写明已告知诉求人向哪里反映。"), "channel")
    if not c.approver:
        raise Rejected("no-approver", N_("不予办理须经领导批准；请填写批准人。"), "approver")
    if c.approver == c.by_person:
        raise Rejected("own-approval", N_("不予办理不能由申请人自己批准；请另选批准人。"), "approver")
    if c.told_at is None:
        raise Rejected("not-told", N_("不予办理须告知诉求人；请填写告知时间。"), "told_at")
    refuse_wrong_time(case, c.told_at, c.at, N_("告知时间不能在将来。"), "told_at")
    closed = CaseClosedUnhandled(
        case_id=case.case_id,
        case_no=c.case_no,
        reason_code=c.reason_code,
        reason=c.reason,
        approver=c.approver,
        told_at=c.told_at,
        channel=c.channel or None,
        approval_note=c.approval_note,
    )
    return [*all_cancelled(case, c.case_no, "closed_unhandled", c.reason), closed]
