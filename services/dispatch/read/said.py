"""What the desk said of a case last, from the case's own stream: where the desk's form starts when it comes back."""

from dataclasses import dataclass
from typing import TypeVar

import asyncpg

from contracts.codec import decode
from contracts.dispatch import CaseClassified, CaseReopened, CaseRouted, OrderDraft, OrderIssued
from contracts.event import Event

LAST = """
SELECT DISTINCT ON (type) version, payload FROM event
 WHERE stream = $1 AND (type = ANY ($2)
    OR type = $3 AND convert_from(payload, 'UTF8')::json -> 'data' ->> 'role' = 'lead')
 ORDER BY type, version DESC
"""
E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Said:
    """Nothing of it: nobody has said anything yet."""

    classified: CaseClassified | None = None
    prepared: CaseRouted | None = None
    """Only while it waits for its orders (拟办)."""
    order: OrderIssued | None = None
    """The lead's last order, of whatever round."""
    of_this_round: bool = False
    """Classified since it was last opened again: a day that was set by hand counts for one round."""

    def draft(self, lead: str) -> OrderDraft:
        """What the orders are to say; whoever answered for another unit does not answer for this one."""
        if self.prepared is not None and self.prepared.draft is not None:
            return _for(lead, self.prepared.lead, self.prepared.draft)
        if self.order is None:
            return OrderDraft()
        names = set(OrderDraft.model_fields)
        return _for(lead, self.order.to_unit, OrderDraft.model_validate(self.order.model_dump(include=names)))


def _for(lead: str, unit: str, draft: OrderDraft) -> OrderDraft:
    if lead == unit:
        return draft
    return OrderDraft(instruction=draft.instruction, expected_outcome=draft.expected_outcome)


async def said_of(pool: asyncpg.Pool, case_id: str) -> Said:
    """By its last classification, routing, lead order and reopening."""
    whole = [CaseClassified.TYPE, CaseRouted.TYPE, CaseReopened.TYPE]
    rows = await pool.fetch(LAST, f"case-{case_id}", whole, OrderIssued.TYPE)
    found = [(row["version"], decode(row["payload"]).event) for row in rows]
    (classified_at, classified), (routed_at, routed) = _of(found, CaseClassified), _of(found, CaseRouted)
    (issued_at, order), (reopened_at, _reopened) = _of(found, OrderIssued), _of(found, CaseReopened)
    prepared = routed if routed_at > max(issued_at, reopened_at) else None
    return Said(classified, prepared, order, classified_at > reopened_at)


def _of(found: list[tuple[int, Event]], kind: type[E]) -> tuple[int, E | None]:
    """Its version and the event; version 0 where there is none."""
    return next(((version, event) for version, event in found if isinstance(event, kind)), (0, None))
