"""红黄灯墙: every open deadline by unit and step, what is left of it, and 催办 for those chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from contracts.supervision import ClockKind
from services.chassis.deadlines import Calendar
from services.chassis.web import CurrentUser, Refusal, User, fresh, read_form, see_other
from services.chassis.web.inputs import Count
from services.reference.words import CLOCK_KINDS
from services.supervision.domain.warning import DAYS
from services.supervision.read import clock_questions as questions
from services.supervision.web import matters
from services.supervision.web.acts import SEEING
from services.supervision.web.answers import answered, permitted
from services.supervision.web.clock_acts import REMINDING, RemindInput, remind
from services.supervision.web.left import left_words
from services.supervision.web.reads import Reads, reads
from services.ui.forms import BLANK, Form
from services.ui.i18n import gettext as _
from services.ui.i18n import ngettext
from services.ui.render import page

router = APIRouter(prefix="/supervision", include_in_schema=False)
api = APIRouter(prefix="/supervision/api", tags=["supervision"])

WALL = "/supervision/clocks"
UNIT_ROLES = ("unit_clerk", "unit_leader")
USUAL = ("sign", "contact", "plan", "finish")
"""Dues of orders always have their column; what else is watched has one while any of it burns."""
Kind = Literal["", ClockKind]
Shown = Literal["", "red", "pending", "yellow", "green", "paused"]


@dataclass(frozen=True, slots=True)
class WallView:
    """The counters, the table of units and steps, and the list below."""

    counters: Sequence[dict[str, Any]]
    units: Sequence[dict[str, Any]]
    kinds: Sequence[tuple[str, str]]
    rows: Sequence[dict[str, Any]]
    options: Sequence[tuple[str, str]]
    kind_options: Sequence[tuple[str, str]]
    unit: str
    kind: str
    light: str
    query: str
    previous: str | None
    next: str | None
    may_remind: bool
    watermark: datetime | None
    unbound: str
    """How many cases have no leader whose time for one is over (HA-06); empty where there are none."""
    told: str
    form: Form


def of_own_unit(user: User) -> str:
    """Whoever handles sees their own unit first; who supervises sees all."""
    return user.unit_id if user.has(*UNIT_ROLES) and not user.has(*REMINDING) else ""


@router.get("/clocks")
async def wall(
    request: Request,
    user: CurrentUser,
    unit: Annotated[str | None, Query(max_length=100)] = None,
    kind: Kind = "",
    light: Shown = "",
    offset: Count = 0,
    sent: Count | None = None,
    others: Count = 0,
) -> Response:
    permitted(user, SEEING)
    is_fresh = await fresh(request, "clock_board")
    chosen = of_own_unit(user) if unit is None else unit
    asked = questions.Asked(chosen or None, kind or None, light or None)
    told = _told(sent, others) if sent is not None else ""
    return await _wall(request, user, asked, offset, BLANK, told=told, is_fresh=is_fresh)


def _told(sent: int, others: int) -> str:
    words = ngettext("已催办 %(num)s 项。", "已催办 %(num)s 项。", sent)
    if others:
        more = ngettext("另 %(num)s 项今天已催办或不在计时。", "另 %(num)s 项今天已催办或不在计时。", others)
        words = f"{words} {more}" if words.endswith(".") else words + more
    return words


async def _wall(
    request: Request,
    user: User,
    asked: questions.Asked,
    offset: int,
    form: Form,
    *,
    told: str = "",
    is_fresh: bool = True,
    status: int = 200,
) -> Response:
    found, service = reads(request), request.app.state.service
    names = await found.directory.unit_names()
    table = await questions.matrix(found.pool, found.now, asked.unit)
    rows = await questions.listed(found.pool, found.now, asked, offset)
    titles = await _titles(found, rows)
    calendars = {one.programme_id: one.calendar for one in await found.programmes.all()}
    kept = {"unit": asked.unit or "", "kind": asked.kind or "", "light": asked.light or ""}
    burning = {row["kind"] for row in table}
    more = len(rows) > questions.PAGE
    here = f"{WALL}?{urlencode(kept)}&offset="
    view = WallView(
        counters=_counters(table, kept),
        units=_units(table, names),
        kinds=[(code, _(word)) for code, word in CLOCK_KINDS.items() if code in USUAL or code in burning],
        rows=[
            _row(row, title, names, calendars.get(row["programme"]), found.now)
            for row, title in zip(rows[: questions.PAGE], titles, strict=False)
        ],
        options=[("", _("全部单位")), *sorted(names.items(), key=lambda pair: pair[1])],
        kind_options=[("", _("全部环节")), *((code, _(word)) for code, word in CLOCK_KINDS.items())],
        unit=kept["unit"],
        kind=kept["kind"],
        light=kept["light"],
        query=urlencode(kept),
        previous=f"{here}{max(0, offset - questions.PAGE)}" if offset else None,
        next=f"{here}{offset + questions.PAGE}" if more else None,
        may_remind=user.has(*REMINDING),
        watermark=service.transport.watermark("dispatch") if service.transport else None,
        unbound=_unbound(table),
        told=told,
        form=form,
    )
    return page(request, "wall.html", view, fresh=is_fresh, status=status)


def _unbound(table: Sequence[Any]) -> str:
    """领导包案: the alarm that stands until a leader is bound."""
    red = sum(row["red"] for row in table if row["kind"] == "bind")
    if not red:
        return ""
    return ngettext("%(num)s 件问题逾期未明确包案领导。", "%(num)s 件问题逾期未明确包案领导。", red)


async def _titles(found: Reads, rows: Sequence[Any]) -> list[str]:
    """Of the case, or what else is owed; a case that has not arrived here yet has no title to show."""
    known = iter(await found.texts([row["title"] for row in rows if row["title"] is not None]))
    return [next(known) if row["title"] is not None else _untitled(row) for row in rows]


def _untitled(row: Any) -> str:
    if row["case_id"] is not None:
        return _("问题尚未到达")
    return row["about"] or _(CLOCK_KINDS[row["kind"]])


_DAYS_OF = dict.fromkeys(("step", "task", "promise", "reply", "rectify", "review", "follow_up", "appeal"), DAYS)
"""What is given until a day is told in working days."""


def _counters(table: Sequence[Any], kept: dict[str, str]) -> list[dict[str, Any]]:
    words = {
        "red": (_("红灯"), _("逾期未办")),
        "pending": (_("待核"), _("到期，等数据到齐")),
        "yellow": (_("黄灯"), _("将到期")),
        "green": (_("绿灯"), _("期限内")),
        "paused": (_("暂停"), _("挂账、退单")),
    }
    rows = [row for row in table if not kept["kind"] or row["kind"] == kept["kind"]]
    return [
        {
            "state": light,
            "label": label,
            "hint": hint,
            "count": sum(row[light] for row in rows),
            "href": f"{WALL}?{urlencode({**kept, 'light': '' if kept['light'] == light else light})}#late",
            "current": kept["light"] == light,
        }
        for light, (label, hint) in words.items()
    ]


def _units(table: Sequence[Any], names: dict[str, str]) -> list[dict[str, Any]]:
    """Units with most red lights first; a cell per step."""
    units: dict[str, dict[str, Any]] = {}
    for row in table:
        unit = units.setdefault(
            row["unit"],
            {"unit": row["unit"], "name": names.get(row["unit"], row["unit"]), "cells": {}, "order": [0, 0, 0]},
        )
        unit["cells"][row["kind"]] = {light: row[light] for light in questions.LIGHTS}
        for place, light in enumerate(("red", "pending", "yellow")):
            unit["order"][place] -= row[light]
    return sorted(units.values(), key=lambda one: (one["order"], one["name"]))


def _row(row: Any, title: str, names: dict[str, str], calendar: Calendar | None, now: datetime) -> dict[str, Any]:
    due = row["breached_due"] or row["due"]
    limit = row["limit_words"] or _DAYS_OF.get(row["kind"])
    left = _("暂停计时") if row["light"] == "paused" else left_words(now, due, limit, calendar)
    return {
        "clock_id": row["clock_id"],
        "href": matters.href(row["matter"], row["case_id"]),
        "about": row["about"] if row["case_id"] else "",
        "light": row["light"],
        "title": title,
        "unit": names.get(row["unit"], row["unit"]),
        "kind": _(CLOCK_KINDS[row["kind"]]),
        "due": due,
        "left": left,
        "reminders": row["reminders"],
        "reminded_at": row["reminded_at"],
        "may_choose": row["status"] == "running",
    }


@router.post("/clocks/remind")
async def remind_chosen(request: Request, user: CurrentUser) -> Response:
    role = permitted(user, REMINDING)

    async def again(refusal: Refusal) -> Response:
        form = Form.again(refusal)
        return await _wall(request, user, questions.Asked(), 0, form, status=refusal.problem.status)

    data = await read_form(request, RemindInput, again)
    done = await remind(request, user, role, data)
    return see_other(done.last, f"{WALL}?{_kept(data.back)}sent={done.sent}&others={done.others}")


def _kept(back: str) -> str:
    """The filters that stood there; anything else that was sent is left out."""
    kept = urlencode([(name, value) for name, value in parse_qsl(back) if name in ("unit", "kind", "light")])
    return f"{kept}&" if kept else ""


@api.post("/clocks/remind")
async def remind_by_program(request: Request, user: CurrentUser, data: RemindInput) -> Response:
    """One reminder for each deadline named; at most one a day for each."""
    done = await remind(request, user, permitted(user, REMINDING), data)
    return answered(done.last, sent=done.sent, others=done.others)
