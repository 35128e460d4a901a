"""Records that look made up raise a signal, once for the same matter: it proposes a check and judges nobody.

A rule sees the traces up to the event that it looks at and no later ones: a slow or repeated look finds the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import asyncpg

from contracts.dispatch import (
    CaseClassified,
    CaseCompleted,
    CaseStruckOff,
    OrderCompleted,
    ProgressReported,
    SiteVerified,
)
from contracts.intake import RequestRegistered, VisitRecorded
from contracts.pack import Pack, parse_pack
from contracts.supervision import FollowUpConducted
from services.chassis.clock import LOCAL
from services.chassis.deadlines import Calendar, calendar_for, slot_days
from services.chassis.facts import Fact
from services.chassis.identity import effect_id
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.supervision.domain import signs
from services.supervision.domain.signal import SIGNAL, RaiseSignal, stream
from services.supervision.domain.signs import Sign, Trace
from services.supervision.read.traces import record_of

AT_ONCE = 8
"""Streams looked at together: each look is a handful of look-ups by key."""

PARSED_PACKS = 32
DAY = timedelta(days=1)

_PACK = "SELECT content FROM programme WHERE programme_id = $1 ORDER BY pack_version DESC LIMIT 1"
_FIELDS = ("record", "kind", "at", "case_id", "unit", "person", "occurred", "key", "place", "visit_id")
_CASE = "SELECT * FROM trace WHERE case_id = $1 AND seq <= $2 ORDER BY seq"
_ALIKE = "SELECT * FROM trace WHERE kind = $1 AND key = $2 AND programme = $3 AND seq <= $4 ORDER BY seq"
_MINUTE = """
SELECT * FROM trace
 WHERE kind = 'completed' AND unit = $1 AND at >= $2 AND programme = $3 AND seq <= $4 ORDER BY seq
"""
_VISITS = """
SELECT * FROM trace
 WHERE kind = 'visit' AND person = $1 AND occurred >= $2 AND occurred < $3 AND seq <= $4 ORDER BY seq
"""
_ENTERED = """
SELECT * FROM trace
 WHERE kind = 'visit' AND person = $1 AND at >= $2 AND at < $3 AND seq <= $4 ORDER BY seq
"""
_OWN = """
SELECT * FROM trace s
 WHERE s.kind = 'struck_off' AND s.person = $1 AND s.programme = $2 AND s.seq <= $3
   AND EXISTS (SELECT FROM trace c WHERE c.case_id = s.case_id AND c.kind = 'completed' AND c.person = s.person
                  AND c.seq < s.seq)
 ORDER BY s.seq
"""
_FOUR_EYES = """
SELECT EXISTS (SELECT FROM trace c
                WHERE c.kind = 'completed' AND c.unit = $1 AND c.programme = $3 AND c.seq <= $4
                  AND (c.person <> $2 OR EXISTS (SELECT FROM trace s
                                                  WHERE s.case_id = c.case_id AND s.kind = 'struck_off' AND s.unit = $1
                                                    AND s.person <> $2 AND s.seq <= $4)))
"""
"""Whether anybody else of the unit completed or struck off a case; the only clerk of a unit has no choice."""
_STRUCK = """
SELECT * FROM trace s
 WHERE s.kind = 'struck_off' AND s.seq < $3 AND s.case_id <> $4
   AND s.case_id IN (SELECT o.case_id FROM trace o WHERE o.kind = 'opened' AND o.place = $1)
   AND s.case_id IN (SELECT c.case_id FROM trace c WHERE c.kind = 'classified' AND c.key = $2 AND c.seq < $3)
 ORDER BY s.seq
