"""What intake adds to a request is told in every case that answers for it; one that was sent back stands again."""

from contracts.intake import RequestSupplemented
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.dispatch.domain.commands import SupplementCase
from services.dispatch.domain.decide import dispatch_case, stream

WAITING = """
SELECT b.case_id, n.case_no FROM case_board b JOIN case_number n USING (case_id)
 WHERE $1 = ANY (b.request_ids) AND b.ended_at IS NULL ORDER BY b.opened_at, b.case_id"""


async def react(fact: Fact, ctx: ReactContext) -> None:
    """A request is answered by one case, or by the parts of one that was split."""
    event = fact.event
    assert isinstance(event, RequestSupplemented), "the only type it handles"
    for row in await ctx.pool.fetch(WAITING, event.request_id):
        command = SupplementCase(row["case_no"], event.request_id, event.text)
        meta = caused_by(fact, f"supplement:{row['case_id']}", actor=fact.envelope.actor)
        await ctx.commands.handle(dispatch_case, stream(row["case_id"]), command, meta)


SUPPLEMENTING = Reactor(
    name="supplement-to-case",
    handles=(RequestSupplemented,),
    react=react,
    reads=("case_board", "case_number"),
)
