"""Reading the facts as of a vector of positions: what a report is computed from, and what it is computed from again."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

import asyncpg

from services.reporting.domain import kpi, r02, r03, r09
from services.reporting.domain.case import DONE, GONE, Case
from services.reporting.domain.facts import Asked, FollowUpFact, Heard, OrderFact, RequestFact
from services.reporting.read.case_facts import case_of

CASES = """
SELECT * FROM fact_case
 WHERE programme = $1 AND from_position <= $2 AND (to_position IS NULL OR to_position > $2)
   AND status <> ALL ($3::text[])
 ORDER BY opened_position"""

# Recorded time never goes back within a source: what was before an instant was before a position.
BEFORE = "SELECT coalesce(max(from_position), 0) FROM fact_case WHERE from_time < $1 AND from_position <= $2"

OPEN = """
SELECT case_id FROM fact_case
 WHERE programme = $1 AND from_position <= $2 AND (to_position IS NULL OR to_position > $2)
   AND status <> ALL ($3::text[])"""

ORDERS = "SELECT * FROM fact_order WHERE issued_position BETWEEN 1 AND $1"

FOLLOW_UPS = """
SELECT DISTINCT ON (case_id) case_id, round, verdict, satisfaction FROM fact_followup
 WHERE position <= $1 ORDER BY case_id, round DESC, position DESC"""

HEARD = """
SELECT case_id, round, leg, reached, contacted, solved, satisfaction FROM fact_followup WHERE position <= $1
 ORDER BY position"""

ASKED = """
SELECT DISTINCT case_id, round, leg FROM fact_asking a
 WHERE position <= $1
   AND NOT EXISTS (SELECT FROM fact_unasked u
                    WHERE u.case_id = a.case_id AND u.round = a.round AND u.leg = a.leg AND u.position <= $1)
 ORDER BY case_id, round, leg"""

# Who had led a round is who completed it; the next round may be another's.
LED = """
SELECT DISTINCT ON (case_id, round) case_id, round, lead_unit FROM fact_case
 WHERE programme = $1 AND status = 'completed' AND from_position <= $2 ORDER BY case_id, round, from_position DESC"""

BESIDE = """
SELECT DISTINCT ON (case_id, round) case_id, round, unit FROM fact_order
 WHERE role = 'territory' AND issued_position BETWEEN 1 AND $1
   AND (cancelled_position IS NULL OR cancelled_position > $1)
 ORDER BY case_id, round, issued_position DESC"""

COMMUNITIES = """
SELECT DISTINCT ON (subject_id) subject_id, community FROM fact_subject
 WHERE position <= $1 AND subject_id = ANY ($2) AND community IS NOT NULL ORDER BY subject_id, position DESC"""


TERRITORY = "territory"
"""The leg of a follow-up that asks about the community's side."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a report stands: how far each source is read (its place), the instant it speaks of, and its window."""

    programme: str
    vector: Mapping[str, int]
    as_of: datetime
    window_from: datetime
    window_to: datetime

    def position(self, source: str) -> int:
        return self.vector.get(source, 0)


