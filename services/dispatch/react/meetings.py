"""What a meeting of supervision decided reaches the cases that it was about, and becomes orders there (LT-42)."""

import asyncpg

from contracts.supervision import MeetingDecision, MeetingHeld
from services.chassis.decider import Rejected
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.chassis.words import N_
from services.dispatch.domain.commands import DesignateLead, IssueOrders, NoteMeeting
from services.dispatch.domain.decide import dispatch_case, stream
from services.dispatch.domain.packrules import lead_named_by
from services.dispatch.domain.state import Case
from services.dispatch.react import decided
from services.reference.directory import units_below
from services.reference.programmes import Programmes

ROW = """
SELECT b.programme, b.urgency, n.case_no FROM case_board b JOIN case_number n USING (case_id) WHERE b.case_id = $1
"""
KIND = "meeting"
"""The kind of an order that a meeting decided."""


async def react(fact: Fact, ctx: ReactContext) -> None:
    """One note for each case. A decision about no case is the meeting's own to follow, and orders nobody."""
    event = fact.event
    assert isinstance(event, MeetingHeld), "the only type it handles"
    by_case: dict[str, list[MeetingDecision]] = {}
    for decision in event.decisions:
        if decision.case_id is not None:
            by_case.setdefault(decision.case_id, []).append(decision)
    refused: list[Rejected] = []
    for case_id, decisions in by_case.items():
        try:
            await _note(case_id, decisions, event, fact, ctx)
        except Rejected as error:
            refused.append(error)  # the other cases take note all the same
    if refused:
        raise refused[0]


async def _note(
    case_id: str, decisions: list[MeetingDecision], event: MeetingHeld, fact: Fact, ctx: ReactContext
) -> None:
    row: asyncpg.Record | None = await ctx.pool.fetchrow(ROW, case_id)
    active = await Programmes(ctx.pool).active(row["programme"]) if row else None
    if row is None or active is None:
        raise Rejected("no-such-case", N_("没有这件问题。"))
    required = active.pack.order.required
    made = decided.Made(case_id, KIND, fact.envelope.id, fact.time, active, row["urgency"], event.meeting_id)
    orders = await decided.answered(ctx.pool, required, decided.orders(decisions, made, with_past=True))
    case, _ = await ctx.commands.load(dispatch_case, stream(case_id))
    names_lead = lead_named_by(active.pack, case.routed.rule_id if case.routed else "")
    frame = IssueOrders(
        case_no=row["case_no"],
        orders=tuple(orders),
        issued_by_unit=event.owner_unit,
        rule_id=KIND,
        calendar_version=active.calendar.id,
        at=fact.time,
        required=required,
        barred=await units_below(ctx.pool, case.complained),
        lead_named_by=active.pack.role_name(names_lead) if names_lead else None,
    )
    command = NoteMeeting(
        case_no=row["case_no"],
        meeting_id=event.meeting_id,
        kind=event.kind,
        held_at=event.held_at,
        orders=frame.orders,
        frame=frame,
        designate=_lead_as_it_is(case, row["case_no"], names_lead, fact),
    )
    meta = caused_by(fact, f"meeting:{case_id}", actor=fact.envelope.actor)
    await ctx.commands.handle(dispatch_case, stream(case_id), command, meta)


def _lead_as_it_is(case: Case, case_no: int, names_lead: str | None, fact: Fact) -> DesignateLead | None:
    """Where whoever wrote the meeting down is the one to say who leads, helping the lead leaves it where it is."""
    actor = fact.envelope.actor
    if case.lead is None or actor.role != names_lead:
        return None
    return DesignateLead(case_no, case.lead.unit, actor.person)


MEETINGS = Reactor(
    name="meeting-to-order",
    handles=(MeetingHeld,),
    react=react,
    reads=("case_board", "case_number", "persons", "programmes", "units"),
)
