"""What a case owes besides its orders' dues as clocks: 即时报 (LT-09), a plan's steps (HA-28), a leader (HA-06), and
another look at a suspension on its day (挂账复查)."""

from typing import Literal

from contracts.dispatch import (
    CaseClassified,
    CaseClosedUnhandled,
    CaseMerged,
    CaseReopened,
    CaseResumed,
    CaseRouted,
    CaseSplit,
    CaseStruckOff,
    CaseSuspended,
    FindingsReported,
    HandlingPlanFiled,
    LeaderBoundToCase,
    MilestoneReached,
    OrderCancelled,
    OrderCompleted,
    OrderIssued,
    OrderReturned,
    ReturnRuled,
    SuspensionReviewed,
)
from contracts.event import Event
from services.chassis.deadlines import due as due_of
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor
from services.supervision.domain.case_deadlines import (
    Step,
    area_of,
    awaited,
    binding_clocks,
    bound,
    classes_of,
    lead_of,
    order_of,
    orders,
    reviews,
    steps,
)
from services.supervision.domain.clock import (
    CLOCK,
    CancelClock,
    CancelReason,
    Command,
    MeetClock,
    PauseClock,
    Seen,
    StartClock,
    Status,
)
from services.supervision.domain.warning import warnings
from services.supervision.react.telling import DAYS, active_pack, earlier, give_back, tell

PauseReason = Literal["suspended", "returned"]
STARTED = "SELECT stream FROM event WHERE stream = ANY ($1) AND version = 1 ORDER BY stream"
AT_ONCE = 8
"""Cases handled at the same time; the events of one case stay in order."""


async def react(fact: Fact, ctx: ReactContext) -> None:
    history = [] if isinstance(fact.event, OrderIssued | FindingsReported) else await earlier(fact, ctx)
    on = _OnCase(fact, ctx, history, Seen(fact.time, fact.position))
    match fact.event:
        case OrderIssued() as e:
            await on.await_findings(e)
        case FindingsReported(order_id=order_id):
            await on.meet([findings_clock(order_id)])
        case HandlingPlanFiled(order_id=order_id):
            await on.plan(order_id)
        case MilestoneReached(order_id=order_id, milestone=number):
            await on.meet([step.clock_id for step in on.in_force(order_id) if step.number == number])
        case OrderCompleted(order_id=order_id):
            # What the unit thinks of the need may still be told after the work is done.
            await on.cancel([step.clock_id for step in on.in_force(order_id)], "completed")
        case OrderReturned(order_id=order_id):
            await on.pause([order_id], "returned")
        case ReturnRuled(order_id=order_id, accepted=True):
            await on.cancel(on.of_order(order_id), "return-accepted")
        case ReturnRuled(order_id=order_id):
            await on.give_back([order_id])
        case OrderCancelled(order_id=order_id):
            await on.cancel(on.of_order(order_id), "order-cancelled")
        case CaseSuspended() as e:
            await on.pause(orders(history), "suspended")
            await on.look_again(e)
        case SuspensionReviewed() as e:
            await on.meet(reviews(on.case_id, history)[-2:-1])
            await on.look_again(e)
        case CaseResumed():
            await on.give_back(orders(history))
            await on.meet(reviews(on.case_id, history)[-1:])
        case CaseClassified() | CaseReopened() | CaseRouted():
            await on.ask_for_leader()
        case LeaderBoundToCase(case_id=case_id):
            await on.meet(binding_clocks(case_id, history))
        case _:
            await on.end()


def findings_clock(order_id: str) -> str:
    return f"{order_id}-findings"


