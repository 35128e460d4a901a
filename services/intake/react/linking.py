"""An opened case is linked to the requests it came from."""

from contracts.dispatch import CaseOpened
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.intake.domain.request import LinkRequest, request, stream

AT_ONCE = 8
"""Requests linked at the same time; an import opens thousands of cases, and appends group."""


async def react(fact: Fact, ctx: ReactContext) -> None:
    """Once per request and case."""
    event = fact.event
    assert isinstance(event, CaseOpened), "the only type it handles"
    for request_id in event.request_ids:
        meta = caused_by(fact, f"link-{request_id}")
        await ctx.commands.handle(request, stream(request_id), LinkRequest(event.case_id), meta)


LINKING = Reactor(name="link-request", handles=(CaseOpened,), react=react, parallel=AT_ONCE)
