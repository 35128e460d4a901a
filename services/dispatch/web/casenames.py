"""The names that a case's history needs: units, persons and other cases, read at once."""

from collections.abc import Sequence

from services.chassis.web import User
from services.dispatch.read import proof
from services.dispatch.web import wording
from services.dispatch.web.reads import Reads
from services.dispatch.web.saying import Names
from services.reference.programmes import ActivePack

PERSONS = (
    "responsible_person", "responsible_leader", "approver", "approved_by", "acting_for", "leader", "by",
)  # fmt: skip
OTHERS = ("into", "from_case", "to_case", "split_from")
"""Fields of events that name persons, and other cases."""


async def names_in(found: Reads, shown: Sequence[proof.Record], active: ActivePack | None, user: User) -> Names:
    """Of everything that the shown records name."""
    told = [record.recorded for record in shown if record.recorded]
    people = {recorded.envelope.actor.person for recorded in told} | {user.person_id}
    others: set[str] = set()
    for recorded in told:
        event = recorded.event
        people |= {value for field in PERSONS if (value := getattr(event, field, None))}
        people |= set(getattr(event, "visitors", ()))
        for field in OTHERS:
            value = getattr(event, field, None) or ()
            others |= {value} if isinstance(value, str) else set(value)
    return Names(
        await found.directory.unit_names(),
        await found.directory.person_names(people),
        wording.category_words(active) if active else {},
        wording.urgency_words(active) if active else {},
        await wording.numbers(found.pool, others),
    )
