"""Every watched deadline as it stands: one row per clock."""

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.supervision import (
    BreachWithdrawn,
    ClockCancelled,
    ClockMet,
    ClockMoved,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    DeadlineBreached,
)
from services.chassis.facts import Fact
from services.chassis.projection import Projection
from services.chassis.rows import Rows

DDL = """
CREATE TABLE {t} (
    clock_id text PRIMARY KEY,
    case_id text NOT NULL,
    order_id text NOT NULL,
    kind text NOT NULL,
    unit text NOT NULL,
    programme text,
    status text NOT NULL,
    started_at timestamptz,
    due timestamptz,
    breached_due timestamptz,
    ended_at timestamptz,
    late bool NOT NULL
);
CREATE INDEX ON {t} (due) WHERE status = 'running' AND breached_due IS NULL;
CREATE INDEX ON {t} (unit, kind, due) WHERE status IN ('running', 'paused');
CREATE INDEX ON {t} (case_id)
"""


@dataclass(frozen=True, slots=True)
class ClockRow:
    clock_id: str
    case_id: str = ""
    order_id: str = ""
    kind: str = "finish"
    unit: str = ""
    programme: str | None = None
    status: str = "running"
    started_at: datetime | None = None
    due: datetime | None = None
    breached_due: datetime | None = None
    ended_at: datetime | None = None
    late: bool = False


def project(row: ClockRow, fact: Fact) -> ClockRow:
    match fact.event:
        case ClockStarted() as e:
            return ClockRow(
                e.clock_id,
                e.case_id,
                e.order_id,
                e.kind,
                e.unit,
                fact.envelope.meta.programme,
                started_at=e.started_at,
                due=e.due,
            )
        case ClockPaused():
            return replace(row, status="paused")
        case ClockResumed(due=due):
            return replace(row, status="running", due=due)
        case ClockMoved(due=due):
            return replace(row, due=due)
        case ClockMet(at=at, late=late):
            return replace(row, status="met", ended_at=at, late=late)
        case ClockCancelled(at=at):
            return replace(row, status="cancelled", ended_at=at)
        case DeadlineBreached(due=due):
            return replace(row, breached_due=due)
        case BreachWithdrawn():
            return replace(row, breached_due=None)
        case _:
            return row


CLOCK_ROWS: Rows[ClockRow] = Rows("clock_board", ClockRow, lambda fact: fact.stream.removeprefix("clock-"), project)

CLOCK_BOARD = Projection(
    name="clock_board",
    version=2,
    handles=(
        ClockStarted,
        ClockPaused,
        ClockResumed,
        ClockMoved,
        ClockMet,
        ClockCancelled,
        DeadlineBreached,
        BreachWithdrawn,
    ),
    ddl={"clock_board": DDL},
    apply=CLOCK_ROWS.apply,
)
