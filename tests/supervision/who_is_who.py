"""A directory for stories that name units and persons: intake registers them, as everybody an act names must be."""

from collections.abc import Mapping, Sequence

from contracts.event import Event
from contracts.intake import PersonRegistered, UnitRegistered
from contracts.sealed import Sealed
from services.chassis.log.chain import extend
from services.chassis.service import Service
from tests.spec import stored_events

TOWNS = ("town-a", "town-b")


def registered(units: Sequence[str], persons: Mapping[str, str]) -> list[Event]:
    """Units, and persons by the unit they belong to; their names stay sealed."""
    return [
        *(UnitRegistered(unit_id=unit, name=unit, level="town") for unit in units),
        *(
            PersonRegistered(person_id=person, unit_id=unit, name=Sealed(key_id=f"person-{person}", box="AAAA"))
            for person, unit in persons.items()
        ),
    ]


async def introduce(service: Service, units: Sequence[str] = TOWNS, persons: Mapping[str, str] | None = None) -> None:
    """The first that intake has to say; the read models know it afterwards."""
    messages, chain = [], bytes(32)
    for stored in stored_events(*registered(units, persons or {}), source="intake"):
        chain = extend(chain, stored.payload)
        messages.append((stored.seq, stored.payload, chain))
    await service.log.insert_foreign("intake", 1, messages)
    assert await service.all_caught_up((await service.log.head()).seq, 5)
