"""催办 as the reminded unit sees it: the latest reminder of each deadline of an order, with when and by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from contracts.supervision import DeadlineReminderSent
from services.chassis.facts import Fact
from services.chassis.read_model import Projection
from services.chassis.rows import Rows

DDL = """
CREATE TABLE {t} (
    clock_id text PRIMARY KEY,
    order_id text NOT NULL,
    kind text NOT NULL,
    threshold text NOT NULL,
    reminded_at timestamptz,
    by_unit text NOT NULL,
    by_person text NOT NULL,
    times int NOT NULL
);
CREATE INDEX ON {t} (order_id)"""

BY_HAND = "hand"
"""The threshold of a reminder that a person sent; any other is a mark of the pack, as `80%`."""


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """One deadline and the latest reminder of it."""

    clock_id: str
    order_id: str = ""
    kind: str = ""
    threshold: str = ""
    reminded_at: datetime | None = None
    by_unit: str = ""
    by_person: str = ""
    times: int = 0


def project(row: ReminderRow, fact: Fact) -> ReminderRow:
    match fact.event:
        case DeadlineReminderSent(order_id=str(order_id)) as e:
            actor = fact.envelope.actor
            at = e.at or fact.time
            return ReminderRow(row.clock_id, order_id, e.kind, e.threshold, at, actor.unit, actor.person, row.times + 1)
        case _:
            return row


def _key(fact: Fact) -> str | None:
    """Reminders of an order's own dues; what else is watched of it the order's row does not know as done."""
    match fact.event:
        case DeadlineReminderSent(kind="sign" | "contact" | "plan" | "finish", order_id=str(), clock_id=clock_id):
            return clock_id
        case _:
            return None


ROWS: Rows[ReminderRow] = Rows("order_reminder", ReminderRow, _key, project)
REMINDERS = Projection(
    name="order_reminder", version=1, handles=(DeadlineReminderSent,), ddl={"order_reminder": DDL}, apply=ROWS.apply
)

STILL = """
SELECT r.* FROM order_reminder r JOIN case_order o USING (order_id)
 WHERE r.order_id = ANY ($1) AND o.status = 'open'
   AND CASE r.kind WHEN 'sign' THEN o.signed_at IS NULL WHEN 'contact' THEN o.contacted_at IS NULL
                   WHEN 'plan' THEN o.planned_at IS NULL ELSE true END
 ORDER BY r.reminded_at DESC, r.clock_id"""
"""What was done meanwhile is reminded of no more."""


async def of_orders(pool: asyncpg.Pool, order_ids: Sequence[str]) -> dict[str, list[asyncpg.Record]]:
    """The reminders that still stand, by order, the latest first."""
    found: dict[str, list[asyncpg.Record]] = {}
    for row in await pool.fetch(STILL, list(order_ids)):
        found.setdefault(row["order_id"], []).append(row)
    return found
