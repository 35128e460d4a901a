"""A consultation that was held (会商、会办、四民): who met about which cases and what was decided."""

from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts.dispatch import Advice, Decision, Step
from contracts.pack import Cadence
from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.identity import effect_id
from services.chassis.web import User, command_id, perform
from services.dispatch.domain import commands as c
from services.dispatch.domain.consulting import consult_stream, consultation
from services.dispatch.web import inputs_of_case as ic
from services.dispatch.web.context import CaseContext, case_context
from services.dispatch.web.recusal import refuse_barred
from services.reference.attachments.naming import named
from services.reference.held import held_as
from services.ui.i18n import N_

NO_CASE = N_("没有这件问题；请填写本活动的案件。")
OTHER_PROGRAMME = N_("一次会商只能研究同一活动的问题。")
NOBODY = N_("名册中没有这个单位或人员；请从名册中选择。")


async def hold(request: Request, user: User, role: str, data: ic.ConsultationInput) -> Outcome:
    """Recorded once; each case takes note of it by itself, and decisions become orders there."""
    cases = [await _case(request, user, role, case_id) for case_id in dict.fromkeys(data.case_ids)]
    first = cases[0]
    if any(one.row["programme"] != first.row["programme"] for one in cases):
        raise Rejected("other-programme", OTHER_PROGRAMME, "case_ids")
    await _known(first, [data.chair], "chair")
    await _known(first, data.attendees, "attendees")
    await _units(first, [decision.unit for decision in data.decisions])
    decided = [(f"decisions.{n}.unit", decision.unit) for n, decision in enumerate(data.decisions)]
    await refuse_barred(first.reads, {unit for one in cases for unit in one.state.complained}, decided)
    consult_id = data.consult_id or effect_id(command_id(request), "consultation")
    meeting = first.active.pack.meeting(data.kind)
    command = c.HoldConsultation(
        consult_id=consult_id,
        kind=data.kind,
        chair=data.chair,
        attendees=tuple(dict.fromkeys(data.attendees)),
        case_ids=tuple(one.case_id for one in cases),
        held_at=data.held_at or first.now,
        at=first.now,
        place=data.place,
        steps=tuple(Step(name=step.name, text=step.text) for step in data.steps),
        decisions=tuple(Decision(text=one.text, unit=one.unit, due=one.due) for one in data.decisions),
        no_decision=data.no_decision,
        evidence=await named(request, user, data.evidence),
        advice=tuple(Advice(unit=one.unit, question=one.question, answer=one.answer) for one in data.advice),
        must_attend=await _must_attend(first, meeting, {data.chair, *data.attendees}) if meeting else (),
        chairs=await _chairs(cases, meeting.chair) if meeting and meeting.chair else None,
        chair_role=first.active.pack.role_name(meeting.chair) if meeting and meeting.chair else "",
        required_steps=meeting.steps if meeting else (),
    )
    return await perform(request, consultation, consult_stream(consult_id), command, first.meta(), pinned=False)


async def _case(request: Request, user: User, role: str, case_id: str) -> CaseContext:
    try:
        return await case_context(request, user, case_id, role)
    except HTTPException as error:
        raise Rejected("no-such-case", NO_CASE, "case_ids") from error


async def _known(x: CaseContext, codes: list[str], field: str) -> None:
    """Units or persons of the directory."""
    persons = await x.reads.directory.person_names(codes)
    units = await x.reads.directory.unit_names()
    if any(code not in persons and code not in units for code in codes):
        raise Rejected("unknown-attendee", NOBODY, field)


async def _units(x: CaseContext, units: list[str]) -> None:
    known = await x.reads.directory.unit_names()
    for n, unit in enumerate(units):
        if unit not in known:
            raise Rejected("unknown-unit", N_("没有这个单位；请从名册中选择。"), f"decisions.{n}.unit")


async def _chairs(cases: list[CaseContext], role: str) -> tuple[str, ...]:
    """Whoever holds the role; where the pack says how its unit is found, the heads of that unit and the unit itself."""
    first = cases[0]
    pack, directory = first.active.pack, first.reads.directory
    holders = {person.person_id for person in await directory.in_role(held_as(role))}
    match pack.places.get(role):
        case "territory":
            units = {one.row["territory"] for one in cases if one.row["territory"]}
        case "desk":
            units = {unit.unit_id for unit in await directory.units("desk")}
        case str(place) if place.startswith("unit:"):
            units = {place.removeprefix("unit:")}
        case _:
            units = set()
    for unit in units:
        holders |= {unit, *(person.person_id for person in await directory.persons_of(unit, "unit_leader"))}
    return tuple(sorted(holders))


async def _must_attend(x: CaseContext, meeting: Cadence, present: set[str]) -> tuple[str, ...]:
    """Per role that the pack names, whoever of it is there; nobody of it: the role itself, which is then missing."""
    wanted = []
    for code in meeting.must_attend:
        holders = [person.person_id for person in await x.reads.directory.in_role(held_as(code))]
        wanted.append(next((person for person in holders if person in present), x.active.pack.role_name(code)))
    return tuple(wanted)
