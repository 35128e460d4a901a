"""What the weekly analysis is computed from, as of a vector of positions."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import asyncpg

from contracts.pack import Pack
from services.reporting.domain import r14
from services.reporting.domain.facts import CommonFact, DecisionFact, RequestFact
from services.reporting.read.moments import Moment, Moments

REQUESTS = """
SELECT request_id, at, category, territory, subject_id FROM fact_request
 WHERE programme = $1 AND position <= $2 AND at >= $3 AND at < $4 ORDER BY position"""

LINKS = """
SELECT DISTINCT ON (request_id) request_id, case_id, link FROM fact_link
 WHERE request_id = ANY ($1) AND position <= $2 ORDER BY request_id, position DESC"""

CLASSIFIED = """
SELECT case_id, category FROM fact_case
 WHERE case_id = ANY ($1) AND from_position <= $2 AND (to_position IS NULL OR to_position > $2)"""

COMMON = "SELECT * FROM fact_common WHERE position <= $1 ORDER BY position"

DECISIONS = """
SELECT meeting, number, at, kind, text, unit, due, cases FROM fact_decision
 WHERE programme = $1 AND at >= $2 AND at < $3
   AND (source = 'dispatch' AND position <= $4 OR source = 'supervision' AND position <= $5)
 ORDER BY at, source, position, number"""


async def r14_input(moments: Moments, moment: Moment, pack: Pack, before: datetime | None) -> r14.Input:
    """`before`: when the week before began, None in the first week."""
    pool = moments.pool
    requests = await _requests(moments, moment, before or moment.window_from)
    cases = {case.case_id: case for case in await moments.cases(moment)}
    decisions = await pool.fetch(
        DECISIONS,
        moment.programme,
        before or moment.window_from,
        moment.window_from,
        moment.position("dispatch"),
        moment.position("supervision"),
    )
    return r14.Input(
        requests=[one for one in requests if one.at >= moment.window_from],
        before=None if before is None else [one for one in requests if one.at < moment.window_from],
        focus=pack.focus_categories(),
        common=_common(await pool.fetch(COMMON, moment.position("dispatch")), moment.programme),
        decisions=[DecisionFact(**{**dict(row), "cases": tuple(row["cases"])}) for row in decisions],
        cases=cases,
        orders=await moments.orders(moment, set(cases)),
        rules=pack.analysis,
        window_from=moment.window_from,
        window_to=moment.window_to,
        as_of=moment.as_of,
    )


async def _requests(moments: Moments, moment: Moment, since: datetime) -> list[RequestFact]:
    """Registered since then, each with what its case says of it and where it comes from."""
    pool, intake = moments.pool, moment.position("intake")
    rows = await pool.fetch(REQUESTS, moment.programme, intake, since, moment.window_to)
    linked = await pool.fetch(LINKS, [row["request_id"] for row in rows], intake)
    links = {row["request_id"]: row for row in linked}
    classified = await pool.fetch(CLASSIFIED, [row["case_id"] for row in linked], moment.position("dispatch"))
    categories = {row["case_id"]: row["category"] for row in classified}
    communities = await moments.communities(moment, sorted({row["subject_id"] for row in rows if row["subject_id"]}))
    return [_request(row, links.get(row["request_id"]), categories, communities) for row in rows]


def _request(
    row: asyncpg.Record,
    link: asyncpg.Record | None,
    categories: Mapping[str, str | None],
    communities: Mapping[str, str],
) -> RequestFact:
    case_id = link["case_id"] if link else None
    return RequestFact(
        row["request_id"],
        row["at"],
        categories.get(case_id or "") or row["category"],
        communities.get(row["subject_id"] or "") or row["territory"],
        case_id,
        link["link"] if link else None,
    )


def _common(rows: Sequence[asyncpg.Record], programme: str) -> list[CommonFact]:
    """Step by step, in the order in which they were told."""
    found: dict[str, CommonFact] = {}
    for row in rows:
        if row["programme"] not in (None, programme):
            continue
        old = found.get(row["common_id"])
        if old is None and row["programme"] is None:
            continue  # of another programme: its first step names that
        step, at = row["step"], row["at"]
        held = old.cases if old else frozenset[str]()
        found[row["common_id"]] = CommonFact(
            common_id=row["common_id"],
            state=old.state if old and step == "changed" else step,
            proposed_at=at if step == "proposed" else old.proposed_at if old else None,
            declared_at=at if step == "declared" else old.declared_at if old else None,
            category=row["category"] or (old.category if old else None),
            area=row["area"] or (old.area if old else None),
            title=row["title"] or (old.title if old else None),
            cases=(frozenset(row["added"]) if step == "declared" else held | frozenset(row["added"]))
            - frozenset(row["removed"]),
        )
    return list(found.values())
