"""督办单 step by step, each row with the place of its event; and the ledger's input as of a moment."""

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.supervision import (
    EscalationRaised,
    ReplyVerified,
    SupervisionClosed,
    SupervisionNoticeIssued,
    SupervisionReplied,
)
from services.chassis.facts import Fact
from services.chassis.projection import Connection, Context, Projection
from services.reference.place import place_of
from services.reporting.domain.r11 import Step
from services.reporting.read.moments import Moment, Moments

DDL = """
CREATE TABLE {t} (
    position bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    notice_id text NOT NULL,
    programme text,
    step text NOT NULL,
    level text,
    unit text,
    case_id text,
    reply_by timestamptz,
    text text NOT NULL,
    flag bool
);
CREATE INDEX ON {t} (notice_id, position);
CREATE INDEX ON {t} (programme, position)
"""

# A slip's later steps do not name its programme; its first one does.
STEPS = """
SELECT s.notice_id, s.at, s.step, s.level, s.unit, s.case_id, s.reply_by, s.text, s.flag
  FROM fact_slip s JOIN fact_slip i ON i.notice_id = s.notice_id AND i.step = 'issued' AND i.programme = $1
 WHERE s.position <= $2 ORDER BY s.position"""


def _row(fact: Fact) -> tuple[Any, ...]:
    """(position, at, notice_id, programme, step, level, unit, case_id, reply_by, text, flag)."""
    e, where = fact.event, (place_of(fact), fact.time)
    match e:
        case SupervisionNoticeIssued():
            about = (e.level, e.target_unit, e.case_id, e.reply_by, e.problem, None)
            return *where, e.notice_id, e.programme_id, "issued", *about
        case SupervisionReplied():
            return *where, e.notice_id, None, "replied", None, None, None, None, "", e.late
        case ReplyVerified():
            return *where, e.notice_id, None, "verified", None, None, None, None, e.text, e.holds
        case EscalationRaised():
            return *where, e.notice_id, None, "raised", e.to_level, None, None, e.reply_by, "", None
        case SupervisionClosed():
            return *where, e.notice_id, None, "closed", None, None, None, None, e.verdict, None
        case other:
            raise TypeError(f"{other.TYPE} is no step of a slip")


async def _apply(db: Connection, batch: Sequence[Fact], t: Mapping[str, str], ctx: Context) -> None:
    await db.copy_records_to_table(t["fact_slip"], records=[_row(fact) for fact in batch])


HANDLED = (SupervisionNoticeIssued, SupervisionReplied, ReplyVerified, EscalationRaised, SupervisionClosed)

SLIP_FACTS = Projection("fact_slips", 1, frozenset(HANDLED), {"fact_slip": DDL}, _apply)


async def steps(moments: Moments, moment: Moment) -> list[Step]:
    """All that had happened to the programme's slips."""
    rows = await moments.pool.fetch(STEPS, moment.programme, moment.position("supervision"))
    return [Step(**row) for row in rows]
