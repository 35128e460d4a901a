"""Tasks, promises, answers to slips, rectifications, call-backs and appeals become clocks, by the same watcher as the
dues of orders."""

from collections.abc import Sequence
from datetime import datetime

from contracts.codec import Recorded, decode
from contracts.envelope import SYSTEM
from contracts.event import Event
from contracts.supervision import AssessmentPublished
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor
from services.reference.programmes import ActivePack
from services.supervision.domain.clock import CancelClock, Command, MeetClock, Seen, StartClock
from services.supervision.domain.own_deadlines import HANDLED, Begun, Deadline, Ended, turns
from services.supervision.domain.warning import warnings
from services.supervision.react.telling import DAYS, EARLIER, active_pack, tell

UNIT_OF = "SELECT unit_id FROM person WHERE person_id = $1"
CALLERS = """
SELECT unit FROM role_holder WHERE role = $1 AND until IS NULL AND unit <> ALL ($2::text[]) ORDER BY unit LIMIT 1
"""
"""One unit answers for a call-back, the first of those that hold the role; whoever else holds it may make it."""


OFFICE = "programme_office"
"""Whose unit sees to what nobody else can be named for."""


async def react(fact: Fact, ctx: ReactContext) -> None:
    rows = await ctx.pool.fetch(EARLIER, fact.stream, fact.seq)
    recorded = [decode(row["payload"]) for row in rows]
    history: list[tuple[datetime, Event]] = [(one.envelope.time, one.event) for one in recorded]
    found = turns(history)
    active = await active_pack(fact, ctx) if found else None
    for turn in found:
        match turn:
            case Begun(deadline=one):
                if unit := await _unit(one, active, recorded, fact, ctx):
                    await tell(fact, ctx, turn.key, _start(turn, unit, active, fact))
            case Ended(key=key, how=how, at=at):
                await tell(fact, ctx, key, _end(how, at or fact.time, fact))


def _start(turn: Begun, unit: str, active: ActivePack | None, fact: Fact) -> StartClock:
    one = turn.deadline
    return StartClock(
        clock_id=turn.key,
        case_id=one.case_id,
        order_id=None,
        kind=one.kind,
        unit=unit,
        started_at=fact.time,
        due=turn.due,
        warnings=warnings(active, DAYS, min(fact.time, turn.due), turn.due),
        matter=one.matter,
        about=one.about,
    )


async def _unit(
    one: Deadline, active: ActivePack | None, recorded: Sequence[Recorded], fact: Fact, ctx: ReactContext
) -> str | None:
    """A person's unit is the directory's word, who calls back the pack's; whoever published a table sees to the rulings
    on it. The unit that recorded it stands in for somebody unknown, the office for a rule; with no office nobody can be
    late, and there is no clock."""
    known: str | None = None
    if one.person:
        known = await ctx.pool.fetchval(UNIT_OF, one.person)
    elif one.kind == "follow_up" and active:
        known = await ctx.pool.fetchval(CALLERS, active.pack.follow_up.by, list(one.not_by))
    elif one.kind == "appeal":
        known = next((r.envelope.actor.unit for r in recorded if isinstance(r.event, AssessmentPublished)), None)
    if known or one.unit:
        return known or one.unit
    actor = fact.envelope.meta.actor
    office: str | None = await ctx.pool.fetchval(CALLERS, OFFICE, [])
    return office if actor == SYSTEM else actor.unit


def _end(how: str, at: datetime, fact: Fact) -> Command:
    seen = Seen(at, None)
    match how:
        case "met":
            return MeetClock(seen, fact.time)
        case "settled":
            return CancelClock(seen, "settled")
        case _:
            return CancelClock(seen, "replaced")


AT_ONCE = 8
"""Streams handled at the same time: every completed case may bring call-backs."""

OWN_CLOCKS = Reactor(
    name="own-clocks",
    handles=HANDLED,
    react=react,
    parallel=AT_ONCE,
    reads=("programmes", "persons", "role_holders"),
)
