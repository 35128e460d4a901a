"""The detector of common issues: the same matter several times in one area within some days is proposed, once."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import asyncpg

from contracts.dispatch import CaseClassified, CaseOpened
from contracts.pack import parse_pack
from contracts.pack.tables import Detector
from services.chassis.facts import Fact
from services.chassis.identity import effect_id
from services.chassis.log.types import Claim, ClaimTaken
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.dispatch.domain.grouping import LIVING, Stage, common_issue, stream
from services.dispatch.domain.grouping_commands import ProposeCommon
from services.dispatch.read import cases
from services.dispatch.read.similar_search import Matter, least_likeness, ranking

NAME = "common-issue-detector"
EFFECT = "propose-common"

PARSED_PACKS = 32
HIGHEST = 6
"""Levels of units above one another; a directory in a circle ends here."""

_PACK = "SELECT content FROM programme WHERE programme_id = $1 ORDER BY pack_version DESC LIMIT 1"
_BOARD = """
SELECT case_id, category, territory, opened_at FROM case_board
 WHERE case_id = ANY ($1) AND programme = $2 AND opened_at BETWEEN $3 AND $4 AND step NOT IN ('merged', 'split')
"""
_KNOWN = "SELECT members, proposed, stage FROM common_issue WHERE members && $1 OR proposed && $1"
_OPEN = (Stage.PROPOSED, *LIVING)


async def react(fact: Fact, ctx: ReactContext) -> None:
    """When a case is opened, and again when a person said what it is about."""
    assert isinstance(fact.event, CaseOpened | CaseClassified), "the two types it handles"
    row = await cases.one(ctx.pool, fact.event.case_id)
    content = await ctx.pool.fetchval(_PACK, row["programme"]) if row else None
    if row is None or content is None:
        return
    detector = _detector(content)
    if detector.same_category and row["category"] is None:
        return
    members = await fresh_members(ctx.pool, row, detector)
    if len(members) < detector.cases:
        return
    common_id = effect_id(fact.envelope.id, EFFECT)
    towns = await _towns(ctx.pool)
    command = ProposeCommon(
        common_id=common_id,
        programme_id=row["programme"],
        case_ids=tuple(members),
        category=row["category"] if detector.same_category else None,
        area=_area(row["territory"], detector.area, towns),
        within_days=detector.days,
        likeness=await least_likeness(ctx.pool, members),
    )
    # Claimed for ever: what a person was asked about once is not asked again.
    claims = [Claim(f"detected:{case_id}", stream(common_id)) for case_id in members]
    try:
        await ctx.commands.handle(common_issue, stream(common_id), command, caused_by(fact, EFFECT), claims=claims)
    except ClaimTaken:
        return  # an earlier event proposed some of these, and the read model did not show it yet


async def fresh_members(pool: asyncpg.Pool, row: asyncpg.Record, detector: Detector) -> list[str]:
    """The case with those alike to it in its area and time, oldest first; none of them was ever proposed.

    None at all when one of them stands in an open proposal or a living common issue: there the new case is shown.
    """
    since = row["opened_at"] - timedelta(days=detector.days)
    matter = Matter(row["title"], case_id=row["case_id"])
    wanted = row["category"] if detector.same_category else None
    ranked = await ranking(pool, matter, category=wanted, since=since)
    alike = [one.case_id for one in ranked if one.likeness * 100 >= detector.likeness]
    if len(alike) + 1 < detector.cases or (row["territory"] is None and detector.area != "district"):
        return []  # too few, or nobody knows where it was: then it shares no area with anything
    near = await _near(pool, row, alike, since, detector)
    seen: set[str] = set()
    for known in await pool.fetch(_KNOWN, near):
        if Stage(known["stage"]) in _OPEN:
            return []
        seen |= {*known["members"], *known["proposed"]}
    return [case_id for case_id in near if case_id not in seen]


async def _near(
    pool: asyncpg.Pool, row: asyncpg.Record, alike: Sequence[str], since: datetime, detector: Detector
) -> list[str]:
    towns = await _towns(pool)
    here = _area(row["territory"], detector.area, towns)
    rows = await pool.fetch(_BOARD, [row["case_id"], *alike], row["programme"], since, row["opened_at"])
    near = [one for one in rows if _area(one["territory"], detector.area, towns) == here]
    return [one["case_id"] for one in sorted(near, key=lambda one: (one["opened_at"], one["case_id"]))]


async def _towns(pool: asyncpg.Pool) -> dict[str, tuple[str, str | None]]:
    """Level and parent of every unit: a district has hundreds."""
    rows = await pool.fetch("SELECT unit_id, level, parent FROM unit")
    return {row["unit_id"]: (row["level"], row["parent"]) for row in rows}


def _area(territory: str | None, width: str, units: Mapping[str, tuple[str, str | None]]) -> str | None:
    """The unit that counts as the area; None where the whole district is one, or nobody knows where it was."""
    if width == "district" or territory is None:
        return None
    unit = territory
    for _step in range(HIGHEST if width == "town" else 0):
        level, parent = units.get(unit, ("", None))
        if level == "town" or parent is None or units.get(parent, ("", None))[0] == "district":
            break
        unit = parent
    return unit


@lru_cache(PARSED_PACKS)
def _detector(content: str) -> Detector:
    return parse_pack(content.encode()).detector


DETECTING = Reactor(
    name=NAME,
    handles=(CaseOpened, CaseClassified),
    react=react,
    start_at="now",
    reads=("case_board", "case_shingle", "common_issues"),
)
"""`start_at`: on an installation that has run for years the matters of years ago are nobody's to decide now."""
