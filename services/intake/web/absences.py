"""去向留言: absences over HTTP, one's own or an administrator's for somebody."""

from starlette.requests import Request

from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.identity import effect_id
from services.chassis.web import Forbidden, User, command_id, command_meta, perform
from services.chassis.words import N_
from services.intake.domain import directory
from services.intake.domain.absence import DeclareAbsence, EndAbsence
from services.intake.web import roles
from services.intake.web.inputs import AbsenceInput
from services.intake.web.reads import reads

ASSIGNING = (*roles.DIRECTORY, "unit_leader")
"""Besides the person: the administrator, and the leader of the person's own unit."""


def declared_id(request: Request, data: AbsenceInput) -> str:
    """The sender's, or one derived from the command, so that a repeat is the same absence."""
    return data.absence_id or effect_id(command_id(request), "absence")


async def declare(request: Request, user: User, person_id: str, data: AbsenceInput) -> Outcome:
    """From now on unless said otherwise; the stand-in must be in the directory."""
    found = reads(request)
    role = await _permitted(request, user, person_id)
    if data.backup_id and await found.directory.person(data.backup_id) is None:
        raise Rejected("unknown-person", N_("名册中没有这个人员；请从名册中选择。"), "backup_id")
    command = DeclareAbsence(
        person_id,
        declared_id(request, data),
        data.starts_at or found.now,
        data.ends_at,
        found.now,
        data.note,
        data.backup_id,
    )
    meta = command_meta(request, user, role=role)
    return await perform(request, directory.person, f"person-{person_id}", command, meta, pinned=False)


async def end(request: Request, user: User, person_id: str, absence_id: str) -> Outcome:
    """Whoever may declare it may end it."""
    role = await _permitted(request, user, person_id)
    command = EndAbsence(person_id, absence_id, reads(request).now)
    meta = command_meta(request, user, role=role)
    return await perform(request, directory.person, f"person-{person_id}", command, meta, pinned=False)


async def _permitted(request: Request, user: User, person_id: str) -> str | None:
    if user.person_id == person_id:
        return None
    person = await reads(request).directory.person(person_id)
    if user.has(*roles.DIRECTORY):
        return roles.acting(user, roles.DIRECTORY)
    if person is not None and user.has("unit_leader") and user.unit_id == person.unit_id:
        return "unit_leader"
    raise Forbidden(ASSIGNING)
