"""What supervision found: a failed check or a proved misreport sends a case back to work, a review may close it."""

from contracts.dispatch import Durations, ReopenReason
from contracts.supervision import MisreportEstablished, SpotCheckConducted
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.dispatch.domain.commands import ReopenCase, StrikeOff
from services.dispatch.domain.decide import dispatch_case, stream
from services.dispatch.domain.limits import rework
from services.dispatch.domain.state import DONE, Case
from services.reference.programmes import Programmes


async def react(fact: Fact, ctx: ReactContext) -> None:
    """A finding on visits, or on an earlier round, changes no case."""
    match fact.event:
        case SpotCheckConducted(passed=False, case_id=str(case_id), round=round, finding=finding):
            await _reopen(fact, ctx, case_id, "spot_check", finding, round)
        case SpotCheckConducted(passed=True, closes=True, case_id=str(case_id)) as event:
            await _strike_off(fact, ctx, case_id, event)
        case MisreportEstablished(case_id=str(case_id), finding=finding):
            await _reopen(fact, ctx, case_id, "false_report", finding, None)
        case _:
            pass  # passed, or about no case


async def _reopen(
    fact: Fact, ctx: ReactContext, case_id: str, reason: ReopenReason, text: str, round: int | None
) -> None:
    """One that is being worked on again already stays there: a failed check and its misreport are one reopening."""
    case, _ = await ctx.commands.load(dispatch_case, stream(case_id))
    if case.status not in DONE or (round is not None and round < case.round):
        return
    command = ReopenCase(
        case_no=await _number(case_id, ctx),
        reason=reason,
        text=text,
        durations=await _rework(fact, ctx, case),
        by_oversight=True,
    )
    await ctx.commands.handle(dispatch_case, stream(case_id), command, caused_by(fact, f"reopen:{reason}"))


async def _strike_off(fact: Fact, ctx: ReactContext, case_id: str, event: SpotCheckConducted) -> None:
    """The office's review, or one that stands in for the verdict of a requester whom nobody could reach."""
    programme = fact.envelope.meta.programme
    active = await Programmes(ctx.pool).active(programme) if programme else None
    if active is None or active.pack.closure.by == "unit_self":
        return
    command = StrikeOff(
        case_no=await _number(case_id, ctx),
        basis="follow_up" if event.followup_id else "office",
        closure_by=active.pack.closure.by,
        by_unit=fact.envelope.meta.actor.unit,
        by_office=fact.envelope.meta.actor.role == "programme_office",
        followup_id=event.followup_id,
        round=event.round,
    )
    await ctx.commands.handle(dispatch_case, stream(case_id), command, caused_by(fact, "strike-off"))


async def _number(case_id: str, ctx: ReactContext) -> int:
    number: int = await ctx.pool.fetchval("SELECT case_no FROM case_number WHERE case_id = $1", case_id)
    return number


async def _rework(fact: Fact, ctx: ReactContext, case: Case) -> Durations | None:
    """The shorter limits of the next round, where the pack has such for the case's class."""
    programme = fact.envelope.meta.programme
    active = await Programmes(ctx.pool).active(programme) if programme else None
    if active is None or case.classified is None:
        return None
    return rework(active.pack, case.classified.urgency, case.round + 1)


FINDINGS = Reactor(
    name="finding-to-case",
    handles=(SpotCheckConducted, MisreportEstablished),
    react=react,
    reads=("programmes", "case_number"),
)
