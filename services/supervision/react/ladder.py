"""What raises the ladder by itself: breaches, failed follow-ups and checks, falsification; and what takes it away."""

from contracts.dispatch import (
    CaseClosedUnhandled,
    CaseCompleted,
    CaseMerged,
    CaseStruckOff,
    OrderCancelled,
    ReturnRuled,
)
from contracts.event import Event
from contracts.supervision import (
    BreachWithdrawn,
    DeadlineBreached,
    EscalationRaised,
    FollowUpCancelled,
    FollowUpConducted,
    MisreportEstablished,
    RectificationLifted,
    RectificationVerified,
    SpotCheckConducted,
)
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.reference.programmes import Programmes
from services.supervision.domain.ladder import ACCOUNTABILITY
from services.supervision.react import breach_slips, referrals, slips
from services.supervision.react.slip_words import check_words, follow_up_words, misreport_words
from services.supervision.react.telling import active_pack, case_history
from services.supervision.read import slip_keys

FAILED_ROUNDS = """
SELECT count(DISTINCT round) FROM followup_queue
 WHERE case_id = $1 AND verdict = 'fail' AND concluded_at <= $2 AND NOT coalesce(solved AND NOT attributable, false)
"""
LEGS_BEFORE = """
SELECT count(*) FROM followup_queue
 WHERE case_id = $1 AND round = $2 AND verdict = 'fail' AND followup_id <> $3 AND concluded_at <= $4
   AND NOT coalesce(solved AND NOT attributable, false)
"""
"""A dissatisfaction that is nobody's fault is explained first; the ruling on that fails or passes by itself."""

BY_OTHERS = ("follow_up", "office")
"""Who struck the case off when it was not the unit itself: only then its slip goes with it."""


async def react(fact: Fact, ctx: ReactContext) -> None:
    match fact.event:
        case DeadlineBreached() as e:
            await breach_slips.breached(e, fact, ctx)
        case BreachWithdrawn() as e:
            await breach_slips.withdrawn(e, fact, ctx)
        case FollowUpConducted(verdict="fail") as e if not (e.solved and e.attributable is False):
            await _failed(e, fact, ctx)
        case FollowUpCancelled(followup_id=cancelled):
            await breach_slips.matter_gone(f"follow-up:{cancelled}", "回访已取消，自动销督。", fact, ctx)
        case SpotCheckConducted(passed=False) as e:
            await _checked(e, fact, ctx)
        case MisreportEstablished() as e:
            await _falsified(e, fact, ctx)
        case CaseStruckOff(basis=basis) if basis in BY_OTHERS:
            await breach_slips.case_gone(fact, ctx, "问题已由承办单位以外的单位核实并销号，自动销督。")
        case CaseClosedUnhandled() | CaseMerged():
            await breach_slips.case_gone(fact, ctx, "问题已并案或不再办理，自动销督。")
        case OrderCancelled() as e:
            await breach_slips.order_gone(e.case_id, e.order_id, "交办单已撤销，自动销督。", fact, ctx)
        case ReturnRuled(accepted=True) as e:
            await breach_slips.order_gone(e.case_id, e.order_id, "退单成立，问题已另行交办，自动销督。", fact, ctx)
        case RectificationLifted(rectification_id=lifted):
            matter = f"rectification:{lifted}"
            await breach_slips.matter_gone(matter, "整改要求已取消，自动销督。", fact, ctx)
        case EscalationRaised(to_level=level) as e if level == ACCOUNTABILITY:
            await referrals.for_slip(e, fact, ctx)
        case RectificationVerified(passed=False) as e:
            await referrals.for_rectification(e, fact, ctx)
        case _:
            pass  # what passed raises nothing


