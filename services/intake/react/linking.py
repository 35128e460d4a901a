"""Requests are linked to the cases they came to: opened, joined, merged, taken apart again, split."""

from contracts.dispatch import AbsorptionUndone, CaseAbsorbed, CaseOpened, RequestJoined
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.intake.domain.request import LinkRequest, request, stream

AT_ONCE = 8
"""Cases at the same time; an import opens thousands, and appends group. Those of one case stay in order."""


async def react(fact: Fact, ctx: ReactContext) -> None:
    """Once per request and event."""
    match fact.event:
        case CaseOpened() as event:
            # The part of a split takes the place of the whole; the first part to be heard of replaces it.
            for request_id in event.request_ids:
                await _link(request_id, LinkRequest(event.case_id, "new", event.split_from), fact, ctx)
        case RequestJoined() as event:
            await _link(event.request_id, LinkRequest(event.case_id, event.link), fact, ctx)
        case CaseAbsorbed() as event:
            for request_id in event.request_ids:
                await _link(request_id, LinkRequest(event.case_id, event.link, event.from_case), fact, ctx)
        case AbsorptionUndone() as event:
            for request_id in event.request_ids:
                await _link(request_id, LinkRequest(event.to_case, "new", event.case_id), fact, ctx)
        case _:
            pass  # `handles` names these four


async def _link(request_id: str, command: LinkRequest, fact: Fact, ctx: ReactContext) -> None:
    await ctx.commands.handle(request, stream(request_id), command, caused_by(fact, f"link-{request_id}"))


LINKING = Reactor(
    name="link-request",
    handles=(CaseOpened, RequestJoined, CaseAbsorbed, AbsorptionUndone),
    react=react,
    parallel=AT_ONCE,
)
