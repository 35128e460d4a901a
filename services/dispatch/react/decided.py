"""Orders that carry out what people decided together: one for each unit, with the decisions' own deadlines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import asyncpg

from contracts.dispatch import Dues
from services.chassis.deadlines import DueInPast, due
from services.chassis.identity import effect_id
from services.dispatch.domain.commands import NewOrder
from services.dispatch.read.answering import answering
from services.reference.programmes import ActivePack

LONGEST_NOTE = 4000
"""What an event's note holds."""


class Decided(Protocol):
    """Who does what by when, as a consultation or a meeting has it."""

    @property
    def text(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def due(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Made:
    """By what the orders of one case came about: the same cause gives the same orders."""

    case_id: str
    kind: str
    cause: str
    at: datetime
    active: ActivePack
    urgency: str | None
    meeting_id: str | None = None


def orders(decisions: Sequence[Decided], made: Made, *, with_past: bool = False) -> list[NewOrder]:
    """One per unit, with all that it is to do and the last of its deadlines; what lay in the past orders nobody."""
    by_unit: dict[str, list[Decided]] = {}
    for decision in decisions:
        if with_past or decision.due > made.at:
            by_unit.setdefault(decision.unit, []).append(decision)
    return [
        NewOrder(
            order_id=effect_id(made.cause, f"order:{made.case_id}:{unit}"),
            role="co",
            to_unit=unit,
            kind=made.kind,
            dues=_dues(said, made),
            instruction="\n".join(decision.text for decision in said)[:LONGEST_NOTE],
            meeting_id=made.meeting_id,
        )
        for unit, said in by_unit.items()
    ]


async def answered(pool: asyncpg.Pool, required: Sequence[str], given: Sequence[NewOrder]) -> list[NewOrder]:
    """The orders with whom the pack wants named, from the directory."""
    named = []
    for order in given:
        who = await answering(pool, required, order.to_unit)
        named.append(
            replace(order, responsible_person=who.person, responsible_leader=who.leader, responsible_dept=who.dept)
        )
    return named


def _dues(decided: Sequence[Decided], made: Made) -> Dues:
    finish_by = max(decision.due for decision in decided)
    limit = next((row.sign for row in made.active.pack.lists.urgency if row.code == made.urgency), None)
    try:
        sign_by = due(made.at, limit, made.active.calendar) if limit else None
    except DueInPast:
        sign_by = None
    return Dues(sign_by=min(sign_by, finish_by) if sign_by else None, finish_by=finish_by)
