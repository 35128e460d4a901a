"""What waits for a ruling from above the units: returned orders, and requests for more time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import User, fresh, maybe_user, require
from services.dispatch.read import inbox
from services.dispatch.web import labels, wording
from services.dispatch.web.answering_choices import persons_by_unit, required_of
from services.dispatch.web.reads import reads, title_of
from services.dispatch.web.recusal import barred
from services.dispatch.web.roles import EXTENDING, RULING
from services.dispatch.web.views import ReturnsView, ReturnView
from services.reference.attachments.web import views as file_views
from services.reference.words import case_number
from services.ui.formats import moment
from services.ui.forms import BLANK, Form
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/dispatch", include_in_schema=False)
AT_RULING = Annotated[User, Depends(require(*RULING))]
AT_EXTENDING = Annotated[User, Depends(require(*EXTENDING))]


@router.get("/returns")
async def returns(request: Request, user: AT_RULING) -> Response:
    shown = await fresh(request, "case_board", "case_order")
    return await render_returns(request, shown=shown)


async def render_returns(request: Request, forms: Mapping[str, Form] | None = None, *, shown: bool = True) -> Response:
    """The docket, as asked for or again with what was typed."""
    found, typed = reads(request), forms or {}
    rows = await inbox.returns(found.pool)
    view = ReturnsView(
        total=await inbox.pending_returns(found.pool),
        items=[await _return(request, row, typed.get(row["order_id"], BLANK).named(row["order_id"])) for row in rows],
        now=found.now,
        refused=next((form.named(order_id) for order_id, form in typed.items()), BLANK),
    )
    return page(request, "returns.html", view, fresh=shown)


async def _return(request: Request, row: asyncpg.Record, form: Form) -> ReturnView:
    found, proposed = reads(request), row["proposed_unit"]
    units, active = await found.directory.units(), await found.programmes.active(row["programme"])
    names = {unit.unit_id: unit.name for unit in units}
    without = await barred(found, row["complained"])
    leads = wording.leading(active, units, without)
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
        files=await file_views(request, await inbox.return_evidence(found.pool, row["case_id"], row["order_id"])),
        history=[
            _handed(one, names)
            for one in await inbox.of_case(found.pool, row["case_id"])
            if one["order_id"] != row["order_id"]
        ],
        units=leads if row["role"] == "lead" else wording.unit_groups(units, without),
        required=required_of(active),
        persons=await persons_by_unit(found, units, required_of(active)),
        form=form,
    )


def _handed(order: asyncpg.Record, names: Mapping[str, str]) -> tuple[str, str, str]:
    """One order of the case: who had it as what, since when, and what became of it."""
    role = _(labels.ORDER_ROLES[order["role"]])
    became = _(labels.ORDER_STATES[order["status"]])
    if order["return_n"]:
        reason = _(labels.RETURN_REASONS.get(order["return_code"], order["return_code"]))
        became = _("%(state)s，曾以“%(reason)s”退单", state=became, reason=reason)
    return names.get(order["unit"], order["unit"]), role, f"{moment(order['issued_at'])} {became}"


@dataclass(frozen=True, slots=True)
class ExtensionAsk:
    """One request for more time that waits for its decision."""

    case_id: str
    order_id: str
    number: str
    title: str
    unit: str
    role: str
    reason: str
    asked_at: datetime
    finish_by: datetime
    asked: datetime
    granted_before: int
    light: str
    light_after: str
    """What the light would be with the deadline asked for."""

    leader_decides: bool
    form: Form


@dataclass(frozen=True, slots=True)
class ExtensionsView:
    """延期审批."""

    items: list[ExtensionAsk]
    total: int
    is_leader: bool
    now: datetime
    refused: Form = BLANK


@router.get("/extensions")
async def extensions(request: Request, user: AT_EXTENDING) -> Response:
    shown = await fresh(request, "case_board", "case_order")
    return await render_extensions(request, shown=shown)


async def render_extensions(
    request: Request, forms: Mapping[str, Form] | None = None, *, shown: bool = True
) -> Response:
    """The docket, as asked for or again with what was typed."""
    found, typed = reads(request), forms or {}
    names = await found.directory.unit_names()
    from_leader = {one.programme_id: one.pack.order.leader_extends_from for one in await found.programmes.all()}
    items = []
    for row in await inbox.extensions(found.pool):
        form = typed.get(row["order_id"], BLANK).named(row["order_id"])
        items.append(_extension(row, names, form, found.now, from_leader.get(row["programme"], 0)))
    who = maybe_user(request)
    view = ExtensionsView(
        items=items,
        total=await inbox.pending_extensions(found.pool),
        is_leader=who is not None and who.has("leading_group"),
        now=found.now,
        refused=next((form.named(order_id) for order_id, form in typed.items()), BLANK),
    )
    return page(request, "extensions.html", view, fresh=shown)


def _extension(
    row: asyncpg.Record, names: Mapping[str, str], form: Form, now: datetime, leader_from: int
) -> ExtensionAsk:
    start, asked = row["issued_at"], row["asked_finish_by"]
    return ExtensionAsk(
        case_id=row["case_id"],
        order_id=row["order_id"],
        number=case_number(row["programme"], row["case_no"]),
        title=title_of(row),
        unit=names.get(row["unit"], row["unit"]),
        role=_(labels.ORDER_ROLES[row["role"]]),
        reason=row["asked_reason"],
        asked_at=row["asked_at"],
        finish_by=row["finish_by"],
        asked=asked,
        granted_before=row["extensions"],
        light=wording.order_light(start, row["finish_by"], now),
        light_after=wording.order_light(start, asked, now),
        leader_decides=bool(leader_from) and row["extensions"] + 1 >= leader_from,
        form=form,
    )
