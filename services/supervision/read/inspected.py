"""Questions of the pages that look behind the papers: checks, reviews, signals, misreports."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from contracts.codec import envelope_of
from contracts.envelope import Envelope
from contracts.pack import Pack
from contracts.pack.codes import FALSIFICATION, MISCONDUCT
from services.supervision.domain.misreport import stream as misreports_stream
from services.supervision.domain.spot_check import stream as checks_stream

PAGE = 50
REVIEW_DAYS = 30
"""What a unit struck off itself is offered for review so long; then a draw may still find it."""

_CASE = "SELECT r.*, c.title, c.text FROM review_case r LEFT JOIN followup_case c USING (case_id)"


async def check(pool: asyncpg.Pool, check_id: str) -> asyncpg.Record | None:
    return await pool.fetchrow(
        """SELECT c.*, s.seed IS NOT NULL AS seed_kept FROM spot_check c LEFT JOIN draw_seed s USING (check_id)
            WHERE c.check_id = $1""",
        check_id,
    )


async def checks(pool: asyncpg.Pool, limit: int = PAGE) -> list[asyncpg.Record]:
    """Draws, the latest first; checks by hand belong to their case or signal."""
    rows = await pool.fetch(
        "SELECT * FROM spot_check WHERE seed_sha256 IS NOT NULL ORDER BY committed_at DESC, check_id LIMIT $1", limit
    )
    return list(rows)


async def called(pool: asyncpg.Pool, lots: Sequence[str]) -> list[asyncpg.Record]:
    """The call-backs to the rounds of cases that were drawn, in the order they were to be made."""
    rows = await pool.fetch(
        """SELECT q.*, c.title FROM followup_queue q JOIN followup_case c USING (case_id)
            WHERE q.case_id || '/' || q.round = ANY ($1) AND q.explains IS NULL AND q.case_id = ANY ($2)
            ORDER BY q.due, q.followup_id""",
        *(list(lots), [lot.rpartition("/")[0] for lot in lots]),
    )
    return list(rows)


async def items(pool: asyncpg.Pool, check_id: str) -> dict[str, asyncpg.Record]:
    """What was found at each item of a check."""
    rows = await pool.fetch("SELECT * FROM spot_check_item WHERE check_id = $1", check_id)
    return {row["item"]: row for row in rows}


async def of_case(pool: asyncpg.Pool, case_id: str) -> list[asyncpg.Record]:
    """Every check of a case, the latest first."""
    rows = await pool.fetch(
        "SELECT * FROM spot_check_item WHERE case_id = $1 ORDER BY checked_at DESC, item_key", case_id
    )
    return list(rows)


async def case(pool: asyncpg.Pool, case_id: str) -> asyncpg.Record | None:
    return await pool.fetchrow(f"{_CASE} WHERE r.case_id = $1", case_id)


async def cases(pool: asyncpg.Pool, case_ids: Sequence[str]) -> dict[str, asyncpg.Record]:
    rows = await pool.fetch(f"{_CASE} WHERE r.case_id = ANY ($1)", list(case_ids))
    return {row["case_id"]: row for row in rows}


async def to_review(pool: asyncpg.Pool, now: datetime, offset: int, limit: int = PAGE) -> list[asyncpg.Record]:
    """What is completed and nobody looked at, the oldest first; then what a unit struck off itself lately."""
    rows = await pool.fetch(
        f"""{_CASE} WHERE r.reviewed IS NULL AND c.title IS NOT NULL
               AND (r.status = 'completed'
                    OR r.status = 'struck_off' AND r.basis = 'unit_self' AND r.struck_off_at > $1)
             ORDER BY r.status <> 'completed', r.completed_at, r.case_id LIMIT $2 OFFSET $3""",
        *(now - timedelta(days=REVIEW_DAYS), limit, offset),
    )
    return list(rows)


async def followups(pool: asyncpg.Pool, case_id: str) -> list[asyncpg.Record]:
    """Every follow-up of a case in its order."""
    rows = await pool.fetch("SELECT * FROM followup_queue WHERE case_id = $1 ORDER BY round, due, followup_id", case_id)
    return list(rows)


async def unreachable(pool: asyncpg.Pool, case_id: str, round: int) -> str | None:
    """The follow-up for which a review may stand in: the round's are concluded, none failed, somebody was not reached.

    What was explained on a visit counts as that visit ended.
    """
    rows = await pool.fetch(
        """SELECT q.followup_id, q.verdict FROM followup_queue q
            WHERE q.case_id = $1 AND q.round = $2
              AND NOT EXISTS (SELECT FROM followup_queue x WHERE x.explains = q.followup_id)
            ORDER BY q.followup_id""",
        *(case_id, round),
    )
    verdicts = {row["verdict"] for row in rows}
    if not verdicts or verdicts - {"pass", "unreachable"}:
        return None
    return next((row["followup_id"] for row in rows if row["verdict"] == "unreachable"), None)


async def visit_units(pool: asyncpg.Pool, visit_id: str) -> list[str]:
    """Whose people recorded a visit."""
    rows = await pool.fetch("SELECT DISTINCT unit FROM trace WHERE kind = 'visit' AND key = $1", visit_id)
    return [row["unit"] for row in rows if row["unit"]]


async def signal(pool: asyncpg.Pool, signal_id: str) -> asyncpg.Record | None:
    return await pool.fetchrow("SELECT * FROM signal WHERE signal_id = $1", signal_id)


async def signals(pool: asyncpg.Pool, state: str, kind: str | None, offset: int, limit: int = PAGE) -> list[Any]:
    """Open ones from the oldest, or settled ones from the latest."""
    order = "raised_at, signal_id" if state == "open" else "settled_at DESC, signal_id"
    rows = await pool.fetch(
        f"""SELECT s.*, c.title FROM signal s LEFT JOIN followup_case c USING (case_id)
             WHERE (s.outcome IS NULL) = $1 AND ($2::text IS NULL OR s.kind = $2)
             ORDER BY {order} LIMIT $3 OFFSET $4""",  # noqa: S608 - one of two words of ours
        *(state == "open", kind, limit, offset),
    )
    return list(rows)


async def open_signals(pool: asyncpg.Pool) -> dict[str, int]:
    """Open signals by kind."""
    rows = await pool.fetch("SELECT kind, count(*) AS n FROM signal WHERE outcome IS NULL GROUP BY kind ORDER BY kind")
    return {row["kind"]: row["n"] for row in rows}


async def misreports(pool: asyncpg.Pool, check_id: str) -> dict[str, asyncpg.Record]:
    """What was established on a check, by item."""
    rows = await pool.fetch("SELECT * FROM misreport WHERE check_id = $1", check_id)
    return {row["case_id"] or row["item"]: row for row in rows}


async def records(pool: asyncpg.Pool, seen: Sequence[str]) -> list[asyncpg.Record]:
    """The traces behind a signal, in the order they were recorded."""
    rows = await pool.fetch("SELECT * FROM trace WHERE record = ANY ($1) AND kind <> 'text' ORDER BY seq", list(seen))
    return list(rows)


async def recorded(pool: asyncpg.Pool, record: str) -> Envelope | None:
    """One record by its name, as `dispatch:812` or `dispatch/2:812`, where the log holds it."""
    named, _, position = record.rpartition(":")
    source, _, epoch = named.partition("/")
    payload = await pool.fetchval(
        "SELECT payload FROM event WHERE source = $1 AND epoch = $2 AND position = $3",
        *(source, int(epoch or 1), int(position)),
    )
    return envelope_of(payload) if payload is not None else None


async def files(pool: asyncpg.Pool, stream: str) -> list[dict[str, Any]]:
    """Photos and files that the events of a stream name."""
    rows = await pool.fetch(
        "SELECT sha256, name, media_type, size FROM evidence_file WHERE stream = $1 ORDER BY seq, name", stream
    )
    return [dict(row) for row in rows]


async def signal_streams(pool: asyncpg.Pool, signal_id: str) -> list[str]:
    """Where files lie that were put forward when a signal was settled."""
    rows = await pool.fetch("SELECT misreport_id FROM misreport WHERE signal_id = $1 ORDER BY misreport_id", signal_id)
    return [checks_stream(f"signal-{signal_id}"), *(misreports_stream(row["misreport_id"]) for row in rows)]


def misconduct(pack: Pack) -> dict[str, str]:
    """What somebody can be found guilty of: the pack's own words, and 弄虚作假 in every programme (§2.8).

    A pack that names none takes the usual ones.
    """
    own = pack.taxonomy.misconduct or tuple(MISCONDUCT)
    return {code: MISCONDUCT.get(code, code) for code in dict.fromkeys((*own, FALSIFICATION))}