async def _failed(e: FollowUpConducted, fact: Fact, ctx: ReactContext) -> None:
    """Every failed round raises by the pack's steps; from the pack's number of rounds on it is orange at least."""
    active = await active_pack(fact, ctx)
    unit = _lead(await case_history(e.case_id, fact, ctx))
    before: int = await ctx.pool.fetchval(LEGS_BEFORE, e.case_id, e.round, e.followup_id, fact.time)
    if active is None or unit is None or before:
        return  # a round counts once, whichever of its legs failed first
    policy, ladder = active.pack.escalation, slip_keys.ladder_of(active)
    rounds: int = await ctx.pool.fetchval(FAILED_ROUNDS, e.case_id, fact.time)
    enough = rounds >= policy.failed_rounds
    if not enough and not policy.raise_per_failed_round:
        return
    steps = [ladder.levels[min(max(rounds * policy.raise_per_failed_round - 1, 0), len(ladder.levels) - 1)]]
    if enough:
        steps.append(ladder.first("orange"))
    problem, requirements = follow_up_words(e, rounds)
    wanted = slips.Wanted(
        active=active,
        matter=f"case:{e.case_id}",
        level=ladder.highest(steps) if enough else steps[0],
        unit=unit,
        source="follow_up",
        rule_id=f"follow-up:{rounds}",
        problem=problem,
        requirements=requirements,
        at=fact.time,
        by=policy.raise_per_failed_round,
        raises=True,
        case_id=e.case_id,
    )
    await slips.put_in_force(ctx.commands, ctx.pool, wanted, caused_by(fact, "slip"))


async def _checked(e: SpotCheckConducted, fact: Fact, ctx: ReactContext) -> None:
    active = await active_pack(fact, ctx)
    unit = _lead(await case_history(e.case_id, fact, ctx)) if e.case_id else None
    if active is None or unit is None:
        return
    problem, requirements = check_words(e)
    wanted = slips.Wanted(
        active=active,
        matter=f"case:{e.case_id}",
        level=slip_keys.ladder_of(active).first("blue"),
        unit=unit,
        source="spot_check",
        rule_id="check-failed",
        problem=problem,
        requirements=requirements,
        at=fact.time,
        by=1,
        raises=True,
        case_id=e.case_id,
    )
    await slips.put_in_force(ctx.commands, ctx.pool, wanted, caused_by(fact, "slip"))


async def _falsified(e: MisreportEstablished, fact: Fact, ctx: ReactContext) -> None:
    """Falsification enters high, and a referral is proposed where the ladder ends in one."""
    active = await Programmes(ctx.pool).active(e.programme_id)
    if active is None:
        return
    ladder, direct = slip_keys.ladder_of(active), active.pack.escalation.direct
    problem, requirements = misreport_words(e)
    wanted = slips.Wanted(
        active=active,
        matter=f"case:{e.case_id}" if e.case_id else f"misreport:{e.misreport_id}",
        level=ladder.first(direct["falsification"]) if "falsification" in direct else ladder.severe,
        unit=e.unit,
        source="falsification",
        rule_id=f"misreport:{e.code}",
        problem=problem,
        requirements=requirements,
        at=fact.time,
        raises=True,
        case_id=e.case_id,
    )
    await slips.put_in_force(ctx.commands, ctx.pool, wanted, caused_by(fact, "slip"))
    cases = (e.case_id,) if e.case_id else ()
    await referrals.propose(active, e.unit, (e.code,), cases, f"misreport:{e.code}", fact, ctx)


def _lead(history: list[Event]) -> str | None:
    """Who led when the case was last completed."""
    return next((e.lead_unit for e in reversed(history) if isinstance(e, CaseCompleted)), None)


LADDER = Reactor(
    name="ladder",
    handles=(
        DeadlineBreached,
        BreachWithdrawn,
        FollowUpConducted,
        FollowUpCancelled,
        SpotCheckConducted,
        MisreportEstablished,
        CaseStruckOff,
        CaseClosedUnhandled,
        CaseMerged,
        OrderCancelled,
        ReturnRuled,
        EscalationRaised,
        RectificationLifted,
        RectificationVerified,
    ),
    react=react,
    reads=("programmes", "followup_queue", "rectifications"),
)