"""


@dataclass(frozen=True, slots=True)
class Look:
    """One event that is looked at, with the pack in force."""

    fact: Fact
    pool: asyncpg.Pool
    programme: str
    pack: Pack
    calendar: Calendar

    async def traces(self, query: str, *args: object) -> list[Trace]:
        return [Trace(**{name: row[name] for name in _FIELDS}) for row in await self.pool.fetch(query, *args)]


async def react(fact: Fact, ctx: ReactContext) -> None:
    programme = fact.envelope.meta.programme
    content = await ctx.pool.fetchval(_PACK, programme) if programme else None
    if programme is None or content is None:
        return
    look = Look(fact, ctx.pool, programme, *_rules(content))
    for sign in await _signs(look):
        signal_id = effect_id(f"{programme} {sign.about}", sign.kind)
        command = RaiseSignal(signal_id, programme, sign)
        await ctx.commands.handle(SIGNAL, stream(signal_id), command, caused_by(fact, f"signal:{signal_id}"))


async def _signs(look: Look) -> list[Sign]:
    found: list[Sign | None] = []
    match look.fact.event:
        case CaseCompleted() as event:
            found = [await _unhandled(look, event)]
        case OrderCompleted() as event:
            found = [*await _completed(look, event), *await _files(look, [one.sha256 for one in event.evidence])]
        case ProgressReported(evidence=evidence) | SiteVerified(evidence=evidence):
            found = [*await _files(look, [one.sha256 for one in evidence])]
        case FollowUpConducted(reached=True) as event:
            found = [await _never_contacted(look, event), await _unrecorded(look, event)]
        case CaseStruckOff():
            found = [await _self_closing(look)]
        case RequestRegistered(caller_ref=caller, subject_id=subject) if caller and subject:
            alike = await look.traces(_ALIKE, "request", caller, look.programme, look.fact.seq)
            found = [signs.same_phone(alike, look.pack.signals.same_phone)]
        case CaseClassified() as event:
            found = [await _relapse(look, event)]
        case VisitRecorded() as event:
            found = [sign for visitor in event.visitors for sign in await _visits(look, visitor)]
        case _:
            pass  # nobody was reached, or no number was left
    return [sign for sign in found if sign is not None]


async def _unhandled(look: Look, event: CaseCompleted) -> Sign | None:
    """Asked once all orders are done: who only helps need not call anybody."""
    fact = look.fact
    done = Trace(record_of(fact), "case_completed", fact.time, event.case_id, event.lead_unit)
    return signs.unhandled(await look.traces(_CASE, event.case_id, fact.seq), done)


async def _completed(look: Look, event: OrderCompleted) -> list[Sign | None]:
    fact, rules = look.fact, look.pack.signals
    history = await look.traces(_CASE, event.case_id, fact.seq)
    mine = [one for one in history if one.record == record_of(fact)]
    done = next((one for one in mine if one.kind == "completed"), None)
    if done is None:
        return []
    found: list[Sign | None] = []
    told = next((one for one in mine if one.kind == "text" and one.key), None)
    if told is not None:
        alike = await look.traces(_ALIKE, "text", told.key, look.programme, fact.seq)
        found.append(signs.same_text(alike, rules.same_text))
    minute = fact.time.replace(second=0, microsecond=0)
    together = await look.traces(_MINUTE, done.unit, minute, look.programme, fact.seq)
    return [*found, signs.bulk_closing(together, rules.bulk_closings)]


async def _files(look: Look, hashes: Sequence[str]) -> list[Sign | None]:
    found = []
    for name in dict.fromkeys(hashes):
        alike = await look.traces(_ALIKE, "file", name, look.programme, look.fact.seq)
        found.append(signs.same_file(alike))
    return found


async def _self_closing(look: Look) -> Sign | None:
    fact = look.fact
    own = await look.traces(_OWN, fact.envelope.actor.person, look.programme, fact.seq)
    if not own or own[-1].record != record_of(fact):
        return None
    sign = signs.self_closing(own, look.pack.signals.self_closings)
    if sign is None:
        return None
    others = await look.pool.fetchval(_FOUR_EYES, sign.unit, own[-1].person, look.programme, fact.seq)
    return sign if others else None


async def _unrecorded(look: Look, event: FollowUpConducted) -> Sign | None:
    """Where the pack has every call on record at the exchange."""
    if not look.pack.signals.call_record or event.method != "phone" or event.call_record:
        return None
    fact = look.fact
    said = Trace(
        record_of(fact), "follow_up", fact.time, event.case_id, event.reviewer_unit, fact.envelope.actor.person
    )
    return signs.no_call_record(replace(said, key=event.followup_id))


async def _never_contacted(look: Look, event: FollowUpConducted) -> Sign | None:
    if event.contacted is not False:
        return None
    history = await look.traces(_CASE, event.case_id, look.fact.seq)
    done = [one for one in history if one.kind == "completed"]
    said = Trace(record_of(look.fact), "follow_up", look.fact.time, event.case_id, key=event.followup_id)
    return signs.never_contacted(said, done[-1] if done else None)


async def _relapse(look: Look, event: CaseClassified) -> Sign | None:
    history = await look.traces(_CASE, event.case_id, look.fact.seq)
    opened = next((one for one in history if one.kind == "opened" and one.place), None)
    if opened is None:
        return None
    struck = await look.traces(_STRUCK, opened.place, event.category, look.fact.seq, event.case_id)
    return signs.relapse(opened, struck, look.pack.closure.relapse_days)


async def _visits(look: Look, visitor: str) -> list[Sign | None]:
    fact, rules = look.fact, look.pack.signals
    occurred = fact.envelope.meta.occurred_at or fact.time
    day = datetime.combine(occurred.astimezone(LOCAL).date(), time(), LOCAL)
    on_day = await look.traces(_VISITS, visitor, day, day + DAY, fact.seq)
    mine = [one for one in on_day if one.record == record_of(fact)]
    if not mine:
        return []
    found = [
        signs.many_visits(on_day, day.date().isoformat(), rules.visits_per_day),
        signs.overlapping(mine[-1], on_day, rules.overlap_minutes),
    ]
    if slot := _slot(look, fact.time):
        since = datetime.combine(slot - DAY, time(), LOCAL)
        entered = await look.traces(_ENTERED, visitor, since, since + 2 * DAY, fact.seq)
        found.append(signs.burst(entered, slot.isoformat(), rules.burst_visits))
    return found


def _slot(look: Look, at: datetime) -> date | None:
    """The report or meeting that is due on the day of a record or on the day after; None far from any."""
    today = at.astimezone(LOCAL).date()
    days = [day for _, rhythm in look.calendar.rhythms for day in slot_days(rhythm, today, today + DAY, look.calendar)]
    return min(days, default=None)


@lru_cache(PARSED_PACKS)
def _rules(content: str) -> tuple[Pack, Calendar]:
    pack = parse_pack(content.encode())
    return pack, calendar_for(pack)


SIGNALS = Reactor(
    name="made-up-records",
    handles=(
        CaseCompleted,
        OrderCompleted,
        ProgressReported,
        SiteVerified,
        FollowUpConducted,
        CaseClassified,
        CaseStruckOff,
        VisitRecorded,
        RequestRegistered,
    ),
    react=react,
    start_at="now",
    parallel=AT_ONCE,
    reads=("traces", "programmes"),
)
"""`start_at`: on an installation that has run for years nobody is suspected of what lies years back."""
