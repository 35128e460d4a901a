"""Writing down a meeting: which slot it fulfils, who had to be there, what groups brought, what was decided."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import Field
from starlette.requests import Request

from contracts.event import Code
from contracts.pack import Cadence
from contracts.supervision import GroupReport, MeetingDecision
from services.chassis.decider import Rejected
from services.chassis.handle import Alongside, Outcome
from services.chassis.identity import effect_id
from services.chassis.web import Forbidden, Many, User, command_id, command_meta, fingerprint
from services.chassis.web.inputs import LocalMoment, Words
from services.chassis.words import N_
from services.reference.held import held_as
from services.reference.programmes import ActivePack
from services.supervision.domain.cadence import CADENCE_SLOT, FulfilSlot
from services.supervision.domain.cadence import stream as slot_stream
from services.supervision.domain.meeting import MEETING, HoldMeeting, Needs, stream
from services.supervision.read import rhythms
from services.supervision.web.acts import Input
from services.supervision.web.parties import known_persons, known_units
from services.supervision.web.reads import Reads, reads

RECORDING = ("programme_office", "supervisor")
"""Who may write down any unit's meeting; a unit writes down its own."""

NO_SUCH_CADENCE = "no-such-cadence"


class GroupInput(Input):
    """What one group brings."""

    group: Code
    done: Words = ""
    plan: Words = ""


class DecisionInput(Input):
    """What was decided; a row without words is no decision."""

    text: Words = ""
    unit: Code | None = None
    due: LocalMoment | None = None
    case: str = Field(default="", max_length=100)
    """The number of the case that it is about, as people write it; then it becomes an order."""
    case_id: Code | None = None
    """The same for scripts."""


class MeetingInput(Input):
    """A meeting that was held; with a cadence and a slot it fulfils that slot."""

    programme: Code
    cadence: Code | None = None
    slot: date | None = None
    kind: Code | None = None
    owner: Code | None = None
    held_at: LocalMoment | None = None
    chair: Code | None = None
    attendees: Many[Code] = Field(default_factory=list)
    agenda: Words = ""
    groups: list[GroupInput] = Field(default_factory=list)
    decisions: list[DecisionInput] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Planned:
    """The meeting that a cadence asks for, and what its pack demands of it."""

    active: ActivePack
    row: Cadence | None
    needs: Needs = field(default_factory=Needs)


def may_record(user: User, row: Cadence | None) -> str | None:
    """The role in which somebody may write down a meeting of this cadence, if any."""
    own = [held_as(role) for role in (row.owner, row.chair) if role] if row else ["work_group_lead", "unit_leader"]
    return next((role for role in (*RECORDING, *own) if user.has(role)), None)


async def planned(found: Reads, programme: str, cadence: str | None) -> Planned:
    """What the rules in force ask of this meeting."""
    active = await found.programmes.active(programme)
    if active is None:
        raise Rejected("programme-not-active", N_("活动尚未启用，不能记录会议。"))
    row = next((one for one in active.pack.lists.cadence if one.id == cadence), None)
    if cadence and (row is None or row.meeting is None):
        raise Rejected(NO_SUCH_CADENCE, N_("方案没有规定这种会议。"), "cadence")
    return Planned(active, row, await _needs(found, active, row) if row else Needs())


async def _needs(found: Reads, active: ActivePack, row: Cadence) -> Needs:
    async def holding(role: str) -> frozenset[str]:
        return frozenset(person.person_id for person in await found.directory.in_role(held_as(role)))

    names = await found.directory.unit_names()
    held = await rhythms.holders(found.pool)
    groups = sorted({one["unit"] for one in held.get(held_as(row.groups or ""), ()) if one["until"] is None})
    return Needs(
        chairs=await holding(row.chair) if row.chair else None,
        chair_role=active.pack.role_name(row.chair) if row.chair else "",
        present=tuple([(active.pack.role_name(role), await holding(role)) for role in row.must_attend]),
        groups=tuple((unit, names.get(unit, unit)) for unit in groups),
        must=row.must,
    )


def meeting_id_of(request: Request) -> str:
    """Derived from the command's id: sent twice it is the same meeting."""
    return effect_id(command_id(request), "meeting")


