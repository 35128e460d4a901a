"""会商会办: what was held, a form to record one, and the record of one meeting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Depends, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contracts.dispatch import ConsultationHeld, ConsultationKind
from services.chassis.decider import Rejected
from services.chassis.web import CurrentUser, Refusal, User, fresh, read_form, require, see_other
from services.dispatch.read import cases, consultations
from services.dispatch.web import labels, wording
from services.dispatch.web.consulting import hold
from services.dispatch.web.inputs_of_case import ConsultationInput
from services.dispatch.web.reads import Reads, listed, reads, title_of
from services.dispatch.web.recusal import barred
from services.dispatch.web.roles import CONSULTING, SEEING, permitted
from services.dispatch.web.views import Groups, Options
from services.reference.attachments.web import keeping
from services.reference.attachments.web import views as file_views
from services.reference.programmes import ActivePack
from services.reference.words import case_number
from services.ui.forms import Form
from services.ui.i18n import N_
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/dispatch", include_in_schema=False)
SEEING_USER = Annotated[User, Depends(require(*SEEING))]
CONSULTING_USER = Annotated[User, Depends(require(*CONSULTING))]
DECISIONS = 4
"""Lines of the form; more decisions than that go through a second meeting or the API."""

ASKED = 5
"""Lines for whom one asked: as many as DI-22 names."""

NO_CASE = N_("没有编号为 %(number)s 的问题。")


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """One meeting of the list."""

    href: str
    kind: str
    held_at: datetime
    place: str
    chair: str
    cases: Sequence[tuple[str, str]]
    decisions: int
    no_decision: str


@dataclass(frozen=True, slots=True)
class MeetingsView:
    """会办: the list."""

    rows: Sequence[MeetingRow]
    can_hold: bool
    case: str | None


@dataclass(frozen=True, slots=True)
class HoldView:
    """The form; its kind stands in the address, because the pack names steps and attendees by kind."""

    kind: str
    kinds: Sequence[tuple[str, str, bool]]
    """Address, word, whether it is chosen."""

    cases: Options
    steps: Sequence[str]
    must_attend: str
    chairs: Options
    units: Groups
    deciding: Groups
    """Units that may be told to do something: none that a case complains of."""

    lines: range
    asked: range
    form: Form


@dataclass(frozen=True, slots=True)
class MeetingView:
    """The record of one meeting."""

    kind: str
    facts: Sequence[tuple[str, Any]]
    cases: Sequence[tuple[str, str, str]]
    steps: Sequence[tuple[str, str]]
    decisions: Sequence[Sequence[str]]
    advice: Sequence[Sequence[str]]
    """Who was asked what, and the answer."""

    no_decision: str
    files: Sequence[Any]


@router.get("/consultations")
async def meetings(request: Request, user: SEEING_USER, case: str | None = None) -> Response:
    shown = await fresh(request, "consultation")
    found = reads(request)
    rows = await consultations.listed(found.pool, case)
    numbers = await wording.numbers(found.pool, {case_id for row in rows for case_id in row["case_ids"]})
    names = await _names(found, {row["chair"] for row in rows})
    view = MeetingsView([_row(row, names, numbers) for row in rows], user.has(*CONSULTING), case)
    return page(request, "consultations.html", view, fresh=shown)


def _row(row: asyncpg.Record, names: Mapping[str, str], numbers: Mapping[str, str]) -> MeetingRow:
    return MeetingRow(
        href=f"/dispatch/consultations/{row['consult_id']}",
        kind=_(labels.CONSULTATIONS[row["kind"]]),
        held_at=row["held_at"],
        place=row["place"],
        chair=names.get(row["chair"], row["chair"]),
        cases=[(f"/dispatch/cases/{one}", numbers.get(one, one)) for one in row["case_ids"]],
        decisions=len(consultations.as_json(row)["decisions"]),
        no_decision=row["no_decision"],
    )


async def _names(found: Reads, codes: set[str]) -> dict[str, str]:
    """Units and persons: a chair or an attendee may be either."""
    return {**await found.directory.unit_names(), **await found.directory.person_names(codes)}


@router.get("/consultations/new")
async def new_meeting(
    request: Request,
    user: CONSULTING_USER,
    case: Annotated[list[str], Query()] = [],  # noqa: B006 - FastAPI copies it
    kind: str = "consultation",
) -> Response:
    await fresh(request, "case_board", "case_number")
    return await _form(request, user, kind, case, Form())


async def _form(request: Request, user: User, kind: str, case_ids: Sequence[str], form: Form) -> Response:
    found = reads(request)
    if kind not in labels.CONSULTATIONS:
        kind = "consultation"
    rows = [row for one in case_ids if (row := await cases.one(found.pool, one))]
    active = await found.programmes.active(rows[0]["programme"]) if rows else await found.programme(None)
    meeting = active.pack.meeting(kind) if active else None
    without = await barred(found, {unit for row in rows for unit in row["complained"]})
    here = "&".join(f"case={row['case_id']}" for row in rows)
    chairs = await found.directory.in_role("leading_group")
    chairs += [one for one in await found.directory.persons_of(user.unit_id) if one not in chairs]
    view = HoldView(
        kind=kind,
        kinds=[
            (f"/dispatch/consultations/new?kind={code}&{here}", _(word), code == kind)
            for code, word in labels.CONSULTATIONS.items()
        ],
        cases=[(row["case_id"], f"{case_number(row['programme'], row['case_no'])} {title_of(row)}") for row in rows],
        steps=meeting.steps if meeting else (),
        must_attend=_attending(active, meeting.must_attend) if meeting and active else "",
        chairs=[(one.person_id, one.name) for one in chairs],
        units=wording.unit_groups(await found.directory.units()),
        deciding=wording.unit_groups(await found.directory.units(), without),
        lines=range(DECISIONS),
        asked=range(ASKED),
        form=form,
    )
    return page(request, "consultation_new.html", view)


def _attending(active: ActivePack, roles: Sequence[str]) -> str:
    return listed(active.pack.role_name(role) for role in roles)


@router.post("/consultations")
async def hold_meeting(request: Request, user: CurrentUser) -> Response:
    """Record it; each case takes note of it, and decisions become orders there."""
    role = permitted(user, CONSULTING)

    async def again(refusal: Refusal) -> Response:
        given = refusal.values.get("case_ids") or []
        kind = str(refusal.values.get("kind") or "")
        chosen = given if isinstance(given, list) else [given]
        return await _form(request, user, kind, chosen, Form.again(refusal))

    async def prepare(typed: dict[str, Any]) -> None:
        await keeping(request, user)(typed)
        await _number_to_case(request, typed)

    data = await read_form(request, ConsultationInput, again, prepare)
    outcome = await hold(request, user, role, data)
    held = next((one for one in outcome.events if isinstance(one, ConsultationHeld)), None)
    return see_other(outcome, f"/dispatch/consultations/{held.consult_id}" if held else "/dispatch/consultations")


async def _number_to_case(request: Request, typed: dict[str, Any]) -> None:
    """Cases may also be named by the numbers that people know."""
    wanted = str(typed.pop("numbers", "") or "").replace("，", " ").replace("、", " ").replace(",", " ").split()
    given = typed.get("case_ids") or []
    chosen = list(given) if isinstance(given, list) else [given]
    found = reads(request)
    for number in wanted:
        programme, _dash, digits = number.rpartition("-")
        case_id = (
            await cases.by_number(found.pool, programme.lower(), int(digits))
            if digits.isascii() and digits.isdigit() and len(digits) <= cases.LONGEST_NUMBER
            else None
        )
        if case_id is None:
            raise Rejected("no-such-case", _(NO_CASE, number=number), "numbers")
        chosen.append(case_id)
    if chosen:
        typed["case_ids"] = list(dict.fromkeys(chosen))


@router.get("/consultations/{consult_id}")
async def one_meeting(request: Request, user: SEEING_USER, consult_id: str) -> Response:
    shown = await fresh(request, "consultation", "case_board")
    found = reads(request)
    row = await consultations.one(found.pool, consult_id)
    if row is None:
        raise HTTPException(404)
    said = consultations.as_json(row)
    names = await _names(found, {row["chair"], *row["attendees"]})
    rows = [one for case_id in row["case_ids"] if (one := await cases.one(found.pool, case_id))]
    kind: ConsultationKind = row["kind"]
    view = MeetingView(
        kind=_(labels.CONSULTATIONS[kind]),
        facts=[
            (_("时间"), wording.local_moment(row["held_at"])),
            (_("地点"), row["place"] or None),
            (_("主持"), names.get(row["chair"], row["chair"])),
            (_("参加"), listed(names.get(one, one) for one in row["attendees"])),
        ],
        cases=[
            (f"/dispatch/cases/{one['case_id']}", case_number(one["programme"], one["case_no"]), title_of(one))
            for one in rows
        ],
        steps=[(step["name"], step["text"]) for step in said["steps"]],
        decisions=[
            [one["text"], names.get(one["unit"], one["unit"]), wording.local_moment(datetime.fromisoformat(one["due"]))]
            for one in said["decisions"]
        ],
        advice=[[one["unit"], one["question"], one["answer"]] for one in said["advice"]],
        no_decision=row["no_decision"],
        files=await file_views(request, said["evidence"]),
    )
    return page(request, "consultation.html", view, fresh=shown)
