"""What people do in supervision: put rules in force, try to reach a requester, write down what was heard."""

import hashlib
from dataclasses import dataclass
from typing import Annotated, Literal

import asyncpg
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts.pack import Pack, PackErrors, parse_pack
from contracts.sealed import Sealed
from contracts.supervision import Satisfaction
from services.chassis.clock import LOCAL
from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.keys import Erased
from services.chassis.web import FormErrors, Text, User, command_meta, perform
from services.chassis.web.inputs import Keepable, Words
from services.chassis.words import N_
from services.reference.programmes import ActivePack
from services.supervision.domain.followup import FOLLOW_UP, AttemptFollowUp, ConductFollowUp
from services.supervision.domain.programme import PROGRAMME, ActivatePack
from services.supervision.read import queries
from services.supervision.web.answers import permitted
from services.supervision.web.reads import Reads, reads

REVIEWING = ("supervisor", "discipline", "programme_office")
ACTIVATING = ("programme_office", "supervisor", "admin")
SEEING = (*REVIEWING, "leading_group", "auditor", "admin", "unit_leader", "unit_clerk", "dispatcher", "work_group_lead")

Method = Literal["phone", "visit", "message"]


class Input(Keepable, BaseModel):
    """A form or a JSON body; what is not asked for is refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class AttemptInput(Input):
    method: Method = "phone"


class ConductInput(Input):
    method: Method = "phone"
    reached: bool = True
    contacted: bool | None = None
    solved: bool | None = None
    satisfaction: Satisfaction | None = None
    attributable: bool | None = None
    comment: Annotated[str, StringConstraints(max_length=2000)] | None = None
    call_record: Annotated[str, StringConstraints(max_length=100)] = ""
    """The number of the call's record at the exchange."""
    ruling: Words = ""


@dataclass(frozen=True, slots=True)
class Reviewing:
    """One request about one follow-up."""

    request: Request
    user: User
    role: str
    reads: Reads
    row: asyncpg.Record


async def as_reviewer(request: Request, user: User, followup_id: str) -> Reviewing:
    """Somebody of the role that the case's programme has call back; where its rules are unknown, any reviewer."""
    found = reads(request)
    row = await queries.followup(found.pool, followup_id)
    if row is None:
        permitted(user, REVIEWING)
        raise HTTPException(404)
    return Reviewing(request, user, permitted(user, callers(await active_of(found, row))), found, row)


def callers(active: ActivePack | None) -> tuple[str, ...]:
    """Who makes the calls of a programme."""
    return (active.pack.follow_up.by,) if active else REVIEWING


async def active_of(found: Reads, row: asyncpg.Record) -> ActivePack | None:
    """The rules of the programme that a follow-up belongs to."""
    return await found.programmes.active(row["programme"]) if row["programme"] else None


async def judged_by(found: Reads, row: asyncpg.Record) -> ActivePack | None:
    """The rules in force when the call was scheduled: an amendment asks no more of what was done before it."""
    if row["programme"] and row["pack_version"]:
        return await found.programmes.version(row["programme"], row["pack_version"])
    return await active_of(found, row)


async def reviewing(request: Request, user: User, role: str, followup_id: str) -> Reviewing:
    found = reads(request)
    row = await queries.followup(found.pool, followup_id)
    if row is None:
        raise HTTPException(404)
    return Reviewing(request, user, role, found, row)


def parsed(content: bytes) -> Pack:
    """The pack, or every error at once with its place."""
    try:
        return parse_pack(content)
    except PackErrors as refused:
        raise FormErrors(
            {error.place or "pack": Text(error.message_zh, error.message_en) for error in refused.errors},
            {"content": content.decode(errors="replace")},
        ) from refused


async def activate(request: Request, user: User, role: str, content: bytes) -> tuple[Pack, Outcome]:
    """The same bytes again change nothing."""
    pack = parsed(content)
    before = await reads(request).programmes.active(pack.programme.id)
    command = ActivatePack(
        programme_id=pack.programme.id,
        name=pack.programme.name,
        content=content.decode(),
        sha256=hashlib.sha256(content).hexdigest(),
        at=request.app.state.service.clock.now(),
        version=pack.programme.version,
        in_force=before.pack.programme.version if before else 0,
    )
    meta = command_meta(request, user, role=role, programme=pack.programme.id)
    return pack, await perform(request, PROGRAMME, f"programme-{pack.programme.id}", command, meta)


async def attempt(r: Reviewing, data: AttemptInput) -> Outcome:
    command = AttemptFollowUp(r.user.unit_id, data.method, r.reads.now)
    return await _perform(r, command)


async def conduct(r: Reviewing, data: ConductInput) -> Outcome:
    active = await judged_by(r.reads, r.row)
    if active is None:
        raise Rejected("programme-not-active", N_("问题所属的活动尚未启用，不能记录回访。"))
    policy = active.pack.follow_up
    now = r.reads.now
    others = await queries.other_legs_passed(r.reads.pool, r.row)
    command = ConductFollowUp(
        reviewer_unit=r.user.unit_id,
        method=data.method,
        reached=data.reached,
        pass_rule=active.pack.pass_rule,
        closes=active.pack.closure.by == "follow_up" and others,
        attempts_needed=policy.attempts,
        days_needed=policy.attempt_days,
        days_tried=frozenset(at.astimezone(LOCAL).date() for at in (*r.row["attempts"], now)),
        contacted=data.contacted,
        solved=data.solved,
        satisfaction=data.satisfaction,
        attributable=data.attributable,
        comment=await _sealed(r, data.comment),
        call_record=data.call_record,
        ruling=data.ruling,
    )
    return await _perform(r, command)


async def _sealed(r: Reviewing, words: str | None) -> Sealed | None:
    """The requester's own words, under the key of the request they belong to."""
    if not words:
        return None
    try:
        return await r.reads.keys.seal(words, r.row["key_id"])
    except Erased as error:
        raise Rejected("key-erased", N_("诉求人的资料已依法删除，不能再记录原话。"), field="comment") from error


async def _perform(r: Reviewing, command: AttemptFollowUp | ConductFollowUp) -> Outcome:
    meta = command_meta(r.request, r.user, role=r.role, programme=r.row["programme"])
    return await perform(r.request, FOLLOW_UP, f"followup-{r.row['followup_id']}", command, meta)
