"""What the unit that holds an order does with it, before it is completed."""

from collections.abc import Sequence
from datetime import datetime

from contracts.dispatch import (
    FindingsReported,
    HandlingPlanFiled,
    MilestoneReached,
    OrderSigned,
    ProgressReported,
    RequesterContacted,
    SiteVerified,
)
from contracts.event import Event
from services.chassis.decider import Rejected
from services.chassis.words import N_
from services.dispatch.domain.commands import (
    ContactRequester,
    FilePlan,
    ReachMilestone,
    ReportFindings,
    ReportProgress,
    SignOrder,
    VerifyOnSite,
)
from services.dispatch.domain.evolve import evolve
from services.dispatch.domain.refusing import (
    order_at_work,
    own_order,
    refuse_empty,
    refuse_ended,
    refuse_unless_open,
    refuse_unsigned,
    refuse_wrong_time,
)
from services.dispatch.domain.state import Case, OrderStatus

PLAN_FIELDS: dict[str, str] = {
    "responsible_person": N_("办理方案缺责任人。"),
    "responsible_leader": N_("办理方案缺责任领导。"),
    "responsible_dept": N_("办理方案缺责任部门。"),
    "measures": N_("办理方案缺化解措施。"),
    "resolve_by": N_("办理方案缺化解时限。"),
}
"""专人、责任领导、责任部门、化解措施、化解时限 (JW-19), with what is said when one is empty."""

PLAN_PARTS: dict[str, str] = {
    "task_book": N_("办理方案缺任务书，本活动规定必须填写。"),
    "road_map": N_("办理方案缺路线图，本活动规定必须填写。"),
    "timetable": N_("办理方案缺时间表，本活动规定必须填写。"),
}
"""任务书、路线图、时间表 (JW-18), where the pack wants them."""


def sign(case: Case, c: SignOrder) -> Sequence[Event]:
    """Allowed after the deadline too; then the fact says late. A plan that comes with it is filed with it."""
    order = own_order(case, c.order_id, c.by_unit)
    if order.signed:
        return []
    refuse_unless_open(order)
    taken = OrderSigned(
        case_id=case.case_id,
        order_id=order.order_id,
        case_no=c.case_no,
        responsible_person=c.responsible_person or None,
        late=order.sign_by is not None and c.at > order.sign_by,
        acting_for=c.acting_for or None,
        responsible_leader=c.responsible_leader or None,
    )
    return [taken] if c.plan is None else [taken, *file_plan(evolve(case, taken), c.plan)]


def contact(case: Case, c: ContactRequester) -> Sequence[Event]:
    """Every attempt counts as one; only a reached requester stops the clock.

    That clock never stops for anything else, so a call is taken while the case is suspended and while a return
    waits for its ruling, signed or not.
    """
    order = own_order(case, c.order_id, c.by_unit)
    if order.status is not OrderStatus.RETURNED:
        refuse_unless_open(order)
        refuse_unsigned(order)
    refuse_wrong_time(case, c.contacted_at, c.at, N_("联系时间不能在将来。"), "contacted_at")
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
    order = order_at_work(case, c.order_id, c.by_unit)
    for field, message in [*PLAN_FIELDS.items(), *((part, PLAN_PARTS[part]) for part in c.parts)]:
        value = getattr(c, field)
        if not value or (isinstance(value, str) and not value.strip()):
            raise Rejected("plan-incomplete", message, field)
    assert c.resolve_by is not None, "checked with the others"
    _check_times(c, c.resolve_by, c.finish_now or order.finish_by)
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
    if len({step.name for step in c.timetable}) != len(c.timetable):
        raise Rejected("milestone-twice", N_("时间表上的节点不能重名。"), "timetable")


def reach(case: Case, c: ReachMilestone) -> Sequence[Event]:
    """A step of the timetable is done, once, and late is late."""
    order = order_at_work(case, c.order_id, c.by_unit)
    if c.milestone in order.milestones:
        return []
    if not 1 <= c.milestone <= len(order.timetable):
        raise Rejected("no-such-milestone", N_("时间表上没有这个节点。"), "milestone")
    step = order.timetable[c.milestone - 1]
    return [
        MilestoneReached(
            case_id=case.case_id,
            order_id=order.order_id,
            case_no=c.case_no,
            milestone=c.milestone,
            name=step.name,
            late=c.at > step.due,
            text=c.text,
        )
    ]


def report(case: Case, c: ReportProgress) -> Sequence[Event]:
    """Progress in words."""
    order = order_at_work(case, c.order_id, c.by_unit)
    refuse_empty(c.text, "text-missing", N_("请写明进展。"), "text")
    return [
        ProgressReported(
            case_id=case.case_id,
            order_id=order.order_id,
            case_no=c.case_no,
            text=c.text,
            next_step=c.next_step,
            stage=c.stage or None,
            next_report_by=c.next_report_by,
            evidence=c.evidence,
            percent=c.percent,
        )
    ]


def verify_on_site(case: Case, c: VerifyOnSite) -> Sequence[Event]:
    """Who went there, when, and what they found; a second visit is another fact."""
    order = order_at_work(case, c.order_id, c.by_unit)
    if not any(visitor.strip() for visitor in c.visitors):
        raise Rejected("no-visitor", N_("请写明到现场核实的人员。"), "visitors")
    refuse_empty(c.found, "text-missing", N_("请写明现场核实的情况。"), "found")
    refuse_wrong_time(case, c.visited_at, c.at, N_("核实时间不能在将来。"), "visited_at")
    return [
        SiteVerified(
            case_id=case.case_id,
            order_id=order.order_id,
            case_no=c.case_no,
            visited_at=c.visited_at,
            visitors=c.visitors,
            found=c.found,
            evidence=c.evidence,
        )
    ]


def report_findings(case: Case, c: ReportFindings) -> Sequence[Event]:
    """Told upward also after the order is completed: an emergency is over before anybody can think about it."""
    refuse_ended(case)
    order = own_order(case, c.order_id, c.by_unit)
    if order.status is not OrderStatus.COMPLETED:
        refuse_unless_open(order)
    refuse_unsigned(order)
    refuse_empty(c.text, "text-missing", N_("请写明对诉求的分析和建议。"), "text")
    return [
        FindingsReported(
            case_id=case.case_id,
            order_id=order.order_id,
            case_no=c.case_no,
            text=c.text,
            late=c.due_by is not None and c.at > c.due_by,
        )
    ]
