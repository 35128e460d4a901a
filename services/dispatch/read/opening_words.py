"""The words of a request as its case was opened with them: sealed in the event, kept in no table."""

import json

import asyncpg

from contracts.sealed import Sealed
from services.chassis.keys import KeyRing

OPENING = "SELECT convert_from(payload, 'UTF8')::json -> 'data' FROM event WHERE stream = $1 AND version = 1"


async def words_of(pool: asyncpg.Pool, keys: KeyRing, case_id: str) -> str:
    """Title and text as they can be opened; what is erased has no words to go by."""
    stored: str | None = await pool.fetchval(OPENING, f"case-{case_id}")
    if stored is None:
        return ""
    data = json.loads(stored)
    opened = await keys.opened_many([Sealed.model_validate(data[name]) for name in ("title", "text")])
    return "\n".join(one for one in opened if isinstance(one, str))
