"""Who belonged to which unit and held which role, row by row; and what was owed and done, as of a moment."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import asyncpg

from contracts.intake import PersonRegistered, RoleAssigned, RoleRevoked
from contracts.pack import Pack
from services.chassis.facts import Fact
from services.reference.ledger import Deed, Ledger, Member, Pair, Visit
from services.reference.outreach import ACTIVITIES, PAIRINGS, VISITS
from services.reference.place import place_of
from services.reporting.domain.owing import Input, last_day
from services.reporting.read.coverage_facts import UNITS
from services.reporting.read.moments import Moment
from services.reporting.read.side_facts import added

MEMBER_DDL = """
CREATE TABLE {t} (
    position bigint PRIMARY KEY,
    person text NOT NULL,
    unit text NOT NULL,
    rank text NOT NULL,
    role text,
    held bool NOT NULL,
    at timestamptz NOT NULL
);
"""


def _member(fact: Fact) -> tuple[Any, ...]:
    """Without a role: whose people somebody is from then on; with one: that it was given, or taken back."""
    match fact.event:
        case PersonRegistered() as e:
            return place_of(fact), e.person_id, e.unit_id, e.rank, None, True, fact.time
        case RoleAssigned() as e:
            return place_of(fact), e.person_id, e.unit_id, "", e.role, True, fact.time
        case RoleRevoked() as e:
            return place_of(fact), e.person_id, e.unit_id, "", e.role, False, fact.time
        case other:
            raise TypeError(f"{other.TYPE} tells nothing about officials")


OWING_FACTS = (
    added("fact_member", {PersonRegistered, RoleAssigned, RoleRevoked}, MEMBER_DDL, _member, version=1),
    PAIRINGS,
    ACTIVITIES,
    VISITS,
)

MEMBERS = "SELECT person, unit, rank, role, held, at FROM fact_member WHERE position <= $1 ORDER BY position"

# What ended or was handed over only after the moment had not happened yet.
PAIRS = """
SELECT pairing_id, kind, owner, target, target_kind, since,
       CASE WHEN ended_position <= $2 THEN until END AS until,
       CASE WHEN card_position <= $2 THEN card_on END AS card_on,
       recorded_at, CASE WHEN ended_position <= $2 THEN ended_at END AS ended_at
  FROM pairing WHERE programme = $1 AND position <= $2"""

DEEDS = """
SELECT activity_id, kind, held_on AS on, recorded_at, unit, persons, topic, document,
       CASE WHEN withdrawn_position <= $2 THEN withdrawn_at END AS withdrawn_at
  FROM activity WHERE programme = $1 AND position <= $2 AND held_on <= $3"""

PAID = """
SELECT visit_id, subject, visitors, mode, made_on AS on, recorded_at FROM visit_paid
 WHERE programme = $1 AND position <= $2 AND made_on <= $3 AND met"""


@dataclass(frozen=True, slots=True)
class People:
    """The directory as of a moment."""

    members: list[Member]
    ranks: Mapping[str, str]


async def people(pool: asyncpg.Pool, position: int) -> People:
    """Everybody of every unit while they belonged to it, and every holder of a role while they held it."""
    levels = {row["unit_id"]: row["level"] for row in await pool.fetch(UNITS, position)}
    home: dict[str, Member] = {}
    earlier: dict[str, list[Member]] = defaultdict(list)
    held: dict[tuple[str, str, str], Member] = {}
    for row in await pool.fetch(MEMBERS, position):
        person, unit, role, at = row["person"], row["unit"], row["role"], row["at"]
        if role is None:
            before = home.get(person)
            stays = before is not None and before.unit == unit
            if before is not None and not stays:
                earlier[person].append(replace(before, until=at))
            since: datetime | None = before.since if before is not None and stays else at
            home[person] = Member(person, unit, levels.get(unit, ""), None, since, rank=row["rank"])
        elif row["held"]:
            held[person, role, unit] = Member(person, unit, "", role, at)
        elif (person, role, unit) in held:
            held[person, role, unit] = replace(held[person, role, unit], until=at)
    people = [one for person in sorted(home) for one in (*earlier[person], home[person])]
    members = [*people, *(held[one] for one in sorted(held))]
    return People(members, {one.person: one.rank for one in home.values()})


async def owing(pool: asyncpg.Pool, moment: Moment, pack: Pack) -> Input:
    """Everything that the reports of duties are computed from."""
    position = moment.position("intake")
    of_programme = (moment.programme, position)
    last = last_day(moment.as_of, moment.window_to)
    known = await people(pool, position)
    deeds = [Deed(**_with(row, "persons")) for row in await pool.fetch(DEEDS, *of_programme, last)]
    visits = [Visit(**_with(row, "visitors")) for row in await pool.fetch(PAID, *of_programme, last)]
    pairs = [Pair(**row) for row in await pool.fetch(PAIRS, *of_programme)]
    return Input(
        pack=pack,
        ledger=Ledger(known.members, pairs, deeds, visits),
        ranks=known.ranks,
        window_from=moment.window_from,
        window_to=moment.window_to,
        as_of=moment.as_of,
    )


def _with(row: asyncpg.Record, several: str) -> dict[str, Any]:
    found: dict[str, Any] = dict(row)
    return {**found, several: tuple(found[several])}
