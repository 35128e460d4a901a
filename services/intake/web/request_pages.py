"""The inbox of requests, one request with what may be done about it, and the form for a new one."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contracts.codec import decode
from contracts.intake import RequestRegistered
from services import ui
from services.chassis.clock import LOCAL
from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.web import (
    CurrentUser,
    Forbidden,
    Refusal,
    User,
    expected_version,
    fresh,
    read_form,
    require,
    see_other,
)
from services.intake.domain import request as domain
from services.intake.read import requests
from services.intake.web import erasing, filing, roles
from services.intake.web.api import may_see, mine_of
from services.intake.web.inputs import (
    AcceptInput,
    AnswerInput,
    EraseInput,
    Input,
    RedirectInput,
    RejectInput,
    RequestForm,
    SupplementInput,
    WithdrawInput,
)
from services.intake.web.labels import REDIRECT_REASONS, REJECT_REASONS, STATUSES, STEPS
from services.intake.web.reads import Reads, reads
from services.intake.web.request_telling import entry, line
from services.reference.words import CHANNELS
from services.ui.i18n import gettext as _

router = APIRouter(prefix="/intake", include_in_schema=False)
Reader = Annotated[User, Depends(require(*roles.SEE))]
Registrar = Annotated[User, Depends(require(*roles.REGISTER))]
PER_PAGE = 50
Act = Literal["accept", "answer", "reject", "redirect", "withdraw", "supplement", "erase"]
Perform = Callable[[Request, User, str, Any], Awaitable[Outcome]]
ACTS: dict[str, tuple[tuple[str, ...], type[Input], Perform]] = {
    "accept": (roles.DECIDE, AcceptInput, filing.accept),
    "answer": (roles.DECIDE, AnswerInput, filing.answer),
    "reject": (roles.DECIDE, RejectInput, filing.reject),
    "redirect": (roles.DECIDE, RedirectInput, filing.redirect),
    "withdraw": (roles.DECIDE, WithdrawInput, filing.withdraw),
    "supplement": (roles.SUPPLEMENT, SupplementInput, filing.supplement),
    "erase": (roles.ERASE, EraseInput, erasing.erase),
}
"""What may be done about one request, by the name in its address: who may, what the form holds, what is done."""


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
        "rows": [await line(found, row, units) for row in rows],
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


@router.post("/requests/{request_id}/{act}")
async def act_on_request(request: Request, user: CurrentUser, request_id: str, act: Act) -> Response:
    """Whatever may be done about one request; what was typed comes back with a refusal."""
    allowed, model, perform = ACTS[act]
    if not user.has(*allowed):
        raise Forbidden(allowed)
    row = await requests.one(reads(request).pool, request_id)
    if row is not None and not may_see(user, row):
        raise HTTPException(404)
    data = await read_form(request, model, _again(request, user, request_id, act))
    return see_other(await perform(request, user, request_id, data), f"/intake/requests/{request_id}")


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
    entries = [await entry(found, stored, recorded, names, units) for stored, recorded in reversed(facts)]
    text = next(e for e in (recorded.event for _s, recorded in facts) if isinstance(e, RequestRegistered)).text
    active = await found.programme(row["programme"])
    categories = active.pack.category_names() if active else {}
    blank = ui.Form(expected=row["version"])
    view = {
        "row": row,
        "line": await line(found, row, units),
        "text": await found.text(text),
        "entries": entries,
        "category": " ".join(categories[row["category_hint"]]) if row["category_hint"] in categories else "",
        "urgency": active.pack.urgency_name(row["urgency_hint"]) if active and row["urgency_hint"] else "",
        "programme": active.name if active else "",
        "complained": [units.get(unit, unit) for unit in row["complained"]],
        "forms": {name: forms.get(name, blank).named(name) for name in ACTS},
        "reasons": [(code, _(name)) for code, name in REJECT_REASONS.items()],
        "redirects": [(code, _(name)) for code, name in REDIRECT_REASONS.items()],
        "channels": [(code, _(name)) for code, name in CHANNELS.items() if code not in ("import", "visit")],
        "now": found.now.astimezone(LOCAL).strftime("%Y-%m-%dT%H:%M"),
        "open": row["status"] == "new" and not row["erased"],
        "may_decide": user.has(*roles.DECIDE),
        "may_supplement": user.has(*roles.SUPPLEMENT) and row["status"] in ("accepted", "linked") and not row["erased"],
        "missing": row["missing"] if row["step"] == "sent-back" else "",
        "may_erase": user.has(*roles.ERASE) and not row["erased"],
        "refused": any(form.refused for form in forms.values()),
        **_late(row, forms),
    }
    return ui.page(request, "request.html", view, fresh=fresh)


def _late(row: Any, forms: Mapping[str, ui.Form]) -> dict[str, Any]:
    """A decision that came too late has no form left on the page: its refusal and its words stand on top."""
    decided = row["status"] != "new" or row["erased"]
    lasting = ("erase", "supplement")
    late = next((form for name, form in forms.items() if form.refused and decided and name not in lasting), None)
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
    asked = await requests.sent_back(found.pool, wanted)
    more = [_sent_back(asked, wanted, other)] if asked or wanted.status == requests.SENT_BACK else []
    return more + [
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


def _sent_back(count: int, wanted: requests.Filter, other: Mapping[str, str]) -> dict[str, Any]:
    """What the desk asks for stands first while there is any."""
    current = wanted.status == requests.SENT_BACK
    return {
        "state": "yellow",
        "label": _(STEPS["sent-back"][0]),
        "hint": _("派单席退回"),
        "count": count,
        "href": f"/intake/requests?{urlencode(other if current else {**other, 'status': requests.SENT_BACK})}",
        "current": current,
    }
