"""The inbox of requests, one request with what may be done about it, and the form for a new one."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contracts.codec import decode
from contracts.event import Event
from contracts.intake import (
    PersonalDataErased,
    RequestAccepted,
    RequestAnsweredOnSpot,
    RequestRedirected,
    RequestRegistered,
    RequestRejected,
    RequestWithdrawn,
)
from services import ui
from services.chassis.clock import LOCAL
from services.chassis.decider import Rejected
from services.chassis.web import Refusal, User, expected_version, fresh, read_form, require, see_other
from services.intake.domain import request as domain
from services.intake.read import requests
from services.intake.web import erasing, filing, roles
from services.intake.web.api import may_see, mine_of
from services.intake.web.inputs import (
    AcceptInput,
    AnswerInput,
    EraseInput,
    RedirectInput,
    RejectInput,
    RequestForm,
    WithdrawInput,
)
from services.intake.web.labels import EVENTS, REDIRECT_REASONS, REJECT_REASONS, STATUSES, STEPS
from services.intake.web.reads import Reads, reads, title_of
from services.reference.words import CHANNELS
from services.ui.i18n import gettext as _

router = APIRouter(prefix="/intake", include_in_schema=False)
Reader = Annotated[User, Depends(require(*roles.SEE))]
Registrar = Annotated[User, Depends(require(*roles.REGISTER))]
Clerk = Annotated[User, Depends(require(*roles.DECIDE))]
Eraser = Annotated[User, Depends(require(*roles.ERASE))]
PER_PAGE = 50
FORMS = ("accept", "answer", "reject", "redirect", "withdraw", "erase")
"""What may be done about one request, by the name in its address."""


@router.get("/requests")
async def inbox(request: Request, user: Reader) -> Response:
    """The latest first; the counters are the filter."""
    shown = await fresh(request, "requests", "case_steps")
    found = reads(request)
    asked = {name: request.query_params.get(name, "").strip() for name in ("status", "channel", "territory", "q")}
    wanted = requests.Filter(**asked, mine=mine_of(user))
    cursor = requests.Cursor.read(request.query_params.get("cursor"))
    rows, after = await requests.page_of(found.pool, wanted, cursor, PER_PAGE)
    units = await found.directory.unit_names()
    kept = {name: value for name, value in asked.items() if value}
    view = {
        "rows": [await _line(found, row, units) for row in rows],
        "counts": await _counters(found, wanted, kept),
        "asked": asked,
        "narrowed": bool(kept),
        "channels": [("", _("全部来源")), *((code, _(name)) for code, name in CHANNELS.items())],
        "territories": [("", _("全部属地")), *((u.unit_id, u.name) for u in await found.directory.units("town"))],
        "next": f"/intake/requests?{urlencode({**kept, 'cursor': str(after)})}" if after else None,
        "first": f"/intake/requests?{urlencode(kept)}" if cursor else None,
        "may_register": user.has(*roles.REGISTER),
        "query": urlencode(kept),
    }
    return ui.page(request, "requests.html", view, fresh=shown)


@router.get("/requests/new")
async def blank(request: Request, user: Registrar) -> Response:
    """The form for what came by telephone, letter or at the window."""
    return await _new(request, user, ui.Form({"consent": "yes"}))


@router.post("/requests/new")
async def register(request: Request, user: Registrar) -> Response:
    """Register it, and take it in at once if the clerk says so."""

    async def again(refusal: Refusal) -> Response:
        return await _new(request, user, ui.Form.again(refusal))

    data = await read_form(request, RequestForm, again)
    if not data.text:
        raise Rejected("text-missing", "请写明诉求内容。", "text")
    request_id, outcome = await filing.register(request, user, data)
    return see_other(outcome, f"/intake/requests/{request_id}")


@router.get("/requests/{request_id}")
async def show(request: Request, user: Reader, request_id: str) -> Response:
    """What was said, where it stands, what may be done."""
    shown = await fresh(request, "requests", "case_steps")
    return await _one(request, user, request_id, {}, fresh=shown)


@router.post("/requests/{request_id}/accept")
async def accept(request: Request, user: Clerk, request_id: str) -> Response:
    """Take it in."""
    data = await read_form(request, AcceptInput, _again(request, user, request_id, "accept"))
    return see_other(await filing.accept(request, user, request_id, data), f"/intake/requests/{request_id}")


@router.post("/requests/{request_id}/answer")
async def answer(request: Request, user: Clerk, request_id: str) -> Response:
    """Settle it on the spot."""
    data = await read_form(request, AnswerInput, _again(request, user, request_id, "answer"))
    return see_other(await filing.answer(request, user, request_id, data), f"/intake/requests/{request_id}")


@router.post("/requests/{request_id}/reject")
async def reject(request: Request, user: Clerk, request_id: str) -> Response:
    """Turn it down."""
    data = await read_form(request, RejectInput, _again(request, user, request_id, "reject"))
    return see_other(await filing.reject(request, user, request_id, data), f"/intake/requests/{request_id}")


@router.post("/requests/{request_id}/redirect")
async def redirect(request: Request, user: Clerk, request_id: str) -> Response:
    """Tell the requester which channel it belongs to."""
    data = await read_form(request, RedirectInput, _again(request, user, request_id, "redirect"))
    return see_other(await filing.redirect(request, user, request_id, data), f"/intake/requests/{request_id}")


@router.post("/requests/{request_id}/withdraw")
async def withdraw(request: Request, user: Clerk, request_id: str) -> Response:
    """Note that the requester takes it back."""
    data = await read_form(request, WithdrawInput, _again(request, user, request_id, "withdraw"))
    return see_other(await filing.withdraw(request, user, request_id, data), f"/intake/requests/{request_id}")


@router.post("/requests/{request_id}/erase")
async def erase(request: Request, user: Eraser, request_id: str) -> Response:
    """Erase the personal data for good."""
    data = await read_form(request, EraseInput, _again(request, user, request_id, "erase"))
    return see_other(await erasing.erase(request, user, request_id, data), f"/intake/requests/{request_id}")


def _again(request: Request, user: User, request_id: str, name: str) -> Callable[[Refusal], Awaitable[Response]]:
    async def again(refusal: Refusal) -> Response:
        changed: list[str] = []
        if refusal.stale:
            await reads(request).caught_up("requests")
            changed = [_("此件刚被他人更新，现在的状态见下。")]
        form = ui.Form.again(refusal, expected=None if refusal.stale else expected_version(request), changed=changed)
        return await _one(request, user, request_id, {name: form})

    return again


async def _one(
    request: Request, user: User, request_id: str, forms: Mapping[str, ui.Form], *, fresh: bool = True
) -> Response:
    found = reads(request)
    row = await requests.one(found.pool, request_id)
    if row is None:
        await found.caught_up("requests")
        row = await requests.one(found.pool, request_id)
    if row is None or not may_see(user, row):
        raise HTTPException(404)
    units = await found.directory.unit_names()
    facts = [(s, decode(s.payload)) for s in await found.service.log.stream(domain.stream(request_id))]
    names = await found.directory.person_names(recorded.envelope.actor.person for _s, recorded in facts)
    entries = [await _entry(found, stored, recorded, names, units) for stored, recorded in reversed(facts)]
    text = next(e for e in (recorded.event for _s, recorded in facts) if isinstance(e, RequestRegistered)).text
    active = await found.programme(row["programme"])
    categories = active.pack.category_names() if active else {}
    blank = ui.Form(expected=row["version"])
    view = {
        "row": row,
        "line": await _line(found, row, units),
        "text": await found.text(text),
        "entries": entries,
        "category": " ".join(categories[row["category_hint"]]) if row["category_hint"] in categories else "",
        "urgency": active.pack.urgency_name(row["urgency_hint"]) if active and row["urgency_hint"] else "",
        "programme": active.name if active else "",
        "complained": [units.get(unit, unit) for unit in row["complained"]],
        "forms": {name: forms.get(name, blank).named(name) for name in FORMS},
        "reasons": [(code, _(name)) for code, name in REJECT_REASONS.items()],
        "redirects": [(code, _(name)) for code, name in REDIRECT_REASONS.items()],
        "channels": [(code, _(name)) for code, name in CHANNELS.items() if code not in ("import", "visit")],
        "now": found.now.astimezone(LOCAL).strftime("%Y-%m-%dT%H:%M"),
        "open": row["status"] == "new" and not row["erased"],
        "may_decide": user.has(*roles.DECIDE),
        "may_erase": user.has(*roles.ERASE) and not row["erased"],
        "refused": any(form.refused for form in forms.values()),
        **_late(row, forms),
    }
    return ui.page(request, "request.html", view, fresh=fresh)


def _late(row: Any, forms: Mapping[str, ui.Form]) -> dict[str, Any]:
    """A decision that came too late has no form left on the page: its refusal and its words stand on top."""
    decided = row["status"] != "new" or row["erased"]
    late = next((form for name, form in forms.items() if form.refused and decided and name != "erase"), None)
    words = " ".join(late.value(name) for name in ("note", "answer", "reason", "channel")).strip() if late else ""
    return {"late": late, "late_words": words}


async def _new(request: Request, user: User, form: ui.Form) -> Response:
    found = reads(request)
    active = await found.programme()
    grouped = [
        (group.name, [(leaf.code, leaf.name) for leaf in group.items])
        for group in (active.pack.categories if active else ())
    ]
    units = await found.directory.units()
    view = {
        "form": form,
        "channels": [(code, _(name)) for code, name in CHANNELS.items() if code not in ("import", "visit")],
        "categories": grouped,
        "urgencies": [(u.code, active.pack.urgency_name(u.code)) for u in active.pack.lists.urgency] if active else [],
        "territories": [(unit.unit_id, unit.name) for unit in units if unit.level == "town"],
        "units": [(unit.unit_id, unit.name) for unit in units if unit.level in ("department", "town", "desk")],
        "now": found.now.astimezone(LOCAL).strftime("%Y-%m-%dT%H:%M"),
        "may_accept": user.has(*roles.DECIDE),
    }
    return ui.page(request, "request_new.html", view)


async def _counters(found: Reads, wanted: requests.Filter, kept: Mapping[str, str]) -> list[dict[str, Any]]:
    """How many stand where; a click narrows to them, a second one shows all again."""
    numbers = await requests.counts(found.pool, wanted)
    other = {name: value for name, value in kept.items() if name != "status"}
    signs = {"open": ("waiting", "new"), "accepted": ("green", "accepted"), "answered": ("closed", "answered")}
    signs["rejected"] = ("paused", "rejected")
    return [
        {
            "state": light,
            "label": _(STATUSES[status][0]),
            "hint": "",
            "count": numbers.get(status, 0),
            "href": f"/intake/requests?{urlencode(other if wanted.status == name else {**other, 'status': name})}",
            "current": wanted.status == name,
        }
        for name, (light, status) in signs.items()
    ]


async def _line(found: Reads, row: Any, units: Mapping[str, str]) -> dict[str, Any]:
    """One request as lists show it."""
    words, tone = STATUSES[row["status"]]
    step = STEPS.get(row["step"] or ("opened" if row["case_id"] else ""))
    return {
        "href": f"/intake/requests/{row['request_id']}",
        "title": title_of(row),
        "status": _(words),
        "tone": tone,
        "channel": _(CHANNELS.get(row["channel"], row["channel"])),
        "territory": units.get(row["territory_unit"] or "", ""),
        "unit": units.get(row["lead_unit"] or "", ""),
        "step": _(step[0]) if step else "",
        "step_tone": step[1] if step else "plain",
        "case_href": f"/dispatch/cases/{row['case_id']}" if row["case_id"] else "",
        "received_at": row["received_at"],
        "source_ref": row["source_ref"],
        "confidential": row["confidential"],
    }


async def _entry(
    found: Reads, stored: Any, recorded: Any, names: Mapping[str, str], units: Mapping[str, str]
) -> dict[str, Any]:
    """One event as an entry of the timeline."""
    envelope = recorded.envelope
    words, sign, tone = EVENTS[stored.type]
    actor = envelope.actor
    return {
        "time": stored.time,
        "sign": sign,
        "tone": tone,
        "title": _(words),
        "actor": [names.get(actor.person, _("系统")), units.get(actor.unit, "")],
        "text": await _said(found, recorded.event),
        "version": stored.version,
        "hash": hashlib.sha256(stored.payload).hexdigest(),
        "captured_at": envelope.meta.captured_at,
    }


async def _said(found: Reads, event: Event) -> str:
    match event:
        case RequestAccepted():
            return event.note
        case RequestAnsweredOnSpot():
            return await found.text(event.answer)
        case RequestRejected() | RequestWithdrawn():
            return event.reason
        case RequestRedirected():
            return event.channel
        case PersonalDataErased():
            return event.legal_basis
        case _:
            return ""
