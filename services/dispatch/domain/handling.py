"""What the unit that holds an order does with it, up to the completion of the whole case."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from contracts.dispatch import (
    CaseCompleted,
    HandlingPlanFiled,
    OrderCompleted,
    OrderSigned,
    ProgressReported,
    RequesterContacted,
)
from contracts.event import Event
from services.chassis.deadlines import Calendar, elapsed_working
from services.chassis.decider import Rejected
from services.chassis.words import N_
from services.dispatch.domain.commands import (
    CompleteOrder,
    ContactRequester,
    FilePlan,
    ReportProgress,
    SignOrder,
)
from services.dispatch.domain.state import Case, Order, OrderStatus, Status, evolve

CLOCK_TOLERANCE = timedelta(minutes=15)
"""How far the clock of somebody's own device may run ahead."""

PLAN_FIELDS: dict[str, str] = {
    "responsible_person": N_("办理方案缺责任人。"),
    "responsible_leader": N_("办理方案缺责任领导。"),
    "responsible_dept": N_("办理方案缺责任部门。"),
    "measures": N_("办理方案缺化解措施。"),
    "resolve_by": N_("办理方案缺化解时限。"),
}
"""专人、责任领导、责任部门、化解措施、化解时限 (JW-19), with what is said when one is empty."""


def sign(case: Case, c: SignOrder) -> Sequence[Event]:
    """Allowed after the deadline too; then the fact says late."""
    order = own_order(case, c.order_id, c.by_unit)
    if order.signed:
        return []
    _refuse_unless_open(order)
    late = order.sign_by is not None and c.at > order.sign_by
    return [
        OrderSigned(
            case_id=case.case_id,
            order_id=order.order_id,
            case_no=c.case_no,
            responsible_person=c.responsible_person or None,
            late=late,
        )
    ]


def contact(case: Case, c: ContactRequester) -> Sequence[Event]:
    """Every attempt counts as one; only a reached requester stops the clock.

    That clock never stops for anything else, so a call is taken while the case is suspended and while a return
    waits for its ruling, signed or not.
    """
    order = own_order(case, c.order_id, c.by_unit)
    if order.status is not OrderStatus.RETURNED:
        _refuse_unless_open(order)
        _refuse_unsigned(order)
    if c.contacted_at > c.at + CLOCK_TOLERANCE:
        raise Rejected("in-future", N_("联系时间不能在将来。"), "contacted_at")
    return [
        RequesterContacted(
            case_id=case.case_id,
            order_id=order.order_id,
            case_no=c.case_no,
            method=c.method,
            attempt=order.attempts + 1,
            reached=c.reached,
            at=c.contacted_at,
        )
    ]


def file_plan(case: Case, c: FilePlan) -> Sequence[Event]:
    """专人、责任领导、责任部门、化解措施、办结时限: none may be missing (JW-19)."""
    order = _at_work(case, c.order_id, c.by_unit)
    for field, message in PLAN_FIELDS.items():
        value = getattr(c, field)
        if value is None or (isinstance(value, str) and not value.strip()):
            raise Rejected("plan-incomplete", message, field)
    assert c.resolve_by is not None, "checked with the others"
    _check_times(c, c.resolve_by, order.finish_by)
    return [
        HandlingPlanFiled(
            case_id=case.case_id,
            order_id=order.order_id,
            case_no=c.case_no,
            responsible_person=c.responsible_person or "",
            responsible_leader=c.responsible_leader or "",
            responsible_dept=c.responsible_dept or "",
            measures=c.measures,
            task_book=c.task_book,
            road_map=c.road_map,
            timetable=c.timetable,
            resolve_by=c.resolve_by,
        )
    ]


def _check_times(c: FilePlan, resolve_by: datetime, finish_by: datetime) -> None:
    if resolve_by <= c.at:
        raise Rejected("due-in-past", N_("期限已过；请选一个将来的时间。"), "resolve_by")
    if resolve_by > finish_by > c.at:
        raise Rejected("plan-after-finish", N_("化解时限不能晚于办结期限。"), "resolve_by")
    if any(step.due > resolve_by for step in c.timetable):
        raise Rejected("milestone-after-plan", N_("时间表上的节点不能晚于化解时限。"), "timetable")


