"""What people do above the slips: talk with a unit's head, order and look at rectification, decide on referral."""

from collections.abc import Sequence
from typing import Annotated

import asyncpg
from pydantic import BeforeValidator, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts.event import Code, Note
from services.chassis.handle import Outcome
from services.chassis.web import Forbidden, Many, User, command_meta, perform
from services.chassis.web.inputs import LocalMoment, Words
from services.supervision.domain.interview import INTERVIEW, HoldInterview
from services.supervision.domain.notice import BY_A_PERSON
from services.supervision.domain.rectification import (
    RECTIFICATION,
    OrderRectification,
    ReportRectification,
    VerifyRectification,
)
from services.supervision.domain.referral import REFERRAL, Approval, Decline, ProposeReferral, Refer
from services.supervision.read import ladder_questions as questions
from services.supervision.web.acts import Input
from services.supervision.web.ladder_acts import SEEING_ALL, new_id, programme_of
from services.supervision.web.parties import known_cases, known_grounds, known_persons, known_slip, known_units
from services.supervision.web.reads import Reads, reads

INTERVIEWING = ("leading_group", "supervisor", "discipline")
ORDERING = ("supervisor", "discipline", "programme_office", "leading_group")
REPORTING = ("unit_leader", "unit_clerk", "work_group_lead", "dispatcher")
REFERRING = ("discipline", "supervisor")
APPROVING = "leading_group"
RESTRICTED = ("supervisor", "discipline", "leading_group", "auditor")
"""Who sees talks and referrals; to all others they do not exist."""


def _lines(value: object) -> object:
    """A form writes several items on lines of their own."""
    return [line.strip() for line in value.splitlines() if line.strip()] if isinstance(value, str) else value


class InterviewInput(Input):
    programme: Code | None = None
    unit: Code
    head: Code
    held_at: LocalMoment
    content: Words = Field(min_length=1)
    notice_id: Code | None = None
    case_ids: Many[Code] = Field(default_factory=list)


class RectifyInput(Input):
    programme: Code | None = None
    unit: Code
    items: Annotated[list[Note], BeforeValidator(_lines), Field(min_length=1, max_length=50)]
    due: LocalMoment
    grounds: Many[Code] = Field(min_length=1)
    notice_id: Code | None = None
    case_ids: Many[Code] = Field(default_factory=list)


class ReportInput(Input):
    text: Words = Field(min_length=1)


class LookInput(Input):
    passed: bool
    text: Words = Field(min_length=1)


class ProposeInput(Input):
    programme: Code | None = None
    unit: Code
    grounds: Many[Code] = Field(min_length=1)
    case_ids: Many[Code] = Field(default_factory=list)


class ReferInput(Input):
    body: str = Field(min_length=1, max_length=100)
    severity: Code
    approver: Code
    persons: Many[Code] = Field(default_factory=list)


class DeclineInput(Input):
    reason: Words = Field(min_length=1)
    approver: Code


async def interview(request: Request, user: User, role: str, data: InterviewInput) -> tuple[str, Outcome]:
    found = reads(request)
    active = await programme_of(found, data.programme)
    await _about(found, data.unit, data.notice_id, data.case_ids)
    head = await found.directory.person(data.head)
    interview_id = new_id(request, "interview")
    command = HoldInterview(
        interview_id=interview_id,
        programme_id=active.programme_id,
        unit=data.unit,
        head=data.head,
        head_unit=head.unit_id if head else None,
        held_at=data.held_at,
        content=data.content,
        at=found.now,
        by_unit=user.unit_id,
        notice_id=data.notice_id,
        case_ids=tuple(data.case_ids),
    )
    meta = command_meta(request, user, role=role, programme=active.programme_id)
    return interview_id, await perform(request, INTERVIEW, f"interview-{interview_id}", command, meta, pinned=False)


