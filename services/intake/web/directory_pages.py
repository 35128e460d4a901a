"""The directory as an administrator sees it."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from services import ui
from services.chassis.web import Refusal, User, fresh, read_form, require, see_other
from services.intake.web import erasing, roles
from services.intake.web.inputs import ErasePersonInput, EraseSubjectInput
from services.intake.web.reads import reads
from services.reference.grid import LAYERS, Cell, coverage
from services.reference.words import ROLE_NAMES
from services.ui.i18n import N_
from services.ui.i18n import gettext as _

router = APIRouter(prefix="/intake", include_in_schema=False)
Reader = Annotated[User, Depends(require("admin", "auditor", "programme_office"))]
Eraser = Annotated[User, Depends(require(*roles.ERASE))]
LEVELS = {
    "district": N_("区"),
    "department": N_("部门"),
    "desk": N_("专席"),
    "town": N_("镇街"),
    "village": N_("村"),
    "community": N_("社区"),
}


GRID_LEVELS = {"district": N_("区级"), "town": N_("乡办级"), "community": N_("社区级")}


@router.get("/directory")
async def directory(request: Request, user: Reader) -> Response:
    """Units with their persons; how many are to be visited."""
    return await _directory(request, user, ui.Form(), await fresh(request, "units", "persons", "subjects"))


@router.post("/directory/erase")
async def erase(request: Request, user: Eraser) -> Response:
    """Erase the personal data of a subject for good."""

    async def again(refusal: Refusal) -> Response:
        return await _directory(request, user, ui.Form.again(refusal))

    data = await read_form(request, EraseSubjectInput, again)
    return see_other(await erasing.erase_subject(request, user, data.subject, data), "/intake/directory")


@router.post("/directory/erase-person")
async def erase_person(request: Request, user: Eraser) -> Response:
    """Erase an official's name for good."""

    async def again(refusal: Refusal) -> Response:
        return await _directory(request, user, ui.Form(), person_form=ui.Form.again(refusal).named("person"))

    data = await read_form(request, ErasePersonInput, again)
    return see_other(await erasing.erase_person(request, user, data.person, data), "/intake/directory")


async def _directory(
    request: Request, user: User, form: ui.Form, shown: bool = True, *, person_form: ui.Form | None = None
) -> Response:
    found = reads(request)
    units = await found.directory.units()
    rows = await found.pool.fetch(
        """SELECT p.person_id, p.unit_id, p.rank, array_remove(array_agg(r.role ORDER BY r.role), NULL) AS roles,
                  max(a.login) AS login
           FROM person p LEFT JOIN person_role r ON r.person_id = p.person_id AND r.unit_id = p.unit_id
           LEFT JOIN account a ON a.person_id = p.person_id GROUP BY 1, 2, 3 ORDER BY p.unit_id, p.person_id"""
    )
    names = await found.directory.person_names(row["person_id"] for row in rows)
    unit_names = {unit.unit_id: unit.name for unit in units}
    counts = await found.pool.fetch(
        """SELECT unit, count(*) AS n FROM subject_row, unnest(ARRAY[territory_unit, community_unit]) AS unit
            WHERE registered AND unit IS NOT NULL GROUP BY 1"""
    )
    subjects = {row["unit"]: row["n"] for row in counts}
    cells = await found.grid.cells()
    leaders = await found.directory.person_names(cell.leader for cell in cells if cell.leader)
    all_subjects: int = await found.pool.fetchval("SELECT count(*) FROM subject_row WHERE registered")
    view = {
        "units": [
            [unit.name, _(LEVELS[unit.level]), unit_names.get(unit.parent or "", "—"), subjects.get(unit.unit_id, "—")]
            for unit in units
        ],
        "persons": [
            [
                names.get(row["person_id"], row["person_id"]),
                unit_names.get(row["unit_id"], row["unit_id"]),
                row["rank"] or "—",
                "、".join(_(ROLE_NAMES.get(role, role)) for role in row["roles"]) or "—",
                row["login"] or "—",
            ]
            for row in rows
        ],
        "subjects": all_subjects,
        "layers": [
            (
                _(LAYERS.get(layer, layer)),
                *counted,
                [_cell(one, unit_names, leaders) for one in cells if one.layer == layer],
            )
            for layer, counted in coverage(cells).items()
        ],
        "form": form,
        "person_form": person_form or ui.Form(key="person"),
        "erasable": [(row["person_id"], names.get(row["person_id"], row["person_id"])) for row in rows],
        "may_erase": user.has(*roles.ERASE),
    }
    return ui.page(request, "directory.html", view, fresh=shown)


def _cell(cell: Cell, units: Mapping[str, str], leaders: Mapping[str, str]) -> list[str]:
    """A line of a layer: who answers for it, or that nobody does."""
    leader = leaders.get(cell.leader, cell.leader) if cell.leader else _("未明确")
    return [cell.name, _(GRID_LEVELS[cell.level]), units.get(cell.unit_id or "", "—"), leader, str(len(cell.members))]
