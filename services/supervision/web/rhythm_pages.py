"""节奏板 and 会议: what was due when and what came of it; meetings, and the form that writes one down."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contracts.pack import Cadence
from services.chassis.web import CurrentUser, Forbidden, Refusal, User, fresh, read_form, see_other
from services.chassis.web.inputs import Count
from services.reference.held import held_as
from services.supervision.read import rhythms
from services.supervision.web import rhythm_acts as act
from services.supervision.web.acts import SEEING
from services.supervision.web.answers import permitted
from services.supervision.web.cadence_board import Line, lines_of
from services.supervision.web.meeting_outcomes import READ as OUTCOME_READ
from services.supervision.web.meeting_outcomes import outcome, outcomes_of
from services.supervision.web.reads import Reads, reads
from services.supervision.web.rhythm_words import STATES, kind_word, name_of
from services.ui.formats import day, local, moment
from services.ui.forms import BLANK, Form
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/supervision", include_in_schema=False)

DECISIONS = 3
"""Rows for what was decided on the form; more come over the API."""

READ = ("rhythm_board", "role_holders", "attendance", "course", "programmes")


@dataclass(frozen=True, slots=True)
class BoardView:
    """节奏板."""

    programme: str
    programmes: list[tuple[str, str]]
    lines: list[Line]
    ledger: str
    totals: dict[str, int]


@dataclass(frozen=True, slots=True)
class MeetingsView:
    rows: list[dict[str, Any]]
    next: str | None
    previous: str | None
    may_record: bool


@dataclass(frozen=True, slots=True)
class MeetingView:
    """One meeting."""

    title: str
    programme: str
    facts: list[tuple[str, Any]]
    agenda: str
    groups: list[tuple[str, str, str]]
    decisions: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class MeetingFormView:
    """The form; its fields follow the rhythm that was chosen."""

    form: Form
    programme: str
    cadence: str
    name: str
    demands: list[str]
    slots: list[tuple[str, str]]
    owners: list[tuple[str, str]]
    """For who writes down other units' meetings too."""
    persons: list[tuple[str, str]]
    units: list[tuple[str, str]]
    groups: list[tuple[str, str]]
    must: tuple[str, ...]
    now: str
    decisions: range


@router.get("/cadence")
async def board(request: Request, user: CurrentUser, programme: str = "") -> Response:
    permitted(user, SEEING)
    is_fresh = await fresh(request, *READ)
    found = reads(request)
    newest = await found.programmes.all()
    active = next((one for one in newest if one.programme_id == programme), newest[0] if newest else None)
    lines, totals = await lines_of(found, active, user) if active else ([], {})
    view = BoardView(
        programme=active.programme_id if active else "",
        programmes=[(one.programme_id, one.name) for one in newest],
        lines=lines,
        ledger=f"/supervision/cadence/ledger?programme={active.programme_id}" if active else "",
        totals={state: totals.get(state, 0) for state in STATES},
    )
    return page(request, "cadence.html", view, fresh=is_fresh)


@router.get("/cadence/meetings")
async def meetings(request: Request, user: CurrentUser, offset: Count = 0) -> Response:
    permitted(user, SEEING)
    is_fresh = await fresh(request, "rhythm_board")
    found = reads(request)
    rows = await rhythms.meetings(found.pool, None, offset, rhythms.MEETINGS + 1)
    names = await found.directory.unit_names()
    here = "/supervision/cadence/meetings?offset="
    view = MeetingsView(
        rows=[_meeting_row(row, names) for row in rows[: rhythms.MEETINGS]],
        next=f"{here}{offset + rhythms.MEETINGS}" if len(rows) > rhythms.MEETINGS else None,
        previous=f"{here}{max(0, offset - rhythms.MEETINGS)}" if offset else None,
        may_record=act.may_record(user, None) is not None,
    )
    return page(request, "meetings.html", view, fresh=is_fresh)


def _meeting_row(row: Any, names: dict[str, str]) -> dict[str, Any]:
    decided = len(json.loads(row["decisions"]))
    return {
        "href": f"/supervision/cadence/meetings/{row['meeting_id']}",
        "sign": "users",
        "title": f"{kind_word(row['kind'])} {names.get(row['owner_unit'], row['owner_unit'])}",
        "chips": [(_("%(n)s 项决定", n=decided), "info")] if decided else [],
        "meta": [
            moment(row["held_at"]),
            _("%(n)s 人参加", n=len(row["attendees"])),
            _("对应 %(day)s 一期", day=day(row["slot"])) if row["slot"] else _("不对应节奏"),
        ],
    }


@router.get("/cadence/meetings/new")
async def new_meeting(request: Request, user: CurrentUser, programme: str = "", cadence: str = "") -> Response:
    await fresh(request, *READ)
    return await _form_page(request, user, programme, cadence, BLANK)


