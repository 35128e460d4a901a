"""查岗 as a list: who was looked at, how, and what was found; with whom of them was away by 去向留言, and the
slip that came of it."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from contracts.supervision import DutyChecked
from services.chassis.facts import Fact
from services.chassis.read_model import Projection
from services.chassis.rows import Rows
from services.supervision.read.evidence import kept

PAGE = 100
"""Looks on one page; a district makes some dozens in a month."""

DDL = """
CREATE TABLE {t} (
    duty_check_id text PRIMARY KEY,
    programme text,
    unit text NOT NULL,
    person text,
    post text NOT NULL,
    mode text NOT NULL,
    body text NOT NULL,
    passed bool NOT NULL,
    finding text NOT NULL,
    checked_at timestamptz,
    by_unit text,
    record text NOT NULL,
    evidence text NOT NULL
);
CREATE INDEX ON {t} (checked_at);
CREATE INDEX ON {t} (unit, checked_at)"""

LATEST = """
SELECT d.*, EXISTS (SELECT FROM away a WHERE a.person = d.person AND a.starts_at <= d.checked_at
                       AND (a.ends_at IS NULL OR a.ends_at > d.checked_at)) AS was_away,
       (SELECT n.notice_id FROM notice_board n WHERE n.matter = 'duty-check:' || d.duty_check_id
         ORDER BY n.issued_at DESC LIMIT 1) AS notice_id
  FROM duty_check d
 WHERE ($1::text IS NULL OR d.unit = $1)
 ORDER BY d.checked_at DESC, d.duty_check_id LIMIT $2 OFFSET $3"""


@dataclass(frozen=True, slots=True)
class DutyCheckRow:
    """One look at a post."""

    duty_check_id: str
    programme: str | None = None
    unit: str = ""
    person: str | None = None
    post: str = ""
    mode: str = ""
    body: str = ""
    passed: bool = False
    finding: str = ""
    checked_at: datetime | None = None
    by_unit: str | None = None
    record: str = ""
    evidence: str = "[]"
    """Photos and files, as JSON of the event's own fields."""


def _row(row: DutyCheckRow, fact: Fact) -> DutyCheckRow:
    match fact.event:
        case DutyChecked() as e:
            return DutyCheckRow(
                e.duty_check_id,
                e.programme_id,
                e.unit,
                e.person,
                e.post,
                e.mode,
                e.body,
                e.passed,
                e.finding,
                e.checked_at,
                fact.envelope.meta.actor.unit,
                f"{fact.source}:{fact.position}",
                kept(e.evidence),
            )
        case _:
            return row


DUTY_CHECK_ROWS: Rows[DutyCheckRow] = Rows(
    "duty_check", DutyCheckRow, lambda fact: fact.stream.removeprefix("duty-check-"), _row
)

DUTY_CHECKS = Projection(
    name="duty_checks",
    version=1,
    handles=(DutyChecked,),
    ddl={"duty_check": DDL},
    apply=DUTY_CHECK_ROWS.apply,
)


async def one(pool: asyncpg.Pool, duty_check_id: str) -> asyncpg.Record | None:
    return await pool.fetchrow("SELECT * FROM duty_check WHERE duty_check_id = $1", duty_check_id)


async def latest(pool: asyncpg.Pool, unit: str | None, offset: int = 0, limit: int = PAGE) -> list[asyncpg.Record]:
    """The latest looks, at one unit or at all."""
    return list(await pool.fetch(LATEST, unit, limit, offset))
