"""What decisions about a case need to know, and how the case's own events change it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never, cast

from contracts.dispatch import (
    CaseClassified,
    CaseCompleted,
    CaseOpened,
    CaseReopened,
    CaseResumed,
    CaseRouted,
    CaseStruckOff,
    CaseSuspended,
    HandlingPlanFiled,
    OrderCompleted,
    OrderIssued,
    OrderReturned,
    OrderRole,
    OrderSigned,
    ProgressReported,
    RequesterContacted,
    Result,
    ReturnRuled,
)
from contracts.event import Event

OwnEvent = (
    CaseOpened
    | CaseClassified
    | CaseRouted
    | OrderIssued
    | OrderSigned
    | OrderReturned
    | ReturnRuled
    | RequesterContacted
    | HandlingPlanFiled
    | ProgressReported
    | CaseSuspended
    | CaseResumed
    | OrderCompleted
    | CaseCompleted
    | CaseStruckOff
    | CaseReopened
)


class Status(StrEnum):
    """Where a case stands; the orders tell the rest."""

    UNKNOWN = "unknown"
    REGISTERED = "registered"
    ROUTED = "routed"
    HANDLING = "handling"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    STRUCK_OFF = "struck_off"


class OrderStatus(StrEnum):
    """Where an order stands. Whether it was signed is kept apart: a refused return gives back what was."""

    OPEN = "open"
    RETURNED = "returned"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Order:
    """One unit's part in a case."""

    order_id: str
    role: OrderRole
    unit: str
    kind: str
    round: int
    issued_by: str
    sign_by: datetime | None
    finish_by: datetime
    person: str | None = None
    leader: str | None = None
    dept: str | None = None
    status: OrderStatus = OrderStatus.OPEN
    signed: bool = False
    planned: bool = False
    attempts: int = 0
    returns: int = 0
    """Returns of this role in this round; the order that replaces a returned one goes on counting."""
    final: bool = False
    result: Result | None = None

    @property
    def working(self) -> bool:
        """Whether the unit still has it to do, or in dispute."""
        return self.status in (OrderStatus.OPEN, OrderStatus.RETURNED)


@dataclass(frozen=True, slots=True)
class Classified:
    """The classification in force, to tell whether a repeated one changes anything."""

    category: str
    scope: str
    urgency: str
    must_solve: bool
    desk_suitable: bool


@dataclass(frozen=True, slots=True)
class Routed:
    """The routing in force."""

    lead: str
    co: tuple[str, ...]
    territory: str | None
    order_kind: str
    rule_id: str


@dataclass(frozen=True, slots=True)
class Case:
    """One case as its events say."""

    case_id: str = ""
    status: Status = Status.UNKNOWN
    request_ids: tuple[str, ...] = ()
    complained: tuple[str, ...] = ()
    received_at: datetime | None = None
    classified: Classified | None = None
    routed: Routed | None = None
    orders: tuple[Order, ...] = ()
    round: int = 1
    on_time: bool = False
    """Fixed at completion; strike-off repeats it."""

    @property
    def current(self) -> tuple[Order, ...]:
        """Orders of this round that were not cancelled."""
        return tuple(o for o in self.orders if o.round == self.round and o.status is not OrderStatus.CANCELLED)

    @property
    def lead(self) -> Order | None:
        """The lead order of this round."""
        return next((o for o in self.current if o.role == "lead"), None)

    def order(self, order_id: str) -> Order | None:
        return next((o for o in self.orders if o.order_id == order_id), None)


def evolve(case: Case, event: Event) -> Case:
    """The case after one of its own events."""
    own = cast(OwnEvent, event)
    match own:
        case CaseOpened() | CaseClassified() | CaseRouted():
            return _prepared(case, own)
        case OrderIssued():
            return _issued(case, own)
        case CaseSuspended() | CaseResumed() | CaseCompleted() | CaseStruckOff() | CaseReopened():
            return _moved(case, own)
        case (
            OrderSigned()
            | OrderReturned()
            | ReturnRuled()
            | RequesterContacted()
            | HandlingPlanFiled()
            | ProgressReported()
            | OrderCompleted()
        ):
            return _with_order(case, own.order_id, lambda order: _handled(order, own))
        case _:
            assert_never(own)


