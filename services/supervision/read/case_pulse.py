"""When anything was last heard of a case at work, by its lead order: what slow progress is judged by."""

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.dispatch import (
    CaseClosedUnhandled,
    CaseCompleted,
    CaseMerged,
    CaseResumed,
    CaseSplit,
    CaseSuspended,
    FindingsReported,
    HandlingPlanFiled,
    MilestoneReached,
    OrderCancelled,
    OrderIssued,
    OrderSigned,
    ProgressReported,
    RequesterContacted,
    ReturnRuled,
    SiteVerified,
)
from services.chassis.facts import Fact
from services.chassis.projection import Projection
from services.chassis.rows import Rows

DDL = """
CREATE TABLE {t} (
    case_id text PRIMARY KEY,
    order_id text,
    unit text,
    programme text,
    heard_at timestamptz,
    at_work bool NOT NULL
);
CREATE INDEX ON {t} (heard_at) WHERE at_work
"""

SIGNS_OF_LIFE = (
    OrderSigned,
    RequesterContacted,
    HandlingPlanFiled,
    ProgressReported,
    MilestoneReached,
    SiteVerified,
    FindingsReported,
)


@dataclass(frozen=True, slots=True)
class PulseRow:
    case_id: str
    order_id: str | None = None
    unit: str | None = None
    programme: str | None = None
    heard_at: datetime | None = None
    at_work: bool = False


def project(row: PulseRow, fact: Fact) -> PulseRow:
    event = fact.event
    match event:
        case OrderIssued(role="lead") as e:
            return PulseRow(e.case_id, e.order_id, e.to_unit, fact.envelope.meta.programme, fact.time, at_work=True)
        case CaseSuspended() | CaseCompleted() | CaseClosedUnhandled() | CaseMerged() | CaseSplit():
            return replace(row, at_work=False)
        case CaseResumed():
            return replace(row, at_work=row.order_id is not None, heard_at=fact.time)
        case OrderCancelled(order_id=order_id) | ReturnRuled(order_id=order_id, accepted=True):
            return replace(row, at_work=False) if order_id == row.order_id else row
        case _ if isinstance(event, SIGNS_OF_LIFE) and event.order_id == row.order_id:
            return replace(row, heard_at=fact.time)
        case _:
            return row


PULSE_ROWS: Rows[PulseRow] = Rows("case_pulse", PulseRow, lambda fact: fact.stream.removeprefix("case-"), project)

CASE_PULSE = Projection(
    name="case_pulse",
    version=1,
    handles=(
        OrderIssued,
        *SIGNS_OF_LIFE,
        CaseSuspended,
        CaseResumed,
        CaseCompleted,
        CaseClosedUnhandled,
        CaseMerged,
        CaseSplit,
        OrderCancelled,
        ReturnRuled,
    ),
    ddl={"case_pulse": DDL},
    apply=PULSE_ROWS.apply,
)
