"""Commands that erase personal data: of a request, of a subject with all that was heard there, an official's name."""

from starlette.requests import Request

from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.log.types import SideRow
from services.chassis.web import User, command_meta, perform
from services.chassis.words import N_
from services.intake.domain import directory, request
from services.intake.read import requests, subjects
from services.intake.web import registering, roles
from services.intake.web.inputs import EraseInput
from services.intake.web.reads import reads
from services.intake.web.sealing import key_of, note_key_of


async def erase(http: Request, user: User, request_id: str, data: EraseInput, *, part: str | None = None) -> Outcome:
    """The row goes with the event; the keys at once, and by the reactor should this process die in between."""
    command = request.ErasePersonalData((key_of(request_id),), data.legal_basis)
    side = (SideRow("requester", {"request_id": request_id}, "delete"),)
    meta = command_meta(http, user, role=roles.acting(user, roles.ERASE), part=part)
    stream = request.stream(request_id)
    outcome = await perform(http, request.request, stream, command, meta, side=side, pinned=part is None)
    await reads(http).keys.erase(command.key_ids)
    return outcome


async def erase_subject(http: Request, user: User, subject_id: str, data: EraseInput) -> Outcome:
    """The requests first, the subject last: after a cut the same command does what is left."""
    found = reads(http)
    stream = f"subject-{subject_id}"
    # What the rules refuse is refused before anything is gone.
    known, _ = await found.service.commands.load(directory.subject, stream)
    directory.subject.decide(known, directory.EraseSubject(subject_id, (), data.legal_basis))
    if not (await found.caught_up("subjects") and await found.caught_up("requests")):
        raise Rejected("not-yet-shown", N_("数据还在更新，请稍候再试。"))
    for request_id in await requests.to_erase(found.pool, subject_id):
        await erase(http, user, request_id, data, part=request_id)
    keys = tuple(note_key_of(visit_id) for visit_id in await subjects.noted_visits(found.pool, subject_id))
    command = directory.EraseSubject(subject_id, keys, data.legal_basis)
    side = (SideRow("subject_particulars", {"subject_id": subject_id}, "delete"),)
    meta = command_meta(http, user, role=roles.acting(user, roles.ERASE))
    outcome = await perform(http, directory.subject, stream, command, meta, side=side, pinned=False)
    await found.keys.erase(keys)
    return outcome


async def erase_person(http: Request, user: User, person_id: str, data: EraseInput) -> Outcome:
    """An official's name, roles and login; what they did stays under their id. The login goes by the reactor."""
    key = registering.key_of(person_id)
    command = directory.ErasePerson(person_id, (key,), data.legal_basis)
    meta = command_meta(http, user, role=roles.acting(user, roles.ERASE))
    outcome = await perform(http, directory.person, f"person-{person_id}", command, meta, pinned=False)
    await reads(http).keys.erase(command.key_ids)
    return outcome
