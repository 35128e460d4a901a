"""Whether what a visit or a request names is in the directory; a read model that is behind is waited for once."""

from collections.abc import Iterable, Sequence
from typing import Any

from services.intake.domain.new_request import Unknown
from services.intake.read import subjects
from services.intake.web.reads import Reads


async def subject(found: Reads, subject_id: str) -> Any | None:
    """The subject's row; None when nobody registered it."""
    row = await subjects.one(found.pool, subject_id)
    if row is None:
        await found.caught_up("subjects")
        row = await subjects.one(found.pool, subject_id)
    return row


async def grid_of(found: Reads, subject: Any | None, territory: str | None = None) -> dict[str, str]:
    """The cell of every layer: the subject's own, else that of its village or community, else of what is above."""
    if subject is None:
        return await found.grid.around(territory)
    own = dict(pair.split(" ", 1) for pair in subject["cells"])
    return {**await found.grid.around(subject["community_unit"] or subject["territory_unit"]), **own}


async def layers_of(found: Reads, grid_ids: Iterable[str]) -> dict[str, str]:
    """Which layer each of these cells is of; those that nobody defined are left out."""
    wanted = set(grid_ids)
    known = {cell.grid_id: cell.layer for cell in await found.grid.cells(wanted)} if wanted else {}
    if wanted - known.keys():
        await found.caught_up("grid")
        known = {cell.grid_id: cell.layer for cell in await found.grid.cells(wanted)}
    return known


async def unknown_units(found: Reads, named: Sequence[tuple[str, str]]) -> tuple[Unknown, ...]:
    """Of (field, unit) those whose unit the directory does not have; each code is asked for once."""
    wanted = {unit for _, unit in named}
    known = await found.directory.known_units(wanted)
    if not wanted <= known:
        await found.caught_up("units")
        known = await found.directory.known_units(wanted)
    return tuple(Unknown(field, "unit") for field, unit in named if unit not in known)
