"""What time alone raises: slips that nobody answered, cases of which nothing is heard, rectifications overdue."""

from datetime import datetime, timedelta

import asyncpg

from contracts.duration import Duration, Unit
from contracts.envelope import SYSTEM, Meta
from services.chassis.clock import Clock
from services.chassis.deadlines import due
from services.chassis.handle import Commands
from services.chassis.identity import effect_id
from services.reference.programmes import ActivePack, Programmes
from services.supervision.domain.ladder import ACCOUNTABILITY, SLIPS
from services.supervision.domain.notice import NOTICE, JudgeReply
from services.supervision.domain.referral import REFERRAL, ProposeReferral
from services.supervision.react import slips
from services.supervision.react.breaches import Horizon
from services.supervision.react.slip_words import slow_words
from services.supervision.read import slip_keys
from services.ui.papers.paper import day

ROLE = "ladder-timer"

AT_ONCE = 50
"""Of each kind between two looks at the lease."""

UNANSWERED = """
SELECT notice_id, reply_by FROM notice_board
 WHERE programme = $1 AND standing = 'open' AND reply_by < $2 AND level = ANY ($3) ORDER BY reply_by LIMIT $4
"""

SILENT = """
SELECT p.* FROM case_pulse p
 WHERE p.at_work AND p.programme = $1 AND p.heard_at < $2
   AND NOT EXISTS (SELECT 1 FROM notice_board n WHERE n.matter = 'case:' || p.case_id
                    AND (n.standing <> 'closed' OR n.issued_at >= p.heard_at))
 ORDER BY p.heard_at LIMIT $3
"""
"""A case with a living slip needs no second one, and one silence brings one slip."""

OVERDUE = """
SELECT * FROM rectification r WHERE programme = $1 AND stage = 'ordered' AND due < $2
   AND NOT EXISTS (SELECT 1 FROM referral f WHERE f.referral_id = 'late-' || r.rectification_id)
 ORDER BY due LIMIT $3
"""

IN_WORDS = {
    Unit.MINUTE: "分钟",
    Unit.HOUR: "小时",
    Unit.WORKING_HOUR: "个工作小时",
    Unit.DAY: "日",
    Unit.WORKING_DAY: "个工作日",
}


class LadderTimer:
    """Proposes what is due to the aggregates, which decide; a board that lags only makes a look in vain."""

    def __init__(self, pool: asyncpg.Pool, commands: Commands, clock: Clock, horizon: Horizon) -> None:
        self._pool, self._commands, self._clock, self._horizon = pool, commands.by_id(), clock, horizon
        self._programmes = Programmes(pool)

    async def tick(self) -> bool:
        """Whether a full page was worked off and more may wait."""
        now, horizon = self._clock.now(), await self._horizon()
        done = [0]
        for active in await self._programmes.all():
            done.append(await self._judge_replies(active, now))
            if ACCOUNTABILITY in active.pack.escalation.levels:
                done.append(await self._judge_rectifications(active, now))
            if horizon is not None and (limit := active.pack.escalation.slow_after) is not None:
                done.append(await self._judge_silence(active, limit, horizon[0]))
        return max(done) >= AT_ONCE

    async def _judge_replies(self, active: ActivePack, now: datetime) -> int:
        """Replies lie in this service's own log: what is not there by now was not given."""
        ladder = slip_keys.ladder_of(active)
        rising = [level for level in SLIPS if level in ladder and ladder.above(level) != level]
        reply_by = due(now, active.pack.escalation.reply_by, active.calendar)
        raised = 0
        for row in await self._pool.fetch(UNANSWERED, active.programme_id, now, rising, AT_ONCE):
            command, stream = JudgeReply(ladder, now, reply_by), slip_keys.stream_of(row["notice_id"])
            notice, _ = await self._commands.load(NOTICE, stream)
            if NOTICE.decide(notice, command):
                meta = self._meta(row["notice_id"], f"unanswered {row['reply_by'].isoformat()}", active.programme_id)
                raised += bool((await self._commands.handle(NOTICE, stream, command, meta)).events)
        return raised

    async def _judge_rectifications(self, active: ActivePack, now: datetime) -> int:
        """What was not put right in time is proposed for referral."""
        proposed = 0
        for row in await self._pool.fetch(OVERDUE, active.programme_id, now, AT_ONCE):
            referral_id, grounds = f"late-{row['rectification_id']}", tuple(row["grounds"])
            command = ProposeReferral(
                referral_id, active.programme_id, row["unit"], grounds, "rectification-overdue", tuple(row["case_ids"])
            )
            meta = self._meta(row["rectification_id"], "overdue", active.programme_id)
            done = await self._commands.handle(REFERRAL, f"referral-{referral_id}", command, meta)
            proposed += bool(done.events) and not done.repeated
        return proposed

    async def _judge_silence(self, active: ActivePack, limit: Duration, watermark: datetime) -> int:
        """Behind dispatch's watermark only: what was reported there may still be on its way."""
        issued = 0
        for row in await self._pool.fetch(SILENT, active.programme_id, watermark - _least(limit), AT_ONCE):
            if due(row["heard_at"], limit, active.calendar) >= watermark:
                continue
            problem, requirements = slow_words(day(row["heard_at"]), f"{limit.amount}{IN_WORDS[limit.unit]}")
            wanted = slips.Wanted(
                active=active,
                matter=f"case:{row['case_id']}",
                level=slip_keys.ladder_of(active).first("blue"),
                unit=row["unit"],
                source="slow",
                rule_id="slow",
                problem=problem,
                requirements=requirements,
                at=watermark,
                case_id=row["case_id"],
                order_id=row["order_id"],
            )
            meta = self._meta(row["case_id"], f"slow {row['heard_at'].isoformat()}", active.programme_id)
            await slips.put_in_force(self._commands, self._pool, wanted, meta)
            issued += 1
        return issued

    def _meta(self, about: str, effect: str, programme: str) -> Meta:
        return Meta(command_id=effect_id(about, effect), actor=SYSTEM, programme=programme)


def _least(limit: Duration) -> timedelta:
    """The limit ends no earlier than this after its beginning, on whatever calendar."""
    match limit.unit:
        case Unit.DAY | Unit.WORKING_DAY:
            return timedelta(days=limit.amount - 1)
        case Unit.MINUTE:
            return timedelta(minutes=limit.amount)
        case _:
            return timedelta(hours=limit.amount)
