"""What the desk's form starts from for a case, before anybody has said anything about it."""

import asyncpg

from contracts.pack import CaseFacts, Pack
from services.dispatch.domain.packrules import difficulty_of

FIRST_SCOPE = "individual"
"""Most matters are one household's."""


def first_urgency(row: asyncpg.Record, pack: Pack) -> str:
    """The case's own class, else the middle one."""
    codes = [level.code for level in pack.lists.urgency]
    return str(row["urgency"]) if row["urgency"] in codes else codes[min(1, len(codes) - 1)]


def first_facts(row: asyncpg.Record, pack: Pack) -> CaseFacts:
    """Of a row of the list of cases."""
    return CaseFacts(
        scope=row["scope"] or FIRST_SCOPE,
        urgency=first_urgency(row, pack),
        category=row["category"],
        channel=row["channel"],
        level=row["level"],
        difficulty=row["difficulty"] or difficulty_of(pack, first_urgency(row, pack)),
        site_scope=row["site_scope"],
        focus=row["focus"] or pack.in_focus(row["category"]),
    )