def _prepared(case: Case, event: CaseOpened | CaseClassified | CaseRouted) -> Case:
    match event:
        case CaseOpened():
            return replace(
                case,
                case_id=event.case_id,
                status=Status.REGISTERED,
                request_ids=event.request_ids,
                complained=event.complained_units,
                received_at=event.received_at,
            )
        case CaseClassified():
            said = Classified(event.category, event.scope, event.urgency, event.must_solve, event.desk_suitable)
            return replace(case, classified=said)
        case CaseRouted():
            way = Routed(event.lead, event.co, event.territory, event.order_kind, event.rule_id)
            status = Status.ROUTED if case.status is Status.REGISTERED else case.status
            return replace(case, routed=way, status=status)


def _issued(case: Case, event: OrderIssued) -> Case:
    before = [
        o for o in case.orders if o.round == event.round and o.role == event.role and o.status is OrderStatus.CANCELLED
    ]
    order = Order(
        event.order_id,
        event.role,
        event.to_unit,
        event.kind,
        event.round,
        event.issued_by_unit,
        event.dues.sign_by,
        event.dues.finish_by,
        person=event.responsible_person,
        leader=event.responsible_leader,
        dept=event.responsible_dept,
        returns=max((o.returns for o in before), default=0),
        final=any(o.final for o in before),
    )
    return replace(case, orders=(*case.orders, order), status=Status.HANDLING)


def _moved(case: Case, event: CaseSuspended | CaseResumed | CaseCompleted | CaseStruckOff | CaseReopened) -> Case:
    match event:
        case CaseSuspended():
            return replace(case, status=Status.SUSPENDED)
        case CaseResumed():
            orders = tuple(replace(o, finish_by=event.finish_by.get(o.order_id, o.finish_by)) for o in case.orders)
            return replace(case, status=Status.HANDLING, orders=orders)
        case CaseCompleted():
            return replace(case, status=Status.COMPLETED, on_time=event.on_time)
        case CaseStruckOff():
            return replace(case, status=Status.STRUCK_OFF)
        case CaseReopened():
            return replace(case, status=Status.REGISTERED, round=event.round, routed=None)


def _with_order(case: Case, order_id: str, change: Callable[[Order], Order]) -> Case:
    orders = tuple(change(o) if o.order_id == order_id else o for o in case.orders)
    changed = replace(case, orders=orders)
    nothing_left = not any(o.working or o.status is OrderStatus.COMPLETED for o in changed.current)
    if case.status is Status.HANDLING and nothing_left:
        return replace(changed, status=Status.REGISTERED, routed=None)
    return changed


def _handled(
    order: Order,
    event: OrderSigned
    | OrderReturned
    | ReturnRuled
    | RequesterContacted
    | HandlingPlanFiled
    | ProgressReported
    | OrderCompleted,
) -> Order:
    match event:
        case OrderSigned():
            return replace(order, signed=True, person=event.responsible_person or order.person)
        case OrderReturned():
            return replace(order, status=OrderStatus.RETURNED, returns=event.n)
        case ReturnRuled():
            return _ruled(order, event)
        case RequesterContacted():
            return replace(order, attempts=event.attempt)
        case HandlingPlanFiled():
            return replace(
                order,
                planned=True,
                person=event.responsible_person,
                leader=event.responsible_leader,
                dept=event.responsible_dept,
            )
        case ProgressReported():
            return order
        case OrderCompleted():
            return replace(order, status=OrderStatus.COMPLETED, result=event.result, person=event.responsible_person)


def _ruled(order: Order, event: ReturnRuled) -> Order:
    status = OrderStatus.CANCELLED if event.accepted else OrderStatus.OPEN
    return replace(order, status=status, final=event.final)