async def _form_page(
    request: Request, user: User, programme: str, cadence: str, form: Form, status: int = 200
) -> Response:
    found = reads(request)
    newest = await found.programmes.all()
    if not programme and newest:
        programme = newest[0].programme_id
    if await found.programmes.active(programme) is None:
        raise HTTPException(404)
    plan = await act.planned(found, programme, cadence or None)
    if act.may_record(user, plan.row) is None:
        raise Forbidden(act.RECORDING)
    units = await found.directory.units()
    held = await rhythms.holders(found.pool)
    owing = {one["unit"] for one in held.get(plan.row.owner or plan.row.chair or "", ())} if plan.row else set()
    view = MeetingFormView(
        form=form,
        programme=programme,
        cadence=cadence,
        name=name_of(plan.row, plan.active.pack) if plan.row else _("专题会议"),
        demands=_demands(plan),
        slots=await _slots(found, programme, plan.row, user) if plan.row else [],
        owners=[(unit.unit_id, unit.name) for unit in units if unit.unit_id in owing and user.has(*act.RECORDING)],
        persons=await _persons(found, plan, user),
        units=[(unit.unit_id, unit.name) for unit in units],
        groups=list(plan.needs.groups),
        must=plan.needs.must,
        now=local(found.now).strftime("%Y-%m-%dT%H:%M"),
        decisions=range(DECISIONS),
    )
    return page(request, "meeting_new.html", view, status=status)


def _demands(plan: act.Planned) -> list[str]:
    """What the pack asks of this meeting, said before somebody fills in the form."""
    said = [_("由%(role)s主持", role=plan.needs.chair_role)] if plan.needs.chair_role else []
    said += [_("%(role)s须参加", role=role) for role, _who in plan.needs.present]
    said += [_("各组须写本月完成情况和下月计划安排")] if plan.needs.must else []
    steps = plan.row.steps if plan.row else ()
    return said + (["、".join(steps)] if steps else [])


async def _slots(found: Reads, programme: str, row: Cadence, user: User) -> list[tuple[str, str]]:
    """The slots that are open for a meeting: missed and not made up, due now, and the next."""
    slots = await rhythms.slots_until(found.pool, found.programmes, programme, found.now + rhythms.AHEAD)
    held, known = await rhythms.holders(found.pool), await rhythms.outcomes(found.pool, programme)
    any_unit = user.has(*act.RECORDING)
    begun = [slot for slot in slots if slot.cadence.id == row.id and slot.opens <= found.now]
    open_days = {
        one.of.slot: one.of.slot.isoformat()
        for one in rhythms.all_owed(programme, begun, held)
        if (any_unit or one.of.owner == user.unit_id)
        and not (one.of.slot_id in known and known[one.of.slot_id]["fulfilled_at"])
    }
    return [(key, day(slot)) for slot, key in sorted(open_days.items(), reverse=True)]


async def _persons(found: Reads, plan: act.Planned, user: User) -> list[tuple[str, str]]:
    """Who may be meant: the own unit, who chairs, who must attend, who owes the meeting."""
    named = {person.person_id: person.name for person in await found.directory.persons_of(user.unit_id)}
    row = plan.row
    roles = [role for role in (row.owner, row.chair, row.groups, *row.must_attend) if role] if row else []
    for role in [*roles, "leading_group"]:
        named |= {person.person_id: person.name for person in await found.directory.in_role(held_as(role))}
    return sorted(named.items(), key=lambda pair: (pair[0] != user.person_id, pair[1]))


@router.post("/cadence/meetings")
async def hold(request: Request, user: CurrentUser) -> Response:
    async def again(refusal: Refusal) -> Response:
        typed = refusal.values
        form = replace(Form.again(refusal), expected=None)
        programme, cadence = str(typed.get("programme", "")), str(typed.get("cadence", ""))
        if refusal.problem.code == act.NO_SUCH_CADENCE:
            cadence = ""  # the pack was amended while the form was open: it may still be written down, for no slot
        return await _form_page(request, user, programme, cadence, form, refusal.problem.status)

    data = await read_form(request, act.MeetingInput, again)
    outcome = await act.hold(request, user, data)
    return see_other(outcome, f"/supervision/cadence/meetings/{act.meeting_id_of(request)}")


@router.get("/cadence/meetings/{meeting_id}")
async def meeting(request: Request, user: CurrentUser, meeting_id: str) -> Response:
    permitted(user, SEEING)
    is_fresh = await fresh(request, *OUTCOME_READ)
    found = reads(request)
    row = await rhythms.meeting(found.pool, meeting_id)
    if row is None:
        raise HTTPException(404)
    units = await found.directory.unit_names()
    people = await found.directory.person_names([row["chair"], *row["attendees"]])
    known = await outcomes_of(found, [meeting_id])
    active = await found.programmes.active(row["programme"])
    view = MeetingView(
        title=f"{kind_word(row['kind'])} {units.get(row['owner_unit'], row['owner_unit'])}",
        programme=active.name if active else row["programme"],
        facts=[
            (_("会议时间"), moment(row["held_at"])),
            (_("记录时间"), moment(row["recorded_at"])),
            (_("主持"), people.get(row["chair"], row["chair"])),
            (_("参加"), "、".join(people.get(one, one) for one in row["attendees"])),
            (_("对应的一期"), day(row["slot"]) if row["slot"] else "—"),
        ],
        agenda=row["agenda"],
        groups=[
            (units.get(one["group"], one["group"]), one["done"], one["plan"])
            for one in json.loads(row["group_reports"])
        ],
        decisions=[
            {
                **one,
                "unit_name": units.get(one["unit"], one["unit"]),
                "due": datetime.fromisoformat(one["due"]),
                "outcome": outcome(known, meeting_id, one),
            }
            for one in json.loads(row["decisions"])
        ],
    )
    return page(request, "meeting.html", view, fresh=is_fresh)
