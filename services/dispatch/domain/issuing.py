"""Handing a case over: orders with everything the pack requires, and taking an order back."""

from collections.abc import Iterable, Sequence
from typing import Literal

from contracts.dispatch import OrderCancelled, OrderIssued
from contracts.event import Event
from services.chassis.decider import Rejected
from services.chassis.words import N_
from services.dispatch.domain.commands import (
    CancelOrder,
    Dispatch,
    HandOverCommon,
    IssueOrders,
    NewOrder,
    Prepare,
)
from services.dispatch.domain.completing import completion
from services.dispatch.domain.evolve import evolve
from services.dispatch.domain.opening import classify, designate, refuse_lead, route
from services.dispatch.domain.packrules import NO_RULE
from services.dispatch.domain.refusing import (
    known_order,
    refuse_complained,
    refuse_empty,
    refuse_finished,
    refuse_redirected,
    refuse_suspended,
    refuse_unless_open,
)
from services.dispatch.domain.state import DONE, ENDED, Case, Order, OrderStatus

Cause = Literal["desk", "merged", "split", "closed_unhandled"]

REQUIRED_FIELDS: dict[str, str] = {
    "finish_by": N_("交办单缺交办期限，本活动规定必须填写。"),
    "responsible_person": N_("交办单缺责任人，本活动规定必须填写。"),
    "responsible_leader": N_("交办单缺责任领导，本活动规定必须填写。"),
    "responsible_dept": N_("交办单缺责任部门，本活动规定必须填写。"),
    "expected_outcome": N_("交办单缺预期成效，本活动规定必须填写。"),
    "instruction": N_("交办单缺办理要求，本活动规定必须填写。"),
}
"""The fields a pack may require of an order (there with or without `_id`), with what is said when one is empty."""


PERSONS = ("responsible_person", "responsible_leader")
"""Fields of an order that are persons."""


def issue(case: Case, c: IssueOrders) -> Sequence[Event]:
    """Hand over with every field that the pack requires and due times that are still to come."""
    if _already_issued(case, c.orders):
        return []
    refuse_finished(case)
    refuse_suspended(case)
    refuse_redirected(case)
    if case.routed is None:
        raise Rejected("not-routed", N_("请先定承办单位，再下交办单。"), "lead")
    if not c.orders:
        raise Rejected("no-order", N_("至少要有一张交办单。"))
    _refuse_other_issuer(case, c)
    refuse_complained(case, [(o.role, o.to_unit) for o in c.orders], c.barred)
    _refuse_doubles(case, c.orders)
    for order in c.orders:
        if order.role == "lead":
            refuse_lead(case, order.to_unit, c.never_lead, "lead")
        else:
            _refuse_unled(order, c)
        refuse_incomplete(order, c)
    refuse_undesignated(case, c, [*case.working, *c.orders])
    return [issued(case, c, order) for order in c.orders]


def dispatch(case: Case, c: Dispatch) -> Sequence[Event]:
    """Classify, route and issue in one command: all or nothing."""
    if _already_issued(case, c.issue.orders):
        return []
    events: list[Event] = list(classify(case, c.classify))
    named = _named(_after(case, events), c)
    prepared = [*events, *named, *route(_after(case, [*events, *named]), c.route)]
    return [*prepared, *issue(_after(case, prepared), c.issue)]


def _named(case: Case, c: Dispatch) -> Sequence[Event]:
    """Who leads several departments is said before any of them gets an order, by whoever may say so."""
    if c.designate is None or not needs_word(case, c.issue, c.issue.orders):
        return []
    return designate(case, c.designate)


def prepare(case: Case, c: Prepare) -> Sequence[Event]:
    """拟办: all that the desk says of a case but its orders, which another role issues."""
    events = classify(case, c.classify)
    return [*events, *route(_after(case, events), c.route)]


def hand_over_common(case: Case, c: HandOverCommon) -> Sequence[Event]:
    """Whoever leads a member already goes on; an order of an earlier assignment gives way to the new one."""
    if case.status in (*DONE, *ENDED) or _already_issued(case, c.issue.orders):
        return []
    lead = case.lead
    if lead is not None and not (lead.common_id == c.common_id and lead.working and lead.unit != c.route.lead):
        return []
    refuse_suspended(case)
    ours = [order for order in case.working if order.common_id == c.common_id]
    events: list[Event] = [cancelled(case, order, c.issue.case_no, "desk", c.reason) for order in ours]
    if case.classified is None:
        events += classify(_after(case, events), c.classify)
    events += route(_after(case, events), c.route)
    return [*events, *issue(_after(case, events), c.issue)]


def issued(case: Case, c: IssueOrders, order: NewOrder, consult_id: str | None = None) -> OrderIssued:
    """The order as a fact of this round."""
    return OrderIssued(
        case_id=case.case_id,
        order_id=order.order_id,
        case_no=c.case_no,
        kind=order.kind,
        role=order.role,
        to_unit=order.to_unit,
        responsible_person=order.responsible_person or None,
        responsible_leader=order.responsible_leader or None,
        responsible_dept=order.responsible_dept or None,
        dues=order.dues,
        expected_outcome=order.expected_outcome or None,
        instruction=order.instruction,
        issued_by_unit=c.issued_by_unit,
        rule_id=c.rule_id,
        calendar_version=c.calendar_version,
        round=case.round,
        consult_id=consult_id,
        common_id=order.common_id,
        meeting_id=order.meeting_id,
    )


