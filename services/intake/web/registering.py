"""Commands on the directory: units, persons, subjects, accounts."""

from dataclasses import asdict, dataclass
from typing import Any

from starlette.requests import Request

from contracts.envelope import Meta
from contracts.intake import SubjectRegistered, UnitRegistered
from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.log.types import SideRow
from services.chassis.web import User, translate
from services.intake.domain import directory
from services.intake.web import roles
from services.intake.web.inputs import DirectoryInput, PersonInput, SubjectInput, UnitInput
from services.intake.web.reads import Reads, reads

Row = UnitInput | PersonInput | SubjectInput


@dataclass(frozen=True, slots=True)
class Put:
    """What became of one row: changed, unchanged, or refused with its reason."""

    sheet: str
    index: int
    status: str
    code: str | None = None
    detail: str | None = None
    field: str | None = None


async def put(http: Request, user: User, data: DirectoryInput, command_id: str) -> tuple[list[dict[str, Any]], str]:
    """Every row by itself, units first; answers for each row, and the last position."""
    token = ""
    answers: list[Put] = []
    sheets: tuple[tuple[str, list[Any]], ...] = (
        ("units", list(data.units)),
        ("persons", list(data.persons)),
        ("subjects", list(data.subjects)),
    )
    for sheet, rows in sheets:
        for index, row in enumerate(rows):
            meta = Meta(
                command_id=f"{command_id}/{sheet}/{index}",
                actor=user.actor(roles.acting(user, roles.DIRECTORY)),
                correlation_id=http.state.correlation_id,
            )
            try:
                outcome = await _one(reads(http), row, meta)
            except Rejected as error:
                detail = translate(http, error.message).format(**error.params)
                answers.append(Put(sheet, index, "refused", error.code, detail, error.field))
            else:
                token = outcome.token if outcome.events else token
                answers.append(Put(sheet, index, "changed" if outcome.events else "unchanged"))
    return [asdict(answer) for answer in answers], token


async def _one(found: Reads, row: Row, meta: Meta) -> Outcome:
    match row:
        case UnitInput():
            return await _unit(found, row, meta)
        case PersonInput():
            return await _person(found, row, meta)
        case SubjectInput():
            return await _subject(found, row, meta)


async def _unit(found: Reads, row: UnitInput, meta: Meta) -> Outcome:
    wanted = UnitRegistered(
        unit_id=row.unit_id,
        name=row.name,
        level=row.level,
        parent=row.parent,
        duties=tuple(row.duties),
        size_class=row.size_class,
    )
    return await found.service.commands.handle(directory.unit, wanted.stream, wanted, meta, body=row)


def key_of(person_id: str) -> str:
    """The key that an official's name is sealed under."""
    return f"person-{person_id}"


async def _person(found: Reads, row: PersonInput, meta: Meta) -> Outcome:
    """A name that has not changed keeps its seal: sealed anew it would look like another one."""
    key, stream = key_of(row.person_id), f"person-{row.person_id}"
    known, _ = await found.service.commands.load(directory.person, stream)
    name = known.registered.name if known.registered else None
    if name is None or (not known.erased and await found.keys.open(name) != row.name):
        await found.keys.new(key)
        name = await found.keys.seal(row.name, key)
    command = directory.RegisterPerson(row.person_id, row.unit_id, name, row.rank, row.backup_id, tuple(row.roles))
    return await found.service.commands.handle(directory.person, stream, command, meta, body=row)


async def _subject(found: Reads, row: SubjectInput, meta: Meta) -> Outcome:
    wanted = SubjectRegistered(
        subject_id=row.subject_id,
        kind=row.kind,
        territory_unit=row.territory_unit,
        community_unit=row.community_unit,
        tags=tuple(row.tags),
        listed_on=row.listed_on,
    )
    particulars = {
        "subject_id": row.subject_id,
        "name": row.name,
        "address": row.address,
        "phone": row.phone,
        "group_name": row.group,
    }
    side = (SideRow("subject_particulars", particulars, "upsert"),)
    return await found.service.commands.handle(directory.subject, wanted.stream, wanted, meta, body=row, side=side)
