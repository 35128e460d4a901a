"""A completed case is to be followed up, as its programme's pack samples; a dissatisfaction that is nobody's fault is
to be explained on a visit."""

from datetime import datetime

from contracts.codec import decode
from contracts.dispatch import CaseClassified, CaseCompleted, OrderIssued
from contracts.event import Event
from contracts.supervision import FollowUpConducted, FollowUpScheduled
from services.chassis.deadlines import due
from services.chassis.decider import Rejected
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.chassis.words import N_
from services.reference.programmes import ActivePack, Programmes
from services.supervision.domain.call_draw import POPULATION as CALLS
from services.supervision.domain.call_draw import lot_of
from services.supervision.domain.followup import (
    ENDING,
    FOLLOW_UP,
    CancelFollowUp,
    ScheduleFollowUp,
    ends,
    over,
)

AT_ONCE = 8
"""Completed cases scheduled at the same time."""

SAID = "SELECT payload FROM event WHERE stream = $1 AND type = ANY ($2) AND seq <= $3 ORDER BY version"
SEED = """
SELECT coalesce(c.seed, s.seed) FROM spot_check c LEFT JOIN draw_seed s USING (check_id)
 WHERE c.population = $1 AND c.programme = $2 AND c.population_from <= $3 AND c.population_to > $3
"""
"""Fixed before the case was completed; it is kept until its month is over, and then stands in the log."""

WAITING = "SELECT followup_id, round FROM followup_queue WHERE case_id = $1 AND verdict IS NULL AND cancelled IS NULL"
ROUNDS = "SELECT payload FROM event WHERE stream = $1 AND type = ANY ($2) ORDER BY version"

EXPLANATION = "explanation"
"""The leg of a visit that explains; it is nobody's side and counts in no rate."""


def followup_id(case_id: str, round: int, leg: str) -> str:
    """One follow-up per case, round and leg, however often the completion is seen."""
    return f"f-{case_id}-{round}-{leg}"


async def react(fact: Fact, ctx: ReactContext) -> None:
    event = fact.event
    if isinstance(event, ENDING):
        await _no_more_of(event, fact, ctx)
        return
    if isinstance(event, FollowUpScheduled):
        await _too_late(event, fact, ctx)
        return
    programme = fact.envelope.meta.programme
    active = await Programmes(ctx.pool).in_force(programme, fact.time) if programme else None
    if active is None:
        raise Rejected("programme-not-active", N_("问题所属的活动尚未启用，不能安排回访。"), programme=programme or "")
    match event:
        case CaseCompleted():
            await _call_back(event, active, fact, ctx)
        case FollowUpConducted(verdict="fail", solved=True, attributable=False) if event.leg != EXPLANATION:
            await _explain(event, active, fact, ctx)
        case _:
            pass  # passed, reached nobody, or sends the case back by itself


async def _call_back(event: CaseCompleted, active: ActivePack, fact: Fact, ctx: ReactContext) -> None:
    """One follow-up for each leg that the pack names (双向回访 has two)."""
    rows = await ctx.pool.fetch(SAID, fact.stream, [OrderIssued.TYPE, CaseClassified.TYPE], fact.seq)
    said = [decode(row["payload"]).event for row in rows]
    classified = [one for one in said if isinstance(one, CaseClassified)]
    classes = [code for one in classified for code in _classes(one)]
    seed: str | None = await ctx.pool.fetchval(SEED, CALLS, active.programme_id, fact.time)
    rule = active.pack.follow_up_rule(lot_of(event.case_id, event.round), seed, classes)
    if rule is None:
        return
    limit = active.pack.follow_up_due(classified[-1].urgency if classified else None)
    units = {one.to_unit for one in said if isinstance(one, OrderIssued)}
    for leg in active.pack.follow_up.legs:
        command = ScheduleFollowUp(
            followup_id=followup_id(event.case_id, event.round, leg),
            case_id=event.case_id,
            case_no=event.case_no,
            round=event.round,
            leg=leg,
            due=due(_known(fact, ctx), limit, active.calendar),
            sample_rule=rule,
            handler_units=tuple(sorted(units)),
            pack_version=active.pack_version,
        )
        await _schedule(command, fact, ctx)


def _known(fact: Fact, ctx: ReactContext) -> datetime:
    """From when the time to call runs: nobody could call before it was known here, as after an outage."""
    return max(fact.time, ctx.clock.now())


def _classes(event: CaseClassified) -> list[str]:
    return [code for code in (event.urgency, event.difficulty, event.category) if code]


async def _explain(event: FollowUpConducted, active: ActivePack, fact: Fact, ctx: ReactContext) -> None:
    """Solved, but dissatisfied and not through the handler: a visit explains, then the reviewer rules."""
    before, _ = await ctx.commands.load(FOLLOW_UP, fact.stream)
    command = ScheduleFollowUp(
        followup_id=f"{event.followup_id}-{EXPLANATION}",
        case_id=event.case_id,
        case_no=event.case_no,
        round=event.round,
        leg=EXPLANATION,
        due=due(_known(fact, ctx), active.pack.follow_up.due, active.calendar),
        sample_rule="dissatisfied",
        handler_units=tuple(sorted(before.handler_units)),
        explains=event.followup_id,
        pack_version=active.pack_version,
    )
    await _schedule(command, fact, ctx)


async def _no_more_of(event: Event, fact: Fact, ctx: ReactContext) -> None:
    """Nobody is asked any more about the rounds that this event ends."""
    for row in await ctx.pool.fetch(WAITING, fact.stream.removeprefix("case-")):
        if (reason := ends(event, row["round"])) is not None:
            await _cancel(row["followup_id"], CancelFollowUp(reason, fact.time), fact, ctx)


async def _too_late(event: FollowUpScheduled, fact: Fact, ctx: ReactContext) -> None:
    """Set when the round was over already, as after an outage: what ended it found no follow-up to cancel."""
    types = [CaseCompleted.TYPE, *(one.TYPE for one in ENDING)]
    told = [decode(row["payload"]) for row in await ctx.pool.fetch(ROUNDS, f"case-{event.case_id}", types)]
    if command := over([(one.envelope.time, one.event) for one in told], event.round):
        await _cancel(event.followup_id, command, fact, ctx)


async def _cancel(followup_id: str, command: CancelFollowUp, fact: Fact, ctx: ReactContext) -> None:
    meta = caused_by(fact, f"follow-up-cancelled:{followup_id}")
    await ctx.commands.handle(FOLLOW_UP, f"followup-{followup_id}", command, meta)


async def _schedule(command: ScheduleFollowUp, fact: Fact, ctx: ReactContext) -> None:
    meta = caused_by(fact, f"follow-up:{command.leg}")
    await ctx.commands.handle(FOLLOW_UP, f"followup-{command.followup_id}", command, meta)


FOLLOW_UPS = Reactor(
    name="completion-to-follow-up",
    handles=(CaseCompleted, FollowUpConducted, FollowUpScheduled, *ENDING),
    react=react,
    parallel=AT_ONCE,
    reads=("programmes", "spot_checks", "followup_queue"),
)
