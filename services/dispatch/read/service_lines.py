"""For whom a matter is: a village, an enterprise or a community (帮壮村、帮创新、帮发展, HA-02)."""

from typing import Literal

import asyncpg

from contracts.codec import decode
from contracts.intake import SubjectRegistered, UnitRegistered

Line = Literal["village", "enterprise", "community"]

Asker = Literal["resident", "enterprise", "community"]
ASKERS: dict[str, Asker] = {
    "household": "resident",
    "enterprise": "enterprise",
    "unit": "enterprise",
    "village": "community",
    "community": "community",
}
"""社区、企业、群众 by the kind of subject that was visited (HA-12)."""

LATEST = "SELECT payload FROM event WHERE stream = $1 AND type = $2 ORDER BY version DESC LIMIT 1"
"""Asked of the log itself: a read model may be a moment behind."""


async def whose(
    pool: asyncpg.Pool, subject_id: str | None, territory: str | None, *, elsewhere: bool = False
) -> tuple[Line | None, Asker | None]:
    """By whom it is about; of a household, and where nobody was visited, by the kind of place it lives in.

    `elsewhere`: the matter is in `territory` and not where whoever told it lives.
    """
    payload = await pool.fetchval(LATEST, f"subject-{subject_id}", SubjectRegistered.TYPE) if subject_id else None
    about = decode(payload).event if payload else None
    kind, place = None, territory
    if isinstance(about, SubjectRegistered):
        kind, place = about.kind, territory if elsewhere else about.community_unit or about.territory_unit
    payload = await pool.fetchval(LATEST, f"unit-{place}", UnitRegistered.TYPE) if place else None
    unit = decode(payload).event if payload else None
    return line_of(kind, unit.level if isinstance(unit, UnitRegistered) else None), ASKERS.get(kind or "")


def line_of(kind: str | None, level: str | None) -> Line | None:
    """None where neither says it, as for a request from nowhere in particular."""
    match kind, level:
        case "enterprise", _:
            return "enterprise"
        case "village", _:
            return "village"
        case "community", _:
            return "community"
        case _, "village":
            return "village"
        case _, "community":
            return "community"
        case _:
            return None
