"""A consultation is noted in each case that it was about, and its decisions become orders there (JW-20, LT-20)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import asyncpg

from contracts.dispatch import ConsultationHeld, Decision, Dues
from services.chassis.deadlines import DueInPast, due
from services.chassis.decider import Rejected
from services.chassis.facts import Fact
from services.chassis.identity import effect_id
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.chassis.words import N_
from services.dispatch.domain.commands import IssueOrders, NewOrder, NoteConsultation
from services.dispatch.domain.decide import dispatch_case, stream
from services.dispatch.domain.routing import leader_names_lead
from services.dispatch.read.answering import Answering, answering
from services.reference.programmes import ActivePack, Programmes

ROW = """
SELECT b.programme, b.urgency, n.case_no FROM case_board b JOIN case_number n USING (case_id) WHERE b.case_id = $1
"""
KIND = "consultation"
"""The kind of an order that a consultation decided."""

NOT_YET_ORDERS = frozenset({"order-incomplete", "no-designated-lead"})
"""The pack wants more than the consultation said: who answers for the order, or who leads several departments."""


async def react(fact: Fact, ctx: ReactContext) -> None:
    """By the rules in force; the deadlines are the decisions' own."""
    event = fact.event
    assert isinstance(event, ConsultationHeld), "the only type it handles"
    refused: list[Rejected] = []
    for case_id in event.case_ids:
        try:
            await _note(case_id, event, fact, ctx)
        except Rejected as error:
            refused.append(error)  # the other cases take note all the same
    if refused:
        raise refused[0]


async def _note(case_id: str, event: ConsultationHeld, fact: Fact, ctx: ReactContext) -> None:
    row: asyncpg.Record | None = await ctx.pool.fetchrow(ROW, case_id)
    active = await Programmes(ctx.pool).active(row["programme"]) if row else None
    if row is None or active is None:
        raise Rejected("no-such-case", N_("没有这件问题。"))
    required = active.pack.order.required
    orders = [
        _answered(order, await answering(ctx.pool, required, order.to_unit))
        for order in _orders(case_id, event, fact, active, row["urgency"])
    ]
    frame = IssueOrders(
        case_no=row["case_no"],
        orders=tuple(orders),
        issued_by_unit=fact.envelope.actor.unit,
        rule_id=KIND,
        calendar_version=active.calendar.id,
        at=fact.time,
        required=required,
        designated_lead_required=leader_names_lead(active.pack),
    )
    command = NoteConsultation(
        row["case_no"], event.consult_id, event.kind, event.held_at, len(event.decisions), frame.orders, frame
    )
    meta = caused_by(fact, f"note:{case_id}", actor=fact.envelope.actor)
    try:
        await ctx.commands.handle(dispatch_case, stream(case_id), command, meta)
    except Rejected as error:
        if error.code not in NOT_YET_ORDERS:
            raise
        # It was held all the same; what it decided goes out by whoever hands over next.
        await ctx.commands.handle(dispatch_case, stream(case_id), replace(command, orders=(), frame=None), meta)


def _answered(order: NewOrder, who: Answering) -> NewOrder:
    return replace(order, responsible_person=who.person, responsible_leader=who.leader, responsible_dept=who.dept)


def _orders(
    case_id: str, event: ConsultationHeld, fact: Fact, active: ActivePack, urgency: str | None
) -> tuple[NewOrder, ...]:
    """One per unit, with all that it is to do and the last of its deadlines; what lay in the past orders nobody."""
    by_unit: dict[str, list[Decision]] = {}
    for decision in event.decisions:
        if decision.due > fact.time:
            by_unit.setdefault(decision.unit, []).append(decision)
    return tuple(
        NewOrder(
            order_id=effect_id(fact.envelope.id, f"order:{case_id}:{unit}"),
            role="co",
            to_unit=unit,
            kind=KIND,
            dues=_dues(decided, fact.time, active, urgency),
            instruction="\n".join(decision.text for decision in decided)[:LONGEST_NOTE],
        )
        for unit, decided in by_unit.items()
    )


LONGEST_NOTE = 4000
"""What an event's note holds."""


def _dues(decided: Sequence[Decision], at: datetime, active: ActivePack, urgency: str | None) -> Dues:
    finish_by = max(decision.due for decision in decided)
    limit = next((row.sign for row in active.pack.lists.urgency if row.code == urgency), None)
    try:
        sign_by = due(at, limit, active.calendar) if limit else None
    except DueInPast:
        sign_by = None
    return Dues(sign_by=min(sign_by, finish_by) if sign_by else None, finish_by=finish_by)


CONSULTING = Reactor(
    name="consultation-to-case",
    handles=(ConsultationHeld,),
    react=react,
    reads=("case_board", "case_number", "persons", "programmes"),
)
