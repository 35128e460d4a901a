"""What is owed and was done in a programme, from supervision's own tables; and which duties were missed."""

import json
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from contracts.supervision import DutyMissed
from services.chassis.facts import Fact
from services.chassis.read_model import Projection
from services.chassis.rows import Rows
from services.reference.ledger import Deed, Ledger, Member, Pair, Visit

DDL = """
CREATE TABLE {t} (
    duty_id text PRIMARY KEY,
    programme text NOT NULL,
    duty text NOT NULL,
    kind text NOT NULL,
    owner text NOT NULL,
    unit text NOT NULL,
    period_from date,
    period_until date,
    need int NOT NULL,
    done int NOT NULL,
    recorded_at timestamptz
);
CREATE INDEX ON {t} (programme, period_until)"""


@dataclass(frozen=True, slots=True)
class MissedRow:
    duty_id: str
    programme: str = ""
    duty: str = ""
    kind: str = ""
    owner: str = ""
    unit: str = ""
    period_from: date | None = None
    period_until: date | None = None
    need: int = 0
    done: int = 0
    recorded_at: datetime | None = None


def _missed(row: MissedRow, fact: Fact) -> MissedRow:
    e = fact.event
    assert isinstance(e, DutyMissed), "the only type it handles"
    about = (e.programme_id, e.duty, e.kind, e.owner, e.unit, e.period_from, e.period_until)
    return MissedRow(row.duty_id, *about, e.need, e.done, fact.time)


ROWS: Rows[MissedRow] = Rows("duty_missed", MissedRow, lambda fact: fact.stream.removeprefix("duty-"), _missed)
MISSED = Projection("duties_missed", 1, (DutyMissed,), {"duty_missed": DDL}, ROWS.apply)

READS = (
    "pairings",
    "activities",
    "visits_paid",
    "attendance",
    "role_holders",
    "persons",
    "units",
    "programmes",
    "course",
)
"""What must be taken in before a duty is judged, or shown as it stands."""

MEMBERS = """
SELECT m.person, m.unit, m.since, m.earlier, u.level, p.rank FROM unit_member m
  JOIN unit u ON u.unit_id = m.unit JOIN person p ON p.person_id = m.person ORDER BY m.person"""
HOLDERS = "SELECT person, unit, role, since, until FROM role_holder ORDER BY person, role"
PAIRS = """
SELECT pairing_id, kind, owner, target, target_kind, since, until, card_on, recorded_at, ended_at FROM pairing
 WHERE programme = $1"""
DEEDS = """
SELECT activity_id, kind, held_on AS on, recorded_at, unit, persons, topic, document, withdrawn_at FROM activity
 WHERE programme = $1"""
VISITS = """
SELECT visit_id, subject, visitors, mode, made_on AS on, recorded_at FROM visit_paid
 WHERE programme = $1 AND met"""

MISSED_THEN = """
SELECT kind, owner, period_until, done FROM duty_missed WHERE programme = $1 AND period_until BETWEEN $2 AND $3"""


async def members(pool: asyncpg.Pool) -> list[Member]:
    """Everybody of every unit while they belonged to it, and every holder of a role."""
    levels = {row["unit_id"]: row["level"] for row in await pool.fetch("SELECT unit_id, level FROM unit")}
    people: list[Member] = []
    for row in await pool.fetch(MEMBERS):
        who, rank = row["person"], row["rank"]
        for unit, since, until in json.loads(row["earlier"]):
            came, left = datetime.fromisoformat(since), datetime.fromisoformat(until)
            people.append(Member(who, unit, levels.get(unit, ""), None, came, left, rank))
        people.append(Member(who, row["unit"], row["level"], None, row["since"], rank=rank))
    held = await pool.fetch(HOLDERS)
    return people + [Member(row["person"], row["unit"], "", row["role"], row["since"], row["until"]) for row in held]


async def ledger(pool: asyncpg.Pool, programme: str) -> Ledger:
    """All of a programme that counts or counted, with when it was recorded and taken back."""
    deeds = [Deed(**{**dict(row), "persons": tuple(row["persons"])}) for row in await pool.fetch(DEEDS, programme)]
    visits = [Visit(**{**dict(row), "visitors": tuple(row["visitors"])}) for row in await pool.fetch(VISITS, programme)]
    pairs = [Pair(**row) for row in await pool.fetch(PAIRS, programme)]
    return Ledger(await members(pool), pairs, deeds, visits)


async def missed(pool: asyncpg.Pool, programme: str, since: date, until: date) -> dict[tuple[str, str, date], int]:
    """How many were done of what was recorded as missed, by kind, owner and last day."""
    rows = await pool.fetch(MISSED_THEN, programme, since, until)
    return {(row["kind"], row["owner"], row["period_until"]): row["done"] for row in rows}
