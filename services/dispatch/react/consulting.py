"""A consultation is noted in each case that it was about, and its decisions become orders there (JW-20, LT-20)."""

from dataclasses import replace

import asyncpg

from contracts.dispatch import ConsultationHeld
from services.chassis.decider import Rejected
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.chassis.words import N_
from services.dispatch.domain.commands import DesignateLead, IssueOrders, NoteConsultation
from services.dispatch.domain.decide import dispatch_case, stream
from services.dispatch.domain.packrules import lead_named_by
from services.dispatch.react import decided
from services.reference.directory import units_below
from services.reference.held import held_as
from services.reference.programmes import Programmes

ROW = """
SELECT b.programme, b.urgency, n.case_no FROM case_board b JOIN case_number n USING (case_id) WHERE b.case_id = $1
"""
HOLDS = "SELECT EXISTS (SELECT FROM person_role WHERE person_id = $1 AND role = $2)"
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
    case, _ = await ctx.commands.load(dispatch_case, stream(case_id))
    naming = lead_named_by(active.pack)
    made = decided.Made(case_id, KIND, fact.envelope.id, fact.time, active, row["urgency"])
    orders = await decided.answered(ctx.pool, required, decided.orders(event.decisions, made))
    frame = IssueOrders(
        case_no=row["case_no"],
        orders=tuple(orders),
        issued_by_unit=fact.envelope.actor.unit,
        rule_id=KIND,
        calendar_version=active.calendar.id,
        at=fact.time,
        required=required,
        barred=await units_below(ctx.pool, case.complained),
        lead_named_by=active.pack.role_name(naming) if naming else None,
    )
    actor = fact.envelope.actor
    own_word = None
    if case.lead is not None and naming and await ctx.pool.fetchval(HOLDS, actor.person, held_as(naming)):
        own_word = DesignateLead(row["case_no"], case.lead.unit, actor.person)
    command = NoteConsultation(
        row["case_no"], event.consult_id, event.kind, event.held_at, len(event.decisions), frame.orders, frame, own_word
    )
    meta = caused_by(fact, f"note:{case_id}", actor=actor)
    try:
        await ctx.commands.handle(dispatch_case, stream(case_id), command, meta)
    except Rejected as error:
        if error.code not in NOT_YET_ORDERS:
            raise
        # It was held all the same; what it decided goes out by whoever hands over next.
        await ctx.commands.handle(
            dispatch_case, stream(case_id), replace(command, orders=(), frame=None, designate=None), meta
        )


CONSULTING = Reactor(
    name="consultation-to-case",
    handles=(ConsultationHeld,),
    react=react,
    reads=("case_board", "case_number", "persons", "programmes", "units"),
)
