"""A request that was accepted for another case joins it there; when that case takes it no more, it gets its own."""

import asyncpg

from contracts.intake import RequestAccepted
from services.chassis.decider import Rejected
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.chassis.words import N_
from services.dispatch.domain.commands import JoinRequest
from services.dispatch.domain.decide import dispatch_case, stream
from services.dispatch.domain.state import Status
from services.dispatch.react.opening import case_id_of, open_own
from services.dispatch.read.registered import registered_as
from services.reference.directory import units_below

EFFECT = "join-case"
NUMBER = "SELECT programme, case_no FROM case_number WHERE case_id = $1"


async def react(fact: Fact, ctx: ReactContext) -> None:
    """Once opened on its own it stays so, however often the acceptance is seen."""
    event = fact.event
    assert isinstance(event, RequestAccepted), "the only type it handles"
    if event.join_case is None:
        return
    own, _ = await ctx.commands.load(dispatch_case, stream(case_id_of(event.request_id)))
    if own.status is Status.UNKNOWN:
        try:
            await _join(event, event.join_case, fact, ctx)
            return
        except Rejected:
            pass  # that case is over, or of another programme: 件件有着落, so it gets a case of its own
    await open_own(event.request_id, fact, ctx)


async def _join(event: RequestAccepted, case_id: str, fact: Fact, ctx: ReactContext) -> None:
    row: asyncpg.Record | None = await ctx.pool.fetchrow(NUMBER, case_id)
    if row is None or row["programme"] != fact.envelope.meta.programme:
        raise Rejected("no-such-case", N_("没有这件问题。"))
    registered = await registered_as(ctx.pool, event.request_id)
    command = JoinRequest(
        case_no=row["case_no"],
        request_id=event.request_id,
        link=event.join_as or "merged",
        channel=registered.channel,
        title=registered.title,
        text=registered.text,
        received_at=registered.received_at,
        requester_ref=registered.requester_ref,
        visit_id=registered.visit_id,
        complained_units=registered.complained_units,
        barred=await units_below(ctx.pool, registered.complained_units),
    )
    await ctx.commands.handle(dispatch_case, stream(case_id), command, caused_by(fact, EFFECT))


JOINING = Reactor(name="join-request", handles=(RequestAccepted,), react=react, reads=("case_number", "units"))
