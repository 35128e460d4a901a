"""How an order's events change it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from contracts.dispatch import (
    ExtensionDecided,
    ExtensionRequested,
    FindingsReported,
    HandlingPlanFiled,
    MilestoneReached,
    OrderCancelled,
    OrderCompleted,
    OrderIssued,
    OrderReturned,
    OrderSigned,
    ProgressReported,
    RequesterContacted,
    ReturnRuled,
    SiteVerified,
)
from services.dispatch.domain.state import Asked, Order, OrderStatus

Disputed = OrderSigned | OrderReturned | ReturnRuled | OrderCancelled | OrderCompleted
Worked = (
    RequesterContacted
    | HandlingPlanFiled
    | MilestoneReached
    | ProgressReported
    | SiteVerified
    | FindingsReported
    | ExtensionRequested
    | ExtensionDecided
)
OrderEvent = Disputed | Worked


def issued(event: OrderIssued, before: Iterable[Order]) -> Order:
    """A new order. It goes on counting the returns of those whose place it takes in this round."""
    fallen = [o for o in before if o.round == event.round and o.status is OrderStatus.CANCELLED and _gives(o, event)]
    return Order(
        event.order_id,
        event.role,
        event.to_unit,
        event.kind,
        event.round,
        event.issued_by_unit,
        event.dues.sign_by,
        event.dues.finish_by,
        contact_by=event.dues.contact_by,
        plan_by=event.dues.plan_by,
        person=event.responsible_person,
        leader=event.responsible_leader,
        dept=event.responsible_dept,
        returns=max((o.returns for o in fallen), default=0),
        final=any(o.final for o in fallen),
        common_id=event.common_id,
    )


def _gives(fallen: Order, event: OrderIssued) -> bool:
    """One leads and one is the territory, so the next stands in its place. Of several helpers only the one that a
    ruling named, or the same unit once more."""
    same = fallen.role == event.role
    return same and (event.role != "co" or event.to_unit in (fallen.unit, fallen.passed_to))


def handled(order: Order, event: OrderEvent) -> Order:
    """The order after one of its events."""
    if isinstance(event, Worked):
        return _worked(order, event)
    match event:
        case OrderSigned():
            return replace(
                order,
                signed=True,
                person=event.responsible_person or order.person,
                leader=event.responsible_leader or order.leader,
            )
        case OrderReturned():
            return replace(order, status=OrderStatus.RETURNED, returns=event.n)
        case ReturnRuled():
            status = OrderStatus.CANCELLED if event.accepted else OrderStatus.OPEN
            return replace(order, status=status, final=event.final, passed_to=event.new_unit)
        case OrderCancelled():
            return replace(order, status=OrderStatus.CANCELLED, asked=None)
        case OrderCompleted():
            return replace(
                order,
                status=OrderStatus.COMPLETED,
                result=event.result,
                person=event.responsible_person,
                asked=None,
            )
        case _:
            assert_never(event)


def _worked(order: Order, event: Worked) -> Order:
    match event:
        case RequesterContacted():
            return replace(order, attempts=event.attempt, reached=order.reached or event.reached)
        case HandlingPlanFiled():
            return _planned(order, event)
        case MilestoneReached():
            return replace(order, milestones=order.milestones | {event.milestone})
        case SiteVerified():
            return replace(order, site_verified=True)
        case ExtensionRequested():
            return replace(order, asked=Asked(event.finish_by, event.n), requests=event.n)
        case ExtensionDecided():
            granted = order.extensions + event.granted
            return replace(order, asked=None, finish_by=event.finish_by, extensions=granted)
        case ProgressReported():
            return replace(order, percent=order.percent if event.percent is None else event.percent)
        case FindingsReported():
            return order
        case _:
            assert_never(event)


def _planned(order: Order, event: HandlingPlanFiled) -> Order:
    """A new plan keeps what was reached of the old one under the same name."""
    reached = {order.timetable[place - 1].name for place in order.milestones}
    places = frozenset(place for place, step in enumerate(event.timetable, start=1) if step.name in reached)
    return replace(
        order,
        planned=True,
        person=event.responsible_person,
        leader=event.responsible_leader,
        dept=event.responsible_dept,
        timetable=event.timetable,
        milestones=places,
    )
