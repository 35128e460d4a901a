"""Whom the desk may name on an order: everybody of the directory, by unit."""

from collections.abc import Iterable, Sequence

from services.dispatch.domain.issuing import PERSONS
from services.dispatch.web.reads import Reads
from services.dispatch.web.views import Groups
from services.reference.directory import Unit
from services.reference.programmes import ActivePack


def required_of(active: ActivePack | None) -> frozenset[str]:
    """The fields that the pack wants on an order, as forms name them."""
    return frozenset(name.removesuffix("_id") for name in active.pack.order.required) if active else frozenset()


async def persons_by_unit(found: Reads, units: Sequence[Unit], required: Iterable[str]) -> Groups:
    """Nobody where the pack asks for nobody."""
    if not set(PERSONS) & set(required):
        return []
    rows = await found.pool.fetch("SELECT DISTINCT unit_id, person_id FROM person ORDER BY unit_id, person_id")
    names = await found.directory.person_names(row["person_id"] for row in rows)
    of_unit: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        of_unit.setdefault(row["unit_id"], []).append((row["person_id"], names[row["person_id"]]))
    return [(unit.name, of_unit[unit.unit_id]) for unit in units if unit.unit_id in of_unit]