class Moments:
    """Queries over the fact tables, each bounded by positions."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def cases(self, moment: Moment) -> list[Case]:
        """Every case of the programme that counts, as it was."""
        rows = await self.pool.fetch(CASES, moment.programme, moment.position("dispatch"), GONE)
        return [case_of(row) for row in rows]

    async def open_at(self, moment: Moment, instant: datetime) -> set[str]:
        """The cases that were not done just before `instant`."""
        position = await self.pool.fetchval(BEFORE, instant, moment.position("dispatch"))
        return {row["case_id"] for row in await self.pool.fetch(OPEN, moment.programme, position, DONE + GONE)}

    async def orders(self, moment: Moment, cases: set[str]) -> list[OrderFact]:
        """Orders of these cases with what was known of their returns."""
        position = moment.position("dispatch")
        rows = await self.pool.fetch(ORDERS, position)
        return [
            OrderFact(
                row["order_id"],
                row["case_id"],
                row["unit"],
                (row["returned_position"] or position + 1) <= position,
                (row["refused_position"] or position + 1) <= position,
                (row["completed_position"] or position + 1) <= position,
                (row["cancelled_position"] or position + 1) <= position,
            )
            for row in rows
            if row["case_id"] in cases
        ]

    async def heard(self, moment: Moment, cases: set[str]) -> list[Heard]:
        """What every follow-up of these cases heard, in every round and leg."""
        rows = await self.pool.fetch(HEARD, moment.position("supervision"))
        return [_heard(row) for row in rows if row["case_id"] in cases]

    async def asked(self, moment: Moment, cases: Collection[Case]) -> list[Asked]:
        """Every follow-up that these cases were to have, with what it heard by then."""
        rows = await self.pool.fetch(HEARD, moment.position("supervision"))
        heard = {(row["case_id"], row["round"], row["leg"]): _heard(row) for row in rows}
        led = await self.pool.fetch(LED, moment.programme, moment.position("dispatch"))
        beside = await self.pool.fetch(BESIDE, moment.position("dispatch"))
        leads = {(row["case_id"], row["round"]): row["lead_unit"] for row in led}
        sides = {case.case_id: case.territory for case in cases}
        grounds = {(row["case_id"], row["round"]): row["unit"] for row in beside}
        found = []
        for case_id, number, leg in await self.pool.fetch(ASKED, moment.position("supervision")):
            if case_id in sides and leg != kpi.EXPLANATION:
                of = (case_id, number)
                unit = grounds.get(of, sides[case_id]) if leg == TERRITORY else leads.get(of)
                found.append(Asked(case_id, number, leg, unit, heard.get((case_id, number, leg))))
        return found

    async def r09(self, moment: Moment) -> r09.Input:
        cases = await self.cases(moment)
        return r09.Input(cases, await self.asked(moment, cases))

    async def requests(self, moment: Moment) -> list[RequestFact]:
        rows = await self.pool.fetch(
            "SELECT request_id, at FROM fact_request WHERE programme = $1 AND position <= $2 ORDER BY position",
            moment.programme,
            moment.position("intake"),
        )
        return [RequestFact(row["request_id"], row["at"]) for row in rows]

    async def r03(self, moment: Moment, planned: Fraction | None) -> r03.Input:
        cases = await self.cases(moment)
        return r03.Input(
            cases=cases,
            carried=await self.open_at(moment, moment.window_from),
            orders=await self.orders(moment, {case.case_id for case in cases}),
            window_from=moment.window_from,
            window_to=moment.window_to,
            as_of=moment.as_of,
            planned=planned,
        )

    async def r02(self, moment: Moment) -> r02.Input:
        cases = await self.cases(moment)
        noted = {p for case in cases for p in (case.plan_position, case.progress_position) if p}
        subjects = sorted({case.subject_id for case in cases if case.subject_id})
        notes = await self.pool.fetch("SELECT position, words FROM fact_note WHERE position = ANY ($1)", list(noted))
        heard = await self.pool.fetch(FOLLOW_UPS, moment.position("supervision"))
        return r02.Input(
            cases=cases,
            notes={row["position"]: row["words"] for row in notes},
            followups={row["case_id"]: FollowUpFact(**row) for row in heard},
            communities=await self.communities(moment, subjects),
            as_of=moment.as_of,
        )

    async def communities(self, moment: Moment, subjects: list[str]) -> dict[str, str]:
        """The community or village of each subject that has one."""
        rows = await self.pool.fetch(COMMUNITIES, moment.position("intake"), subjects)
        return {row["subject_id"]: row["community"] for row in rows}

    async def titles(self, cases: list[str]) -> dict[str, str]:
        """Sealed titles by case."""
        rows = await self.pool.fetch("SELECT case_id, title FROM fact_title WHERE case_id = ANY ($1)", cases)
        return {row["case_id"]: row["title"] for row in rows}

    async def request_titles(self, requests: list[str]) -> dict[str, str]:
        """Sealed titles by request."""
        rows = await self.pool.fetch("SELECT request_id, title FROM fact_request WHERE request_id = ANY ($1)", requests)
        return {row["request_id"]: row["title"] for row in rows}


def _heard(row: asyncpg.Record) -> Heard:
    return Heard(row["case_id"], row["leg"], row["reached"], row["contacted"], row["solved"], row["satisfaction"])
