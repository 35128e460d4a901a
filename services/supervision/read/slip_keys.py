"""Which slip a matter has: its id, its key, and the ladder it stands on."""

import unicodedata
from hashlib import sha256

import asyncpg

from services.chassis.log.types import Claim
from services.reference.programmes import ActivePack
from services.supervision.domain.ladder import Ladder

LIVING = "SELECT stream FROM claim WHERE key = $1"
"""Asked of the log's own keys and not of a read model: two rules about one matter must not meet in between."""

ID_LENGTH = 18
"""Of the command's id: enough to be unique, short enough for an address."""


def told_matter(programme: str, unit: str, problem: str) -> str:
    """The key of a matter that is no case: the same words about the same unit are one matter, however spaced."""
    words = "".join(one for one in unicodedata.normalize("NFKC", problem).casefold() if one.isalnum())
    return "told:" + sha256(f"{programme}\0{unit}\0{words}".encode()).hexdigest()[:32]


def stream_of(notice_id: str) -> str:
    return f"notice-{notice_id}"


def claim_of(matter: str, notice_id: str, *, release: bool = False) -> Claim:
    """一事一单: a matter has one living slip."""
    return Claim(f"notice:{matter}", stream_of(notice_id), release)


def ladder_of(active: ActivePack) -> Ladder:
    return Ladder(active.pack.escalation.levels)


async def living(pool: asyncpg.Pool, matter: str) -> str | None:
    """The id of the slip that this matter has now."""
    stream: str | None = await pool.fetchval(LIVING, f"notice:{matter}")
    return stream.removeprefix("notice-") if stream else None
