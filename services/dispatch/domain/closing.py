"""Suspending and resuming a case, striking it off, and handling it again."""

from collections.abc import Sequence

from contracts.dispatch import CaseReopened, CaseResumed, CaseStruckOff, CaseSuspended
from contracts.event import Event
from services.chassis.decider import Rejected
from services.chassis.words import N_
from services.dispatch.domain.commands import ReopenCase, ResumeCase, StrikeOff, SuspendCase
from services.dispatch.domain.state import Case, Order, OrderStatus, Status


def suspend(case: Case, c: SuspendCase) -> Sequence[Event]:
    """挂账 with a condition, a day to look at it again and somebody else who approved."""
    _refuse_other_unit(case, c)
    if case.status is Status.SUSPENDED:
        return []
    if case.status is not Status.HANDLING or not any(o.signed and o.working for o in case.current):
        raise Rejected("not-in-handling", N_("只有签收在办的问题可以挂账。"))
    if any(o.status is OrderStatus.RETURNED for o in case.current):
        raise Rejected("return-pending", N_("有退单待审，审理后才能挂账。"))
    if not c.reason.strip():
        raise Rejected("reason-missing", N_("请写明挂账原因。"), "reason")
    if not c.condition.strip():
        raise Rejected("no-condition", N_("请写明恢复办理的条件。"), "condition")
    if c.review_on is None:
        raise Rejected("no-review", N_("请填写复查日期。"), "review_on")
    if c.review_on <= c.at:
        raise Rejected("due-in-past", N_("复查日期须在将来。"), "review_on")
    if not c.approver:
        raise Rejected("no-approver", N_("挂账须经领导批准；请填写批准人。"), "approver")
    if c.approver == c.by_person:
        raise Rejected("own-approval", N_("挂账不能由申请人自己批准；请另选批准人。"), "approver")
    return [
        CaseSuspended(
            case_id=case.case_id,
            case_no=c.case_no,
            reason=c.reason,
            condition=c.condition,
            review_on=c.review_on,
            approver=c.approver,
        )
    ]


def resume(case: Case, c: ResumeCase) -> Sequence[Event]:
    """Every order still open must get its finish time."""
    _refuse_other_unit(case, c)
    if case.status is Status.HANDLING:
        return []
    if case.status is not Status.SUSPENDED:
        raise Rejected("not-suspended", N_("此件没有挂账。"))
    if not c.reason.strip():
        raise Rejected("reason-missing", N_("请写明恢复办理的理由。"), "reason")
    waiting = {o.order_id for o in case.current if o.working}
    if missing := waiting - c.finish_by.keys():
        raise Rejected("no-finish-time", N_("恢复办理须给每张在办交办单重算期限。"), orders=sorted(missing))
    finish_by = {order_id: due for order_id, due in c.finish_by.items() if order_id in waiting}
    return [CaseResumed(case_id=case.case_id, case_no=c.case_no, reason=c.reason, finish_by=finish_by)]


def _refuse_other_unit(case: Case, c: SuspendCase | ResumeCase) -> None:
    """Nobody but the unit that leads it, or the desk, stops the clock of a case or starts it again."""
    if not c.by_desk and (case.lead is None or case.lead.unit != c.by_unit):
        raise Rejected("other-unit", N_("只有主办单位负责人或派单席可以挂账、恢复办理。"))


def strike_off(case: Case, c: StrikeOff) -> Sequence[Event]:
    """Only what is completed, only by whom the pack names."""
    if case.status is Status.STRUCK_OFF or (c.round is not None and c.round < case.round):
        return []
    if case.status is not Status.COMPLETED:
        raise Rejected("not-completed", N_("尚未办结，不能销号。"))
    if c.basis != c.closure_by:
        raise Rejected("basis-not-allowed", N_("本活动规定的销号方式不是这一种。"))
    _refuse_wrong_actor(case.lead, c)
    return [
        CaseStruckOff(
            case_id=case.case_id,
            case_no=c.case_no,
            by_unit=c.by_unit,
            basis=c.basis,
            on_time=case.on_time,
            followup_id=c.followup_id,
            programme_position=c.programme_position,
        )
    ]


def _refuse_wrong_actor(lead: Order | None, c: StrikeOff) -> None:
    match c.basis:
        case "unit_self":
            if lead is None or c.by_unit != lead.unit:
                raise Rejected("not-the-lead", N_("本活动由责任单位销号；请由主办单位办理。"))
        case "office":
            if not c.by_office:
                raise Rejected("not-the-office", N_("本活动由活动办销号。"))
        case "follow_up":
            if c.followup_id is None:
                raise Rejected("no-verdict", N_("本活动凭回访结果销号，不能由人直接销号。"))


def reopen(case: Case, c: ReopenCase) -> Sequence[Event]:
    """Another round; a verdict on an earlier round changes nothing."""
    if c.round is not None and c.round < case.round:
        return []
    if case.status not in (Status.COMPLETED, Status.STRUCK_OFF):
        raise Rejected("not-completed", N_("尚未办结，无须重办。"))
    if c.reason == "follow_up_failed" and c.followup_id is None:
        raise Rejected("no-verdict", N_("回访不通过的重办须有回访记录。"), "reason")
    if c.followup_id is None and not c.text.strip():
        raise Rejected("reason-missing", N_("请写明重办的理由。"), "text")
    return [
        CaseReopened(
            case_id=case.case_id,
            case_no=c.case_no,
            reason=c.reason,
            text=c.text,
            round=case.round + 1,
            followup_id=c.followup_id,
            was_struck_off=case.status is Status.STRUCK_OFF,
        )
    ]
