"""销号审核: completed and struck-off cases of a round, and whether somebody looked at their evidence."""

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.dispatch import (
    CaseClosedUnhandled,
    CaseCompleted,
    CaseMerged,
    CaseOpened,
    CaseReopened,
    CaseSplit,
    CaseStruckOff,
    OrderIssued,
)
from contracts.supervision import SpotCheckConducted
from services.chassis.facts import Fact
from services.chassis.read_model import Projection
from services.chassis.rows import Rows

DDL = """
CREATE TABLE {t} (
    case_id text PRIMARY KEY,
    case_no int,
    programme text,
    status text NOT NULL,
    round int NOT NULL,
    lead_unit text,
    units text[] NOT NULL,
    result text,
    on_time bool,
    completed_at timestamptz,
    struck_off_at timestamptz,
    basis text,
    reviewed bool,
    reviewed_at timestamptz
);
CREATE INDEX ON {t} (completed_at) WHERE status IN ('completed', 'struck_off') AND reviewed IS NULL"""


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One case in its current round. `reviewed`: whether the evidence was found good, where somebody looked."""

    case_id: str
    case_no: int | None = None
    programme: str | None = None
    status: str = "open"
    round: int = 1
    lead_unit: str | None = None
    units: tuple[str, ...] = ()
    result: str | None = None
    on_time: bool | None = None
    completed_at: datetime | None = None
    struck_off_at: datetime | None = None
    basis: str | None = None
    reviewed: bool | None = None
    reviewed_at: datetime | None = None


def project(row: ReviewRow, fact: Fact) -> ReviewRow:
    match fact.event:
        case CaseOpened():
            return replace(row, programme=fact.envelope.meta.programme)
        case OrderIssued() as e:
            return replace(row, case_no=e.case_no, units=tuple(sorted({*row.units, e.to_unit})))
        case CaseCompleted() as e:
            return replace(
                row,
                case_no=e.case_no,
                status="completed",
                round=e.round,
                lead_unit=e.lead_unit,
                result=e.result,
                on_time=e.on_time,
                completed_at=fact.time,
                reviewed=None,
                reviewed_at=None,
            )
        case CaseStruckOff() as e:
            return replace(row, status="struck_off", struck_off_at=fact.time, basis=e.basis)
        case CaseReopened() as e:
            return replace(row, status="open", round=e.round, struck_off_at=None, basis=None)
        case CaseMerged() | CaseSplit() | CaseClosedUnhandled():
            return replace(row, status="ended")
        case SpotCheckConducted() as e:
            if e.round is not None and e.round < row.round:
                return row
            return replace(row, reviewed=e.passed, reviewed_at=fact.time)
        case _:
            return row


REVIEW_ROWS: Rows[ReviewRow] = Rows(
    "review_case", ReviewRow, lambda fact: getattr(fact.event, "case_id", None), project
)

REVIEW_DOCKET = Projection(
    name="review_docket",
    version=1,
    handles=(
        CaseOpened,
        OrderIssued,
        CaseCompleted,
        CaseStruckOff,
        CaseReopened,
        CaseMerged,
        CaseSplit,
        CaseClosedUnhandled,
        SpotCheckConducted,
    ),
    ddl={"review_case": DDL},
    apply=REVIEW_ROWS.apply,
)
