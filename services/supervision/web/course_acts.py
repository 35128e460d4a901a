"""The course of a programme by people: phases, papers filed, and the end."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts.event import Code
from services.chassis.clock import LOCAL
from services.chassis.handle import Outcome
from services.chassis.web import Forbidden, User, command_meta, perform
from services.chassis.web.inputs import Words
from services.reference.programmes import ActivePack
from services.supervision.domain.programme import (
    PROGRAMME,
    ConfirmItem,
    EndPhase,
    EndProgramme,
    FileDeliverable,
    Owing,
    StartPhase,
    checklist,
    stream,
)
from services.supervision.web.acts import Input
from services.supervision.web.reads import Reads, reads

LEADING = ("programme_office", "leading_group")
"""Who says that a phase begins or the campaign ends."""


class FileInput(Input):
    """A paper by its name and number; for which unit, where the office files for another."""

    deliverable: Code
    document: str = Field(default="", max_length=200)
    unit: Code | None = None


class ItemInput(Input):
    """One thing of a phase's checklist, and on what it is so."""

    item: Annotated[str, Field(max_length=500)] = ""
    note: Words = ""


class EndInput(Input):
    """What becomes of the campaign."""

    becomes: Literal["closed", "standing"] | None = None
    reason: Words = ""


@dataclass(frozen=True, slots=True)
class Course:
    """One request about one programme."""

    request: Request
    user: User
    reads: Reads
    active: ActivePack


async def course(request: Request, user: User, programme: str) -> Course:
    found = reads(request)
    active = await found.programmes.active(programme)
    if active is None:
        raise HTTPException(404)
    return Course(request, user, found, active)


def filing_role(user: User, active: ActivePack, deliverable: str) -> str | None:
    """In which role somebody files this paper."""
    owners = [row.owner for row in active.pack.lists.deliverable if row.id == deliverable]
    return next((role for role in ("programme_office", *owners) if user.has(role)), None)


async def owing(found: Reads, active: ActivePack) -> tuple[Owing, ...]:
    """Every paper that every unit of its role owes, as the roles are held now."""
    names = await found.directory.unit_names()
    rows = await found.pool.fetch("SELECT DISTINCT role, unit FROM role_holder WHERE until IS NULL ORDER BY role, unit")
    return tuple(
        Owing(paper.id, paper.name, row["unit"], names.get(row["unit"], row["unit"]))
        for paper in active.pack.lists.deliverable
        for row in rows
        if row["role"] == paper.owner
    )


async def say_phase(c: Course, phase: str, act: Literal["start", "end"]) -> Outcome:
    """A person begins or ends a phase, today."""
    found = next((row for row in c.active.pack.lists.phase if row.code == phase), None)
    if found is None:
        raise HTTPException(404)
    today, programme = c.reads.now.astimezone(LOCAL).date(), c.active.programme_id
    if act == "start":
        return await _perform(c, StartPhase(programme, phase, found.name, found.start, today))
    items = checklist(c.active.pack, found)
    return await _perform(c, EndPhase(programme, phase, found.end, today, items=items))


async def confirm(c: Course, phase: str, data: ItemInput) -> Outcome:
    """One thing of the phase's checklist is done."""
    found = next((row for row in c.active.pack.lists.phase if row.code == phase), None)
    if found is None:
        raise HTTPException(404)
    items = checklist(c.active.pack, found)
    return await _perform(c, ConfirmItem(c.active.programme_id, phase, data.item, data.note, items))


async def file(c: Course, data: FileInput) -> Outcome:
    """A unit files its own; the office files for any."""
    role = filing_role(c.user, c.active, data.deliverable)
    if role is None:
        raise Forbidden(LEADING)
    unit = data.unit if data.unit and role == "programme_office" else c.user.unit_id
    owed = any(one.deliverable == data.deliverable and one.unit == unit for one in await owing(c.reads, c.active))
    command = FileDeliverable(c.active.programme_id, data.deliverable, unit, data.document, owed)
    return await _perform(c, command, role)


async def end(c: Course, data: EndInput) -> Outcome:
    """Close it, or let it go on as standing work; not before every paper is there."""
    command = EndProgramme(
        c.active.programme_id,
        data.becomes or c.active.pack.programme.after_end,
        data.reason,
        c.active.pack.programme.end,
        c.reads.now.astimezone(LOCAL).date(),
        await owing(c.reads, c.active),
        tuple(
            (row.code, row.name, item) for row in c.active.pack.lists.phase for item in checklist(c.active.pack, row)
        ),
    )
    return await _perform(c, command)


async def _perform(c: Course, command: Any, role: str | None = None) -> Outcome:
    if role is None:
        role = next((one for one in LEADING if c.user.has(one)), None)
    if role is None:
        raise Forbidden(LEADING)
    meta = command_meta(c.request, c.user, role=role, programme=c.active.programme_id)
    return await perform(c.request, PROGRAMME, stream(c.active.programme_id), command, meta, pinned=False)
