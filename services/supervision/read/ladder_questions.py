"""Questions about the ladder: 台账, one slip, what a unit owes, what stands above the slips."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from contracts.codec import Recorded, decode

PAGE = 50

_NOTICE = """
SELECT b.*, n.notice_no, c.title, k.about
  FROM notice_board b LEFT JOIN notice_number n USING (notice_id) LEFT JOIN followup_case c USING (case_id)
  LEFT JOIN LATERAL (SELECT about FROM clock_board k WHERE k.matter = b.matter LIMIT 1) k ON true
"""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the ledger is narrowed to; empty fields narrow nothing."""

    programme: str | None = None
    unit: str | None = None
    level: str | None = None
    state: str | None = None
    """`open`, `replied`, `late` or `closed`."""


_NARROW = """
 WHERE ($1::text IS NULL OR b.programme = $1) AND ($2::text IS NULL OR b.target_unit = $2)
   AND ($3::text IS NULL OR b.level = $3)
   AND CASE $4::text WHEN 'late' THEN b.standing = 'open' AND b.reply_by < $5
                     WHEN 'living' THEN b.standing <> 'closed'
                     ELSE $4 IS NULL OR b.standing = $4 END
"""


async def notices(
    pool: asyncpg.Pool, asked: Narrowed, now: datetime, *, limit: int = PAGE, offset: int = 0
) -> list[asyncpg.Record]:
    """The ledger, what is open and highest first, then the newest."""
    rows = await pool.fetch(
        f"""{_NOTICE} {_NARROW}
            ORDER BY b.standing = 'closed', b.issued_at DESC, b.notice_id LIMIT $6 OFFSET $7""",
        *(asked.programme, asked.unit, asked.level, asked.state, now, limit, offset),
    )
    return list(rows)


async def totals(pool: asyncpg.Pool, now: datetime, unit: str | None) -> asyncpg.Record:
    """How many slips wait for an answer, wait late, wait to be verified, and are closed."""
    row = await pool.fetchrow(
        """SELECT count(*) FILTER (WHERE standing = 'open') AS open,
                  count(*) FILTER (WHERE standing = 'open' AND reply_by < $1) AS late,
                  count(*) FILTER (WHERE standing = 'replied') AS replied,
                  count(*) FILTER (WHERE standing = 'closed') AS closed
             FROM notice_board WHERE $2::text IS NULL OR target_unit = $2""",
        now,
        unit,
    )
    assert row is not None, "counts give one row"
    return row


async def notice(pool: asyncpg.Pool, notice_id: str) -> asyncpg.Record | None:
    return await pool.fetchrow(f"{_NOTICE} WHERE b.notice_id = $1", notice_id)


async def records(pool: asyncpg.Pool, stream: str) -> list[Recorded]:
    """Everything that happened to one slip, rectification or referral, the oldest first."""
    rows = await pool.fetch("SELECT payload FROM event WHERE stream = $1 ORDER BY version", stream)
    return [decode(row["payload"]) for row in rows]


async def owed(pool: asyncpg.Pool, unit: str) -> int:
    """Slips and rectifications that wait for this unit's answer."""
    found: int = await pool.fetchval(
        """SELECT (SELECT count(*) FROM notice_board WHERE target_unit = $1 AND standing = 'open')
                + (SELECT count(*) FROM rectification WHERE unit = $1 AND stage = 'ordered')""",
        unit,
    )
    return found


async def case_of(pool: asyncpg.Pool, case_id: str) -> asyncpg.Record | None:
    """A case at hand: its title, and its lead unit where it is or was at work."""
    return await pool.fetchrow(
        """SELECT c.case_id, c.title, p.unit, p.order_id, p.programme
             FROM followup_case c LEFT JOIN case_pulse p USING (case_id) WHERE c.case_id = $1""",
        case_id,
    )


async def known_cases(pool: asyncpg.Pool, case_ids: Collection[str]) -> set[str]:
    """Those of these cases that were opened."""
    rows = await pool.fetch("SELECT case_id FROM followup_case WHERE case_id = ANY ($1)", list(case_ids))
    return {row["case_id"] for row in rows}


RECORDED = {
    "follow_up": "SELECT EXISTS (SELECT FROM followup_queue"
    " WHERE verdict = 'fail' AND $1 = ANY (handler_units) AND case_id = $2)",
    "falsification": "SELECT EXISTS (SELECT FROM misreport WHERE unit = $1 AND ($2::text IS NULL OR case_id = $2))",
}


async def recorded(pool: asyncpg.Pool, source: str, unit: str, case_id: str | None) -> bool:
    """Whether the log holds what a slip's source says of a unit, in its case where it is about one."""
    return source in RECORDED and bool(await pool.fetchval(RECORDED[source], unit, case_id))


async def interviews(pool: asyncpg.Pool, limit: int = PAGE) -> list[asyncpg.Record]:
    return list(await pool.fetch("SELECT * FROM interview_held ORDER BY held_at DESC, interview_id LIMIT $1", limit))


async def interviews_due(pool: asyncpg.Pool, limit: int = PAGE) -> list[asyncpg.Record]:
    """Slips that rose to an interview and have had none since."""
    rows = await pool.fetch(
        f"""{_NOTICE} WHERE b.standing <> 'closed' AND b.level = 'interview'
              AND NOT EXISTS (SELECT 1 FROM interview_held i WHERE i.notice_id = b.notice_id)
            ORDER BY b.raised_at, b.notice_id LIMIT $1""",  # noqa: S608 - words from code
        limit,
    )
    return list(rows)


async def rectifications(pool: asyncpg.Pool, unit: str | None, limit: int = PAGE) -> list[asyncpg.Record]:
    """Those at work first, by their day."""
    rows = await pool.fetch(
        """SELECT * FROM rectification WHERE $1::text IS NULL OR unit = $1
            ORDER BY stage IN ('passed', 'lifted'), due, rectification_id LIMIT $2""",
        unit,
        limit,
    )
    return list(rows)


async def rectifications_by(pool: asyncpg.Pool, bulletin_id: str) -> list[asyncpg.Record]:
    """What a public notice ordered to be put right, by unit."""
    return list(await pool.fetch("SELECT * FROM rectification WHERE bulletin_id = $1 ORDER BY unit", bulletin_id))


async def rectification(pool: asyncpg.Pool, rectification_id: str) -> asyncpg.Record | None:
    return await pool.fetchrow("SELECT * FROM rectification WHERE rectification_id = $1", rectification_id)


async def referrals(pool: asyncpg.Pool, limit: int = PAGE) -> list[asyncpg.Record]:
    rows = await pool.fetch(
        "SELECT * FROM referral ORDER BY stage <> 'proposed', proposed_at DESC, referral_id LIMIT $1", limit
    )
    return list(rows)


async def referral(pool: asyncpg.Pool, referral_id: str) -> asyncpg.Record | None:
    return await pool.fetchrow("SELECT * FROM referral WHERE referral_id = $1", referral_id)
