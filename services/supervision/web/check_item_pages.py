"""One drawn item of a spot check: what is known of it, the form for what was found, and what may follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, Refusal, fresh, read_form, see_other
from services.reference.attachments.web import FileView, keeping
from services.reference.attachments.web import views as file_views
from services.reference.words import case_number
from services.supervision.domain import misreport as misreports
from services.supervision.read import inspected
from services.supervision.read.evidence import files_of
from services.supervision.web import inspecting as act
from services.supervision.web import settling
from services.supervision.web.api import permitted
from services.supervision.web.bulletin_form import offered
from services.supervision.web.inspecting_words import MODES
from services.supervision.web.reads import Reads, reads
from services.ui.formats import local
from services.ui.forms import BLANK, Form
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/supervision", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class ItemView:
    """One drawn item: what is known, what was found, what may follow."""

    check_id: str
    item: str
    number: str
    title: str
    case_href: str | None
    units: list[str]
    found: dict[str, Any] | None
    files: list[FileView]
    misreport: dict[str, Any] | None
    misreport_files: list[FileView]
    own_unit: bool
    may_check: bool
    modes: list[tuple[str, str]]
    bodies: list[str]
    codes: list[tuple[str, str]]
    involved: list[tuple[str, str]]
    """Whose report it may have been; a choice where there are several."""
    lead: str
    persons: list[tuple[str, str]]
    bulletin_href: str | None
    form: Form
    misreport_form: Form
    now: str


@router.get("/checks/{check_id}/items/{item}")
async def item(request: Request, user: CurrentUser, check_id: str, item: str) -> Response:
    permitted(user, act.LOOKING)
    is_fresh = await fresh(request, "spot_checks", "signal_docket", "evidence_file")
    return await _item_page(request, user, check_id, item, BLANK, BLANK, is_fresh=is_fresh)


async def _item_page(
    request: Request,
    user: CurrentUser,
    check_id: str,
    item: str,
    form: Form,
    misreport_form: Form,
    *,
    is_fresh: bool = True,
    status: int = 200,
) -> Response:
    found = reads(request)
    row = await inspected.check(found.pool, check_id)
    if row is None or item not in row["sample"]:
        raise HTTPException(404)
    case = await inspected.case(found.pool, item)
    units = case["units"] if case else await inspected.visit_units(found.pool, item)
    names = await found.directory.unit_names()
    active = await found.programmes.active(row["programme"])
    result = (await inspected.items(found.pool, check_id)).get(item)
    proved = (await inspected.misreports(found.pool, check_id)).get(item)
    modes = active.pack.check.modes if active else ()
    may_check = act.may_check(user, [active] if active else [])
    view = ItemView(
        check_id=check_id,
        item=item,
        number=case_number(case["programme"], case["case_no"]) if case else item,
        title=(await found.texts([case["title"]]))[0] if case and case["title"] else _("走访记录"),
        case_href=f"/dispatch/cases/{item}" if case else None,
        units=[names.get(unit, unit) for unit in units],
        found={**result, "mode": _(MODES[result["mode"]])} if result else None,
        files=await file_views(request, files_of(result)) if result else [],
        misreport=dict(proved) if proved else None,
        misreport_files=await misreport_files(request, proved["misreport_id"]) if proved else [],
        own_unit=user.unit_id in units,
        may_check=may_check,
        modes=[(code, _(word)) for code, word in MODES.items() if code in modes or not modes],
        bodies=[user.unit_name, *(active.pack.check.bodies if active else ())],
        codes=[(code, _(word)) for code, word in inspected.misconduct(active.pack).items()] if active else [],
        involved=[(unit, names.get(unit, unit)) for unit in units],
        lead=(case["lead_unit"] if case else None) or next(iter(units), ""),
        persons=await persons_of(found, units) if may_check else [],
        bulletin_href=offered(user, active, own=user.unit_id in units, check_id=check_id, item=item)
        if result and not result["passed"]
        else None,
        form=form,
        misreport_form=misreport_form.named("misreport"),
        now=f"{local(found.now):%Y-%m-%dT%H:%M}",
    )
    return page(request, "check_item.html", view, fresh=is_fresh, status=status)


async def persons_of(found: Reads, units: Sequence[str]) -> list[tuple[str, str]]:
    """Who may be responsible, with their unit where there are several."""
    names = await found.directory.unit_names()
    return [
        (person.person_id, f"{names.get(unit, unit)} {person.name}" if len(units) > 1 else person.name)
        for unit in units
        for person in await found.directory.persons_of(unit)
    ]


async def misreport_files(request: Request, misreport_id: str) -> list[FileView]:
    """What was put forward with a misreport."""
    return await file_views(request, await inspected.files(reads(request).pool, misreports.stream(misreport_id)))


@router.post("/checks/{check_id}/items/{item}")
async def conduct(request: Request, user: CurrentUser, check_id: str, item: str) -> Response:
    role = permitted(user, act.CHECKING)

    async def again(refusal: Refusal) -> Response:
        form = Form.again(refusal)
        return await _item_page(request, user, check_id, item, form, BLANK, status=refusal.problem.status)

    data = await read_form(request, act.CheckInput, again, keeping(request, user))
    outcome = await act.conduct(act.Asked(request, user, role), check_id, item, data)
    return see_other(outcome, f"/supervision/checks/{check_id}/items/{item}")


@router.post("/checks/{check_id}/items/{item}/misreport")
async def establish(request: Request, user: CurrentUser, check_id: str, item: str) -> Response:
    role = permitted(user, act.CHECKING)

    async def again(refusal: Refusal) -> Response:
        form = Form.again(refusal)
        return await _item_page(request, user, check_id, item, BLANK, form, status=refusal.problem.status)

    data = await read_form(request, settling.MisreportInput, again, keeping(request, user))
    outcome = await settling.establish(act.Asked(request, user, role), data)
    return see_other(outcome, f"/supervision/checks/{check_id}/items/{item}")
