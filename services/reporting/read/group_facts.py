"""What groups brought to meetings, row by row; and the input of the month's consolidated report as of a moment."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import asyncpg

from contracts.pack import Pack
from contracts.supervision import MeetingHeld
from services.chassis.facts import Fact
from services.chassis.projection import Connection, Context, Projection
from services.reference.held import held_as
from services.reference.ledger import Member
from services.reference.place import place_of
from services.reporting.domain import r04
from services.reporting.domain.case import Case
from services.reporting.read.moments import Moment, Moments
from services.reporting.read.owing_facts import owing
from services.reporting.read.weekly import LINKS

GROUP_DDL = """
CREATE TABLE {t} (
    position bigint NOT NULL,
    number int NOT NULL,
    programme text NOT NULL,
    cadence text,
    held_at timestamptz NOT NULL,
    unit text NOT NULL,
    done text NOT NULL,
    plan text NOT NULL,
    PRIMARY KEY (position, number)
);
CREATE INDEX ON {t} (programme, held_at)
"""


async def _apply(db: Connection, batch: Sequence[Fact], t: Mapping[str, str], ctx: Context) -> None:
    rows: list[tuple[Any, ...]] = []
    for fact in batch:
        e = fact.event
        assert isinstance(e, MeetingHeld), "the only type it handles"
        where = (e.programme_id, e.cadence_id, e.held_at)
        for number, one in enumerate(e.group_reports, start=1):
            rows.append((place_of(fact), number, *where, one.group, one.done, one.plan))
    await db.copy_records_to_table(t["fact_group_report"], records=rows)


GROUP_FACTS = Projection("fact_group_reports", 1, frozenset({MeetingHeld}), {"fact_group_report": GROUP_DDL}, _apply)

SAID = """
SELECT unit, done, plan FROM fact_group_report
 WHERE programme = $1 AND position <= $2 AND held_at >= $3 AND held_at < $4 ORDER BY held_at, position, number"""

TALKED = """
SELECT subject, visitors, made_on, interviewees, requests FROM visit_paid
 WHERE programme = $1 AND position <= $2 AND met ORDER BY position"""

HEADS, LIAISONS = "unit_leader", "liaison"


async def r04_input(moments: Moments, moment: Moment, pack: Pack) -> r04.Input:
    """Groups are the units of the role that reports at the programme's meetings, else those whose people are paired."""
    pool, intake = moments.pool, moment.position("intake")
    given = await owing(pool, moment, pack)
    roles = {held_as(row.groups) for row in pack.lists.cadence if row.groups}
    holders = [one for one in given.ledger.members if one.role is not None and one.there(moment.as_of)]
    visits = [_talked(row) for row in await pool.fetch(TALKED, moment.programme, intake)]
    said = await pool.fetch(
        SAID, moment.programme, moment.position("supervision"), moment.window_from, moment.window_to
    )
    if roles:
        groups = {one.unit for one in holders if one.role in roles}
    else:
        kinds = [row.kind for row in pack.lists.pairing]
        groups = {
            one.unit
            for one in given.ledger.members
            if (one.role is not None or one.until is None)
            and any(given.ledger.pairs(kind, owner, given.day) for kind in kinds for owner in (one.person, one.unit))
        }
    return r04.Input(
        groups=sorted(groups),
        heads=_first(holders, HEADS),
        liaisons=_first(holders, LIAISONS),
        ledger=given.ledger,
        kinds=[row.kind for row in pack.lists.pairing],
        categories=pack.taxonomy.interviewees,
        visits=visits,
        cases=await _cases(moments, moment, [request for one in visits for request in one.requests]),
        said=[r04.Said(row["unit"], row["done"], row["plan"]) for row in said],
        month=given.month,
        before=(given.month - timedelta(days=1)).replace(day=1),
        day=given.day,
        window_from=moment.window_from,
        window_to=moment.window_to,
    )


def _first(holders: Sequence[Member], role: str) -> dict[str, str]:
    """Who holds a role for each unit; of several the one whose id comes first."""
    return {
        one.unit: one.person for one in sorted(holders, key=lambda one: one.person, reverse=True) if one.role == role
    }


def _talked(row: asyncpg.Record) -> r04.Talked:
    interviewees = tuple((category, n) for category, n in json.loads(row["interviewees"]))
    return r04.Talked(row["subject"], tuple(row["visitors"]), row["made_on"], interviewees, tuple(row["requests"]))


async def _cases(moments: Moments, moment: Moment, requests: Sequence[str]) -> dict[str, Case]:
    """The case that each request led to."""
    links = await moments.pool.fetch(LINKS, list(requests), moment.position("intake"))
    cases = {case.case_id: case for case in await moments.cases(moment)}
    return {row["request_id"]: cases[row["case_id"]] for row in links if row["case_id"] in cases}
