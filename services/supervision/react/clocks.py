"""Deadlines of orders become clocks: started, paused, resumed, moved, met and cancelled by what dispatch records.

The counting clock is the recorded time of dispatch's events: nobody can backdate an act into its deadline.
"""

import sys
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Literal

from contracts.dispatch import (
    CaseResumed,
    CaseSuspended,
    DeadlinesRecomputed,
    Dues,
    ExtensionDecided,
    HandlingPlanFiled,
    OrderCancelled,
    OrderCompleted,
    OrderIssued,
    OrderReturned,
    OrderSigned,
    RequesterContacted,
    ReturnRuled,
)
from contracts.supervision import ClockKind
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor
from services.supervision.domain.clock import (
    CLOCK,
    CancelClock,
    Command,
    MeetClock,
    MoveClock,
    PauseClock,
    Seen,
    StartClock,
)
from services.supervision.domain.warning import durations_of, limit_of, warnings
from services.supervision.react.telling import active_pack, earlier, give_back, go_on, tell

KINDS: tuple[ClockKind, ...] = ("sign", "contact", "plan", "finish")
PAUSED_BY_RETURN: tuple[ClockKind, ...] = ("sign", "plan", "finish")
"""A requester waits for a call whoever is to make it: the contact clock never stops, and dispatch takes a call at
any time."""

PAUSED_BY_SUSPENSION: tuple[ClockKind, ...] = ("plan", "finish")
"""Dispatch takes neither meanwhile; a signature it does."""

UNKNOWN_ATTEMPTS = sys.maxsize
ClockReason = Literal["extension", "recomputed"]

AT_ONCE = 8
"""Cases handled at the same time; the events of one case stay in order."""


def clock_id(order_id: str, kind: ClockKind) -> str:
    return f"{order_id}-{kind}"


async def react(fact: Fact, ctx: ReactContext) -> None:
    seen = Seen(fact.time, fact.position)
    told = partial(_tell, fact, ctx)
    match fact.event:
        case OrderIssued() as event:
            await _start(event, fact, ctx)
        case OrderSigned(order_id=order_id):
            await told(order_id, "sign", MeetClock(seen, fact.time))
        case RequesterContacted(order_id=order_id) as event:
            if counts_as_contact(event, await _attempts(fact, ctx)):
                await told(order_id, "contact", MeetClock(seen, fact.time))
        case HandlingPlanFiled(order_id=order_id):
            await told(order_id, "plan", MeetClock(seen, fact.time))
        case OrderCompleted(order_id=order_id):
            # The reply reached the requester, and there is nothing left to plan.
            for kind in KINDS:
                await told(order_id, kind, MeetClock(seen, fact.time))
        case OrderReturned(order_id=order_id):
            for kind in PAUSED_BY_RETURN:
                await told(order_id, kind, PauseClock(seen, "returned"))
        case ReturnRuled(order_id=order_id, accepted=True):
            for kind in KINDS:
                await told(order_id, kind, CancelClock(seen))
        case ReturnRuled(order_id=order_id):
            await _give_back(order_id, PAUSED_BY_RETURN, fact, ctx)
        case ExtensionDecided(order_id=order_id, granted=True, finish_by=due):
            await _move(order_id, "finish", due, "extension", fact, ctx)
        case OrderCancelled(order_id=order_id):
            for kind in KINDS:
                await told(order_id, kind, CancelClock(seen, "order-cancelled"))
        case DeadlinesRecomputed(dues=by_order):
            for order, dues in by_order.items():
                for kind, due in _dues(dues):
                    await _move(order, kind, due, "recomputed", fact, ctx)
        case CaseSuspended():
            for order in await _orders(fact, ctx):
                for kind in PAUSED_BY_SUSPENSION:
                    await told(order, kind, PauseClock(seen, "suspended"))
        case CaseResumed(finish_by=finish_by):
            for order, due in finish_by.items():
                await _resume(order, "finish", due, fact, ctx)
                await _give_back(order, ("plan",), fact, ctx)
        case _:
            pass  # an extension that was refused moves nothing


async def _tell(fact: Fact, ctx: ReactContext, order_id: str, kind: ClockKind, command: Command) -> None:
    await tell(fact, ctx, clock_id(order_id, kind), command)


def counts_as_contact(event: RequesterContacted, enough: int) -> bool:
    """Whether the contact clock stops: the requester was reached, or the pack's number of attempts is on record."""
    return event.reached or event.attempt >= enough


async def _attempts(fact: Fact, ctx: ReactContext) -> int:
    """How many attempts count as contact; without the programme's pack none does."""
    active = await active_pack(fact, ctx)
    return active.pack.order.contact_attempts if active else UNKNOWN_ATTEMPTS


def _dues(dues: Dues) -> Iterator[tuple[ClockKind, datetime]]:
    by_kind: dict[ClockKind, datetime | None] = {
        "sign": dues.sign_by,
        "contact": dues.contact_by,
        "plan": dues.plan_by,
        "finish": dues.finish_by,
    }
    for kind, due in by_kind.items():
        if due is not None:
            yield kind, due


async def _start(event: OrderIssued, fact: Fact, ctx: ReactContext) -> None:
    active, durations = await active_pack(fact, ctx), durations_of(await earlier(fact, ctx))
    for kind, due in _dues(event.dues):
        limit = limit_of(durations, kind)
        command = StartClock(
            clock_id=clock_id(event.order_id, kind),
            case_id=event.case_id,
            order_id=event.order_id,
            kind=kind,
            unit=event.to_unit,
            started_at=fact.time,
            due=due,
            limit=limit,
            warnings=warnings(active, limit, fact.time, due),
        )
        await _tell(fact, ctx, event.order_id, kind, command)


async def _move(
    order_id: str, kind: ClockKind, due: datetime, reason: ClockReason, fact: Fact, ctx: ReactContext
) -> None:
    clock, _ = await ctx.commands.load(CLOCK, f"clock-{clock_id(order_id, kind)}")
    limit = limit_of(durations_of(await earlier(fact, ctx)), kind)
    warned = warnings(await active_pack(fact, ctx), limit, clock.started_at or fact.time, due)
    await _tell(fact, ctx, order_id, kind, MoveClock(Seen(fact.time, fact.position), due, reason, warned))


async def _resume(order_id: str, kind: ClockKind, due: datetime, fact: Fact, ctx: ReactContext) -> None:
    limit = limit_of(durations_of(await earlier(fact, ctx)), kind)
    await go_on(clock_id(order_id, kind), limit, due, fact, ctx)


async def _orders(fact: Fact, ctx: ReactContext) -> list[str]:
    return [event.order_id for event in await earlier(fact, ctx) if isinstance(event, OrderIssued)]


async def _give_back(order_id: str, kinds: tuple[ClockKind, ...], fact: Fact, ctx: ReactContext) -> None:
    durations = durations_of(await earlier(fact, ctx))
    for kind in kinds:
        await give_back(clock_id(order_id, kind), limit_of(durations, kind), fact, ctx)


CLOCKS = Reactor(
    name="deadline-clocks",
    handles=(
        OrderIssued,
        OrderSigned,
        RequesterContacted,
        HandlingPlanFiled,
        OrderCompleted,
        OrderReturned,
        ReturnRuled,
        ExtensionDecided,
        OrderCancelled,
        DeadlinesRecomputed,
        CaseSuspended,
        CaseResumed,
    ),
    react=react,
    parallel=AT_ONCE,
    reads=("programmes",),
)
