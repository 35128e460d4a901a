"""Opening, classifying, routing and handing over a case."""

from collections.abc import Iterable, Sequence

from contracts.dispatch import CaseClassified, CaseOpened, CaseRouted, OrderIssued
from contracts.event import Event
from services.chassis.decider import Rejected
from services.chassis.words import N_
from services.dispatch.domain.commands import (
    ClassifyCase,
    Dispatch,
    IssueOrders,
    NewOrder,
    OpenCase,
    RouteCase,
)
from services.dispatch.domain.state import Case, Classified, OrderStatus, Routed, Status, evolve

REQUIRED_FIELDS: dict[str, str] = {
    "finish_by": N_("交办单缺交办期限，本活动规定必须填写。"),
    "responsible_person": N_("交办单缺责任人，本活动规定必须填写。"),
    "responsible_leader": N_("交办单缺责任领导，本活动规定必须填写。"),
    "responsible_dept": N_("交办单缺责任部门，本活动规定必须填写。"),
    "expected_outcome": N_("交办单缺预期成效，本活动规定必须填写。"),
    "instruction": N_("交办单缺办理要求，本活动规定必须填写。"),
}
"""The fields a pack may require of an order (there with or without `_id`), with what is said when one is empty."""


def open_case(case: Case, c: OpenCase) -> Sequence[Event]:
    """A second opening of the same case is a repetition, not a mistake."""
    if case.status is not Status.UNKNOWN:
        return []
    return [
        CaseOpened(
            case_id=c.case_id,
            request_ids=c.request_ids,
            title=c.title,
            text=c.text,
            channel=c.channel,
            visit_id=c.visit_id,
            subject_id=c.subject_id,
            requester_ref=c.requester_ref,
            territory_unit=c.territory_unit,
            category_hint=c.category_hint,
            urgency_hint=c.urgency_hint,
            complained_units=c.complained_units,
            received_at=c.received_at,
        )
    ]


def classify(case: Case, c: ClassifyCase) -> Sequence[Event]:
    """Possible until the case is handed over; afterwards the deadlines stand."""
    said = Classified(c.category, c.scope, c.urgency, c.must_solve, c.desk_suitable)
    if case.classified == said:
        return []
    _not_handed_over(case)
    return [
        CaseClassified(
            case_id=case.case_id,
            category=c.category,
            scope=c.scope,
            urgency=c.urgency,
            durations=c.durations,
            rule_id=c.rule_id,
            calendar_version=c.calendar_version,
            must_solve=c.must_solve,
            desk_suitable=c.desk_suitable,
        )
    ]


def route(case: Case, c: RouteCase) -> Sequence[Event]:
    """One lead, and no unit that the request complains of."""
    way = Routed(c.lead, c.co, c.territory, c.order_kind, c.rule_id)
    if case.routed == way:
        return []
    if case.classified is None:
        raise Rejected("not-classified", N_("请先定类别和分级，再定承办单位。"), "category")
    _not_finished(case)
    if case.lead is not None and case.lead.working and case.lead.unit != c.lead:
        raise Rejected("lead-at-work", N_("主办单位已有交办单在办；先由其退单，再改派。"), "lead")
    if not c.lead:
        raise Rejected("no-lead", N_("请选定一个主办单位。"), "lead")
    refuse_complained(case, [("lead", c.lead), ("territory", c.territory), *(("co", unit) for unit in c.co)])
    if len({c.lead, *c.co}) != 1 + len(c.co):
        raise Rejected("unit-twice", N_("同一单位不能既主办又会办。"), "co")
    return [
        CaseRouted(
            case_id=case.case_id,
            rule_id=c.rule_id,
            order_kind=c.order_kind,
            lead=c.lead,
            co=c.co,
            territory=c.territory,
            excluded_units=case.complained,
            chosen_by=c.chosen_by,
        )
    ]


def issue(case: Case, c: IssueOrders) -> Sequence[Event]:
    """Hand over with every field that the pack requires and due times that are still to come."""
    if _already_issued(case, c.orders):
        return []
    if case.routed is None:
        raise Rejected("not-routed", N_("请先定承办单位，再下交办单。"), "lead")
    _not_finished(case)
    if not c.orders:
        raise Rejected("no-order", N_("至少要有一张交办单。"))
    refuse_complained(case, [("lead" if o.role == "lead" else o.role, o.to_unit) for o in c.orders])
    _refuse_doubles(case, c.orders)
    for order in c.orders:
        refuse_incomplete(order, c)
    return [issued(case, c, order) for order in c.orders]


def dispatch(case: Case, c: Dispatch) -> Sequence[Event]:
    """Classify, route and issue in one command: all or nothing."""
    if _already_issued(case, c.issue.orders):
        return []
    events: list[Event] = list(classify(case, c.classify))
    case = _after(case, events)
    routed = route(case, c.route)
    case = _after(case, routed)
    return [*events, *routed, *issue(case, c.issue)]


def issued(case: Case, c: IssueOrders, order: NewOrder) -> OrderIssued:
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
    )


def refuse_complained(case: Case, units: Iterable[tuple[str, str | None]]) -> None:
    """Nobody handles a complaint about themselves."""
    for field, unit in units:
        if unit and unit in case.complained:
            raise Rejected("complained-unit", N_("诉求反映的就是该单位，不得交其办理；请另选单位。"), field)


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


def _already_issued(case: Case, orders: Sequence[NewOrder]) -> bool:
    return bool(orders) and all(case.order(order.order_id) is not None for order in orders)


def _refuse_doubles(case: Case, orders: Sequence[NewOrder]) -> None:
    units = [o.unit for o in case.current if o.working] + [o.to_unit for o in orders]
    leads = [o for o in case.current if o.role == "lead"] + [o for o in orders if o.role == "lead"]
    if len(leads) != 1:
        raise Rejected("one-lead", N_("每件问题同一轮只有一个主办单位。"), "lead")
    if len(set(units)) != len(units):
        raise Rejected("unit-has-order", N_("该单位在本件中已有交办单。"), "co")


def _not_handed_over(case: Case) -> None:
    _not_finished(case)
    if any(o.working or o.status is OrderStatus.COMPLETED for o in case.current):
        raise Rejected("handed-over", N_("已经交办，类别和分级不再改动。"), "category")


def _not_finished(case: Case) -> None:
    if case.status in (Status.COMPLETED, Status.STRUCK_OFF):
        raise Rejected("case-finished", N_("此件已办结；如需再办，请先重办。"))
    if case.status is Status.SUSPENDED:
        raise Rejected("case-suspended", N_("此件正挂账；请先恢复办理。"))


def _after(case: Case, events: Iterable[Event]) -> Case:
    for event in events:
        case = evolve(case, event)
    return case
