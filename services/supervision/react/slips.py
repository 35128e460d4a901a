"""Slips that rules issue and raise: which living slip a matter has, and what a rule makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg

from contracts.envelope import Meta
from contracts.supervision import NoticeSource
from services.chassis.deadlines import due
from services.chassis.handle import Commands
from services.chassis.log.types import ClaimTaken
from services.reference.programmes import ActivePack
from services.supervision.domain.notice import NOTICE, CloseNotice, IssueNotice, Notice, RaiseNotice
from services.supervision.read.slip_keys import ID_LENGTH, claim_of, ladder_of, living, stream_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a rule wants of a matter: a slip at `level`, or its living slip raised to `level` or by `by` steps."""

    active: ActivePack
    matter: str
    level: str
    unit: str
    source: NoticeSource
    rule_id: str
    problem: str
    requirements: str
    at: datetime
    by: int = 0
    raises: bool = False
    """Whether a slip that lives is raised; else it is left as it is."""

    case_id: str | None = None
    order_id: str | None = None
    cc: Sequence[str] = field(default=())


async def put_in_force(commands: Commands, pool: asyncpg.Pool, wanted: Wanted, meta: Meta) -> None:
    """Issue or raise. A person may issue at the same moment: then theirs is the one that is raised."""
    notice_id = await living(pool, wanted.matter)
    if notice_id is None:
        try:
            await _issue(commands, wanted, meta)
            return
        except ClaimTaken as taken:
            notice_id = taken.stream.removeprefix("notice-")
            if notice_id == _id(meta):
                return
    if wanted.raises:
        await _raise(commands, wanted, notice_id, meta)


async def close(commands: Commands, notice_id: str, notice: Notice, verdict: str, meta: Meta) -> None:
    """The matter is gone."""
    claims = [claim_of(notice.matter, notice_id, release=True)]
    await commands.handle(NOTICE, stream_of(notice_id), CloseNotice(verdict), meta, claims=claims)


def _id(meta: Meta) -> str:
    return meta.command_id.replace("-", "")[:ID_LENGTH]


def _reply_by(wanted: Wanted) -> datetime:
    return due(wanted.at, wanted.active.pack.escalation.reply_by, wanted.active.calendar)


async def _issue(commands: Commands, wanted: Wanted, meta: Meta) -> None:
    notice_id = _id(meta)
    command = IssueNotice(
        notice_id=notice_id,
        programme_id=wanted.active.programme_id,
        ladder=ladder_of(wanted.active),
        level=wanted.level,
        target_unit=wanted.unit,
        matter=wanted.matter,
        source=wanted.source,
        problem=wanted.problem,
        requirements=wanted.requirements,
        at=wanted.at,
        reply_by=_reply_by(wanted),
        case_id=wanted.case_id,
        order_id=wanted.order_id,
        cc=tuple(wanted.cc),
        rule_id=wanted.rule_id,
    )
    claims = [claim_of(wanted.matter, notice_id)]
    await commands.handle(NOTICE, stream_of(notice_id), command, meta, claims=claims)


async def _raise(commands: Commands, wanted: Wanted, notice_id: str, meta: Meta) -> None:
    ladder = ladder_of(wanted.active)
    notice, _ = await commands.load(NOTICE, stream_of(notice_id))
    if not notice.living:
        return
    to_level = ladder.highest([ladder.above(notice.level, wanted.by), wanted.level])
    command = RaiseNotice(ladder, to_level, wanted.rule_id, _reply_by(wanted), wanted.problem)
    await commands.handle(NOTICE, stream_of(notice_id), command, meta)
