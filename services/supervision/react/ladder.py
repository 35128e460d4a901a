"""What raises the ladder by itself: breaches, failed follow-ups and checks, falsification; and what takes it away."""

from contracts.codec import decode
from contracts.dispatch import (
    CaseClassified,
    CaseClosedUnhandled,
    CaseCompleted,
    CaseMerged,
    CaseStruckOff,
    LeaderBoundToCase,
    OrderCancelled,
    OrderIssued,
    ReturnRuled,
)
from contracts.event import Event
from contracts.supervision import (
    BreachWithdrawn,
    DeadlineBreached,
    EscalationRaised,
    FollowUpConducted,
    MisreportEstablished,
    RectificationVerified,
    SpotCheckConducted,
)
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.reference.programmes import ActivePack, Programmes
from services.supervision.domain.ladder import ACCOUNTABILITY
from services.supervision.domain.notice import NOTICE
from services.supervision.domain.referral import REFERRAL, ProposeReferral
from services.supervision.react import slips
from services.supervision.react.slip_words import (
    breach_words,
    check_words,
    follow_up_words,
    misreport_words,
)
from services.supervision.read import slip_keys

CASE = "SELECT payload FROM event WHERE stream = $1 AND seq <= $2 ORDER BY version"
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

LATE = ("overdue", "slow")
SPECIAL = "special"
IMPORTANT = "important"
BY_OTHERS = ("follow_up", "office")
"""Who struck the case off when it was not the unit itself: only then its slip goes with it."""


async def react(fact: Fact, ctx: ReactContext) -> None:
    match fact.event:
        case DeadlineBreached() as e:
            await _breached(e, fact, ctx)
        case BreachWithdrawn() as e:
            await _withdrawn(e, fact, ctx)
        case FollowUpConducted(verdict="fail") as e if not (e.solved and e.attributable is False):
            await _failed(e, fact, ctx)
        case SpotCheckConducted(passed=False) as e:
            await _checked(e, fact, ctx)
        case MisreportEstablished() as e:
            await _falsified(e, fact, ctx)
        case CaseStruckOff(basis=basis) if basis in BY_OTHERS:
            await _gone(fact, ctx, "问题已由承办单位以外的单位核实并销号，自动销督。")
        case CaseClosedUnhandled() | CaseMerged():
            await _gone(fact, ctx, "问题已并案或不再办理，自动销督。")
        case OrderCancelled() as e:
            await _order_gone(e.case_id, e.order_id, "交办单已撤销，自动销督。", fact, ctx)
        case ReturnRuled(accepted=True) as e:
            await _order_gone(e.case_id, e.order_id, "退单成立，问题已另行交办，自动销督。", fact, ctx)
        case EscalationRaised(to_level=level) as e if level == ACCOUNTABILITY:
            await _propose_for_slip(e, fact, ctx)
        case RectificationVerified(passed=False) as e:
            await _propose_for_rectification(e, fact, ctx)
        case _:
            pass  # what passed raises nothing


async def _breached(e: DeadlineBreached, fact: Fact, ctx: ReactContext) -> None:
    active = await _active(fact, ctx)
    if active is None or e.case_id is None or e.kind not in active.pack.escalation.slip_on:
        return
    history = await _history(e.case_id, fact, ctx)
    order = next((o for o in history if isinstance(o, OrderIssued) and o.order_id == e.order_id), None)
    leads = order is not None and order.role == "lead"
    tracker = order.issued_by_unit if order else e.unit
    problem, requirements = breach_words(e)
    wanted = slips.Wanted(
        active=active,
        matter=f"case:{e.case_id}" if leads else f"order:{e.order_id}",
        level=_entry(active, history),
        unit=e.unit,
        source="overdue",
        rule_id=f"breach:{e.kind}",
        problem=problem,
        requirements=requirements,
        at=fact.time,
        case_id=e.case_id,
        order_id=e.order_id,
        cc=() if tracker == e.unit else (tracker,),  # who handed it over follows it to its end
    )
    await slips.put_in_force(ctx.commands, ctx.pool, wanted, caused_by(fact, "slip"))


def _entry(active: ActivePack, history: list[Event]) -> str:
    """Where a breach enters the ladder: blue; an important matter and one under a leader's special care higher."""
    ladder, direct = slip_keys.ladder_of(active), active.pack.escalation.direct
    steps = [ladder.first("blue")]
    if IMPORTANT in direct and any(isinstance(e, CaseClassified) and e.focus for e in history):
        steps.append(direct[IMPORTANT])
    if SPECIAL in direct and any(isinstance(e, LeaderBoundToCase) and e.kind == "special" for e in history):
        steps.append(direct[SPECIAL])
    return ladder.highest(steps)


