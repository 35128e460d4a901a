"""More time for an order: asked for, decided, or given by a calendar that was published later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.dispatch import DeadlinesRecomputed, Dues, ExtensionDecided, ExtensionRequested
from contracts.event import Event
from services.chassis.decider import Rejected
from services.chassis.words import N_
from services.dispatch.domain.commands import DecideExtension, RecomputeDeadlines, RequestExtension
from services.dispatch.domain.refusing import (
    known_order,
    order_at_work,
    refuse_empty,
    refuse_unless_open,
    refuse_wrong_time,
)
from services.dispatch.domain.state import Asked, Case, Order, Status


def request(case: Case, c: RequestExtension) -> Sequence[Event]:
    """Before the deadline, for a later one, one request at a time, and only so often."""
    order = order_at_work(case, c.order_id, c.by_unit)
    if order.asked is not None:
        if order.asked.finish_by == c.finish_by:
            return []
        raise Rejected("extension-pending", N_("已有延期申请待审批。"))
    due = c.finish_now or order.finish_by
    if order.extensions >= c.max_extensions:
        raise Rejected("too-many-extensions", N_("最多延期{max}次，已经用完；请按期办理。"), max=c.max_extensions)
    if c.at > due:
        raise Rejected("already-due", N_("办结期限已过，不能再申请延期。"))
    refuse_empty(c.reason, "reason-missing", N_("请写明延期理由。"), "reason")
    if c.finish_by is None or c.finish_by <= due:
        raise Rejected("not-later", N_("延期后的期限须晚于原期限。"), "finish_by")
    return [
        ExtensionRequested(
            case_id=case.case_id,
            order_id=order.order_id,
            case_no=c.case_no,
            reason=c.reason,
            finish_by=c.finish_by,
            n=order.requests + 1,
        )
    ]


def decide(case: Case, c: DecideExtension) -> Sequence[Event]:
    """Granted to a later instant with the requester told, or not; old and new deadline stay on record."""
    order = known_order(case, c.order_id)
    refuse_unless_open(order)
    if order.asked is None:
        raise Rejected("not-asked", N_("这张交办单没有延期申请待审批。"))
    _refuse_wrong_approver(order, c)
    refuse_empty(c.reason, "reason-missing", N_("请写明审批意见。"), "reason")
    old = c.finish_now or order.finish_by
    new = _granted(case, order.asked, c, old) if c.granted else old
    return [
        ExtensionDecided(
            case_id=case.case_id,
            order_id=order.order_id,
            case_no=c.case_no,
            granted=c.granted,
            old_finish_by=old,
            finish_by=new,
            approver=c.approver,
            reason=c.reason,
            requester_told_at=c.requester_told_at,
        )
    ]


def _refuse_wrong_approver(order: Order, c: DecideExtension) -> None:
    refuse_empty(c.approver, "no-approver", N_("请填写审批人。"), "approver")
    if c.approver_unit == order.unit or c.approver in (order.person, order.leader):
        raise Rejected("own-approval", N_("延期不能由承办单位自己审批。"), "approver")
    if c.granted and order.extensions + 1 >= c.leader_extends_from and not c.by_leader:
        raise Rejected("leader-decides", N_("再次延期须由领导审批。"), "approver")


def _granted(case: Case, asked: Asked, c: DecideExtension, old: datetime) -> datetime:
    new = c.finish_by or asked.finish_by
    if new <= old:
        raise Rejected("not-later", N_("延期后的期限须晚于原期限。"), "finish_by")
    if new <= c.at:
        raise Rejected("due-in-past", N_("期限已过；请选一个将来的时间。"), "finish_by")
    if c.requester_told_at is None:
        raise Rejected("not-told", N_("同意延期须告知诉求人；请填写告知时间。"), "requester_told_at")
    refuse_wrong_time(case, c.requester_told_at, c.at, N_("告知时间不能在将来。"), "requester_told_at")
    return new


def recompute(case: Case, c: RecomputeDeadlines) -> Sequence[Event]:
    """Only deadlines that still run, and never to an instant that has gone by: nobody becomes late by a decree."""
    if case.status not in (Status.HANDLING, Status.SUSPENDED):
        return []
    moved = {
        order.order_id: dues
        for order in case.working
        if (wanted := c.dues.get(order.order_id)) is not None
        and (dues := _still_running(order, wanted, c.at)) != _dues(order)
    }
    if not moved:
        return []
    refuse_empty(c.reason, "reason-missing", N_("请写明重算期限的依据。"), "reason")
    return [
        DeadlinesRecomputed(
            case_id=case.case_id,
            case_no=c.case_no,
            calendar_version=c.calendar_version,
            reason=c.reason,
            dues=moved,
        )
    ]


@dataclass(frozen=True, slots=True)
class _Clock:
    """One deadline: as it stands, as the calendar has it, and whether what it watches was done."""

    old: datetime | None
    new: datetime | None
    met: bool

    def at(self, now: datetime) -> datetime | None:
        over = self.met or self.old is None or self.old <= now
        return self.old if over or self.new is None or self.new <= now else self.new


def _still_running(order: Order, dues: Dues, now: datetime) -> Dues:
    finish = _Clock(order.finish_by, dues.finish_by, met=False).at(now)
    assert finish is not None, "an order always has this deadline"
    return Dues(
        sign_by=_Clock(order.sign_by, dues.sign_by, order.signed).at(now),
        contact_by=_Clock(order.contact_by, dues.contact_by, order.reached).at(now),
        plan_by=_Clock(order.plan_by, dues.plan_by, order.planned).at(now),
        finish_by=finish,
    )


def _dues(order: Order) -> Dues:
    return Dues(sign_by=order.sign_by, contact_by=order.contact_by, plan_by=order.plan_by, finish_by=order.finish_by)
