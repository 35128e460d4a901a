"""Timetables of handling plans as they are watched: which steps are still to come, by order (HA-28)."""

from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg

from contracts.dispatch import (
    HandlingPlanFiled,
    MilestoneReached,
    OrderCancelled,
    OrderCompleted,
    OrderIssued,
    ReturnRuled,
)
from services.chassis.facts import Fact
from services.chassis.read_model import Projection
from services.chassis.rows import Rows

SHOWN = 20
"""Steps on the wall: what is overdue longest comes first."""

DDL = """
CREATE TABLE {t} (
    order_id text PRIMARY KEY,
    case_id text NOT NULL,
    programme text,
    unit text NOT NULL,
    filed_at timestamptz,
    names text[] NOT NULL,
    dues timestamptz[] NOT NULL,
    reached int[] NOT NULL,
    at_work bool NOT NULL
);
CREATE INDEX ON {t} (unit) WHERE at_work AND cardinality(names) > cardinality(reached)"""


@dataclass(frozen=True, slots=True)
class StepsRow:
    """One order's timetable in force; another plan replaces it whole."""

    order_id: str
    case_id: str = ""
    programme: str | None = None
    unit: str = ""
    filed_at: datetime | None = None
    names: tuple[str, ...] = ()
    dues: tuple[datetime, ...] = ()
    reached: tuple[int, ...] = ()
    """Places in the timetable, counted from 1."""
    at_work: bool = True


def project(row: StepsRow, fact: Fact) -> StepsRow:
    match fact.event:
        case OrderIssued() as e:
            return StepsRow(e.order_id, e.case_id, fact.envelope.meta.programme, e.to_unit)
        case HandlingPlanFiled() as e:
            names, dues = tuple(one.name for one in e.timetable), tuple(one.due for one in e.timetable)
            return replace(row, filed_at=fact.time, names=names, dues=dues, reached=())
        case MilestoneReached() as e:
            return replace(row, reached=tuple(sorted({*row.reached, e.milestone})))
        case OrderCompleted() | OrderCancelled() | ReturnRuled(accepted=True):
            return replace(row, at_work=False)
        case _:
            return row


ROWS: Rows[StepsRow] = Rows("plan_step", StepsRow, lambda fact: getattr(fact.event, "order_id", None), project)
PLAN_STEPS = Projection(
    name="plan_step",
    version=1,
    handles=(OrderIssued, HandlingPlanFiled, MilestoneReached, OrderCompleted, OrderCancelled, ReturnRuled),
    ddl={"plan_step": DDL},
    apply=ROWS.apply,
)

OPEN = """
SELECT s.order_id, s.case_id, s.programme, s.unit, s.filed_at, t.name, t.due, c.title
  FROM plan_step s CROSS JOIN LATERAL unnest(s.names, s.dues) WITH ORDINALITY AS t (name, due, n)
  LEFT JOIN followup_case c USING (case_id)
 WHERE s.at_work AND cardinality(s.names) > cardinality(s.reached) AND NOT t.n::int = ANY (s.reached)
   AND ($1::text IS NULL OR s.unit = $1)
 ORDER BY t.due, s.order_id, t.n LIMIT $2"""


async def to_come(pool: asyncpg.Pool, unit: str | None) -> list[asyncpg.Record]:
    """Steps that nobody has reached yet, what is due first first."""
    return list(await pool.fetch(OPEN, unit, SHOWN))
