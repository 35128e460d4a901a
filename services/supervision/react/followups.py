"""A completed case is to be followed up, as its programme's pack samples."""

from contracts.codec import decode
from contracts.dispatch import CaseCompleted, OrderIssued
from services.chassis.deadlines import due
from services.chassis.decider import Rejected
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.chassis.words import N_
from services.reference.programmes import Programmes
from services.supervision.domain.followup import FOLLOW_UP, ScheduleFollowUp

AT_ONCE = 8
"""Completed cases scheduled at the same time."""

ORDERS = "SELECT payload FROM event WHERE stream = $1 AND type = $2 ORDER BY version"


def followup_id(case_id: str, round: int, leg: str) -> str:
    """One follow-up per case, round and leg, however often the completion is seen."""
    return f"f-{case_id}-{round}-{leg}"


async def react(fact: Fact, ctx: ReactContext) -> None:
    event = fact.event
    assert isinstance(event, CaseCompleted), "the only type it handles"
    programme = fact.envelope.meta.programme
    active = await Programmes(ctx.pool).active(programme) if programme else None
    if active is None:
        raise Rejected("programme-not-active", N_("问题所属的活动尚未启用，不能安排回访。"), programme=programme or "")
    policy = active.pack.follow_up
    if policy.mode == "none" or (policy.mode == "sample" and not active.pack.sampled(event.case_id, programme or "")):
        return
    rows = await ctx.pool.fetch(ORDERS, fact.stream, OrderIssued.TYPE)
    units = {order.to_unit for row in rows if isinstance(order := decode(row["payload"]).event, OrderIssued)}
    for leg in policy.legs:
        command = ScheduleFollowUp(
            followup_id=followup_id(event.case_id, event.round, leg),
            case_id=event.case_id,
            case_no=event.case_no,
            round=event.round,
            leg=leg,
            due=due(fact.time, policy.due, active.calendar),
            sample_rule="all" if policy.mode == "all" else f"{policy.mode} {policy.rate}",
            handler_units=tuple(sorted(units)),
        )
        await ctx.commands.handle(
            FOLLOW_UP, f"followup-{command.followup_id}", command, caused_by(fact, f"follow-up:{leg}")
        )


FOLLOW_UPS = Reactor(
    name="completion-to-follow-up", handles=(CaseCompleted,), react=react, parallel=AT_ONCE, reads=("programmes",)
)
