"""What people do on the ladder: issue a slip, answer it, verify, raise and close it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import asyncpg
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts.event import Code
from contracts.supervision import NoticeLevel, NoticeSource
from services.chassis.deadlines import due
from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.identity import effect_id
from services.chassis.web import Forbidden, Many, User, command_id, command_meta, perform
from services.chassis.web.inputs import LocalMoment, Words
from services.chassis.words import N_
from services.reference.programmes import ActivePack
from services.supervision.domain.notice import (
    BY_A_PERSON,
    NOTICE,
    CloseNotice,
    IssueNotice,
    RaiseNotice,
    ReplyToNotice,
    VerifyReply,
)
from services.supervision.read import duty_checks
from services.supervision.read import ladder_questions as questions
from services.supervision.read.burden import asked_in_month
from services.supervision.read.slip_keys import ID_LENGTH, claim_of, ladder_of, living, stream_of, told_matter
from services.supervision.web.acts import Input
from services.supervision.web.parties import known_units
from services.supervision.web.reads import Reads, reads

ISSUING = ("supervisor", "programme_office", "leading_group", "discipline")
VERIFYING = ("supervisor", "discipline", "programme_office")
REPLYING = ("unit_leader", "unit_clerk", "work_group_lead", "dispatcher")
RAISING = ("supervisor", "leading_group", "discipline", "programme_office")
SEEING_ALL = (*ISSUING, "auditor", "admin", "org_dept")
SEEING_OWN = REPLYING

LOOK_WITHIN_S = 2.0
"""For a look that was recorded a moment ago; a read model that needs longer has stopped."""

NO_PROGRAMME = N_("请说明是哪项活动的督办。")
NOT_ACTIVE = N_("这项活动尚未启用，不能督办。")


class IssueInput(Input):
    case_id: Code | None = None
    programme: Code | None = None
    target_unit: Code
    level: NoticeLevel | Literal["interview", "criticise"]
    source: NoticeSource = "office"
    problem: Words = Field(min_length=1)
    requirements: Words = Field(min_length=1)
    reply_by: LocalMoment | None = None
    cc: Many[Code] = Field(default_factory=list, max_length=20)
    duty_check_id: Code | None = None
    """A look at a post that found it empty: the slip is about that, and its source is the check (SH-43)."""


class ReplyInput(Input):
    text: Words = Field(min_length=1)


class VerifyInput(Input):
    holds: bool
    text: Words = Field(min_length=1)


class RaiseInput(Input):
    to_level: Code
    reason: Words = ""


class CloseInput(Input):
    verdict: Words = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class OnNotice:
    """One request about one slip."""

    request: Request
    user: User
    role: str
    reads: Reads
    row: asyncpg.Record
    active: ActivePack

    @property
    def notice_id(self) -> str:
        found: str = self.row["notice_id"]
        return found

    def reply_by(self) -> datetime:
        return due(self.reads.now, self.active.pack.escalation.reply_by, self.active.calendar)


async def on_notice(request: Request, user: User, role: str, notice_id: str) -> OnNotice:
    """The slip for whoever may see it: all of them, or those of the own unit and those it has a copy of."""
    found = reads(request)
    row = await questions.notice(found.pool, notice_id)
    if row is None:
        raise HTTPException(404)
    if not user.has(*SEEING_ALL) and user.unit_id not in (row["target_unit"], *row["cc"]):
        raise Forbidden(SEEING_ALL)
    return OnNotice(request, user, role, found, row, await programme_of(found, row["programme"]))


async def programme_of(found: Reads, programme_id: str | None) -> ActivePack:
    """The programme named; the only one there is where none is."""
    if programme_id is None:
        known = await found.programmes.all()
        if len(known) != 1:
            raise Rejected("programme-missing", NO_PROGRAMME, field="programme")
        return known[0]
    active = await found.programmes.active(programme_id)
    if active is None:
        raise Rejected("programme-not-active", NOT_ACTIVE, field="programme")
    return active


def new_id(request: Request, kind: str) -> str:
    """The same for a command that is sent twice."""
    return effect_id(command_id(request), kind).replace("-", "")[:ID_LENGTH]


async def issue(request: Request, user: User, role: str, data: IssueInput) -> tuple[str, Outcome]:
    found = reads(request)
    case = await questions.case_of(found.pool, data.case_id) if data.case_id else None
    if data.case_id and case is None:
        raise Rejected("no-such-case", N_("没有这件问题。"), field="case_id")
    look = await _failed_look(request, found, data.duty_check_id, data.target_unit) if data.duty_check_id else None
    source: NoticeSource = "spot_check" if look else data.source
    named = look["programme"] if look else data.programme or (case["programme"] if case else None)
    active = await programme_of(found, named)
    notice_id = new_id(request, "notice")
    await known_units(found, "target_unit", data.target_unit)
    await known_units(found, "cc", *data.cc)
    matter = _matter(active, data)
    other = await living(found.pool, matter)
    if other is not None and other != notice_id:
        said = "case_id" if data.case_id else "problem"
        raise Rejected("one-matter-one-slip", N_("这件事已有督办单（一事一单），请在原督办单上升级。"), field=said)
    policy, now = active.pack.escalation, found.now
    command = IssueNotice(
        notice_id=notice_id,
        programme_id=active.programme_id,
        ladder=ladder_of(active),
        level=data.level,
        target_unit=data.target_unit,
        matter=matter,
        source=source,
        problem=data.problem,
        requirements=data.requirements,
        at=now,
        reply_by=data.reply_by or due(now, policy.reply_by, active.calendar),
        issuer=user.unit_id,
        entry=policy.direct.get(source),
        case_id=data.case_id,
        order_id=case["order_id"] if case and case["unit"] == data.target_unit else None,
        cc=tuple(dict.fromkeys(unit for unit in data.cc if unit != data.target_unit)),
        recorded=await questions.recorded(found.pool, source, data.target_unit, data.case_id),
        asked=await asked_in_month(found.pool, data.target_unit, now),
        cap=policy.checks_per_month,
    )
    meta = command_meta(request, user, role=role, programme=active.programme_id)
    claims = [claim_of(matter, notice_id)]
    return notice_id, await perform(request, NOTICE, stream_of(notice_id), command, meta, claims=claims)


def _matter(active: ActivePack, data: IssueInput) -> str:
    """一事一单: the case, the look at a post, or what is told of the unit."""
    if data.case_id:
        return f"case:{data.case_id}"
    if data.duty_check_id:
        return f"duty-check:{data.duty_check_id}"
    return told_matter(active.programme_id, data.target_unit, data.problem)


async def _failed_look(request: Request, found: Reads, duty_check_id: str, unit: str) -> asyncpg.Record:
    """The look that found the post empty; a read model that is behind is waited for once."""
    row = await duty_checks.one(found.pool, duty_check_id)
    if row is None:
        service = request.app.state.service
        await service.caught_up(duty_checks.DUTY_CHECKS.name, (await service.log.head()).seq, LOOK_WITHIN_S)
        row = await duty_checks.one(found.pool, duty_check_id)
    if row is None or row["passed"] or row["unit"] != unit:
        raise Rejected("no-failed-duty-check", N_("没有该单位这次不合格的查岗。"), field="target_unit")
    return row


async def reply(x: OnNotice, data: ReplyInput) -> Outcome:
    return await _perform(x, ReplyToNotice(x.user.unit_id, data.text, x.reads.now))


async def verify(x: OnNotice, data: VerifyInput) -> Outcome:
    """A reply that holds closes the matter, and another slip may be issued about it later."""
    command = VerifyReply(x.user.unit_id, data.holds, data.text, ladder_of(x.active), x.reply_by())
    return await _perform(x, command, release=data.holds)


async def raise_(x: OnNotice, data: RaiseInput) -> Outcome:
    ladder = ladder_of(x.active)
    return await _perform(x, RaiseNotice(ladder, data.to_level, BY_A_PERSON, x.reply_by(), data.reason, x.user.unit_id))


async def close(x: OnNotice, data: CloseInput) -> Outcome:
    return await _perform(x, CloseNotice(data.verdict, x.user.unit_id), release=True)


async def _perform(x: OnNotice, command: Any, *, release: bool = False) -> Outcome:
    meta = command_meta(x.request, x.user, role=x.role, programme=x.row["programme"])
    claims = [claim_of(x.row["matter"], x.notice_id, release=True)] if release else []
    return await perform(x.request, NOTICE, stream_of(x.notice_id), command, meta, claims=claims)