def _refuse_unled(order: NewOrder, c: IssueOrders) -> None:
    """The desk names who answers for the lead; a unit beside it needs somebody in the directory."""
    if any(getattr(order, name) is None for name in PERSONS if {name, f"{name}_id"} & set(c.required)):
        raise Rejected(
            "unit-without-leader",
            N_("名册中没有{unit}的负责人，其交办单无人负责；请先在名册中登记，或改派其他单位。"),
            order.role,
            unit=c.unit_names.get(order.to_unit, order.to_unit),
        )


def refuse_incomplete(order: NewOrder, c: IssueOrders) -> None:
    """What the pack requires (HA-14), and no deadline that has gone by."""
    for name in c.required:
        field = name.removesuffix("_id")
        value = getattr(order.dues, field, None) or getattr(order, field, None)
        if value is None or (isinstance(value, str) and not value.strip()):
            raise Rejected("order-incomplete", REQUIRED_FIELDS[field], field)
    dues = order.dues
    for field in ("sign_by", "contact_by", "plan_by", "finish_by"):
        due = getattr(dues, field)
        if due is not None and due <= c.at:
            raise Rejected("due-in-past", N_("期限已过；请选一个将来的时间。"), field)
    if dues.sign_by is not None and dues.sign_by > dues.finish_by:
        raise Rejected("sign-after-finish", N_("签收期限不能晚于办结期限。"), "finish_by")


def _refuse_other_issuer(case: Case, c: IssueOrders) -> None:
    """By the role that the route names; the fallback role where no rule led to a unit."""
    if c.issuers is None:
        return
    wanted = case.fallback or (c.issuers.fallback if c.rule_id == NO_RULE else c.issuers.by)
    if wanted is not None and wanted not in c.issuers.held:
        role = c.issuers.names.get(wanted, wanted)
        raise Rejected("not-the-issuer", N_("此件的交办单由{role}签发；请先拟办，再送其签发。"), "lead", role=role)


def refuse_undesignated(case: Case, c: IssueOrders, orders: Iterable[Order | NewOrder]) -> None:
    """Two departments or more: somebody says who leads, before any of them gets an order (JW-13, LT-16)."""
    if needs_word(case, c, orders):
        raise Rejected(
            "no-designated-lead", N_("涉及两个以上部门，须先由{role}确定牵头单位。"), "lead", role=c.lead_named_by
        )


def needs_word(case: Case, c: IssueOrders, orders: Iterable[Order | NewOrder]) -> bool:
    """Whether somebody must say who leads these; the territory beside a department is none of several."""
    departments = [order for order in orders if order.role != "territory"]
    return c.lead_named_by is not None and len(departments) > 1 and case.designated is None


def _already_issued(case: Case, orders: Sequence[NewOrder]) -> bool:
    return bool(orders) and all(case.order(order.order_id) is not None for order in orders)


def _refuse_doubles(case: Case, orders: Sequence[NewOrder]) -> None:
    units = [o.unit for o in case.working] + [o.to_unit for o in orders]
    leads = [o for o in case.current if o.role == "lead"] + [o for o in orders if o.role == "lead"]
    if len(leads) != 1:
        raise Rejected("one-lead", N_("每件问题同一轮只有一个主办单位。"), "lead")
    if len(set(units)) != len(units):
        raise Rejected("unit-has-order", N_("该单位在本件中已有交办单。"), "co")
    if case.lead is not None and not case.lead.working and any(o.role == "co" for o in orders):
        raise Rejected("lead-done", N_("主办单位已办结，不能再增加会办单位。"), "co")


def _after(case: Case, events: Iterable[Event]) -> Case:
    for event in events:
        case = evolve(case, event)
    return case


def cancel(case: Case, c: CancelOrder) -> Sequence[Event]:
    """Never the lead's while others work, and never in silence. What is left over may be complete by that."""
    order = known_order(case, c.order_id)
    if order.status is OrderStatus.CANCELLED:
        return []
    refuse_unless_open(order)
    refuse_suspended(case)
    refuse_empty(c.reason, "reason-missing", N_("请写明撤销交办单的理由。"), "reason")
    if order.role == "lead" and any(o.working for o in case.current if o.order_id != order.order_id):
        raise Rejected("others-at-work", N_("还有会办或属地单位在办，不能撤销主办单位的交办单；请先改派主办。"))
    gone = cancelled(case, order, c.case_no, c.cause, c.reason)
    whole = completion(evolve(case, gone), c.case_no, c.at, c.calendar, c.finish_now)
    return [gone] if whole is None else [gone, whole]


def cancelled(case: Case, order: Order, case_no: int, cause: Cause, reason: str) -> OrderCancelled:
    return OrderCancelled(case_id=case.case_id, order_id=order.order_id, case_no=case_no, cause=cause, reason=reason)


def all_cancelled(case: Case, case_no: int, cause: Cause, reason: str) -> list[Event]:
    """Every order still at work or in dispute ends with its case, and says so."""
    return [cancelled(case, order, case_no, cause, reason) for order in case.working]
