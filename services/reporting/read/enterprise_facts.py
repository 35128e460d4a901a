"""Which places lie in which cells of the enterprise grid; and R18's facts as of a moment."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from contracts.intake import GridCellsUnified
from services.chassis.facts import Fact
from services.chassis.zone import LOCAL
from services.reference.coverage.facts import Subject
from services.reference.place import place_of
from services.reporting.domain.r18 import Enterprise, Input
from services.reporting.read.coverage_facts import covered
from services.reporting.read.moments import Moment, Moments
from services.reporting.read.side_facts import added

LAYER = "enterprise"
"""The layer in which every enterprise lies in one cell (HA-15)."""

PLACED_DDL = """
CREATE TABLE {t} (
    position bigint PRIMARY KEY,
    place_ref text NOT NULL,
    grid_id text
);
CREATE INDEX ON {t} (place_ref, position)
"""


def _placed(fact: Fact) -> tuple[Any, ...]:
    e = fact.event
    assert isinstance(e, GridCellsUnified)
    return place_of(fact), e.place_ref, e.grid_ids.get(LAYER)


ENTERPRISE_FACTS = (added("fact_placed", {GridCellsUnified}, PLACED_DDL, _placed, version=1),)

CELLS = """
SELECT DISTINCT ON (grid_id) grid_id, name, leader FROM fact_cell
 WHERE position <= $1 ORDER BY grid_id, position DESC"""
PLACED = """
SELECT DISTINCT ON (place_ref) place_ref, grid_id FROM fact_placed
 WHERE position <= $1 ORDER BY place_ref, position DESC"""
PAIRED = """
SELECT owner, target FROM pairing
 WHERE programme = $1 AND position <= $2 AND owner_kind = 'person' AND target_kind = 'subject' AND since <= $3
   AND NOT coalesce(ended_position <= $2 AND until < $3, false)
 ORDER BY target, owner"""

MOST_LEVELS = 9
"""Units stand on fewer levels; it ends a circle of parents."""


async def r18_input(moments: Moments, moment: Moment) -> Input:
    """Every enterprise of the register with its cell and cadres; visits, requests and cases of the programme."""
    pool, position = moments.pool, moment.position("intake")
    facts = await covered(pool, moment)
    cells = {row["grid_id"]: row for row in await pool.fetch(CELLS, position)}
    placed = {row["place_ref"]: row["grid_id"] for row in await pool.fetch(PLACED, position)}
    above = {unit: place.parent for unit, place in facts.units.items()}
    cadres: dict[str, list[str]] = {}
    for row in await pool.fetch(PAIRED, moment.programme, position, moment.as_of.astimezone(LOCAL).date()):
        cadres.setdefault(row["target"], []).append(row["owner"])
    found = []
    for one in facts.subjects:
        if one.kind == "enterprise":
            cell = cells.get(_cell_of(one, placed, above) or "")
            leaders = [cell["leader"]] if cell is not None and cell["leader"] else []
            serving = tuple(cadres.get(one.subject_id) or leaders)
            found.append(Enterprise(one.subject_id, one.territory, cell["name"] if cell is not None else None, serving))
    return Input(
        enterprises=found,
        visits=Counter(visit.subject_id for visit in facts.visits),
        needs=Counter(call.subject_id for call in facts.calls if call.subject_id),
        cases=await moments.cases(moment),
    )


def _cell_of(one: Subject, placed: Mapping[str, str | None], above: Mapping[str, str | None]) -> str | None:
    """The nearest: of the enterprise itself, its community, its town, and so on upwards."""
    if cell := placed.get(one.subject_id):
        return cell
    unit: str | None = one.community or one.territory
    for _level in range(MOST_LEVELS):
        if unit is None or (cell := placed.get(unit)):
            return cell if unit is not None else None
        unit = above.get(unit)
    return None
