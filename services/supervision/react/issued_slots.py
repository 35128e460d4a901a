"""What is issued here keeps the slot in whose time that happened: 考核 (LT-21, LT-27) and 通报 (SH-22)."""

from datetime import timedelta

from contracts.supervision import AssessmentPublished, NoticeIssued
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.reference.programmes import Programmes
from services.supervision.domain.cadence import CADENCE_SLOT, FulfilSlot, stream
from services.supervision.read import rhythms

SCORES, NOTICES = "R13", "R12"
READS = ("programmes", "role_holders", "course")
LONGEST = timedelta(days=400)
"""A slot of a yearly rhythm may fall due so long after what keeps it."""


async def published(fact: Fact, ctx: ReactContext) -> None:
    """Scores keep the slot of 考核得分表."""
    event, programme = fact.event, fact.envelope.meta.programme
    if isinstance(event, AssessmentPublished) and programme is not None:
        await _keep(SCORES, programme, event.assessment_id, fact, ctx)


async def issued(fact: Fact, ctx: ReactContext) -> None:
    """A public notice of any kind keeps the slot of 通报; withdrawn later, it was issued all the same."""
    event = fact.event
    if isinstance(event, NoticeIssued):
        await _keep(NOTICES, event.programme_id, event.bulletin_id, fact, ctx)


async def _keep(report: str, programme: str, ref: str, fact: Fact, ctx: ReactContext) -> None:
    """For every unit that owes the report then; of a period the first one counts, as with any report."""
    found = await rhythms.slots_until(ctx.pool, Programmes(ctx.pool), programme, fact.time + LONGEST)
    running = [slot for slot in found if slot.cadence.report == report and slot.opens <= fact.time < slot.due]
    for one in rhythms.all_owed(programme, running, await rhythms.holders(ctx.pool)):
        command = FulfilSlot(one.of, ref, fact.time, automatic=True)
        meta = caused_by(fact, f"slot {one.of.slot_id}")
        await ctx.commands.handle(CADENCE_SLOT, stream(one.of.slot_id), command, meta)


ASSESSMENT_TO_SLOT = Reactor("assessment-to-slot", (AssessmentPublished,), published, reads=READS)
NOTICE_TO_SLOT = Reactor("notice-to-slot", (NoticeIssued,), issued, reads=READS)
