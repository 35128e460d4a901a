"""A public notice that says until when it is put right orders that at once; withdrawn, it orders nothing (SH-44)."""

from contracts.pack.noticing import ground_name
from contracts.supervision import NoticeIssued, NoticeWithdrawn
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.supervision.domain.rectification import RECTIFICATION, LiftRectification, OrderRectification
from services.supervision.read import ladder_questions
from services.supervision.read.slip_keys import ID_LENGTH

UNITS = """
SELECT DISTINCT coalesce(p.unit_id, t.code) AS unit FROM unnest($1::text[]) t(code)
  LEFT JOIN person p ON p.person_id = t.code ORDER BY 1
"""
"""A person who is named leaves it to their unit to put things right."""


async def react(fact: Fact, ctx: ReactContext) -> None:
    match fact.event:
        case NoticeIssued(rectify_by=due) as e if due is not None:
            for row in await ctx.pool.fetch(UNITS, list(e.targets)):
                await _order(e, row["unit"], fact, ctx)
        case NoticeWithdrawn(bulletin_id=bulletin_id, reason=reason):
            for row in await ladder_questions.rectifications_by(ctx.pool, bulletin_id):
                stream = f"rectification-{row['rectification_id']}"
                meta = caused_by(fact, f"lift {row['rectification_id']}", actor=fact.envelope.actor)
                await ctx.commands.handle(RECTIFICATION, stream, LiftRectification(reason), meta)
        case _:
            pass  # it sets no day


async def _order(e: NoticeIssued, unit: str, fact: Fact, ctx: ReactContext) -> None:
    """In the name of whoever issued the notice: the day is that person's word."""
    assert e.rectify_by is not None, "only such a notice orders anything"
    meta = caused_by(fact, f"rectify {unit}", actor=fact.envelope.actor)
    rectification_id = meta.command_id.replace("-", "")[:ID_LENGTH]
    said = [f"{ground_name(one.code)}：{one.text}" if one.text else ground_name(one.code) for one in e.grounds]
    command = OrderRectification(
        rectification_id=rectification_id,
        programme_id=e.programme_id,
        unit=unit,
        items=(*said, e.text) if e.text else tuple(said),
        due=e.rectify_by,
        grounds=tuple(one.code for one in e.grounds),
        at=fact.time,
        by_unit=fact.envelope.actor.unit,
        case_ids=tuple(dict.fromkeys(case for one in e.grounds for case in one.case_ids)),
        bulletin_id=e.bulletin_id,
    )
    await ctx.commands.handle(RECTIFICATION, f"rectification-{rectification_id}", command, meta)


NOTICE_ORDERS = Reactor(
    "notice-to-rectification", (NoticeIssued, NoticeWithdrawn), react, reads=("persons", "rectifications")
)
