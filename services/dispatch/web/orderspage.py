"""交办单清单: every order of a programme by its official number, to be looked up and printed, up to fifty at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import User, fresh, require
from services.dispatch.paper.sheet import number
from services.dispatch.read import order_lists
from services.dispatch.web import labels, wording
from services.dispatch.web.askedlist import AskedList
from services.dispatch.web.ledgerpage import period_of
from services.dispatch.web.reads import reads, title_of
from services.dispatch.web.recusal import recused_rows
from services.dispatch.web.roles import SEEING
from services.dispatch.web.views import Options
from services.reference.words import case_number
from services.ui.i18n import N_
from services.ui.i18n import gettext as _
from services.ui.papers.pdf import MOST_PAPERS
from services.ui.render import page

router = APIRouter(prefix="/dispatch", include_in_schema=False)
SEEING_USER = Annotated[User, Depends(require(*SEEING))]
STATES = {
    "unsigned": N_("待签收"),
    "open": N_("办理中"),
    "overdue": N_("逾期"),
    "returned": N_("退单待审"),
    "completed": N_("已办结"),
    "cancelled": N_("已撤销"),
}
TONES = {"open": "info", "returned": "bad", "completed": "good"}


@dataclass(frozen=True, slots=True)
class Asked(AskedList):
    """The list as an address asks for it; days are those of the issue."""

    path = "/dispatch/orders"

    unit: str = ""
    role: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order of the list."""

    order_id: str
    number: str
    href: str
    paper: str | None
    """None for the unit that the case complains of: a paper says who heard it where."""

    case: str
    title: str
    role: str
    unit: str
    issued_at: datetime
    signed_at: datetime | None
    finish_by: datetime
    state: str
    tone: str
    light: str | None


@dataclass(frozen=True, slots=True)
class OrdersView:
    """清单."""

    programme: str
    programme_id: str
    rows: Sequence[OrderLine]
    whole: int
    states: Sequence[tuple[str, int, str, bool]]
    """Word, how many, address, whether it is chosen."""

    next: str | None
    first: str | None
    clear: str
    asked: Asked
    units: Options
    roles: Options
    most: int


@router.get("/orders")
async def order_list(request: Request, user: SEEING_USER, asked: Annotated[Asked, Depends()]) -> Response:
    shown = await fresh(request, "case_order", "case_board", "order_number")
    found = reads(request)
    active = await found.programme(asked.programme)
    if active is None:
        return page(request, "no_programme.html", {})
    asked = replace(asked, programme=active.programme_id)
    wanted = _wanted(asked)
    listed = await order_lists.orders(found.pool, wanted, found.now)
    counts = await order_lists.counts(found.pool, wanted, found.now)
    units = await found.directory.units()
    names = {unit.unit_id: unit.name for unit in units}
    hidden = await recused_rows(found, user, listed.rows)
    view = OrdersView(
        programme=active.name,
        programme_id=active.programme_id,
        rows=[_line(row, names, found.now, hidden) for row in listed.rows],
        whole=counts["whole"],
        states=[
            (
                _(word),
                counts[code],
                asked.url(state="" if asked.state == code else code, cursor=""),
                asked.state == code,
            )
            for code, word in STATES.items()
        ],
        next=asked.url(cursor=listed.next) if listed.next else None,
        first=asked.url(cursor="") if asked.cursor else None,
        clear=Asked(programme=asked.programme).url(),
        asked=asked,
        units=[("", _("全部单位")), *((u.unit_id, u.name) for u in units if u.level != "district")],
        roles=[("", _("全部角色")), *wording.options(labels.ORDER_ROLES)],
        most=MOST_PAPERS,
    )
    return page(request, "orders.html", view, fresh=shown)


def _wanted(asked: Asked) -> order_lists.Orders:
    """Nonsense in an address narrows nothing."""
    since, until = period_of(asked.since, asked.until)
    return order_lists.Orders(
        programme=asked.programme,
        unit=asked.unit,
        role=asked.role,
        state=asked.state if asked.state in STATES else "",  # type: ignore[arg-type]
        since=since,
        until=until,
        cursor=asked.cursor,
    )


def _line(row: asyncpg.Record, names: Mapping[str, str], now: datetime, hidden: frozenset[str]) -> OrderLine:
    unsigned = row["status"] == "open" and row["signed_at"] is None
    state = _("待签收") if unsigned else _(labels.ORDER_STATES[row["status"]])
    running = row["status"] == "open"
    return OrderLine(
        order_id=row["order_id"],
        number=number(row["order_no"], row["issued_at"]),
        href=f"/dispatch/cases/{row['case_id']}",
        paper=None if row["case_id"] in hidden else f"/dispatch/orders/{row['order_id']}/paper.pdf",
        case=case_number(row["programme"], row["case_no"]),
        title=title_of(row),
        role=_(labels.ORDER_ROLES[row["role"]]),
        unit=names.get(row["unit"], row["unit"]),
        issued_at=row["issued_at"],
        signed_at=row["signed_at"],
        finish_by=row["finish_by"],
        state=state,
        tone="warn" if unsigned else TONES.get(row["status"], "plain"),
        light=wording.order_light(row["issued_at"], row["finish_by"], now) if running else None,
    )
