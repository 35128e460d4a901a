"""Suspending a case that cannot be handled now (挂账), looking at it again, and going on with it."""

from collections.abc import Sequence

from contracts.dispatch import CaseResumed, CaseSuspended, SuspensionReviewed
from contracts.event import Event
from services.chassis.decider import Rejected
from services.chassis.words import N_
from services.dispatch.domain.commands import ResumeCase, ReviewSuspension, SuspendCase
from services.dispatch.domain.refusing import refuse_empty, refuse_wrong_time
from services.dispatch.domain.state import Case, OrderStatus, Status


def suspend(case: Case, c: SuspendCase) -> Sequence[Event]:
    """挂账 with a condition, a day to look at it again and somebody else who approved."""
    _refuse_other_unit(case, c)
    if case.status is Status.SUSPENDED:
        if c.review_on == case.review_on:
            return []
        raise Rejected(
            "already-suspended", N_("此件已挂账；复查后条件仍不具备的，请用“挂账复查”另定日期。"), "review_on"
        )
    if case.status is not Status.HANDLING or not any(o.signed and o.working for o in case.current):
        raise Rejected("not-in-handling", N_("只有签收在办的问题可以挂账。"))
    if any(o.status is OrderStatus.RETURNED for o in case.current):
        raise Rejected("return-pending", N_("有退单待审，审理后才能挂账。"))
    refuse_empty(c.reason, "reason-missing", N_("请写明挂账原因。"), "reason")
    refuse_empty(c.condition, "no-condition", N_("请写明恢复办理的条件。"), "condition")
    if c.review_on is None:
        raise Rejected("no-review", N_("请填写复查日期。"), "review_on")
    if c.review_on <= c.at:
        raise Rejected("due-in-past", N_("复查日期须在将来。"), "review_on")
    if not c.approver:
        raise Rejected("no-approver", N_("挂账须经领导批准；请填写批准人。"), "approver")
    if c.approver == c.by_person:
        raise Rejected("own-approval", N_("挂账不能由申请人自己批准；请另选批准人。"), "approver")
    if c.requester_told_at is None:
        raise Rejected("not-told", N_("挂账须告知诉求人；请填写告知时间。"), "requester_told_at")
    refuse_wrong_time(case, c.requester_told_at, c.at, N_("告知时间不能在将来。"), "requester_told_at")
    return [
        CaseSuspended(
            case_id=case.case_id,
            case_no=c.case_no,
            reason=c.reason,
            condition=c.condition,
            review_on=c.review_on,
            approver=c.approver,
            requester_told_at=c.requester_told_at,
            approval_note=c.approval_note,
        )
    ]


def review(case: Case, c: ReviewSuspension) -> Sequence[Event]:
    """The condition is still not met: the day to look again is put off, never without saying how things stand."""
    _refuse_other_unit(case, c)
    if case.status is not Status.SUSPENDED:
        raise Rejected("not-suspended", N_("此件没有挂账。"))
    refuse_empty(c.note, "note-missing", N_("请写明复查情况。"), "note")
    if c.review_on is None:
        raise Rejected("no-review", N_("请填写下次复查日期。"), "review_on")
    if c.review_on <= c.at:
        raise Rejected("due-in-past", N_("复查日期须在将来。"), "review_on")
    if case.review_on is not None and c.review_on <= case.review_on:
        raise Rejected("not-later", N_("下次复查日期须晚于原定的复查日期。"), "review_on")
    return [SuspensionReviewed(case_id=case.case_id, case_no=c.case_no, note=c.note, review_on=c.review_on)]


def resume(case: Case, c: ResumeCase) -> Sequence[Event]:
    """Every order still open must get its finish time."""
    _refuse_other_unit(case, c)
    if case.status is Status.HANDLING:
        return []
    if case.status is not Status.SUSPENDED:
        raise Rejected("not-suspended", N_("此件没有挂账。"))
    refuse_empty(c.reason, "reason-missing", N_("请写明恢复办理的理由。"), "reason")
    waiting = {o.order_id for o in case.current if o.working}
    if missing := waiting - c.finish_by.keys():
        raise Rejected("no-finish-time", N_("恢复办理须给每张在办交办单重算期限。"), orders=sorted(missing))
    finish_by = {order_id: due for order_id, due in c.finish_by.items() if order_id in waiting}
    return [CaseResumed(case_id=case.case_id, case_no=c.case_no, reason=c.reason, finish_by=finish_by)]


def _refuse_other_unit(case: Case, c: SuspendCase | ReviewSuspension | ResumeCase) -> None:
    """Nobody but the unit that leads it, or the desk, stops the clock of a case or starts it again."""
    if not c.by_desk and (case.lead is None or case.lead.unit != c.by_unit):
        raise Rejected("other-unit", N_("只有主办单位负责人或派单席可以挂账、恢复办理。"))
