"""Questions about rhythms: the slots of a programme, who owes each, and what came of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg

from contracts.pack import Pack
from services.chassis.clock import LOCAL
from services.reference.held import held_as
from services.reference.programmes import Programmes
from services.supervision.domain.cadence import SlotOf
from services.supervision.domain.rhythm import Rules, Slot, last_day, slot_id, slots

AHEAD = timedelta(days=62)
"""How far ahead slots are shown: the next one of every rhythm of months lies within."""

MEETINGS = 50
"""Meetings on one page."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A slot that one unit owes."""

    slot: Slot
    of: SlotOf


async def rules_of(programmes: Programmes, programme_id: str) -> list[Rules]:
    """Every version of a programme's rules in the order they came into force."""
    history = await programmes.history(programme_id)
    return [Rules(programme_id, one.pack, one.calendar, one.effective_from) for one in reversed(history)]


async def slots_until(pool: asyncpg.Pool, programmes: Programmes, programme_id: str, until: datetime) -> list[Slot]:
    """The slots of a programme that fall due up to a moment, under the rules in force at each."""
    versions = await rules_of(programmes, programme_id)
    if not versions:
        return []
    return slots(versions, until, await last_day_of(pool, programme_id, versions[-1].pack))


async def last_day_of(pool: asyncpg.Pool, programme_id: str, pack: Pack) -> date | None:
    """The last day on which a programme asks for anything; None as standing work."""
    end = await pool.fetchrow("SELECT * FROM programme_end WHERE programme = $1", programme_id)
    ended_on = end["ended_at"].astimezone(LOCAL).date() if end else None
    standing = bool(end and end["becomes"] == "standing")
    return last_day(pack, standing=standing, ended_on=ended_on)


async def holders(pool: asyncpg.Pool) -> dict[str, list[asyncpg.Record]]:
    """Who held which role for which unit, and when."""
    found: dict[str, list[asyncpg.Record]] = defaultdict(list)
    for row in await pool.fetch("SELECT * FROM role_holder ORDER BY unit, person"):
        found[row["role"]].append(row)
    return found


def owners(slot: Slot, held: dict[str, list[asyncpg.Record]]) -> list[str]:
    """The units that held the slot's role when it fell due: nobody owes what was due before they were charged."""
    role = held_as(slot.cadence.owner or slot.cadence.chair or "")
    return sorted(
        {
            row["unit"]
            for row in held.get(role, ())
            if (row["since"] is None or row["since"] < slot.due) and (row["until"] is None or row["until"] >= slot.due)
        }
    )


def owed(programme_id: str, slot: Slot, owner: str) -> Owed:
    """One unit's slot with its id."""
    key = slot_id(programme_id, slot.cadence.id, slot.day, owner)
    return Owed(slot, SlotOf(key, programme_id, slot.cadence.id, slot.day, owner, slot.due))


def all_owed(programme_id: str, found: Sequence[Slot], held: dict[str, list[asyncpg.Record]]) -> list[Owed]:
    """Every slot of every unit that owes it."""
    return [owed(programme_id, slot, owner) for slot in found for owner in owners(slot, held)]


async def outcomes(pool: asyncpg.Pool, programme_id: str) -> dict[str, asyncpg.Record]:
    """What came of the slots of a programme, by their id."""
    rows = await pool.fetch("SELECT * FROM cadence_slot WHERE programme = $1", programme_id)
    return {row["slot_id"]: row for row in rows}


async def meetings(pool: asyncpg.Pool, programme: str | None, offset: int, limit: int = MEETINGS) -> list[Any]:
    """Meetings, the latest first."""
    rows = await pool.fetch(
        """SELECT * FROM meeting WHERE $1::text IS NULL OR programme = $1
            ORDER BY held_at DESC, meeting_id LIMIT $2 OFFSET $3""",
        *(programme, limit, offset),
    )
    return list(rows)


async def meeting(pool: asyncpg.Pool, meeting_id: str) -> asyncpg.Record | None:
    return await pool.fetchrow("SELECT * FROM meeting WHERE meeting_id = $1", meeting_id)


async def noted(pool: asyncpg.Pool, meeting_ids: Sequence[str]) -> list[asyncpg.Record]:
    """What became of the decisions of these meetings, by meeting and case."""
    return list(await pool.fetch("SELECT * FROM meeting_noted WHERE meeting_id = ANY ($1)", list(meeting_ids)))


async def order_clocks(pool: asyncpg.Pool, order_ids: Sequence[str]) -> list[asyncpg.Record]:
    """How far orders are, as their watched deadlines tell."""
    return list(await pool.fetch("SELECT * FROM clock_board WHERE order_id = ANY ($1)", list(order_ids)))


async def case_by_number(pool: asyncpg.Pool, programme: str, case_no: int) -> str | None:
    """A case that was handed over, by the number that people read."""
    found: str | None = await pool.fetchval(
        "SELECT case_id FROM review_case WHERE programme = $1 AND case_no = $2", programme, case_no
    )
    return found


async def knows_case(pool: asyncpg.Pool, programme: str, case_id: str) -> bool:
    found: bool = await pool.fetchval(
        "SELECT EXISTS (SELECT FROM review_case WHERE programme = $1 AND case_id = $2)", programme, case_id
    )
    return found