class _OnCase:
    """One event of one case, with the case's history up to it."""

    def __init__(self, fact: Fact, ctx: ReactContext, history: list[Event], seen: Seen) -> None:
        self.fact, self.ctx, self.history, self.seen = fact, ctx, history, seen
        self.case_id = fact.stream.removeprefix("case-")

    async def tell(self, clock: str, command: Command) -> None:
        await tell(self.fact, self.ctx, clock, command)

    async def meet(self, clocks: list[str]) -> None:
        for clock in await self._known(clocks):
            await self.tell(clock, MeetClock(self.seen, self.fact.time))

    async def cancel(self, clocks: list[str], reason: CancelReason) -> None:
        for clock in await self._known(clocks):
            await self.tell(clock, CancelClock(self.seen, reason))

    async def _known(self, clocks: list[str]) -> list[str]:
        """Those that ever started: most cases have none of these."""
        rows = await self.ctx.pool.fetch(STARTED, [f"clock-{clock}" for clock in clocks]) if clocks else []
        return [row["stream"].removeprefix("clock-") for row in rows]

    def in_force(self, order_id: str) -> list[Step]:
        plans = steps(self.history, order_id)
        return plans[-1] if plans else []

    def of_order(self, order_id: str) -> list[str]:
        return [findings_clock(order_id), *(step.clock_id for step in self.in_force(order_id))]

    async def pause(self, order_ids: list[str], reason: PauseReason) -> None:
        for clock in await self._known([clock for order_id in order_ids for clock in self.of_order(order_id)]):
            await self.tell(clock, PauseClock(self.seen, reason))

    async def give_back(self, order_ids: list[str]) -> None:
        active = await active_pack(self.fact, self.ctx)
        limit = str(active.pack.order.analysis_note_by) if active and active.pack.order.analysis_note_by else None
        for order_id in order_ids:
            await give_back(findings_clock(order_id), limit, self.fact, self.ctx)
            for step in self.in_force(order_id):
                await give_back(step.clock_id, DAYS, self.fact, self.ctx)

    async def await_findings(self, e: OrderIssued) -> None:
        """Only where the pack asks for 即时报, within its time from the order's issue."""
        active = await active_pack(self.fact, self.ctx)
        if active is None or (limit := active.pack.order.analysis_note_by) is None:
            return
        at = self.fact.time
        due = due_of(at, limit, active.calendar)
        command = StartClock(
            clock_id=findings_clock(e.order_id),
            case_id=e.case_id,
            order_id=e.order_id,
            kind="findings",
            unit=e.to_unit,
            started_at=at,
            due=due,
            limit=str(limit),
            warnings=warnings(active, str(limit), at, due),
        )
        await self.tell(command.clock_id, command)

    async def look_again(self, e: CaseSuspended | SuspensionReviewed) -> None:
        """On the day named whoever leads it says whether the condition is met."""
        active, at = await active_pack(self.fact, self.ctx), self.fact.time
        unit = lead_of(self.history) or area_of(self.history)
        if unit is None:
            return
        command = StartClock(
            clock_id=reviews(e.case_id, self.history)[-1],
            case_id=e.case_id,
            order_id=None,
            kind="review",
            unit=unit,
            started_at=at,
            due=e.review_on,
            warnings=warnings(active, DAYS, min(at, e.review_on), e.review_on),
            about=awaited(self.history),
        )
        await self.tell(command.clock_id, command)

    async def plan(self, order_id: str) -> None:
        """The steps of this plan are watched, and those of the one it replaces no longer."""
        *before, now = steps(self.history, order_id)
        if before:
            await self.cancel([step.clock_id for step in before[-1]], "replaced")
        order = order_of(self.history, order_id)
        if order is None:
            return
        active, at = await active_pack(self.fact, self.ctx), self.fact.time
        for step in now:
            due = step.milestone.due
            command = StartClock(
                clock_id=step.clock_id,
                case_id=order.case_id,
                order_id=order_id,
                kind="step",
                unit=order.to_unit,
                started_at=at,
                due=due,
                warnings=warnings(active, DAYS, min(at, due), due),
                about=step.milestone.name,
            )
            await self.tell(step.clock_id, command)

    async def ask_for_leader(self) -> None:
        """A case of the classes that the pack names waits for its leader from when its area is known; another class no
        longer does."""
        clocks = binding_clocks(self.case_id, self.history)
        active = await active_pack(self.fact, self.ctx)
        limit = active.pack.leader_within(classes_of(self.history)) if active else None
        if limit is None:
            await self.cancel(clocks, "reclassified")
            return
        unit = area_of(self.history)
        if active is None or unit is None or bound(self.history) or await self._running(clocks):
            return
        at = self.fact.time
        due = due_of(at, limit, active.calendar)
        command = StartClock(
            clock_id=clocks[-1],
            case_id=self.case_id,
            order_id=None,
            kind="bind",
            unit=unit,
            started_at=at,
            due=due,
            limit=str(limit),
            warnings=warnings(active, str(limit), at, due),
        )
        await self.tell(command.clock_id, command)

    async def _running(self, clocks: list[str]) -> bool:
        for clock in await self._known(clocks):
            state, _ = await self.ctx.commands.load(CLOCK, f"clock-{clock}")
            if state.status is Status.RUNNING:
                return True
        return False

    async def end(self) -> None:
        """Nothing more is told of a case that ended."""
        clocks = [clock for order_id in orders(self.history) for clock in self.of_order(order_id)]
        whole = [*binding_clocks(self.case_id, self.history), *reviews(self.case_id, self.history)]
        await self.cancel([*clocks, *whole], "case-ended")


CASE_CLOCKS = Reactor(
    name="case-clocks",
    handles=(
        OrderIssued,
        FindingsReported,
        HandlingPlanFiled,
        MilestoneReached,
        OrderCompleted,
        OrderReturned,
        ReturnRuled,
        OrderCancelled,
        CaseSuspended,
        SuspensionReviewed,
        CaseResumed,
        CaseClassified,
        CaseReopened,
        CaseRouted,
        LeaderBoundToCase,
        CaseStruckOff,
        CaseClosedUnhandled,
        CaseMerged,
        CaseSplit,
    ),
    react=react,
    parallel=AT_ONCE,
    reads=("programmes",),
)