async def _withdrawn(e: BreachWithdrawn, fact: Fact, ctx: ReactContext) -> None:
    """A slip that only this breach had brought goes with it: an outage punishes nobody."""
    if e.case_id is None:
        return  # what concerns no case brings no slip by itself
    order_id = e.clock_id.removesuffix(f"-{e.kind}")
    verdict = "经查期限内已经办理，逾期不成立，自动销督。"
    await _order_gone(e.case_id, order_id, verdict, fact, ctx, rule_id=f"breach:{e.kind}")


async def _order_gone(
    case_id: str, order_id: str, verdict: str, fact: Fact, ctx: ReactContext, *, rule_id: str | None = None
) -> None:
    """The slips that rules brought about this order, or those that one rule did."""
    for matter in (f"case:{case_id}", f"order:{order_id}"):
        if (notice_id := await slip_keys.living(ctx.pool, matter)) is None:
            continue
        notice, _ = await ctx.commands.load(NOTICE, slip_keys.stream_of(notice_id))
        if notice.order_id == order_id and notice.source in LATE and rule_id in (None, notice.rule_id):
            await slips.close(ctx.commands, notice_id, notice, verdict, caused_by(fact, f"gone {matter}"))


async def _failed(e: FollowUpConducted, fact: Fact, ctx: ReactContext) -> None:
    """Every failed round raises by the pack's steps; from the pack's number of rounds on it is orange at least."""
    active = await _active(fact, ctx)
    unit = _lead(await _history(e.case_id, fact, ctx))
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
    active = await _active(fact, ctx)
    unit = _lead(await _history(e.case_id, fact, ctx)) if e.case_id else None
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
    await _propose(active, e.unit, (e.code,), cases, f"misreport:{e.code}", fact, ctx)


async def _gone(fact: Fact, ctx: ReactContext, verdict: str) -> None:
    """Only what rules brought goes by rule; what a person issued a person closes."""
    matter = f"case:{fact.stream.removeprefix('case-')}"
    if (notice_id := await slip_keys.living(ctx.pool, matter)) is None:
        return
    notice, _ = await ctx.commands.load(NOTICE, slip_keys.stream_of(notice_id))
    if notice.rule_id is not None and notice.source in LATE:
        await slips.close(ctx.commands, notice_id, notice, verdict, caused_by(fact, "slip gone"))


async def _propose_for_slip(e: EscalationRaised, fact: Fact, ctx: ReactContext) -> None:
    active = await _active(fact, ctx)
    notice, _ = await ctx.commands.load(NOTICE, fact.stream)
    if active is None:
        return
    matter = notice.matter.removeprefix("case:")
    cases = (matter,) if matter != notice.matter else ()
    await _propose(active, notice.target_unit, (notice.source,), cases, f"ladder:{e.rule_id}", fact, ctx)


async def _propose_for_rectification(e: RectificationVerified, fact: Fact, ctx: ReactContext) -> None:
    row = await ctx.pool.fetchrow(
        "SELECT programme, unit, grounds, case_ids FROM rectification WHERE rectification_id = $1", e.rectification_id
    )
    active = await Programmes(ctx.pool).active(row["programme"]) if row else None
    if row is not None and active is not None:
        grounds, cases = tuple(row["grounds"]), tuple(row["case_ids"])
        await _propose(active, row["unit"], grounds, cases, "rectification-failed", fact, ctx)


async def _propose(
    active: ActivePack,
    unit: str,
    grounds: tuple[str, ...],
    cases: tuple[str, ...],
    rule_id: str,
    fact: Fact,
    ctx: ReactContext,
) -> None:
    """A proposal only, and only where the programme's ladder leads there."""
    if ACCOUNTABILITY not in active.pack.escalation.levels:
        return
    meta = caused_by(fact, "referral")
    referral_id = meta.command_id.replace("-", "")[: slip_keys.ID_LENGTH]
    command = ProposeReferral(referral_id, active.programme_id, unit, grounds, rule_id, cases)
    await ctx.commands.handle(REFERRAL, f"referral-{referral_id}", command, meta)


async def _active(fact: Fact, ctx: ReactContext) -> ActivePack | None:
    programme = fact.envelope.meta.programme
    return await Programmes(ctx.pool).active(programme) if programme else None


async def _history(case_id: str, fact: Fact, ctx: ReactContext) -> list[Event]:
    """The case's own history up to this event."""
    return [decode(row["payload"]).event for row in await ctx.pool.fetch(CASE, f"case-{case_id}", fact.seq)]


def _lead(history: list[Event]) -> str | None:
    """Who led when the case was last completed."""
    return next((e.lead_unit for e in reversed(history) if isinstance(e, CaseCompleted)), None)


LADDER = Reactor(
    name="ladder",
    handles=(
        DeadlineBreached,
        BreachWithdrawn,
        FollowUpConducted,
        SpotCheckConducted,
        MisreportEstablished,
        CaseStruckOff,
        CaseClosedUnhandled,
        CaseMerged,
        OrderCancelled,
        ReturnRuled,
        EscalationRaised,
        RectificationVerified,
    ),
    react=react,
    reads=("programmes", "followup_queue", "rectifications"),
)
