"""What every reactor that minds clocks does: tell one of them something, once for each event, and give time back."""

from datetime import datetime, timedelta

from contracts.codec import decode
from contracts.event import Event
from services.chassis.deadlines import resume
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, caused_by
from services.reference.programmes import ActivePack, Programmes
from services.supervision.domain.clock import CLOCK, Command, ResumeClock, Seen, Status
from services.supervision.domain.warning import DAYS as DAYS
from services.supervision.domain.warning import unit_of, warnings

EARLIER = "SELECT payload FROM event WHERE stream = $1 AND seq <= $2 ORDER BY version"
NOTHING = timedelta()


async def tell(fact: Fact, ctx: ReactContext, clock: str, command: Command) -> None:
    meta = caused_by(fact, f"{type(command).__name__}:{clock}")
    await ctx.commands.handle(CLOCK, f"clock-{clock}", command, meta)


async def active_pack(fact: Fact, ctx: ReactContext) -> ActivePack | None:
    programme = fact.envelope.meta.programme
    return await Programmes(ctx.pool).active(programme) if programme else None


async def earlier(fact: Fact, ctx: ReactContext) -> list[Event]:
    """The stream's own history up to this event."""
    rows = await ctx.pool.fetch(EARLIER, fact.stream, fact.seq)
    return [decode(row["payload"]).event for row in rows]


async def case_history(case_id: str, fact: Fact, ctx: ReactContext) -> list[Event]:
    """A case's own history up to this event of another stream."""
    rows = await ctx.pool.fetch(EARLIER, f"case-{case_id}", fact.seq)
    return [decode(row["payload"]).event for row in rows]


async def go_on(clock: str, limit: str | None, due: datetime, fact: Fact, ctx: ReactContext) -> None:
    """It runs again. The marks move as far as the due instant did: the pause is nobody's time."""
    state, _ = await ctx.commands.load(CLOCK, f"clock-{clock}")
    began = state.started_at or fact.time
    if state.due is not None:
        began += max(due - state.due, NOTHING)
    warned = warnings(await active_pack(fact, ctx), limit, min(began, due), due)
    await tell(fact, ctx, clock, ResumeClock(Seen(fact.time, fact.position), due, warned))


async def give_back(clock: str, limit: str | None, fact: Fact, ctx: ReactContext) -> None:
    """A paused clock goes on with the time that was left when the unit disputed the order or the case was held."""
    state, _ = await ctx.commands.load(CLOCK, f"clock-{clock}")
    if state.status is not Status.PAUSED or state.due is None or state.paused_at is None:
        return
    active = await active_pack(fact, ctx)
    due = (
        resume(state.due, state.paused_at, fact.time, unit_of(limit), active.calendar)
        if active
        else state.due + (fact.time - state.paused_at)
    )
    await go_on(clock, limit, due, fact, ctx)
