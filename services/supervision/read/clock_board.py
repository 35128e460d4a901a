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
    DeadlineReminderSent,
    Warnings,
)
from services.chassis.facts import Fact
from services.chassis.projection import Projection
from services.chassis.rows import Rows
from services.supervision.domain.clock_state import BY_HAND

DDL = """
CREATE TABLE {t} (
    clock_id text PRIMARY KEY,
    case_id text,
    order_id text,
    matter text,
    about text NOT NULL,
    kind text NOT NULL,
    unit text NOT NULL,
    programme text,
    status text NOT NULL,
    started_at timestamptz,
    due timestamptz,
    breached_due timestamptz,
    ended_at timestamptz,
    late bool NOT NULL,
    limit_words text,
    yellow_at timestamptz,
    mark_words text[] NOT NULL,
    mark_times timestamptz[] NOT NULL,
    next_mark timestamptz,
    reminded text[] NOT NULL,
    reminded_at timestamptz,
    reminders int NOT NULL
);
CREATE INDEX ON {t} (due) WHERE status = 'running' AND breached_due IS NULL;
CREATE INDEX ON {t} (next_mark) WHERE status = 'running' AND breached_due IS NULL AND next_mark IS NOT NULL;
CREATE INDEX ON {t} (coalesce(breached_due, due), clock_id) WHERE status IN ('running', 'paused');
CREATE INDEX ON {t} (unit, kind, due) WHERE status IN ('running', 'paused');
CREATE INDEX ON {t} (case_id);
CREATE INDEX ON {t} (matter) WHERE matter IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class ClockRow:
    clock_id: str
    case_id: str | None = None
    order_id: str | None = None
    kind: str = "finish"
    unit: str = ""
    programme: str | None = None
    status: str = "running"
    started_at: datetime | None = None
    due: datetime | None = None
    breached_due: datetime | None = None
    ended_at: datetime | None = None
    late: bool = False
    limit_words: str | None = None
    yellow_at: datetime | None = None
    mark_words: tuple[str, ...] = ()
    mark_times: tuple[datetime, ...] = ()
    next_mark: datetime | None = None
    reminded: tuple[str, ...] = ()
    reminded_at: datetime | None = None
    reminders: int = 0
    matter: str | None = None
    about: str = ""


def project(row: ClockRow, fact: Fact) -> ClockRow:
    match fact.event:
        case ClockStarted() as e:
            fresh = ClockRow(
                e.clock_id,
                e.case_id,
                e.order_id,
                e.kind,
                e.unit,
                fact.envelope.meta.programme,
                started_at=e.started_at,
                due=e.due,
                limit_words=e.limit,
                matter=e.matter,
                about=e.about,
            )
            return _warned(fresh, e.warnings)
        case ClockPaused():
            return replace(row, status="paused")
        case ClockResumed(due=due, warnings=warnings):
            return _warned(replace(row, status="running", due=due), warnings)
        case ClockMoved(due=due, warnings=warnings):
            return _warned(replace(row, due=due), warnings)
        case ClockMet(at=at, late=late):
            return replace(row, status="met", ended_at=at, late=late)
        case ClockCancelled(at=at):
            return replace(row, status="cancelled", ended_at=at)
        case DeadlineBreached(due=due):
            return replace(row, breached_due=due)
        case BreachWithdrawn():
            return replace(row, breached_due=None)
        case DeadlineReminderSent(threshold=threshold, at=at):
            told = replace(row, reminded_at=at or fact.time, reminders=row.reminders + 1)
            return told if threshold == BY_HAND else _next(replace(told, reminded=(*row.reminded, threshold)))
        case _:
            return row


def _warned(row: ClockRow, warnings: Warnings | None) -> ClockRow:
    if warnings is None:
        return row
    marks = sorted((at, mark) for mark, at in warnings.marks.items())
    return _next(
        replace(
            row,
            yellow_at=warnings.yellow_at,
            mark_words=tuple(mark for _, mark in marks),
            mark_times=tuple(at for at, _ in marks),
        )
    )


def _next(row: ClockRow) -> ClockRow:
    """The earliest mark that would still say something: not sent, and after every one that was."""
    marks = list(zip(row.mark_times, row.mark_words, strict=True))
    sent = max((at for at, mark in marks if mark in row.reminded), default=None)
    open_marks = [at for at, mark in marks if mark not in row.reminded and (sent is None or at > sent)]
    return replace(row, next_mark=min(open_marks, default=None))


CLOCK_ROWS: Rows[ClockRow] = Rows("clock_board", ClockRow, lambda fact: fact.stream.removeprefix("clock-"), project)

CLOCK_BOARD = Projection(
    name="clock_board",
    version=4,
    handles=(
        ClockStarted,
        ClockPaused,
        ClockResumed,
        ClockMoved,
        ClockMet,
        ClockCancelled,
        DeadlineBreached,
        BreachWithdrawn,
        DeadlineReminderSent,
    ),
    ddl={"clock_board": DDL},
    apply=CLOCK_ROWS.apply,
)
