"""A follow-up's verdict strikes the case off, where the pack says so, or opens another round.

Solved but dissatisfied through no fault of the handler opens none: it is explained on a visit, whose ruling decides.
"""

from contracts.codec import event_of
from contracts.dispatch import Durations
from contracts.supervision import FollowUpConducted
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.dispatch.domain.commands import ReopenCase, StrikeOff
from services.dispatch.domain.decide import dispatch_case, stream
from services.dispatch.domain.limits import rework
from services.dispatch.domain.verdicts import failed
from services.reference.programmes import Programmes

CONDUCTED = "SELECT stream, payload FROM event WHERE stream = ANY ($1) AND type = $2 AND seq < $3"


async def react(fact: Fact, ctx: ReactContext) -> None:
    """Nobody reached: the case stays as it is."""
    event = fact.event
    assert isinstance(event, FollowUpConducted), "the only type it handles"
    if event.verdict == "pass" and (event.closes or await _every_leg_passed(fact, ctx, event)):
        strike = StrikeOff(
            case_no=event.case_no,
            basis="follow_up",
            closure_by="follow_up",
            by_unit=event.reviewer_unit,
            followup_id=event.followup_id,
            round=event.round,
        )
        await ctx.commands.handle(dispatch_case, stream(event.case_id), strike, caused_by(fact, "strike-off"))
    elif failed(event):
        again = ReopenCase(
            case_no=event.case_no,
            reason="follow_up_failed",
            followup_id=event.followup_id,
            round=event.round,
            durations=await _rework(fact, ctx, event),
            max_rounds=await _most_rounds(fact, ctx),
        )
        await ctx.commands.handle(dispatch_case, stream(event.case_id), again, caused_by(fact, "reopen"))


async def _every_leg_passed(fact: Fact, ctx: ReactContext, event: FollowUpConducted) -> bool:
    """Two legs asked at the same moment each see the other as open, so neither says that it closes the case.

    Here they stand in one order: whoever comes last finds the others, whose ids differ only in the leg.
    """
    active = await Programmes(ctx.pool).active(fact.envelope.meta.programme or "")
    if active is None or active.pack.closure.by != "follow_up" or len(active.pack.follow_up.legs) < 2:
        return False
    stem = event.followup_id.removesuffix(event.leg)
    streams = [f"followup-{stem}{leg}" for leg in active.pack.follow_up.legs if leg != event.leg]
    rows = await ctx.pool.fetch(CONDUCTED, streams, FollowUpConducted.TYPE, fact.seq)
    passed = {row["stream"] for row in rows if _passed(row["payload"])}
    return passed == set(streams)


def _passed(payload: bytes) -> bool:
    event = event_of(payload)
    return isinstance(event, FollowUpConducted) and event.verdict == "pass"


async def _most_rounds(fact: Fact, ctx: ReactContext) -> int:
    """Beyond it the case waits for the leading group's word, in its list and on the case's page."""
    active = await Programmes(ctx.pool).active(fact.envelope.meta.programme or "")
    return active.pack.closure.max_rounds if active else 0


async def _rework(fact: Fact, ctx: ReactContext, event: FollowUpConducted) -> Durations | None:
    """The shorter limits of the next round, where the pack has such for the case's class."""
    programme = fact.envelope.meta.programme
    active = await Programmes(ctx.pool).active(programme) if programme else None
    case, _ = await ctx.commands.load(dispatch_case, stream(event.case_id))
    if active is None or case.classified is None:
        return None
    return rework(active.pack, case.classified.urgency, event.round + 1)


VERDICTS = Reactor(name="verdict-to-case", handles=(FollowUpConducted,), react=react, reads=("programmes",))
