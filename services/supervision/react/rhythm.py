"""Slots of the rhythm: a report or a visit that comes fulfils its slot, and what nobody fulfilled is missed.

A slot is judged only behind the watermarks of intake (who holds which role, and who visited), reporting (which report
was made) and this log (what was issued here), with all of that held here and taken in. Meetings are written here, in
the same append as the slot they fulfil.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import asyncpg

from contracts.envelope import SYSTEM, Meta
from contracts.intake import VisitRecorded
from contracts.reporting import ReportGenerated
from services.chassis.clock import LOCAL
from services.chassis.facts import Fact
from services.chassis.handle import Commands
from services.chassis.identity import effect_id
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.chassis.service import Service
from services.reference.owed import speaks_of
from services.reference.programmes import Programmes
from services.supervision.domain.cadence import CADENCE_SLOT, FulfilSlot, JudgeSlot, SlotOf, stream
from services.supervision.react.horizon import TakenIn, own_promise
from services.supervision.react.issued_slots import ASSESSMENT_TO_SLOT, NOTICE_TO_SLOT
from services.supervision.read import duties, rhythms

ROLE = "cadence-timer"
AT_ONCE = 100
"""Slots judged between two looks at the lease."""

READS = (
    "programmes",
    "persons",
    "units",
    "role_holders",
    "attendance",
    "rhythm_board",
    "course",
    "pairings",
    "activities",
    "visits_paid",
)
SHOWN_S = 1.0
"""How long the timer waits for the read models; then it looks again."""

LOOK_EVERY = timedelta(minutes=1)
"""Slots fall due at midnight: so much of known time must have passed before the timer reckons them again."""

ACTIVE = "SELECT DISTINCT programme_id FROM programme ORDER BY programme_id"


async def react(fact: Fact, ctx: ReactContext) -> None:
    """A report as of its slot's day fulfils that slot for every unit that owes it."""
    event = fact.event
    if not isinstance(event, ReportGenerated):
        return
    day = (event.window_to - timedelta(microseconds=1)).astimezone(LOCAL).date()
    active = await Programmes(ctx.pool).in_force(event.programme_id, event.window_to)
    if active is None or not speaks_of(active.pack, event.report, event.as_of, day):
        return  # of a window that still ran: not the one that is owed
    found = await rhythms.slots_until(
        ctx.pool, Programmes(ctx.pool), event.programme_id, event.window_to + timedelta(days=1)
    )
    held = await rhythms.holders(ctx.pool)
    due = [slot for slot in found if slot.cadence.report == event.report and slot.day == day]
    for one in rhythms.all_owed(event.programme_id, due, held):
        command = FulfilSlot(one.of, event.report_id, fact.time, automatic=True)
        meta = caused_by(fact, f"slot {one.of.slot_id}")
        await ctx.commands.handle(CADENCE_SLOT, stream(one.of.slot_id), command, meta)


REPORT_TO_SLOT = Reactor("report-to-slot", (ReportGenerated,), react, reads=("programmes", "role_holders", "course"))


async def attended(fact: Fact, ctx: ReactContext) -> None:
    """A visit keeps the day's duty slot of each visitor who owes one; nobody enters their attendance twice (SH-35).

    The day is that on which the visit was recorded, as everywhere: nobody can backdate a visit into a slot. Whoever
    found nobody at home was there all the same.
    """
    event = fact.event
    assert isinstance(event, VisitRecorded), "the only type it handles"
    day = fact.time.astimezone(LOCAL).date()
    programmes = Programmes(ctx.pool)
    who: duties.People | None = None
    for row in await ctx.pool.fetch(ACTIVE):
        found = await duties.slots_until(ctx.pool, programmes, row["programme_id"], fact.time + timedelta(days=2))
        due = [slot for slot in found if slot.day == day and event.mode in (slot.quota.modes or (event.mode,))]
        if not due:
            continue
        who = who or await duties.people(ctx.pool)
        for one in duties.all_owed(row["programme_id"], due, who):
            if one.of.owner in event.visitors:
                command = FulfilSlot(one.of, event.visit_id, fact.time, automatic=True)
                meta = caused_by(fact, f"duty {one.of.slot_id}")
                await ctx.commands.handle(CADENCE_SLOT, stream(one.of.slot_id), command, meta)


VISIT_TO_SLOT = Reactor(
    "visit-to-slot", (VisitRecorded,), attended, reads=("programmes", "role_holders", "attendance", "course", "units")
)

Horizon = Callable[[], Awaitable[datetime | None]]
"""Up to when everything that a slot may be fulfilled by is known here, or None."""


class RhythmHorizon:
    """The earliest watermark of the two and of this log, once what they speak of lies here, is folded, and was reacted
    to."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._taken_in = {
            "intake": TakenIn(service, "intake", VISIT_TO_SLOT),
            "reporting": TakenIn(service, "reporting", REPORT_TO_SLOT),
        }
        self._own = TakenIn(service, service.spec.name, ASSESSMENT_TO_SLOT, NOTICE_TO_SLOT)

    async def __call__(self) -> datetime | None:
        transport = self._service.transport
        if transport is None:
            return None
        known = [await taken_in.of(transport.promise(source)) for source, taken_in in self._taken_in.items()]
        known.append(await self._own.of(await own_promise(self._service)))
        head = (await self._service.log.head()).seq
        if not all([await self._service.caught_up(name, head, SHOWN_S) for name in READS]):
            return None
        times = [one.until for one in known if one is not None]
        return min(times) if len(times) == len(known) else None


class RhythmTimer:
    """Judges what fell due. Nothing is missed twice, because the slot itself decides."""

    def __init__(self, pool: asyncpg.Pool, commands: Commands, horizon: Horizon) -> None:
        self._pool, self._commands, self._horizon = pool, commands, horizon
        self._programmes = Programmes(pool)
        self._judged_to: datetime | None = None

    async def tick(self) -> bool:
        """Whether a full page was judged and more may wait."""
        return await self.judge() >= AT_ONCE

    async def judge(self) -> int:
        """Judge the slots behind the horizon; how many were missed."""
        watermark = await self._horizon()
        if watermark is None or (self._judged_to and watermark < self._judged_to + LOOK_EVERY):
            return 0
        held = await rhythms.holders(self._pool)
        missed = 0
        for row in await self._pool.fetch(ACTIVE):
            programme = row["programme_id"]
            known = await rhythms.outcomes(self._pool, programme)
            found = await rhythms.slots_until(self._pool, self._programmes, programme, watermark)
            owed = [one.of for one in rhythms.all_owed(programme, found, held)]
            if asked := await duties.slots_until(self._pool, self._programmes, programme, watermark):
                owed += [one.of for one in duties.all_owed(programme, asked, await duties.people(self._pool))]
            for of in owed:
                if of.due < watermark and of.slot_id not in known and missed < AT_ONCE:
                    missed += await self._miss(of, watermark)
        if missed < AT_ONCE:
            self._judged_to = watermark
        return missed

    async def _miss(self, of: SlotOf, watermark: datetime) -> bool:
        meta = Meta(command_id=effect_id(of.slot_id, "missed"), actor=SYSTEM, programme=of.programme_id)
        outcome = await self._commands.by_id().handle(CADENCE_SLOT, stream(of.slot_id), JudgeSlot(of, watermark), meta)
        return bool(outcome.events) and not outcome.repeated
