"""Whether somebody asks again: by their telephone number or their account in another system, never by their name.

What the events hold is a random word that stands beside the requester (LT-33). Two first requests at the same moment
may get two words; from the next request on one of them counts.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import uuid4

import asyncpg

from services.intake.web.inputs import Requester

KNOWN = """
SELECT DISTINCT ON (known_by) known_by, caller_ref FROM requester
 WHERE known_by = ANY ($1) ORDER BY known_by, requester_ref
"""

SHORTEST = 7
"""Digits of a telephone number; less is somebody's note about it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What somebody is known again by, and the word for it."""

    known_by: str
    ref: str


def known_by(who: Requester) -> str | None:
    """The telephone number without signs and the country's prefix, else the account; None where there is neither."""
    digits = re.sub(r"^(\+|00)86", "", re.sub(r"[\s\-()（）]", "", who.phone))
    if digits.isascii() and digits.isdigit() and len(digits) >= SHORTEST:
        return f"tel:{digits}"
    return f"account:{who.user}" if who.user else None


async def callers(pool: asyncpg.Pool, whom: Iterable[Requester]) -> dict[str, Caller]:
    """By what they are known by: each of these that can be known again, with the word from before or a new one."""
    marks = sorted({mark for who in whom if (mark := known_by(who)) is not None})
    found = {row["known_by"]: row["caller_ref"] for row in await pool.fetch(KNOWN, marks)} if marks else {}
    return {mark: Caller(mark, found.get(mark) or f"c-{uuid4()}") for mark in marks}


async def caller_of(pool: asyncpg.Pool, who: Requester) -> Caller | None:
    return next(iter((await callers(pool, [who])).values()), None)
