"""Rules in force with another calendar: open deadlines are counted anew, and an event says why."""

from contracts.supervision import ProgrammePackActivated
from services.chassis.decider import Rejected
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.dispatch.domain.commands import RecomputeDeadlines
from services.dispatch.domain.decide import dispatch_case, stream
from services.dispatch.read.open_dues import by_calendar, open_orders
from services.reference.programmes import Programmes

REASON = "本活动启用新的日历：{calendar}，未到期的期限按原时限重新计算。"
"""Stands in the event as an official wrote it: Chinese is the language of the record."""


async def react(fact: Fact, ctx: ReactContext) -> None:
    """Limits stay those that each case was classified with; only the calendar under them is another one."""
    event = fact.event
    assert isinstance(event, ProgrammePackActivated), "the only type it handles"
    active = await Programmes(ctx.pool).version(event.programme_id, event.pack_version)
    if active is None or event.pack_version == 1:
        return  # a programme's first rules find nothing that others had computed
    refused: list[Rejected] = []
    for case_id, rows in (await open_orders(ctx.pool, event.programme_id)).items():
        case, _ = await ctx.commands.load(dispatch_case, stream(case_id))
        command = RecomputeDeadlines(
            case_no=rows[0]["case_no"],
            calendar_version=active.calendar.id,
            reason=REASON.format(calendar=active.calendar.id),
            dues=by_calendar(rows, case.durations, active.calendar),
            at=fact.time,
        )
        try:
            await ctx.commands.handle(dispatch_case, stream(case_id), command, caused_by(fact, f"recompute:{case_id}"))
        except Rejected as error:
            refused.append(error)  # the other cases get theirs all the same
    if refused:
        raise refused[0]


RECOMPUTING = Reactor(
    name="recompute-deadlines",
    handles=(ProgrammePackActivated,),
    react=react,
    reads=("case_board", "case_order", "programmes"),
)
