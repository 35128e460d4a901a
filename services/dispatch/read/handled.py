"""Whether this requester's same matter was handled a short while ago: then they are told the result (route 3)."""

from datetime import timedelta

import asyncpg

from contracts.codec import decode
from contracts.intake import SubjectRegistered
from contracts.pack import Pack
from services.dispatch.read.similar_search import least_likeness
from services.reference.words import case_number

REQUESTERS = ("household", "enterprise")
"""Kinds of a subject that asks for itself. In a village or community many ask; only their numbers tell them apart."""

MOST = 10
"""The newest of so many are compared: a household has no more of one kind within the weeks of a relapse."""

SUBJECT = "SELECT payload FROM event WHERE stream = $1 AND version = 1"
_DONE = """
SELECT b.case_id, b.programme, n.case_no, coalesce(b.struck_off_at, b.completed_at) AS done_at
  FROM case_board b JOIN case_number n USING (case_id)
 WHERE {same} = $1 AND category = $2 AND case_id <> $3 AND step IN ('completed', 'struck_off')
   AND coalesce(struck_off_at, completed_at) >= $4
 ORDER BY coalesce(struck_off_at, completed_at) DESC LIMIT $5"""
DONE = {same: _DONE.format(same=f"b.{same}") for same in ("subject_id", "caller_ref")}
"""Asked one after the other: each has its own index."""


async def handled_before(pool: asyncpg.Pool, row: asyncpg.Record, category: str | None, pack: Pack) -> str | None:
    """The number of the newest case of the same requester about the same, within the pack's relapse time.

    The same is the same household or enterprise that was visited, or whoever asks from the same number or account.
    As alike as two members of a common issue are by the pack; what comes later is a new matter by the pack, too.
    """
    if category is None:
        return None
    subject = row["subject_id"] if await _asks_for_itself(pool, row["subject_id"]) else None
    since = row["received_at"] - timedelta(days=pack.closure.relapse_days)
    asked = {"subject_id": subject, "caller_ref": row["caller_ref"]}
    found = [
        done
        for same, who in asked.items()
        if who is not None
        for done in await pool.fetch(DONE[same], who, category, row["case_id"], since, MOST)
    ]
    for done in sorted(found, key=lambda one: one["done_at"], reverse=True):
        if await least_likeness(pool, [row["case_id"], done["case_id"]]) >= pack.detector.likeness:
            return case_number(done["programme"], done["case_no"])
    return None


async def _asks_for_itself(pool: asyncpg.Pool, subject_id: str | None) -> bool:
    payload = await pool.fetchval(SUBJECT, f"subject-{subject_id}") if subject_id else None
    event = decode(payload).event if payload else None
    return isinstance(event, SubjectRegistered) and event.kind in REQUESTERS
