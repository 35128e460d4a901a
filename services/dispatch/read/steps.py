"""Extensions asked for and decided, and the milestones of the plans in force: what an order's page and docket list."""

from collections.abc import Sequence

from contracts.dispatch import (
    ExtensionDecided,
    ExtensionRequested,
    HandlingPlanFiled,
    MilestoneReached,
)
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables

EXTENSION_DDL = """
CREATE TABLE {t} (
    order_id text NOT NULL,
    n int NOT NULL,
    case_id text NOT NULL,
    asked_at timestamptz NOT NULL,
    asked_by text NOT NULL,
    asked_finish_by timestamptz NOT NULL,
    reason text NOT NULL,
    decided_at timestamptz,
    granted boolean,
    approver text,
    old_finish_by timestamptz,
    finish_by timestamptz,
    decision text,
    requester_told_at timestamptz,
    PRIMARY KEY (order_id, n)
);
CREATE INDEX ON {t} (case_id)"""

MILESTONE_DDL = """
CREATE TABLE {t} (
    order_id text NOT NULL,
    n int NOT NULL,
    case_id text NOT NULL,
    name text NOT NULL,
    due timestamptz NOT NULL,
    reached_at timestamptz,
    late boolean,
    text text NOT NULL,
    PRIMARY KEY (order_id, n)
);
CREATE INDEX ON {t} (case_id);
CREATE INDEX ON {t} (due) WHERE reached_at IS NULL"""


async def apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    """Few of either exist, so one statement each is enough."""
    for fact in batch:
        match fact.event:
            case ExtensionRequested() | ExtensionDecided() as event:
                await _extension(db, t["case_extension"], fact, event)
            case HandlingPlanFiled() as event:
                await _plan(db, t["case_milestone"], event)
            case MilestoneReached() as event:
                await db.execute(
                    f"UPDATE {t['case_milestone']} SET reached_at = $3, late = $4, text = $5"  # noqa: S608 - our own names
                    " WHERE order_id = $1 AND n = $2",
                    *(event.order_id, event.milestone, fact.time, event.late, event.text),
                )
            case _:
                pass  # `handles` names these four


async def _extension(db: Connection, table: str, fact: Fact, event: ExtensionRequested | ExtensionDecided) -> None:
    if isinstance(event, ExtensionRequested):
        await db.execute(
            f"INSERT INTO {table} (order_id, n, case_id, asked_at, asked_by, asked_finish_by, reason)"  # noqa: S608
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            *(event.order_id, event.n, event.case_id, fact.time),
            *(fact.envelope.actor.person, event.finish_by, event.reason),
        )
        return
    await db.execute(
        f"""UPDATE {table} SET decided_at = $2, granted = $3, approver = $4, old_finish_by = $5, finish_by = $6,
               decision = $7, requester_told_at = $8 WHERE order_id = $1 AND decided_at IS NULL""",  # noqa: S608
        *(event.order_id, fact.time, event.granted, event.approver, event.old_finish_by, event.finish_by),
        *(event.reason, event.requester_told_at),
    )


async def _plan(db: Connection, table: str, event: HandlingPlanFiled) -> None:
    """A plan filed again replaces its timetable; what was reached of the old one stays in the history."""
    await db.execute(f"DELETE FROM {table} WHERE order_id = $1", event.order_id)  # noqa: S608
    await db.executemany(
        f"INSERT INTO {table} (order_id, n, case_id, name, due, text) VALUES ($1, $2, $3, $4, $5, '')",  # noqa: S608
        [(event.order_id, n, event.case_id, step.name, step.due) for n, step in enumerate(event.timetable, start=1)],
    )


STEPS = Projection(
    name="order_steps",
    version=1,
    handles=(ExtensionRequested, ExtensionDecided, HandlingPlanFiled, MilestoneReached),
    ddl={"case_extension": EXTENSION_DDL, "case_milestone": MILESTONE_DDL},
    apply=apply,
)
