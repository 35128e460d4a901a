"""A follow-up that supervision scheduled: the case waits for its verdict (核验中)."""

from contracts.supervision import FollowUpScheduled
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.dispatch.domain.commands import StartVerification
from services.dispatch.domain.decide import dispatch_case, stream


async def react(fact: Fact, ctx: ReactContext) -> None:
    """Each leg of a round says so; the case changes with the first."""
    event = fact.event
    assert isinstance(event, FollowUpScheduled), "the only type it handles"
    command = StartVerification(event.case_no, event.followup_id, event.round)
    await ctx.commands.handle(dispatch_case, stream(event.case_id), command, caused_by(fact, "verify"))


VERIFYING = Reactor(name="follow-up-to-verification", handles=(FollowUpScheduled,), react=react)