async def order_rectification(request: Request, user: User, role: str, data: RectifyInput) -> tuple[str, Outcome]:
    found = reads(request)
    active = await programme_of(found, data.programme)
    await _about(found, data.unit, data.notice_id, data.case_ids)
    known_grounds(active, "grounds", data.grounds)
    rectification_id = new_id(request, "rectification")
    command = OrderRectification(
        rectification_id=rectification_id,
        programme_id=active.programme_id,
        unit=data.unit,
        items=tuple(data.items),
        due=data.due,
        grounds=tuple(data.grounds),
        at=found.now,
        by_unit=user.unit_id,
        notice_id=data.notice_id,
        case_ids=tuple(data.case_ids),
    )
    meta = command_meta(request, user, role=role, programme=active.programme_id)
    stream = f"rectification-{rectification_id}"
    return rectification_id, await perform(request, RECTIFICATION, stream, command, meta, pinned=False)


async def _about(found: Reads, unit: str, notice_id: str | None, case_ids: Sequence[str]) -> None:
    """What a measure names is known here."""
    await known_units(found, "unit", unit)
    await known_slip(found, "notice_id", notice_id)
    await known_cases(found, "case_ids", case_ids)


async def rectification_for(request: Request, user: User, rectification_id: str) -> asyncpg.Record:
    row = await questions.rectification(reads(request).pool, rectification_id)
    if row is None:
        raise HTTPException(404)
    if not user.has(*SEEING_ALL) and user.unit_id != row["unit"]:
        raise Forbidden(SEEING_ALL)
    return row


async def report(request: Request, user: User, role: str, row: asyncpg.Record, data: ReportInput) -> Outcome:
    command = ReportRectification(user.unit_id, data.text, reads(request).now)
    meta = command_meta(request, user, role=role, programme=row["programme"])
    return await perform(request, RECTIFICATION, f"rectification-{row['rectification_id']}", command, meta)


async def look(request: Request, user: User, role: str, row: asyncpg.Record, data: LookInput) -> Outcome:
    command = VerifyRectification(user.unit_id, data.passed, data.text)
    meta = command_meta(request, user, role=role, programme=row["programme"])
    return await perform(request, RECTIFICATION, f"rectification-{row['rectification_id']}", command, meta)


async def propose(request: Request, user: User, role: str, data: ProposeInput) -> tuple[str, Outcome]:
    found = reads(request)
    active = await programme_of(found, data.programme)
    await _about(found, data.unit, None, data.case_ids)
    known_grounds(active, "grounds", data.grounds)
    referral_id = new_id(request, "referral")
    command = ProposeReferral(
        referral_id, active.programme_id, data.unit, tuple(data.grounds), BY_A_PERSON, tuple(data.case_ids)
    )
    meta = command_meta(request, user, role=role, programme=active.programme_id)
    return referral_id, await perform(request, REFERRAL, f"referral-{referral_id}", command, meta, pinned=False)


async def referral_for(request: Request, referral_id: str) -> asyncpg.Record:
    row = await questions.referral(reads(request).pool, referral_id)
    if row is None:
        raise HTTPException(404)
    return row


async def refer(request: Request, user: User, role: str, row: asyncpg.Record, data: ReferInput) -> Outcome:
    active = await programme_of(reads(request), row["programme"])
    await known_persons(reads(request), "persons", *data.persons)
    gate = active.pack.escalation.accountability_gate
    approval = await _approval(request, user, data.approver)
    command = Refer(approval, data.body, data.severity, gate, tuple(data.persons))
    meta = command_meta(request, user, role=role, programme=row["programme"])
    return await perform(request, REFERRAL, f"referral-{row['referral_id']}", command, meta)


async def decline(request: Request, user: User, role: str, row: asyncpg.Record, data: DeclineInput) -> Outcome:
    command = Decline(await _approval(request, user, data.approver), data.reason)
    meta = command_meta(request, user, role=role, programme=row["programme"])
    return await perform(request, REFERRAL, f"referral-{row['referral_id']}", command, meta)


async def _approval(request: Request, user: User, approver: str) -> Approval:
    """Who may approve is the directory's word, not the form's."""
    may = {person.person_id for person in await reads(request).directory.in_role(APPROVING)}
    return Approval(user.person_id, user.unit_id, approver, approver in may)
