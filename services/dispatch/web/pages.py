"""The pages people open first: the desk, the list of cases, one case."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Annotated
from urllib.parse import urlencode

import asyncpg
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.chassis.web import CurrentUser, User, fresh, require
from services.chassis.web.inputs import Rank
from services.dispatch.read import cases
from services.dispatch.web import labels, wording
from services.dispatch.web.casepage import case_view
from services.dispatch.web.deskpage import desk_view
from services.dispatch.web.reads import Reads, reads
from services.dispatch.web.roles import DESK, HANDLING, REOPENING, RULING, SEEING
from services.dispatch.web.views import CasesView, Counter, Link
from services.reference.grid import LAYERS, Cell
from services.reference.programmes import ActivePack
from services.ui.forms import Form
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/dispatch", include_in_schema=False)
AT_DESK = Annotated[User, Depends(require(*DESK))]
SEEING_USER = Annotated[User, Depends(require(*SEEING))]


@router.get("/")
async def home(user: CurrentUser) -> Response:
    """To where this person's work is."""
    if user.has(*DESK):
        return RedirectResponse("/dispatch/desk", 303)
    if user.has(*HANDLING):
        return RedirectResponse("/dispatch/inbox", 303)
    return RedirectResponse("/dispatch/cases", 303)


@router.get("/desk")
async def desk(request: Request, user: AT_DESK, case: str | None = None, programme: str | None = None) -> Response:
    shown = await fresh(request, "case_board", "case_number")
    return await render_desk(request, user, case, programme, shown=shown)


async def render_desk(
    request: Request,
    user: User,
    case_id: str | None,
    programme: str | None = None,
    *,
    form: Form | None = None,
    back: Form | None = None,
    shown: bool = True,
) -> Response:
    """The desk, as asked for or again with what was typed."""
    found = reads(request)
    if case_id and (row := await cases.one(found.pool, case_id)):
        programme = row["programme"]
    view = await desk_view(found, user, await found.programme(programme), case_id, form, back)
    if view is None:
        return page(request, "no_programme.html", {})
    return page(request, "desk.html", view, block="desk", fresh=shown)


@router.get("/cases")
async def case_list(request: Request, user: SEEING_USER, asked: Annotated[cases.Filter, Depends()]) -> Response:
    shown = await fresh(request, "case_board", "case_number")
    found = reads(request)
    active = await found.programme(asked.programme)
    if active is None:
        return page(request, "no_programme.html", {})
    view = await _cases(found, user, active, replace(asked, programme=active.programme_id, limit=cases.PAGE))
    return page(request, "cases.html", view, fresh=shown)


async def _cases(found: Reads, user: User, active: ActivePack, asked: cases.Filter) -> CasesView:
    now = found.now
    tallies = await cases.count(found.pool, asked, now)
    listed = await cases.find(found.pool, asked, now)
    units = await found.directory.units()
    names = {unit.unit_id: unit.name for unit in units}
    words = wording.category_words(active)
    can = user.has(*DESK)
    cells = [(c.grid_id, _in_layer(c)) for c in await found.grid.cells()]
    return CasesView(
        programme=active.name,
        programme_id=active.programme_id,
        programmes=[(one.programme_id, one.name) for one in await found.programmes.all()],
        presets=_presets(asked, user),
        counters=[_counter(light, tallies[light], asked) for light in cases.LIGHTS],
        rows=[
            wording.case_row(row, cases.light_of(row, now), names, words, now, _action(row, can, user))
            for row in listed.rows
        ],
        total=tallies[asked.light] if asked.light in tallies else sum(tallies.values()),
        next=_url(asked, cursor=listed.next) if listed.next else None,
        first=_url(asked, cursor="") if asked.cursor else None,
        clear=_url(cases.Filter(programme=asked.programme)),
        asked=asked,
        categories=[("", _("全部类别")), *words.items()],
        territories=[
            ("", _("全部属地")),
            *((u.unit_id, u.name) for u in units if u.level in ("town", "community", "village")),
        ],
        units=[("", _("全部单位")), *((u.unit_id, u.name) for u in units if u.level != "district")],
        lines=[("", _("全部服务线")), *wording.options(labels.SERVICE_LINES)] if asked.line or cells else [],
        cells=cells and [("", _("全部网格")), *cells],
        steps=[("", _("全部环节")), *((code, _(word)) for code, word in labels.STEPS.items())],
        waiting=tallies["waiting"],
        now=now,
        can_dispatch=can,
    )


def _in_layer(cell: Cell) -> str:
    return f"{_(LAYERS.get(cell.layer, cell.layer))}：{cell.name}"


def _presets(asked: cases.Filter, user: User) -> list[tuple[str, str, bool]]:
    """Questions that are asked every day, each an address that can be kept; a second click takes it back."""
    wanted: list[tuple[str, dict[str, str]]] = [
        (_("3 日内到期"), {"due": "3"}),
        (_("待签收"), {"step": "issued"}),
        (_("退单待审"), {"step": "returned"}),
        (_("延期待批"), {"extending": "yes"}),
        (_("挂账待复查"), {"review": "yes"}),
        (_("重办"), {"again": "yes"}),
        (_("待回访"), {"step": "verifying"}),
        (_("典型案例"), {"showcase": "yes"}),
    ]
    if user.has(*REOPENING):
        wanted.append((_("回访未过待定"), {"undecided": "yes"}))
    if user.has(*HANDLING):
        wanted.insert(0, (_("本单位"), {"unit": user.unit_id}))
    shown = []
    for word, narrowed in wanted:
        current = all(getattr(asked, name) == value for name, value in narrowed.items())
        changes = dict.fromkeys(narrowed, "") if current else narrowed
        shown.append((word, _url(asked, **changes, cursor=""), current))
    return shown


def _url(asked: cases.Filter, **changes: str) -> str:
    kept = {k: v for k, v in {**asdict(asked), **changes}.items() if v not in ("", None) and k != "limit"}
    return f"/dispatch/cases?{urlencode(kept)}"


def _counter(light: str, count: int, asked: cases.Filter) -> Counter:
    current = asked.light == light
    return Counter(
        light, _(labels.LIGHT_HINTS[light]), count, _url(asked, light="" if current else light, cursor=""), current
    )


def _action(row: asyncpg.Record, can: bool, user: User) -> Link:
    here = f"/dispatch/cases/{row['case_id']}"
    if row["step"] == "registered" and can:
        return Link(f"/dispatch/desk?case={row['case_id']}", _("派单"), "primary")
    if row["step"] == "returned" and user.has(*RULING):
        return Link("/dispatch/returns", _("审退单"), "plain")
    return Link(here, _("查看"))


@router.get("/cases/{case_id}")
async def one_case(request: Request, user: SEEING_USER, case_id: str, at: Rank | None = None) -> Response:
    shown = await fresh(request)
    return await render_case(request, user, case_id, at=at, shown=shown)


async def render_case(
    request: Request,
    user: User,
    case_id: str,
    *,
    at: int | None = None,
    forms: Mapping[str, Form] | None = None,
    shown: bool = True,
) -> Response:
    """One case, as asked for or again with what was typed."""
    view = await case_view(request, user, case_id, at, forms)
    return page(request, "case.html", view, block="case", fresh=shown)
