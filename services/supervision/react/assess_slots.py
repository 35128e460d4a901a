"""定期评 (LT-21, LT-27): an assessment that is published keeps the slot of the rhythm in whose time that happened."""

from contracts.supervision import AssessmentPublished
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.reference.programmes import Programmes
from services.supervision.domain.cadence import CADENCE_SLOT, FulfilSlot, stream
from services.supervision.read import rhythms

REPORT = "R13"


async def react(fact: Fact, ctx: ReactContext) -> None:
    """For every unit that owes 考核得分表 then; of a month the first one counts, as with any report."""
    event, programme = fact.event, fact.envelope.meta.programme
    if not isinstance(event, AssessmentPublished) or programme is None:
        return
    found = await rhythms.slots_until(ctx.pool, Programmes(ctx.pool), programme, fact.time + rhythms.AHEAD)
    running = [slot for slot in found if slot.cadence.report == REPORT and slot.opens <= fact.time < slot.due]
    for one in rhythms.all_owed(programme, running, await rhythms.holders(ctx.pool)):
        command = FulfilSlot(one.of, event.assessment_id, fact.time, automatic=True)
        meta = caused_by(fact, f"slot {one.of.slot_id}")
        await ctx.commands.handle(CADENCE_SLOT, stream(one.of.slot_id), command, meta)


ASSESSMENT_TO_SLOT = Reactor(
    "assessment-to-slot", (AssessmentPublished,), react, reads=("programmes", "role_holders", "course")
)
