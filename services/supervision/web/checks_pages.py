"""抽查 on screens: announced and made draws, what was drawn, and the form for what was found."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
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
from services.supervision.web import inspecting as act
from services.supervision.web import settling
from services.supervision.web.api import permitted
from services.supervision.web.bulletin_form import offered
from services.supervision.web.inspecting_words import MODES, POPULATIONS
from services.supervision.web.reads import Reads, reads
from services.ui.formats import local, moment
from services.ui.forms import BLANK, Form
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/supervision", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class ChecksView:
    """Every draw, and the form that announces the next."""

    rows: list[dict[str, Any]]
    form: Form
    may_check: bool
    programmes: list[tuple[str, str]]
    populations: list[tuple[str, str]]
    least: int


@dataclass(frozen=True, slots=True)
class CheckView:
    """One draw with its sample."""

    check_id: str
    row: dict[str, Any]
    population: str
    state: str
    tone: str
    lost: bool
    positions: list[tuple[str, int]]
    items: list[dict[str, Any]]
    may_check: bool


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


def state_of(row: Any, now: datetime, kept: bool = True) -> tuple[str, str]:
    """Where a draw stands, with its tone."""
    if row["sampled_at"] is not None:
        left = len(row["sample"]) - row["looked_at"]
        return (_("待检查 %(n)s 件", n=left), "warn") if left > 0 else (_("检查完毕"), "good")
    if not kept:
        return _("种子遗失，不能抽取"), "bad"
    return (_("已公布种子摘要"), "info") if row["population_to"] > now else (_("正在抽取"), "info")


@router.get("/checks")
async def checks(request: Request, user: CurrentUser) -> Response:
    permitted(user, act.LOOKING)
    is_fresh = await fresh(request, "spot_checks")
    return await _checks_page(request, user, BLANK, is_fresh=is_fresh)


async def _checks_page(
    request: Request, user: CurrentUser, form: Form, *, is_fresh: bool = True, status: int = 200
) -> Response:
    found = reads(request)
    active = await found.programmes.all()
    view = ChecksView(
        rows=[_row(row, found) for row in await inspected.checks(found.pool)],
        form=form,
        may_check=user.has(*act.CHECKING),
        programmes=[(one.programme_id, one.name) for one in active],
        populations=[(code, _(word)) for code, word in POPULATIONS.items()],
        least=max(1, ceil(active[0].pack.check.rate * 100)) if active else 1,
    )
    return page(request, "checks.html", view, fresh=is_fresh, status=status)


def _row(row: Any, found: Reads) -> dict[str, Any]:
    words, tone = state_of(row, found.now)
    chips = [(words, tone)]
    if row["failed"]:
        chips.append((_("不合格 %(n)s 件", n=row["failed"]), "bad"))
    meta = [_("%(from)s 至 %(to)s", **{"from": moment(row["population_from"]), "to": moment(row["population_to"])})]
    if row["sampled_at"]:
        meta.append(_("从 %(n)s 件中抽取 %(k)s 件", n=row["population_size"], k=len(row["sample"])))
    else:
        meta.append(_("抽取 %(rate)s%%", rate=row["rate_percent"]))
    return {
        "href": f"/supervision/checks/{row['check_id']}",
        "sign": "search",
        "tone": tone,
        "title": _(POPULATIONS[row["population"]]),
        "chips": chips,
        "meta": meta,
    }


@router.post("/checks")
async def commit(request: Request, user: CurrentUser) -> Response:
    role = permitted(user, act.CHECKING)

    async def again(refusal: Refusal) -> Response:
        return await _checks_page(request, user, Form.again(refusal), status=refusal.problem.status)

    data = await read_form(request, act.CommitInput, again)
    outcome = await act.commit(act.Asked(request, user, role), data)
    return see_other(outcome, f"/supervision/checks/{act.new_check_id(request)}")


@router.get("/checks/{check_id}")
async def check(request: Request, user: CurrentUser, check_id: str) -> Response:
    permitted(user, act.LOOKING)
    is_fresh = await fresh(request, "spot_checks", "review_docket")
    found = reads(request)
    row = await inspected.check(found.pool, check_id)
    if row is None or row["seed_sha256"] is None:
        raise HTTPException(404)
    words, tone = state_of(row, found.now, kept=row["seed_kept"] or row["sampled_at"] is not None)
    view = CheckView(
        check_id=check_id,
        row=dict(row),
        population=_(POPULATIONS[row["population"]]),
        state=words,
        tone=tone,
        lost=row["sampled_at"] is None and not row["seed_kept"],
        positions=sorted(json.loads(row["positions"]).items()),
        items=await _items(found, row),
        may_check=user.has(*act.CHECKING),
    )
    return page(request, "check.html", view, fresh=is_fresh)


async def _items(found: Reads, row: Any) -> list[dict[str, Any]]:
    known = await inspected.cases(found.pool, row["sample"])
    titled = [item for item in row["sample"] if item in known and known[item]["title"]]
    titles = dict(zip(titled, await found.texts([known[item]["title"] for item in titled]), strict=True))
    names = await found.directory.unit_names()
    done = await inspected.items(found.pool, row["check_id"])
    shown = []
    for number, item in enumerate(row["sample"], start=1):
        case, result = known.get(item), done.get(item)
        unit = case["lead_unit"] if case else None
        chip = (_("合格"), "good") if result and result["passed"] else (_("不合格"), "bad")
        meta = [_("第 %(n)s 签", n=number), names.get(unit or "", unit)]
        meta += [case_number(case["programme"], case["case_no"])] if case else []
        shown.append(
            {
                "href": f"/supervision/checks/{row['check_id']}/items/{item}",
                "sign": ("check" if result["passed"] else "x") if result else "search",
                "tone": chip[1] if result else "info",
                "title": titles.get(item) or _("走访记录 %(id)s", id=item),
                "chips": [chip] if result else [(_("待检查"), "warn")],
                "meta": [part for part in meta if part],
            }
        )
    return shown


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
    view = ItemView(
        check_id=check_id,
        item=item,
        number=case_number(case["programme"], case["case_no"]) if case else item,
        title=(await found.texts([case["title"]]))[0] if case and case["title"] else _("走访记录"),
        case_href=f"/dispatch/cases/{item}" if case else None,
        units=[names.get(unit, unit) for unit in units],
        found={**result, "mode": _(MODES[result["mode"]])} if result else None,
        files=await file_views(request, json.loads(result["evidence"])) if result else [],
        misreport=dict(proved) if proved else None,
        misreport_files=await misreport_files(request, proved["misreport_id"]) if proved else [],
        own_unit=user.unit_id in units,
        may_check=user.has(*act.CHECKING),
        modes=[(code, _(word)) for code, word in MODES.items() if code in modes or not modes],
        bodies=[user.unit_name, *(active.pack.check.bodies if active else ())],
        codes=[(code, _(word)) for code, word in inspected.misconduct(active.pack).items()] if active else [],
        involved=[(unit, names.get(unit, unit)) for unit in units],
        lead=(case["lead_unit"] if case else None) or next(iter(units), ""),
        persons=await persons_of(found, units) if user.has(*act.CHECKING) else [],
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
