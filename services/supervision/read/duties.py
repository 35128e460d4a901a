"""Questions about duties of persons: the slots of a programme, and who owes each (LT-36)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from services.reference.programmes import Programmes
from services.supervision.domain.cadence import SlotOf
from services.supervision.domain.rhythm import DutySlot, duties, slot_id
from services.supervision.read.rhythms import holders, last_day_of, rules_of

MEMBERS = """
SELECT m.person, m.unit, m.since, u.level FROM unit_member m JOIN unit u ON u.unit_id = m.unit ORDER BY m.unit, m.person
"""


@dataclass(frozen=True, slots=True)
class Obliged:
    """Somebody who may owe a duty, for which unit, from when until when."""

    person: str
    unit: str
    level: str
    since: datetime | None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who can owe a duty, and when they were away."""

    members: Sequence[Obliged]
    by_role: dict[str, list[Obliged]]
    away: dict[str, list[tuple[datetime, datetime]]]

    def owing(self, slot: DutySlot) -> list[Obliged]:
        """Who was there when it fell due and not away for all of the day's office hours."""
        if slot.levels:
            asked = [one for one in self.members if one.level in slot.levels]
        else:
            asked = self.by_role.get(slot.quota.who, [])
        return [one for one in asked if self._there(one, slot)]

    def _there(self, one: Obliged, slot: DutySlot) -> bool:
        if (one.since and one.since >= slot.due) or (one.until and one.until < slot.due):
            return False
        return not any(start <= slot.opens and end >= slot.closes for start, end in self.away.get(one.person, ()))


@dataclass(frozen=True, slots=True)
class OwedDuty:
    """A slot that one person owes."""

    slot: DutySlot
    of: SlotOf
    unit: str


async def slots_until(pool: asyncpg.Pool, programmes: Programmes, programme_id: str, until: datetime) -> list[DutySlot]:
    """The duty slots of a programme that fall due up to a moment, under the rules in force at each."""
    versions = await rules_of(programmes, programme_id)
    if not any(row.slots for rules in versions for row in rules.pack.lists.quota):
        return []
    return duties(versions, until, await last_day_of(pool, programme_id, versions[-1].pack))


async def people(pool: asyncpg.Pool) -> People:
    """Asked once for all slots."""
    members = [Obliged(row["person"], row["unit"], row["level"], row["since"]) for row in await pool.fetch(MEMBERS)]
    by_role = {
        role: [Obliged(row["person"], row["unit"], "", row["since"], row["until"]) for row in rows]
        for role, rows in (await holders(pool)).items()
    }
    away: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for row in await pool.fetch("SELECT person, starts_at, ends_at FROM away"):
        away[row["person"]].append((row["starts_at"], row["ends_at"]))
    return People(members, by_role, away)


def all_owed(programme_id: str, found: Sequence[DutySlot], who: People) -> list[OwedDuty]:
    """Every slot of everybody who owes it."""
    return [_owed(programme_id, slot, one) for slot in found for one in who.owing(slot)]


def _owed(programme_id: str, slot: DutySlot, one: Obliged) -> OwedDuty:
    key = slot_id(programme_id, slot.quota.kind, slot.day, one.person)
    return OwedDuty(slot, SlotOf(key, programme_id, slot.quota.kind, slot.day, one.person, slot.due), one.unit)
