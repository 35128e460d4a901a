"""Every order with its deadlines and where it stands: the units' inboxes and the docket of returns."""

from collections.abc import Sequence
from typing import cast

from contracts.dispatch import (
    CaseResumed,
    DeadlinesRecomputed,
    Dues,
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
from contracts.supervision import ClockResumed
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables
from services.dispatch.read.order_row import DDL, SHAPE, OrderRow
from services.dispatch.read.rows import Held

Handled = (
    OrderSigned
    | OrderReturned
    | ReturnRuled
    | RequesterContacted
    | HandlingPlanFiled
    | ProgressReported
    | MilestoneReached
    | SiteVerified
    | FindingsReported
    | ExtensionRequested
    | ExtensionDecided
    | OrderCancelled
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
        case DeadlinesRecomputed() as event:
            return list(event.dues)
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
        case DeadlinesRecomputed() as event:
            for order_id, dues in event.dues.items():
                if order_id in held.rows:
                    _recomputed(held.change(order_id), dues)
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


def _recomputed(row: OrderRow, dues: Dues) -> None:
    row.sign_by, row.contact_by, row.plan_by = dues.sign_by, dues.contact_by, dues.plan_by
    if row.finish_by != dues.finish_by:
        row.finish_by = row.ruled_finish_by = dues.finish_by


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
        consult_id=event.consult_id,
        common_id=event.common_id,
        meeting_id=event.meeting_id,
        first_finish_by=event.dues.finish_by,
        ruled_finish_by=event.dues.finish_by,
    )


def _handled(row: OrderRow, fact: Fact, event: Handled) -> None:
    match event:
        case OrderSigned():
            row.signed_at, row.sign_late, row.acting_for = fact.time, event.late, event.acting_for
            row.person = event.responsible_person or row.person
            row.leader = event.responsible_leader or row.leader
        case OrderReturned():
            row.status, row.returned_at, row.return_n = "returned", fact.time, event.n
            row.return_code, row.return_reason = event.reason_code, event.reason
            row.proposed_unit = event.proposed_unit
        case ReturnRuled():
            row.status, row.final = ("cancelled" if event.accepted else "open"), event.final
            row.cancelled_at = fact.time if event.accepted else None
        case ExtensionRequested() | ExtensionDecided():
            _extended(row, fact, event)
        case OrderCompleted():
            row.status, row.completed_at, row.result = "completed", fact.time, event.result
            row.person, row.asked_at = event.responsible_person, None
        case OrderCancelled():
            row.status, row.cancelled_at, row.asked_at = "cancelled", fact.time, None
            row.cancel_cause, row.cancel_reason = event.cause, event.reason
        case _:
            _worked_on(row, fact, event)


def _worked_on(
    row: OrderRow,
    fact: Fact,
    event: RequesterContacted
    | HandlingPlanFiled
    | ProgressReported
    | MilestoneReached
    | SiteVerified
    | FindingsReported,
) -> None:
    match event:
        case RequesterContacted():
            row.contacted_at = event.at if event.reached else row.contacted_at
            row.attempts = event.attempt
        case HandlingPlanFiled():
            row.planned_at, row.resolve_by = fact.time, event.resolve_by
            row.person, row.leader = event.responsible_person, event.responsible_leader
            row.dept = event.responsible_dept
            row.milestones, row.milestones_done = len(event.timetable), 0
        case ProgressReported():
            row.reported_at, row.next_report_by = fact.time, event.next_report_by
            row.stage = event.stage or row.stage
            row.percent = row.percent if event.percent is None else event.percent
        case MilestoneReached():
            row.milestones_done += 1
        case SiteVerified():
            row.site_verified_at = event.visited_at
        case FindingsReported():
            row.findings_at, row.findings, row.findings_late = fact.time, event.text, event.late


def _extended(row: OrderRow, fact: Fact, event: ExtensionRequested | ExtensionDecided) -> None:
    if isinstance(event, ExtensionRequested):
        row.asked_at, row.asked_finish_by = fact.time, event.finish_by
        row.asked_reason, row.asked_n = event.reason, event.n
        return
    row.asked_at = row.asked_finish_by = row.asked_reason = None
    if event.granted:
        row.finish_by, row.extensions = event.finish_by, row.extensions + 1


ORDERS = Projection(
    name="case_order",
    version=4,
    handles=(
        OrderIssued,
        OrderSigned,
        OrderReturned,
        ReturnRuled,
        RequesterContacted,
        HandlingPlanFiled,
        ProgressReported,
        MilestoneReached,
        SiteVerified,
        FindingsReported,
        ExtensionRequested,
        ExtensionDecided,
        OrderCancelled,
        OrderCompleted,
        CaseResumed,
        DeadlinesRecomputed,
        ClockResumed,
    ),
    ddl={"case_order": DDL},
    apply=apply,
)
