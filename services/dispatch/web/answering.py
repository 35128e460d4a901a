"""Who answers for an order where nobody was named: the unit's own leader (HA-14, LT-42); the desk names the lead's."""

from dataclasses import dataclass

from services.dispatch.web.context import CaseContext


@dataclass(frozen=True, slots=True)
class Answering:
    """Person, leader and department of one order; None where the unit has nobody."""

    person: str | None = None
    leader: str | None = None
    dept: str | None = None


async def answering(x: CaseContext, unit: str) -> Answering:
    """What the pack asks for, from the directory; of several leaders the first by id, always the same."""
    required = {name.removesuffix("_id") for name in x.active.pack.order.required}
    if not required & {"responsible_person", "responsible_leader", "responsible_dept"}:
        return Answering()
    leaders = await x.reads.directory.persons_of(unit, "unit_leader")
    leader = leaders[0].person_id if leaders else None
    return Answering(leader if "responsible_person" in required else None, leader, unit)
