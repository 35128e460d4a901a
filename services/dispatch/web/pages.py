"""The pages people open: the desk, the list, one case, a unit's inbox, the docket of returns."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Annotated, Any
from urllib.parse import urlencode

import asyncpg
from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.chassis.web import CurrentUser, User, fresh, require
from services.dispatch.read import cases, inbox
from services.dispatch.web import labels, wording
from services.dispatch.web.casepage import case_view
from services.dispatch.web.deskpage import desk_view
from services.dispatch.web.reads import Reads, reads, title_of
from services.dispatch.web.roles import DESK, HANDLING, RULING, SEEING
from services.dispatch.web.views import CasesView, Counter, InboxView, Link, ReturnsView, ReturnView, RowView
from services.reference.programmes import ActivePack
from services.reference.words import case_number
from services.ui.forms import BLANK, Form
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/dispatch", include_in_schema=False)
AT_DESK = Annotated[User, Depends(require(*DESK))]
AT_WORK = Annotated[User, Depends(require(*HANDLING))]
AT_RULING = Annotated[User, Depends(require(*RULING))]
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
    shown: bool = True,
) -> Response:
    """The desk, as asked for or again with what was typed."""
    found = reads(request)
    if case_id and (row := await cases.one(found.pool, case_id)):
        programme = row["programme"]
    view = await desk_view(found, user, await found.programme(programme), case_id, form)
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
    return CasesView(
        programme=active.name,
        programme_id=active.programme_id,
        programmes=[(one.programme_id, one.name) for one in await found.programmes.all()],
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
        steps=[("", _("全部环节")), *((code, _(word)) for code, word in labels.STEPS.items())],
        waiting=tallies["waiting"],
        now=now,
        can_dispatch=can,
    )


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
async def one_case(
    request: Request, user: SEEING_USER, case_id: str, at: Annotated[int | None, Query(ge=1)] = None
) -> Response:
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


@router.get("/inbox")
async def unit_inbox(request: Request, user: AT_WORK) -> Response:
    shown = await fresh(request, "case_board", "case_order")
    found = reads(request)
    names = await found.directory.unit_names()
    rows = await inbox.of_unit(found.pool, user.unit_id)
    strike = await inbox.to_strike_off(found.pool, user.unit_id)
    bases = {one.programme_id: one.pack.closure.by for one in await found.programmes.all()}
    line = _Lines(found, names)
    view = InboxView(
        unit=user.unit_name,
        to_sign=[line.row(r, _("签收"), "primary") for r in rows if r["signed_at"] is None and r["status"] == "open"],
        at_work=[line.row(r, _("办理")) for r in rows if r["signed_at"] is not None or r["status"] != "open"],
        to_strike=[line.row(r, _("销号")) for r in strike if bases.get(r["programme"]) == "unit_self"],
        done=[line.row(r, _("查看")) for r in await inbox.done_by(found.pool, user.unit_id)],
        strikes_itself="unit_self" in bases.values(),
        now=found.now,
    )
    return page(request, "inbox.html", view, fresh=shown)


class _Lines:
    """Orders as rows."""

    def __init__(self, found: Reads, names: Mapping[str, str]) -> None:
        self._found, self._names, self._now = found, names, found.now

    def row(self, row: asyncpg.Record, label: str, tone: str = "plain") -> RowView:
        signed = row["signed_at"] is not None
        # No clock of the unit's runs while a return is disputed, the case suspended, or the work done.
        done = row["completed_at"] is not None or row["status"] == "returned" or row["step"] == "suspended"
        due = row["finish_by"] if signed else row["sign_by"] or row["finish_by"]
        light = self._light(row)
        href = f"/dispatch/cases/{row['case_id']}"
        step = _("待签收") if not signed and row["status"] == "open" else _(labels.ORDER_STATES[row["status"]])
        if row["step"] in ("suspended", "struck_off"):
            step = _(labels.STEPS[row["step"]])
        tones = {"open": "info" if signed else "warn", "returned": "bad", "completed": "good"}
        return RowView(
            href=href,
            light=light,
            title=title_of(row),
            meta=[
                case_number(row["programme"], row["case_no"]),
                _(labels.ORDER_ROLES[row["role"]]),
                _("签收期限") if not signed and not done else "",
            ],
            lead=self._names.get(row["issued_by"], row["issued_by"]),
            co_count=0,
            territory=self._names.get(row["territory"], row["territory"]) if row["territory"] else None,
            step=step,
            step_tone=tones.get(row["status"], "plain"),
            due_words=None if done else wording.days_left(due, self._now),
            due_date=None if done else due,
            used=None if done else wording.used_share(row["issued_at"], due, self._now),
            updated=row["updated_at"],
            records=0,
            action=Link(href, label, tone),
        )

    def _light(self, row: asyncpg.Record) -> str:
        """The order's own: red past its next deadline, yellow in the last fifth of its time."""
        if row["step"] == "struck_off":
            return "closed"
        if row["completed_at"] is not None:
            return "green"
        if row["step"] == "suspended" or row["status"] == "returned":
            return "paused"
        due = row["finish_by"] if row["signed_at"] is not None else row["sign_by"] or row["finish_by"]
        if self._now > due:
            return "red"
        near = row["issued_at"] + (due - row["issued_at"]) * 0.8
        return "yellow" if self._now >= near else "green"


@router.get("/returns")
async def returns(request: Request, user: AT_RULING) -> Response:
    shown = await fresh(request, "case_board", "case_order")
    return await render_returns(request, shown=shown)


async def render_returns(request: Request, forms: Mapping[str, Form] | None = None, *, shown: bool = True) -> Response:
    """The docket, as asked for or again with what was typed."""
    found, typed = reads(request), forms or {}
    names = await found.directory.unit_names()
    rows = await inbox.returns(found.pool)
    view = ReturnsView(
        items=[_return(row, names, typed.get(row["order_id"], BLANK).named(row["order_id"])) for row in rows],
        units=wording.unit_groups(await found.directory.units()),
        now=found.now,
        refused=next((form.named(order_id) for order_id, form in typed.items()), BLANK),
    )
    return page(request, "returns.html", view, fresh=shown)


def _return(row: asyncpg.Record, names: Mapping[str, str], form: Form) -> ReturnView:
    proposed: Any = row["proposed_unit"]
    return ReturnView(
        case_id=row["case_id"],
        order_id=row["order_id"],
        number=case_number(row["programme"], row["case_no"]),
        title=title_of(row),
        unit=names.get(row["unit"], row["unit"]),
        role=_(labels.ORDER_ROLES[row["role"]]),
        reason=row["return_reason"],
        reason_word=_(labels.RETURN_REASONS.get(row["return_code"], row["return_code"])),
        proposed=names.get(proposed, proposed) if proposed else None,
        proposed_unit=proposed,
        n=row["return_n"],
        returned_at=row["returned_at"],
        finish_by=row["finish_by"],
        form=form,
    )