def report(case: Case, c: ReportProgress) -> Sequence[Event]:
    """Progress in words."""
    order = _at_work(case, c.order_id, c.by_unit)
    if not c.text.strip():
        raise Rejected("text-missing", N_("请写明进展。"), "text")
    return [
        ProgressReported(
            case_id=case.case_id,
            order_id=order.order_id,
            case_no=c.case_no,
            text=c.text,
            next_step=c.next_step,
        )
    ]


def complete(case: Case, c: CompleteOrder) -> Sequence[Event]:
    """Done, replied to, and by a named person; the last order completes the case in the same breath."""
    order = own_order(case, c.order_id, c.by_unit)
    if order.status is OrderStatus.COMPLETED:
        return []
    order = _at_work(case, c.order_id, c.by_unit)
    person = c.responsible_person or order.person
    if not person:
        raise Rejected("no-person", N_("办结前须明确责任人。"), "responsible_person")
    if c.reply is None:
        raise Rejected("no-reply", N_("件件有回音：请填写给诉求人的答复。"), "reply")
    if c.replied_at is None:
        raise Rejected("no-reply", N_("请填写答复诉求人的时间。"), "replied_at")
    if c.replied_at > c.at + CLOCK_TOLERANCE:
        raise Rejected("in-future", N_("答复时间不能在将来。"), "replied_at")
    _refuse_bare_explanation(case, c)
    done = OrderCompleted(
        case_id=case.case_id,
        order_id=order.order_id,
        case_no=c.case_no,
        result=c.result,
        reply=c.reply,
        replied_at=c.replied_at,
        policy_basis=c.policy_basis or None,
        responsible_person=person,
    )
    after = evolve(case, done)
    whole = completion(after, c.case_no, c.at, c.calendar, c.finish_by if order.role == "lead" else None)
    return [done] if whole is None else [done, whole]


def _refuse_bare_explanation(case: Case, c: CompleteOrder) -> None:
    if c.result != "explained":
        return
    if case.classified is not None and case.classified.must_solve:
        raise Rejected("must-solve", N_("此类问题必须解决，不能以解释办结。"), "result")
    if not c.policy_basis or not c.policy_basis.strip():
        raise Rejected("no-policy-basis", N_("以解释办结的，须写明政策依据。"), "policy_basis")


def completion(
    case: Case, case_no: int, at: datetime, calendar: Calendar, finish_by: datetime | None = None
) -> CaseCompleted | None:
    """The fact that the case as a whole is done, once every order of the round is and one of them led."""
    lead = case.lead
    if lead is None or lead.result is None:
        return None
    if any(o.status is not OrderStatus.COMPLETED for o in case.current):
        return None
    begun = case.received_at or at
    return CaseCompleted(
        case_id=case.case_id,
        case_no=case_no,
        result=lead.result,
        on_time=at <= (finish_by or lead.finish_by),
        elapsed_s=max(0, int((at - begun).total_seconds())),
        working_s=max(0, int(elapsed_working(begun, at, calendar).total_seconds())),
        lead_unit=lead.unit,
        round=case.round,
    )


def own_order(case: Case, order_id: str, unit: str) -> Order:
    """The order, if it is this unit's."""
    order = case.order(order_id)
    if order is None:
        raise Rejected("no-such-order", N_("没有这张交办单。"))
    if order.unit != unit:
        raise Rejected("other-unit", N_("这张交办单不是交给本单位的。"))
    return order


def refuse_suspended(case: Case) -> None:
    if case.status is Status.SUSPENDED:
        raise Rejected("case-suspended", N_("此件正挂账；请先恢复办理。"))


def _refuse_unless_open(order: Order) -> None:
    if order.status is OrderStatus.RETURNED:
        raise Rejected("order-returned", N_("已退单，等候审理；审理前不能办理。"))
    if order.status is not OrderStatus.OPEN:
        raise Rejected("order-closed", N_("这张交办单已经办结或撤销。"))


def _at_work(case: Case, order_id: str, unit: str) -> Order:
    order = own_order(case, order_id, unit)
    _refuse_unless_open(order)
    refuse_suspended(case)
    _refuse_unsigned(order)
    return order


def _refuse_unsigned(order: Order) -> None:
    if not order.signed:
        raise Rejected("not-signed", N_("请先签收，再办理。"))
