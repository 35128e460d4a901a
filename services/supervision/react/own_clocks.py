"""Tasks, promises, answers to slips and rectifications become clocks, by the same watcher as the dues of orders."""

from datetime import datetime

from contracts.codec import decode
from contracts.event import Event
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor
from services.reference.programmes import ActivePack
from services.supervision.domain.clock import CancelClock, Command, MeetClock, Seen, StartClock
from services.supervision.domain.own_deadlines import HANDLED, Begun, Deadline, Ended, turns
from services.supervision.domain.warning import warnings
from services.supervision.react.telling import DAYS, EARLIER, active_pack, tell

UNIT_OF = "SELECT unit_id FROM person WHERE person_id = $1"


async def react(fact: Fact, ctx: ReactContext) -> None:
    rows = await ctx.pool.fetch(EARLIER, fact.stream, fact.seq)
    recorded = [decode(row["payload"]) for row in rows]
    history: list[tuple[datetime, Event]] = [(one.envelope.time, one.event) for one in recorded]
    found = turns(history)
    active = await active_pack(fact, ctx) if found else None
    for turn in found:
        match turn:
            case Begun():
                await tell(fact, ctx, turn.key, await _start(turn, active, fact, ctx))
            case Ended(key=key, how=how):
                await tell(fact, ctx, key, _end(how, fact))


async def _start(turn: Begun, active: ActivePack | None, fact: Fact, ctx: ReactContext) -> StartClock:
    one = turn.deadline
    return StartClock(
        clock_id=turn.key,
        case_id=one.case_id,
        order_id=None,
        kind=one.kind,
        unit=await _unit(one, fact, ctx),
        started_at=fact.time,
        due=turn.due,
        warnings=warnings(active, DAYS, min(fact.time, turn.due), turn.due),
        matter=one.matter,
        about=one.about,
    )


async def _unit(one: Deadline, fact: Fact, ctx: ReactContext) -> str:
    """A person's unit is the directory's word; the unit that recorded it stands in for somebody unknown there."""
    known: str | None = await ctx.pool.fetchval(UNIT_OF, one.person) if one.person else None
    return known or one.unit or fact.envelope.meta.actor.unit


def _end(how: str, fact: Fact) -> Command:
    seen = Seen(fact.time, None)
    match how:
        case "met":
            return MeetClock(seen, fact.time)
        case "settled":
            return CancelClock(seen, "settled")
        case _:
            return CancelClock(seen, "replaced")


OWN_CLOCKS = Reactor(name="own-clocks", handles=HANDLED, react=react, reads=("programmes", "persons"))
