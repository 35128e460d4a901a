"""What a deadline that passed puts on the ladder, and what takes that away again: the ground is gone."""

from collections.abc import Iterable, Sequence

from contracts.dispatch import CaseClassified, LeaderBoundToCase, OrderIssued
from contracts.event import Event
from contracts.supervision import BreachWithdrawn, DeadlineBreached
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, caused_by
from services.reference.programmes import ActivePack
from services.supervision.domain.clock import CLOCK
from services.supervision.domain.followup import FOLLOW_UP
from services.supervision.domain.notice import NOTICE
from services.supervision.react import slips
from services.supervision.react.slip_words import breach_words
from services.supervision.react.telling import active_pack, case_history
from services.supervision.read import slip_keys

LATE = ("overdue", "slow")
SPECIAL = "special"
IMPORTANT = "important"
OF_A_CASE = ("bind", "review")
"""Deadlines of a case as such: each a matter of its own beside the handling."""


def matter_of(kind: str, case_id: str | None, order: tuple[str, bool] | None, own: str | None) -> str | None:
    """一事一单: the case for its lead order, another order by itself, anything else by what it is about.

    `order` is the order's id and whether it leads.
    """
    if order is not None:
        order_id, leads = order
        return f"case:{case_id}" if leads else f"order:{order_id}"
    if own is not None:
        return own
    return f"{kind}:{case_id}" if case_id and kind in OF_A_CASE else None


async def breached(e: DeadlineBreached, fact: Fact, ctx: ReactContext) -> None:
    """A slip where the pack names this kind of deadline (`escalation.slip_on`)."""
    active = await active_pack(fact, ctx)
    if active is None or e.kind not in active.pack.escalation.slip_on:
        return
    history = await case_history(e.case_id, fact, ctx) if e.case_id else []
    order = _order(history, e.order_id)
    matter = matter_of(e.kind, e.case_id, (order.order_id, order.role == "lead") if order else None, e.matter)
    if matter is None or await _nobody_to_call(e, ctx):
        return
    tracker = order.issued_by_unit if order else e.unit
    problem, requirements = breach_words(e)
    wanted = slips.Wanted(
        active=active,
        matter=matter,
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


async def _nobody_to_call(e: DeadlineBreached, ctx: ReactContext) -> bool:
    """A late call-back that was cancelled meanwhile; one that is cancelled later takes its slip with it."""
    if e.kind != "follow_up" or e.matter is None:
        return False
    call, _ = await ctx.commands.load(FOLLOW_UP, f"followup-{e.matter.removeprefix('follow-up:')}")
    return call.cancelled


def _order(history: Iterable[Event], order_id: str | None) -> OrderIssued | None:
    return next((e for e in history if isinstance(e, OrderIssued) and e.order_id == order_id), None)


def _entry(active: ActivePack, history: Sequence[Event]) -> str:
    """Where a breach enters the ladder: blue; an important matter and one under a leader's special care higher."""
    ladder, direct = slip_keys.ladder_of(active), active.pack.escalation.direct
    steps = [ladder.first("blue")]
    if IMPORTANT in direct and any(isinstance(e, CaseClassified) and e.focus for e in history):
        steps.append(direct[IMPORTANT])
    if SPECIAL in direct and any(isinstance(e, LeaderBoundToCase) and e.kind == "special" for e in history):
        steps.append(direct[SPECIAL])
    return ladder.highest(steps)


async def withdrawn(e: BreachWithdrawn, fact: Fact, ctx: ReactContext) -> None:
    """A slip that only this breach had brought goes with it: an outage punishes nobody."""
    clock, _ = await ctx.commands.load(CLOCK, fact.stream)
    verdict, rule_id = "经查期限内已经办理，逾期不成立，自动销督。", f"breach:{e.kind}"
    if clock.order_id is not None and clock.case_id is not None:
        await order_gone(clock.case_id, clock.order_id, verdict, fact, ctx, rule_id=rule_id)
    elif matter := matter_of(e.kind, clock.case_id, None, clock.matter):
        await matter_gone(matter, verdict, fact, ctx, rule_id=rule_id)


async def order_gone(
    case_id: str, order_id: str, verdict: str, fact: Fact, ctx: ReactContext, *, rule_id: str | None = None
) -> None:
    """The slips that rules brought about this order, or those that one rule did."""
    for matter in (f"case:{case_id}", f"order:{order_id}"):
        await matter_gone(matter, verdict, fact, ctx, rule_id=rule_id, order_id=order_id)


async def case_gone(fact: Fact, ctx: ReactContext, verdict: str) -> None:
    """Nothing is owed in this case any more."""
    case_id = fact.stream.removeprefix("case-")
    for kind in ("case", *OF_A_CASE):
        await matter_gone(f"{kind}:{case_id}", verdict, fact, ctx)


async def matter_gone(
    matter: str,
    verdict: str,
    fact: Fact,
    ctx: ReactContext,
    *,
    rule_id: str | None = None,
    order_id: str | None = None,
) -> None:
    """Only what rules brought goes by rule; what a person issued a person closes."""
    if (notice_id := await slip_keys.living(ctx.pool, matter)) is None:
        return
    notice, _ = await ctx.commands.load(NOTICE, slip_keys.stream_of(notice_id))
    if notice.rule_id is None or notice.source not in LATE or rule_id not in (None, notice.rule_id):
        return
    if order_id in (None, notice.order_id):
        await slips.close(ctx.commands, notice_id, notice, verdict, caused_by(fact, f"gone {matter}"))