async def hold(request: Request, user: User, data: MeetingInput) -> Outcome:
    """The meeting and the slot that it fulfils are written in one append."""
    found = reads(request)
    plan = await planned(found, data.programme, data.cadence)
    role = may_record(user, plan.row)
    if role is None:
        raise Forbidden(RECORDING)
    await known_persons(found, "chair", data.chair)
    await known_persons(found, "attendees", *data.attendees)
    await known_units(found, "owner", data.owner)
    owner = data.owner if data.owner and role in RECORDING else user.unit_id
    kind = plan.row.meeting if plan.row else data.kind
    meeting_id = meeting_id_of(request)
    one = await _slot(found, data, plan.row, owner) if plan.row else None
    command = HoldMeeting(
        meeting_id=meeting_id,
        programme_id=data.programme,
        kind=kind or "special",
        owner_unit=owner,
        held_at=data.held_at,
        chair=data.chair or "",
        attendees=tuple(data.attendees),
        at=found.now,
        needs=plan.needs,
        cadence_id=plan.row.id if one and plan.row else None,
        slot=one.of.slot if one else None,
        opens=one.slot.opens if one else None,
        agenda=data.agenda,
        group_reports=tuple(GroupReport(**group.model_dump()) for group in data.groups),
        decisions=await decisions_of(found, data),
    )
    also: list[Alongside[Any, Any]] = []
    if one:
        also = [Alongside(CADENCE_SLOT, slot_stream(one.of.slot_id), FulfilSlot(one.of, meeting_id, found.now))]
    meta = command_meta(request, user, role=role, programme=data.programme)
    outcome: Outcome = await request.app.state.service.commands.handle(
        MEETING, stream(meeting_id), command, meta, body=fingerprint(request), alongside=also
    )
    return outcome


async def _slot(found: Reads, data: MeetingInput, row: Cadence, owner: str) -> rhythms.Owed | None:
    """The slot that was chosen, as the rules in force at it had it; a meeting may also fulfil none."""
    if data.slot is None:
        return None
    rules = await rhythms.slots_until(found.pool, found.programmes, data.programme, found.now + rhythms.AHEAD)
    held = await rhythms.holders(found.pool)
    for slot in rules:
        if slot.cadence.id == row.id and slot.day == data.slot and owner in rhythms.owners(slot, held):
            return rhythms.owed(data.programme, slot, owner)
    raise Rejected("no-such-slot", N_("这个单位没有这一期会议，请重新选择。"), "slot")


async def decisions_of(found: Reads, data: MeetingInput) -> tuple[MeetingDecision, ...]:
    """What was decided; each says who does it by when, and about which case if about one."""
    made: list[MeetingDecision] = []
    for number, one in enumerate(data.decisions):
        if not one.text:
            continue
        if one.unit is None:
            raise Rejected("decision-without-unit", N_("请选择落实单位。"), f"decisions.{number}.unit")
        if one.due is None:
            raise Rejected("decision-without-due", N_("请填写落实期限。"), f"decisions.{number}.due")
        await known_units(found, f"decisions.{number}.unit", one.unit)
        if data.held_at is not None and one.due < data.held_at:
            raise Rejected("due-before-meeting", N_("落实期限不能早于会议。"), f"decisions.{number}.due")
        case_id = await _case_of(found, data.programme, one, f"decisions.{number}.case")
        made.append(MeetingDecision(text=one.text, unit=one.unit, due=one.due, case_id=case_id))
    return tuple(made)


NUMBER = re.compile(r"(?:(?P<programme>.+)-)?0*(?P<number>[1-9]\d{0,8})")


async def _case_of(found: Reads, programme: str, one: DecisionInput, field: str) -> str | None:
    """The case as its number names it, `JW-2017-0012` or `12`; only one that was handed over has a number here."""
    if one.case_id is not None and await rhythms.knows_case(found.pool, programme, one.case_id):
        return one.case_id
    if one.case_id is None and not one.case:
        return None
    said = NUMBER.fullmatch(one.case.upper())
    if said and said["programme"] in (None, programme.upper()):
        case_id = await rhythms.case_by_number(found.pool, programme, int(said["number"]))
        if case_id is not None:
            return case_id
    raise Rejected("no-such-case", N_("本活动没有这个编号的已派单问题，请核对编号；不针对具体问题的可留空。"), field)
