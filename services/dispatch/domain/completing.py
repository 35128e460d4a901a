"""Completing an order, and with the last one the case."""

from collections.abc import Sequence
from datetime import datetime

from contracts.dispatch import CaseCompleted, Confirmation, OrderCompleted
from contracts.event import Event
from services.chassis.deadlines import Calendar, elapsed_working
from services.chassis.decider import Rejected
from services.chassis.words import N_
from services.dispatch.domain.commands import CompleteOrder
from services.dispatch.domain.evolve import evolve
from services.dispatch.domain.refusing import order_at_work, own_order, refuse_empty, refuse_wrong_time
from services.dispatch.domain.state import Case, Order, OrderStatus


def complete(case: Case, c: CompleteOrder) -> Sequence[Event]:
    """Done, replied to, and by a named person; the last order completes the case in the same breath."""
    order = own_order(case, c.order_id, c.by_unit)
    if order.status is OrderStatus.COMPLETED:
        return []
    order = order_at_work(case, c.order_id, c.by_unit)
    person = c.responsible_person or order.person
    if not person:
        raise Rejected("no-person", N_("办结前须明确责任人。"), "responsible_person")
    _refuse_helpers_at_work(case, order)
    _refuse_before_its_time(case, order, c)
    if c.reply is None:
        raise Rejected("no-reply", N_("件件有回音：请填写给诉求人的答复。"), "reply")
    if c.replied_at is None:
        raise Rejected("no-reply", N_("请填写答复诉求人的时间。"), "replied_at")
    refuse_wrong_time(case, c.replied_at, c.at, N_("答复时间不能在将来。"), "replied_at")
    _refuse_bare_explanation(case, c, person)
    done = OrderCompleted(
        case_id=case.case_id,
        order_id=order.order_id,
        case_no=c.case_no,
        result=c.result,
        reply=c.reply,
        replied_at=c.replied_at,
        policy_basis=c.policy_basis or None,
        responsible_person=person,
        evidence=c.evidence,
        approved_by=c.approved_by or None,
        approval_note=c.approval_note if c.approved_by else "",
        confirmation=_confirmed(case, c),
    )
    after = evolve(case, done)
    whole = completion(after, c.case_no, c.at, c.calendar, c.finish_now)
    return [done] if whole is None else [done, whole]


def _confirmed(case: Case, c: CompleteOrder) -> Confirmation | None:
    """诉求人确认: an answer is nothing without when and how it was given, nor these without an answer."""
    if c.heard is None:
        return None
    if c.heard.answer is None:
        raise Rejected("no-answer", N_("请选定诉求人是否认可办理结果。"), "confirmation.answer")
    if c.heard.method is None:
        raise Rejected("no-method", N_("请写明以什么方式向诉求人确认。"), "confirmation.method")
    refuse_wrong_time(case, c.heard.at, c.at, N_("确认时间不能在将来。"), "confirmation.at")
    return Confirmation(answer=c.heard.answer, at=c.heard.at, method=c.heard.method)


def _refuse_helpers_at_work(case: Case, order: Order) -> None:
    """The lead answers for the whole, so it is not done before those who help it are."""
    helpers = [o.order_id for o in case.current if o.role == "co" and o.working]
    if order.role == "lead" and helpers:
        raise Rejected("helpers-at-work", N_("会办单位还未办结，主办单位不能先行办结。"), orders=helpers)


def _refuse_before_its_time(case: Case, order: Order, c: CompleteOrder) -> None:
    """What the pack wants done first."""
    rules = c.rules
    if rules.plan_required and not order.planned:
        raise Rejected("not-planned", N_("办结前须报办理方案。"))
    if rules.planned_needs_plan and c.result == "planned" and not order.planned:
        raise Rejected("no-plan-for-planned", N_("列入计划的须先报办理方案，写明限期。"), "result")
    if rules.consultation_required and order.role == "lead" and not case.consulted:
        raise Rejected("not-consulted", N_("难事联办：每一轮办结前须经会商会办。"))
    if rules.site_visit and not order.site_verified:
        raise Rejected("no-site-visit", N_("诉必访：办结前须到现场核实。"))
    if rules.evidence_required and not c.evidence:
        raise Rejected("no-evidence", N_("办结须附佐证材料。"), "evidence")


def _refuse_bare_explanation(case: Case, c: CompleteOrder, person: str) -> None:
    if case.classified is not None and case.classified.must_solve and c.result != "solved":
        if not c.approved_by:
            raise Rejected("must-solve", N_("此类问题必须解决；未解决而办结的，须经领导批准。"), "approved_by")
        if c.approved_by == person:
            raise Rejected("own-approval", N_("办结不能由责任人自己批准；请另选批准人。"), "approved_by")
        refuse_empty(c.approval_note, "no-approval-note", N_("请写明领导的批准意见。"), "approval_note")
    if c.result == "explained":
        refuse_empty(c.policy_basis, "no-policy-basis", N_("以解释办结的，须写明政策依据。"), "policy_basis")


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
