"""Returns of orders and the rulings on them."""

from collections.abc import Sequence
from dataclasses import replace

from contracts.dispatch import CaseRouted, OrderReturned, ReturnRuled
from contracts.event import Event
from services.chassis.decider import Rejected
from services.chassis.words import N_
from services.dispatch.domain.commands import IssueOrders, NewOrder, ReturnOrder, RuleReturn
from services.dispatch.domain.completing import completion
from services.dispatch.domain.evolve import evolve
from services.dispatch.domain.issuing import issued, needs_word, refuse_incomplete, refuse_undesignated
from services.dispatch.domain.opening import designate, refuse_lead
from services.dispatch.domain.refusing import (
    known_order,
    own_order,
    refuse_complained,
    refuse_empty,
    refuse_suspended,
)
from services.dispatch.domain.state import Case, Order, OrderStatus


def return_order(case: Case, c: ReturnOrder) -> Sequence[Event]:
    """Within the pack's time and number of returns, before a plan is filed, never against a final ruling."""
    order = own_order(case, c.order_id, c.by_unit)
    if order.status is OrderStatus.RETURNED:
        return []
    refuse_suspended(case)
    if order.status is not OrderStatus.OPEN:
        raise Rejected("order-closed", N_("这张交办单已经办结或撤销，不能退单。"))
    if order.final:
        raise Rejected("return-final", N_("退单已有终局裁定，不能再退；请按期办理。"))
    if order.returns >= c.max_returns:
        raise Rejected("too-many-returns", N_("最多退单{max}次，已经用完；请按期办理。"), max=c.max_returns)
    if c.return_until is not None and c.at > c.return_until:
        raise Rejected("return-too-late", N_("退单期限已过；请按期办理。"))
    if order.planned:
        raise Rejected("already-planned", N_("已报办理方案，不能再退单。"))
    refuse_empty(c.reason_code, "reason-missing", N_("请选定退单原因。"), "reason_code")
    refuse_empty(c.reason, "reason-missing", N_("请写明退单理由。"), "reason")
    if c.reason_code in c.names_unit and not c.proposed_unit:
        raise Rejected("no-proposed-unit", N_("以这一原因退单，须建议应由哪个单位办理。"), "proposed_unit")
    if c.proposed_unit == order.unit:
        raise Rejected("proposed-self", N_("建议单位不能是本单位。"), "proposed_unit")
    return [
        OrderReturned(
            case_id=case.case_id,
            order_id=order.order_id,
            case_no=c.case_no,
            reason_code=c.reason_code,
            reason=c.reason,
            proposed_unit=c.proposed_unit or None,
            n=order.returns + 1,
            evidence=c.evidence,
        )
    ]


def rule(case: Case, c: RuleReturn) -> Sequence[Event]:
    """Accepted: the order falls away and the case goes back, or straight on to another unit. Refused: it stands."""
    order = known_order(case, c.order_id)
    if order.status is OrderStatus.CANCELLED and c.accepted:
        return []
    if order.status is not OrderStatus.RETURNED:
        raise Rejected("not-returned", N_("这张交办单没有退单待审。"))
    if case.returns >= c.group_rules_from and not c.by_group:
        raise Rejected("group-rules", N_("此件已第{n}次退单，须由领导小组裁定。"), n=case.returns)
    refuse_empty(c.reason, "reason-missing", N_("请写明审理意见。"), "reason")
    new = c.replacement
    named: Sequence[Event] = ()
    if new is not None:
        named = _check_replacement(case, order, c, new)
    ruled = ReturnRuled(
        case_id=case.case_id,
        order_id=order.order_id,
        case_no=c.case_no,
        accepted=c.accepted,
        final=c.final,
        new_unit=new.to_unit if new else None,
        reason=c.reason,
        by_group=c.by_group,
    )
    if new is None or c.issue is None:
        whole = completion(evolve(case, ruled), c.case_no, c.at, c.calendar, c.finish_now)
        return [ruled] if whole is None else [ruled, whole]
    return [ruled, *named, _rerouted(case, order, new, c.issue), issued(case, c.issue, new)]


def _check_replacement(case: Case, order: Order, c: RuleReturn, new: NewOrder) -> Sequence[Event]:
    """Answers the word on who leads, where it is needed and whoever rules gives it."""
    if not c.accepted:
        raise Rejected("new-unit-refused", N_("驳回退单时不能改派单位。"), "new_unit")
    if any(o.unit == new.to_unit and (o.working or o.order_id == order.order_id) for o in case.current):
        raise Rejected("unit-has-order", N_("该单位在本件中已有交办单。"), "new_unit")
    refuse_complained(case, [("new_unit", new.to_unit)])
    if c.issue is None:
        return []
    word: Sequence[Event] = []
    if new.role == "lead":
        # A lead that is replaced was refuted by the ruling itself, unless the main leader has named another since.
        named = None if case.designated == order.unit else case.designated
        refuse_lead(replace(case, designated=named), new.to_unit, c.issue.never_lead, "new_unit")
        others = [o for o in case.working if o.order_id != order.order_id]
        after = replace(case, designated=named)
        if c.designate is not None and needs_word(after, c.issue, [*others, new]):
            word = designate(after, c.designate)
        else:
            refuse_undesignated(after, c.issue, [*others, new])
    refuse_incomplete(new, c.issue)
    return word


def _rerouted(case: Case, order: Order, new: NewOrder, frame: IssueOrders) -> CaseRouted:
    """The way of the case with the new unit in the old one's place."""
    way = case.routed
    lead = way.lead if way else order.unit
    co = way.co if way else ()
    territory = way.territory if way else None
    if new.role == "lead":
        lead = new.to_unit
    elif new.role == "territory":
        territory = new.to_unit
    else:
        co = tuple(new.to_unit if unit == order.unit else unit for unit in co)
    return CaseRouted(
        case_id=case.case_id,
        rule_id=frame.rule_id,
        order_kind=new.kind,
        lead=lead,
        co=co,
        territory=territory,
        excluded_units=case.recused,
        chosen_by="dispatcher",
    )
