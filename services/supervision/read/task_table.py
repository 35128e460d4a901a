"""The task table: one row for each task of each plan, with how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import asyncpg

from contracts.supervision import TaskPlanAdopted, TaskProgressUpdated
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables
from services.chassis.rows import Rows

LIMIT = 1000
"""Tasks on one page; DI's three plans have 34."""

DDL = """
CREATE TABLE {t} (
    task_key text PRIMARY KEY,
    plan_id text NOT NULL,
    task_id text NOT NULL,
    programme text,
    plan text NOT NULL,
    position int NOT NULL,
    category text NOT NULL,
    subject text NOT NULL,
    mandatory text NOT NULL,
    deed text NOT NULL,
    due timestamptz,
    lead text NOT NULL,
    participants text[] NOT NULL,
    liaison text NOT NULL,
    owner_unit text NOT NULL,
    target int NOT NULL,
    measure text NOT NULL,
    done int NOT NULL,
    state text NOT NULL,
    text text NOT NULL,
    adopted_at timestamptz,
    updated_at timestamptz
);
CREATE INDEX ON {t} (programme, plan_id, position)"""


@dataclass(frozen=True, slots=True)
class TaskRow:
    task_key: str
    plan_id: str = ""
    task_id: str = ""
    programme: str | None = None
    plan: str = ""
    position: int = 0
    category: str = ""
    subject: str = ""
    mandatory: str = ""
    deed: str = ""
    due: datetime | None = None
    lead: str = ""
    participants: tuple[str, ...] = ()
    liaison: str = ""
    owner_unit: str = ""
    target: int = 1
    measure: str = ""
    done: int = 0
    state: str = "open"
    text: str = ""
    adopted_at: datetime | None = None
    updated_at: datetime | None = None


def _progress(row: TaskRow, fact: Fact) -> TaskRow:
    match fact.event:
        case TaskProgressUpdated() as e:
            told = replace(row, plan_id=e.plan_id, task_id=e.task_id, done=e.done, state=e.state, text=e.text)
            return replace(told, updated_at=fact.time)
        case _:
            return row


def _key(fact: Fact) -> str | None:
    return f"{fact.event.plan_id} {fact.event.task_id}" if isinstance(fact.event, TaskProgressUpdated) else None


ROWS: Rows[TaskRow] = Rows("plan_task", TaskRow, _key, _progress)


async def _apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    """A plan makes many rows at once, so its rows are written here; progress is one row's."""
    rows = [
        (
            *(f"{e.plan_id} {task.task_id}", e.plan_id, task.task_id, e.programme_id, e.title, position),
            *(task.category, task.subject, task.mandatory, task.deed, task.due, task.lead, list(task.participants)),
            *(task.liaison, e.owner_unit, task.target, task.unit_of_target, 0, "open", ""),
            fact.time,
        )
        for fact in batch
        if isinstance(e := fact.event, TaskPlanAdopted)
        for position, task in enumerate(e.tasks, start=1)
    ]
    places = ", ".join(f"${n}" for n in range(1, 22))
    await db.executemany(f"INSERT INTO {t['plan_task']} VALUES ({places}) ON CONFLICT DO NOTHING", rows)  # noqa: S608
    await ROWS.apply(db, batch, t, replace(ctx, bulk=None))


TASK_TABLE = Projection(
    name="task_table",
    version=2,
    handles=(TaskPlanAdopted, TaskProgressUpdated),
    ddl={"plan_task": DDL},
    apply=_apply,
)


async def tasks(pool: asyncpg.Pool, programme: str | None) -> list[dict[str, Any]]:
    """Every task in the order of its plan."""
    rows = await pool.fetch(
        """SELECT * FROM plan_task WHERE $1::text IS NULL OR programme = $1
            ORDER BY plan, plan_id, position LIMIT $2""",
        *(programme, LIMIT),
    )
    return [dict(row) for row in rows]


async def task(pool: asyncpg.Pool, plan_id: str, task_id: str) -> dict[str, Any] | None:
    row = await pool.fetchrow("SELECT * FROM plan_task WHERE task_key = $1", f"{plan_id} {task_id}")
    return dict(row) if row else None
