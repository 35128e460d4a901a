"""Every order with its deadlines and where it stands: the units' inboxes and the docket of returns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from contracts.dispatch import (
    CaseResumed,
    HandlingPlanFiled,
    OrderCompleted,
    OrderIssued,
    OrderReturned,
    OrderSigned,
    ProgressReported,
    RequesterContacted,
    ReturnRuled,
)
from contracts.supervision import ClockResumed
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables
from services.dispatch.read.rows import Held, Shape, columns


@dataclass(slots=True)
class OrderRow:
    """One order as the lists show it."""

    order_id: str
    case_id: str
    case_no: int
    programme: str
    role: str
    unit: str
    kind: str
    round: int
    status: str
    issued_at: datetime
    issued_by: str
    sign_by: datetime | None
    contact_by: datetime | None
    plan_by: datetime | None
    finish_by: datetime
    instruction: str
    outcome: str | None
    person: str | None
    leader: str | None
    dept: str | None
    updated_at: datetime
    signed_at: datetime | None = None
    sign_late: bool = False
    contacted_at: datetime | None = None
    planned_at: datetime | None = None
    resolve_by: datetime | None = None
    returned_at: datetime | None = None
    return_n: int = 0
    return_code: str | None = None
    return_reason: str | None = None
    proposed_unit: str | None = None
    final: bool = False
    completed_at: datetime | None = None
    result: str | None = None
    reported_at: datetime | None = None


_TEXT, _TIME, _BOOL = "text NOT NULL", "timestamptz NOT NULL", "boolean NOT NULL"
_TYPES = {
    "order_id": "text PRIMARY KEY",
    "case_id": _TEXT,
    "case_no": "int NOT NULL",
    "programme": _TEXT,
    "role": _TEXT,
    "unit": _TEXT,
    "kind": _TEXT,
    "round": "int NOT NULL",
    "status": _TEXT,
    "issued_at": _TIME,
    "issued_by": _TEXT,
    "sign_by": "timestamptz",
    "contact_by": "timestamptz",
    "plan_by": "timestamptz",
    "finish_by": _TIME,
    "instruction": _TEXT,
    "outcome": "text",
    "person": "text",
    "leader": "text",
    "dept": "text",
    "updated_at": _TIME,
    "signed_at": "timestamptz",
    "sign_late": _BOOL,
    "contacted_at": "timestamptz",
    "planned_at": "timestamptz",
    "resolve_by": "timestamptz",
    "returned_at": "timestamptz",
    "return_n": "int NOT NULL",
    "return_code": "text",
    "return_reason": "text",
    "proposed_unit": "text",
    "final": _BOOL,
    "completed_at": "timestamptz",
    "result": "text",
    "reported_at": "timestamptz",
}
DDL = f"""
CREATE TABLE {{t}} (
    {columns(OrderRow, _TYPES)}
);
CREATE INDEX ON {{t}} (case_id);
CREATE INDEX ON {{t}} (programme, issued_at) WHERE role = 'lead';
CREATE INDEX ON {{t}} (unit, finish_by) WHERE status IN ('open', 'returned');
CREATE INDEX ON {{t}} (unit, completed_at) WHERE status = 'completed';
CREATE INDEX ON {{t}} (returned_at) WHERE status = 'returned';
"""
SHAPE: Shape[OrderRow] = Shape("case_order", OrderRow, OrderRow)

Handled = (
    OrderSigned
    | OrderReturned
    | ReturnRuled
    | RequesterContacted
    | HandlingPlanFiled
    | ProgressReported
    | OrderCompleted
)


async def apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    """One read and one write per order, however many events."""
    keys = {key for fact in batch for key in _orders(fact)}
    held = await SHAPE.hold(db, t["case_order"], keys, ctx)
    for fact in batch:
        project(held, fact)
    await SHAPE.keep(db, t["case_order"], held, ctx)


def _orders(fact: Fact) -> list[str]:
    match fact.event:
        case CaseResumed() as event:
            return list(event.finish_by)
        case ClockResumed() as event:
            return [event.clock_id.removesuffix(f"-{event.kind}")]
        case event:
            return [cast(Handled, event).order_id]


def project(held: Held[OrderRow], fact: Fact) -> None:
    """One event into the rows."""
    match fact.event:
        case OrderIssued() as event:
            held.put(event.order_id, _issued(fact, event))
        case CaseResumed() as event:
            for order_id, due in event.finish_by.items():
                if order_id in held.rows:
                    held.change(order_id).finish_by = due
        case ClockResumed() as event:
            _moved(held, event)
        case event:
            # An order of this service's own stream is always there; a clock's may not be yet.
            row = held.change(cast(Handled, event).order_id)
            row.updated_at = fact.time
            _handled(row, fact, cast(Handled, event))


def _moved(held: Held[OrderRow], event: ClockResumed) -> None:
    """After a refused return supervision's clock has the time that was left."""
    order_id = event.clock_id.removesuffix(f"-{event.kind}")
    if order_id not in held.rows:
        return
    row = held.change(order_id)
    if event.kind == "finish":
        row.finish_by = event.due
    elif event.kind == "sign":
        row.sign_by = event.due


def _issued(fact: Fact, event: OrderIssued) -> OrderRow:
    return OrderRow(
        order_id=event.order_id,
        case_id=event.case_id,
        case_no=event.case_no,
        programme=fact.envelope.meta.programme or "",
        role=event.role,
        unit=event.to_unit,
        kind=event.kind,
        round=event.round,
        status="open",
        issued_at=fact.time,
        issued_by=event.issued_by_unit,
        sign_by=event.dues.sign_by,
        contact_by=event.dues.contact_by,
        plan_by=event.dues.plan_by,
        finish_by=event.dues.finish_by,
        instruction=event.instruction,
        outcome=event.expected_outcome,
        person=event.responsible_person,
        leader=event.responsible_leader,
        dept=event.responsible_dept,
        updated_at=fact.time,
    )


def _handled(row: OrderRow, fact: Fact, event: Handled) -> None:
    match event:
        case OrderSigned():
            row.signed_at, row.sign_late = fact.time, event.late
            row.person = event.responsible_person or row.person
        case OrderReturned():
            row.status, row.returned_at, row.return_n = "returned", fact.time, event.n
            row.return_code, row.return_reason = event.reason_code, event.reason
            row.proposed_unit = event.proposed_unit
        case ReturnRuled():
            row.status, row.final = ("cancelled" if event.accepted else "open"), event.final
        case RequesterContacted():
            row.contacted_at = event.at if event.reached else row.contacted_at
        case HandlingPlanFiled():
            row.planned_at, row.resolve_by = fact.time, event.resolve_by
            row.person, row.leader = event.responsible_person, event.responsible_leader
            row.dept = event.responsible_dept
        case ProgressReported():
            row.reported_at = fact.time
        case OrderCompleted():
            row.status, row.completed_at, row.result = "completed", fact.time, event.result
            row.person = event.responsible_person


ORDERS = Projection(
    name="case_order",
    version=1,
    handles=(
        OrderIssued,
        OrderSigned,
        OrderReturned,
        ReturnRuled,
        RequesterContacted,
        HandlingPlanFiled,
        ProgressReported,
        OrderCompleted,
        CaseResumed,
        ClockResumed,
    ),
    ddl={"case_order": DDL},
    apply=apply,
)
