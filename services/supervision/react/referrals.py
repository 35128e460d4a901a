"""What proposes an accountability referral: the top of the ladder, falsification, a rectification that failed.

A proposal only, and only where the programme's ladder leads there: a person decides (LT-29, JW-26).
"""

from contracts.supervision import EscalationRaised, RectificationVerified
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, caused_by
from services.reference.programmes import ActivePack, Programmes
from services.supervision.domain.ladder import ACCOUNTABILITY
from services.supervision.domain.notice import NOTICE
from services.supervision.domain.referral import REFERRAL, ProposeReferral
from services.supervision.react.telling import active_pack
from services.supervision.read import slip_keys


async def for_slip(e: EscalationRaised, fact: Fact, ctx: ReactContext) -> None:
    active = await active_pack(fact, ctx)
    notice, _ = await ctx.commands.load(NOTICE, fact.stream)
    if active is None:
        return
    matter = notice.matter.removeprefix("case:")
    cases = (matter,) if matter != notice.matter else ()
    await propose(active, notice.target_unit, (notice.source,), cases, f"ladder:{e.rule_id}", fact, ctx)


async def for_rectification(e: RectificationVerified, fact: Fact, ctx: ReactContext) -> None:
    row = await ctx.pool.fetchrow(
        "SELECT programme, unit, grounds, case_ids FROM rectification WHERE rectification_id = $1", e.rectification_id
    )
    active = await Programmes(ctx.pool).active(row["programme"]) if row else None
    if row is not None and active is not None:
        grounds, cases = tuple(row["grounds"]), tuple(row["case_ids"])
        await propose(active, row["unit"], grounds, cases, "rectification-failed", fact, ctx)


async def propose(
    active: ActivePack,
    unit: str,
    grounds: tuple[str, ...],
    cases: tuple[str, ...],
    rule_id: str,
    fact: Fact,
    ctx: ReactContext,
) -> None:
    if ACCOUNTABILITY not in active.pack.escalation.levels:
        return
    meta = caused_by(fact, "referral")
    referral_id = meta.command_id.replace("-", "")[: slip_keys.ID_LENGTH]
    command = ProposeReferral(referral_id, active.programme_id, unit, grounds, rule_id, cases)
    await ctx.commands.handle(REFERRAL, f"referral-{referral_id}", command, meta)
