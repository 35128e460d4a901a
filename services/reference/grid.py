"""The grid as a service's own read model knows it: cells by layer, and the cells that each place lies in (HA-27)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from contracts.intake import GridCellDefined, GridCellsUnified
from services.chassis.facts import Fact
from services.chassis.projection import Connection, Context, Projection, Tables
from services.ui.i18n import N_

LAYERS = {
    "enterprise": N_("企业网格"),
    "city": N_("城市管理网格"),
    "community": N_("社区网格"),
    "party": N_("党建网格"),
}
"""Words for the layers that programmes name (HA-15, HA-24 to HA-26); another layer is called by its code."""

CELL_DDL = """
CREATE TABLE {t} (
    grid_id text PRIMARY KEY,
    layer text NOT NULL,
    level text NOT NULL,
    name text NOT NULL,
    parent text,
    unit_id text,
    leader text,
    members text[] NOT NULL
);
CREATE INDEX ON {t} (layer, level)"""

PLACE_DDL = """
CREATE TABLE {t} (
    place_ref text NOT NULL,
    layer text NOT NULL,
    grid_id text NOT NULL,
    PRIMARY KEY (place_ref, layer)
)"""

_AROUND = """
WITH RECURSIVE up AS (
    SELECT $1::text AS place_ref, 0 AS far
    UNION SELECT u.parent, up.far + 1 FROM unit u JOIN up ON u.unit_id = up.place_ref
     WHERE u.parent IS NOT NULL AND up.far < 9
) SELECT layer, grid_id FROM up JOIN place_cell USING (place_ref) ORDER BY far DESC"""
"""The nearest comes last; units stand on fewer levels than the limit, which ends a circle of parents."""

_UPWARD = """
WITH RECURSIVE up AS (
    SELECT grid_id, layer, unit_id, parent, 0 AS far FROM grid_cell WHERE grid_id = ANY ($1)
    UNION SELECT g.grid_id, g.layer, g.unit_id, g.parent, up.far + 1 FROM grid_cell g JOIN up ON g.grid_id = up.parent
) SELECT layer, unit_id FROM up WHERE unit_id IS NOT NULL ORDER BY layer, far"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of one layer."""

    grid_id: str
    layer: str
    level: str
    name: str
    parent: str | None
    unit_id: str | None
    leader: str | None
    members: tuple[str, ...] = ()


class Grid:
    """Queries over the views `grid_cell` and `place_cell`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def cells(self, ids: Iterable[str] | None = None) -> list[Cell]:
        """All cells, or the given ones; by layer, the highest first."""
        rows = await self._pool.fetch(
            """SELECT * FROM grid_cell WHERE $1::text[] IS NULL OR grid_id = ANY ($1)
               ORDER BY layer, array_position(ARRAY['district', 'town', 'community'], level), grid_id""",
            None if ids is None else list(set(ids)),
        )
        return [Cell(**{**dict(row), "members": tuple(row["members"])}) for row in rows]

    async def around(self, place: str | None) -> dict[str, str]:
        """By layer the nearest cell: of the place itself, else of the unit above it, and so on."""
        rows = await self._pool.fetch(_AROUND, place) if place else []
        return {row["layer"]: row["grid_id"] for row in rows}

    async def units_of(self, grid_ids: Sequence[str]) -> dict[str, list[str]]:
        """By layer the units of these cells and of the cells above them, the nearest first."""
        found: dict[str, list[str]] = {}
        for row in await self._pool.fetch(_UPWARD, list(grid_ids)) if grid_ids else []:
            found.setdefault(row["layer"], []).append(row["unit_id"])
        return found


def coverage(cells: Sequence[Cell]) -> dict[str, tuple[int, int]]:
    """Of each layer how many cells have somebody who answers for them, and how many there are (K11)."""
    counted: dict[str, tuple[int, int]] = {}
    for cell in cells:
        named, whole = counted.get(cell.layer, (0, 0))
        counted[cell.layer] = named + bool(cell.leader), whole + 1
    return counted


def below(cells: Sequence[Cell], grid_id: str) -> list[str]:
    """A cell and all that stand below it."""
    found = [grid_id]
    for one in found:
        found += [cell.grid_id for cell in cells if cell.parent == one and cell.grid_id not in found]
    return found


async def _apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    for fact in batch:
        match fact.event:
            case GridCellDefined() as e:
                await db.execute(
                    f"""INSERT INTO {t["grid_cell"]} VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                        ON CONFLICT (grid_id) DO UPDATE SET name = excluded.name, parent = excluded.parent,
                        unit_id = excluded.unit_id, leader = excluded.leader, members = excluded.members""",  # noqa: S608
                    *(e.grid_id, e.layer, e.level, e.name, e.parent, e.unit_id, e.leader, list(e.members)),
                )
            case GridCellsUnified() as e:
                await _place(db, t["place_cell"], e.place_ref, e.grid_ids)
            case _:
                pass  # another type never arrives: `handles` names these


async def _place(db: Connection, table: str, place_ref: str, grid_ids: Mapping[str, str]) -> None:
    """What was said of the place before is replaced as a whole."""
    await db.execute(f"DELETE FROM {table} WHERE place_ref = $1", place_ref)  # noqa: S608
    await db.executemany(
        f"INSERT INTO {table} VALUES ($1, $2, $3)",  # noqa: S608
        [(place_ref, layer, grid) for layer, grid in grid_ids.items()],
    )


GRID = Projection(
    name="grid",
    version=1,
    handles=frozenset({GridCellDefined, GridCellsUnified}),
    ddl={"grid_cell": CELL_DDL, "place_cell": PLACE_DDL},
    apply=_apply,
)
