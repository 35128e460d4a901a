"""Commands on the directory: units, persons, subjects, accounts."""

from dataclasses import asdict, dataclass
from typing import Any

from starlette.requests import Request

from contracts.envelope import Meta
from contracts.intake import GridCellDefined, GridCellsUnified, SubjectRegistered, UnitRegistered
from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.log.types import SideRow
from services.chassis.web import User, translate
from services.chassis.words import N_
from services.intake.domain import directory, grid
from services.intake.web import naming, roles
from services.intake.web.inputs import CellInput, DirectoryInput, PersonInput, PlaceInput, SubjectInput, UnitInput
from services.intake.web.reads import Reads, reads

Row = UnitInput | PersonInput | CellInput | PlaceInput | SubjectInput


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
        ("cells", list(data.cells)),
        ("places", list(data.places)),
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
        case CellInput():
            return await _cell(found, row, meta)
        case PlaceInput():
            return await _place(found, row, meta)
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


async def _cell(found: Reads, row: CellInput, meta: Meta) -> Outcome:
    """A person or unit that it names is in the directory; the cell above is asked of the log itself."""
    wanted = GridCellDefined.model_validate(row.model_dump())
    above = GridCellDefined.STREAM + f"-{row.parent}"
    parent = (await found.service.commands.load(grid.cell, above))[0] if row.parent else None
    if row.unit_id and await naming.unknown_units(found, [("unit_id", row.unit_id)]):
        raise Rejected("no-such-unit", N_("名册中没有这个单位。"), "unit_id")
    persons = {*row.members, *([row.leader] if row.leader else [])}
    if unknown := sorted(persons - (await found.directory.person_names(persons)).keys()):
        await found.caught_up("persons")
        if unknown := sorted(persons - (await found.directory.person_names(persons)).keys()):
            names = "、".join(unknown)
            raise Rejected("no-such-person", N_("名册中没有这些人员：{names}。"), "leader", names=names)
    return await found.service.commands.handle(
        grid.cell, wanted.stream, grid.DefineCell(wanted, parent), meta, body=row
    )


async def _place(found: Reads, row: PlaceInput, meta: Meta) -> Outcome:
    wanted = GridCellsUnified(place_ref=row.place_ref, grid_ids=row.grid_ids)
    command = grid.UnifyCells(wanted, await naming.layers_of(found, row.grid_ids.values()))
    return await found.service.commands.handle(grid.place, wanted.stream, command, meta, body=row)


async def _subject(found: Reads, row: SubjectInput, meta: Meta) -> Outcome:
    wanted = SubjectRegistered(
        subject_id=row.subject_id,
        kind=row.kind,
        territory_unit=row.territory_unit,
        community_unit=row.community_unit,
        tags=tuple(row.tags),
        grid_ids=row.grid_ids,
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
    command = directory.RegisterSubject(wanted, await naming.layers_of(found, row.grid_ids.values()))
    return await found.service.commands.handle(directory.subject, wanted.stream, command, meta, body=row, side=side)
