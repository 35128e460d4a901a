"""结对联系: whom one is paired with, everybody's numbers for those who look after it, and the forms of one pair."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contracts.pack import Pairing
from services import ui
from services.chassis.clock import LOCAL
from services.chassis.web import Refusal, User, fresh, read_form, require, see_other
from services.chassis.web.inputs import Count
from services.intake.read import outreach
from services.intake.web import pairing_acts as act
from services.intake.web import roles
from services.intake.web.outreach_inputs import CardInput, EndInput, PairingInput
from services.intake.web.reads import Reads, reads
from services.reference.members import members
from services.reference.owed import Owner, midnight, owners
from services.reference.programmes import ActivePack
from services.ui.i18n import gettext as _

router = APIRouter(prefix="/intake", include_in_schema=False)
Looker = Annotated[User, Depends(require(*roles.OUTREACH))]
Asked = Annotated[str, Query(max_length=100)]
SHOWN = 100
"""Owners on one page."""

READ = ("pairings", "subjects", "persons", "units", "programmes")


@router.get("/pairings")
async def pairings(
    request: Request,
    user: Looker,
    programme: Asked = "",
    kind: Asked = "",
    unit: Asked = "",
    owner: Asked = "",
    offset: Count = 0,
) -> Response:
    """One's own pairs; the numbers of all, or the pairs of one of them, for who looks after it."""
    shown = await fresh(request, *READ)
    found = reads(request)
    active = await found.programme(programme or None)
    rows = act.rows(active.pack) if active else []
    if active is None or not rows:
        return ui.page(request, "pairings.html", _empty(user), fresh=shown)
    row = next((one.row for one in rows if one.row.kind == kind), rows[0].row)
    over = _overseen(user)
    wanted = owner if over is not None and owner else "" if over is not None else user.person_id
    if over and wanted and wanted != user.person_id and await act.unit_of(found, row.per, wanted) != over:
        raise HTTPException(404)
    view = _empty(user) | {
        "programme": active.programme_id,
        "kinds": [(one.row.kind, one.row.name or one.row.kind) for one in rows],
        "kind": row.kind,
        "bounds": bounds(row),
        "rule": row.rule or "",
        "may_pair": user.has(*roles.PAIR_ALL, *roles.PAIR_UNIT),
        "overseeing": over is not None,
    }
    if wanted:
        names = await _names(found, [wanted])
        pairs = await outreach.pairs(found.pool, active.programme_id, row.kind, wanted, act.today(found))
        meets = user.has(*roles.MEETS)
        targets = await _target_names(found, pairs, meets=meets)
        shown_rows = [_pair(one, row, targets, meets=meets) for one in pairs]
        view |= {"owner": wanted, "owner_name": names[wanted], "rows": shown_rows}
        view |= {"n": len(pairs)}
    elif over is not None:
        view |= await _owners(found, active, row, over, unit, offset)
    return ui.page(request, "pairings.html", view, fresh=shown)


def _empty(user: User) -> dict[str, Any]:
    return {
        "programme": "",
        "kinds": [],
        "kind": "",
        "bounds": "",
        "rule": "",
        "may_pair": False,
        "overseeing": False,
        "owner": "",
        "owner_name": "",
        "rows": [],
        "n": 0,
        "units": [],
        "unit": "",
        "total": 0,
        "within": 0,
        "previous": None,
        "next": None,
    }


def _overseen(user: User) -> str | None:
    """Whose pairs somebody looks after: all ("") or a unit's; None for those who have only their own."""
    if user.has(*roles.OUTREACH_ALL):
        return ""
    return user.unit_id if user.has(*roles.PAIR_UNIT) else None


async def _owners(found: Reads, active: ActivePack, row: Pairing, over: str, unit: str, offset: int) -> dict[str, Any]:
    """Everybody who owes pairs of this kind with how many there are."""
    asked = await owing(found, active, row)
    units = sorted({one.unit for one in asked})
    wanted = over or unit
    listed = [one for one in asked if not wanted or one.unit == wanted]
    counts = await outreach.counts(found.pool, active.programme_id, act.today(found))
    numbers = {one: counts.get((row.kind, one.id), (0, 0)) for one in listed}
    page = listed[offset : offset + SHOWN]
    names = await _names(found, [one.id for one in page])
    unit_names = await found.directory.unit_names()
    here = f"/intake/pairings?programme={active.programme_id}&kind={row.kind}&unit={wanted}&offset="
    return {
        "rows": [_owner(one, row, numbers[one], names, unit_names, active.programme_id) for one in page],
        "units": [] if over else [("", _("全部单位")), *((one, unit_names.get(one, one)) for one in units)],
        "unit": wanted,
        "total": len(listed),
        "within": sum(within(row, n) for n, _cards in numbers.values()),
        "previous": f"{here}{max(0, offset - SHOWN)}" if offset else None,
        "next": f"{here}{offset + SHOWN}" if offset + SHOWN < len(listed) else None,
    }


async def owing(found: Reads, active: ActivePack, row: Pairing) -> list[Owner]:
    """Who owes pairs of this kind today."""
    at = midnight(act.today(found) + timedelta(days=1))
    return owners(active.pack, row.from_, row.per, await members(found.pool), at)


def within(row: Pairing, n: int) -> bool:
    return (row.min or 0) <= n and (row.max is None or n <= row.max)


def _tone(row: Pairing, n: int) -> str:
    return "good" if within(row, n) else "warn"


def bounds(row: Pairing) -> str:
    """How many are owed, in words."""
    match row.min, row.max:
        case None | 0, None:
            return ""
        case least, None:
            return _("至少 %(least)s 个", least=least)
        case None | 0, most:
            return _("至多 %(most)s 个", most=most)
        case least, most:
            return _("%(least)s 至 %(most)s 个", least=least, most=most)


def _owner(
    one: Owner,
    row: Pairing,
    counted: tuple[int, int],
    names: Mapping[str, str],
    units: Mapping[str, str],
    programme: str,
) -> dict[str, Any]:
    n, cards = counted
    return {
        "href": f"/intake/pairings?programme={programme}&kind={row.kind}&owner={one.id}",
        "sign": "user" if one.kind == "person" else "building",
        "tone": _tone(row, n),
        "title": names[one.id],
        "chips": [(_("已结对 %(n)s 个", n=n), _tone(row, n))],
        "meta": [units.get(one.unit, one.unit), _("联系卡 %(n)s 张", n=cards) if row.card else ""],
    }


def _pair(one: Any, row: Pairing, targets: Mapping[str, str], *, meets: bool) -> dict[str, Any]:
    chips = []
    if row.card:
        chips = [(_("已发联系卡"), "good") if one["card_on"] else (_("未发联系卡"), "warn")]
    visited = one["visited_at"]
    return {
        "href": f"/intake/pairings/{one['pairing_id']}",
        "sign": "home-heart" if one["target_kind"] == "subject" else "users",
        "tone": "info",
        "title": targets[one["target"]],
        "chips": chips,
        "meta": [
            _("自 %(day)s", day=one["since"].isoformat()),
            (one["address"] or "") if meets else "",
            _("上次 %(day)s", day=visited.astimezone(LOCAL).strftime("%m-%d")) if visited else "",
        ],
    }


async def _names(found: Reads, ids: Sequence[str]) -> dict[str, str]:
    """Persons' and units' names; who is unknown stands under their id."""
    known = {**await found.directory.unit_names(), **await found.directory.person_names(ids)}
    return {one: known.get(one, one) for one in ids}


async def _target_names(found: Reads, pairs: Sequence[Any], *, meets: bool) -> dict[str, str]:
    """Officials and units by name; households only for those who meet them."""
    names = await _names(found, [one["target"] for one in pairs])
    return names | {one["target"]: one["name"] for one in pairs if one["name"] and meets}


@router.get("/pairings/new")
async def pairing_form(
    request: Request, user: Looker, programme: Asked = "", kind: Asked = "", owner: Asked = "", q: Asked = ""
) -> Response:
    """Who with whom; the targets of a place or a name are asked for first."""
    await fresh(request, *READ)
    return await _form(request, user, programme, kind, owner, q, ui.Form(key="new"))


@router.post("/pairings/new")
async def establish(request: Request, user: Looker) -> Response:
    typed = await request.form()
    programme, kind, owner, q = (str(typed.get(name, "")) for name in ("programme", "kind", "owner", "q"))

    async def again(refusal: Refusal) -> Response:
        return await _form(request, user, programme, kind, owner, q, ui.Form.again(refusal).named("new"))

    data = await read_form(request, _PairingForm, again)
    _pairing_id, outcome = await act.establish(request, user, data)
    return see_other(outcome, f"/intake/pairings?programme={programme}&kind={data.kind}&owner={data.owner}")


class _PairingForm(PairingInput):
    """With what was searched for."""

    q: Annotated[str, Query(max_length=100)] = ""


async def _form(request: Request, user: User, programme: str, kind: str, owner: str, q: str, form: ui.Form) -> Response:
    if not user.has(*roles.PAIR_ALL, *roles.PAIR_UNIT):
        act.permitted(user, "")
    found = reads(request)
    active = await found.programme(programme or None)
    rows = act.rows(active.pack) if active else []
    if active is None or not rows:
        raise HTTPException(404)
    row = next((one.row for one in rows if one.row.kind == kind), rows[0].row)
    asked = await owing(found, active, row)
    if not user.has(*roles.PAIR_ALL):
        asked = [one for one in asked if one.unit == user.unit_id]
    names = await _names(found, [one.id for one in asked])
    chosen = owner if owner in names else ""
    place = next((one.unit for one in asked if one.id == chosen), None)
    view = {
        "form": form,
        "programme": active.programme_id,
        "kinds": [(one.row.kind, one.row.name or one.row.kind) for one in rows],
        "kind": row.kind,
        "bounds": bounds(row),
        "owners": [(one.id, names[one.id]) for one in asked],
        "owner": chosen,
        "q": q,
        "targets": await _targets(found, active, row, q.strip(), place),
        "searched": act.target_kind(active.pack, row) == "subject",
        "bases": [(word, word) for word in row.basis],
        "today": act.today(found).isoformat(),
        "back": f"/intake/pairings?programme={active.programme_id}&kind={row.kind}",
    }
    return ui.page(request, "pairing_new.html", view)


async def _targets(found: Reads, active: ActivePack, row: Pairing, q: str, place: str | None) -> list[tuple[str, str]]:
    """Whom one may be paired with: those searched for, else those of the owner's place, else the first of all."""
    if act.target_kind(active.pack, row) != "subject":
        at = midnight(act.today(found) + timedelta(days=1))
        asked = owners(active.pack, row.to, "unit" if row.to_units else "person", await members(found.pool), at)
        names = await _names(found, [one.id for one in asked])
        units = await found.directory.unit_names()
        return [
            (one.id, names[one.id] if one.kind == "unit" else f"{names[one.id]}（{units.get(one.unit, one.unit)}）")
            for one in asked
        ]
    kinds, tags = act.subjects_of(active.pack, row)
    listed = await outreach.candidates(found.pool, kinds, tags, None if q else place, q)
    listed = listed or await outreach.candidates(found.pool, kinds, tags, None, q)
    return [(one["subject_id"], " ".join(part for part in (one["name"], one["address"]) if part)) for one in listed]


@router.get("/pairings/{pairing_id}")
async def pairing(request: Request, user: Looker, pairing_id: str) -> Response:
    """One pair: since when, on what it rests, its card; and what may be done about it."""
    shown = await fresh(request, *READ)
    return await _page(request, user, pairing_id, ui.Form(), shown)


@router.post("/pairings/{pairing_id}/card")
async def card(request: Request, user: Looker, pairing_id: str) -> Response:
    async def again(refusal: Refusal) -> Response:
        return await _page(request, user, pairing_id, ui.Form.again(refusal).named("card"))

    data = await read_form(request, CardInput, again)
    return see_other(await act.issue_card(request, user, pairing_id, data), f"/intake/pairings/{pairing_id}")


@router.post("/pairings/{pairing_id}/end")
async def end(request: Request, user: Looker, pairing_id: str) -> Response:
    async def again(refusal: Refusal) -> Response:
        return await _page(request, user, pairing_id, ui.Form.again(refusal).named("end"))

    data = await read_form(request, EndInput, again)
    return see_other(await act.end(request, user, pairing_id, data), f"/intake/pairings/{pairing_id}")


async def _page(request: Request, user: User, pairing_id: str, form: ui.Form, shown: bool = True) -> Response:
    found = reads(request)
    one = await outreach.pair(found.pool, pairing_id)
    if one is None:
        raise HTTPException(404)
    unit = await act.unit_of(found, one["owner_kind"], one["owner"])
    over = _overseen(user)
    if one["owner"] != user.person_id and over not in ("", unit):
        raise HTTPException(404)
    active = await found.active(one["programme"])
    row = next((row for row in active.pack.lists.pairing if row.kind == one["kind"]), None)
    names = await _names(found, [one["owner"]])
    targets = await _target_names(found, [one], meets=user.has(*roles.MEETS))
    leads = user.has(*roles.PAIR_ALL) or (user.has(*roles.PAIR_UNIT) and unit == user.unit_id)
    stands = one["until"] is None
    view = {
        "form": form,
        "blank": ui.Form(),
        "pair": one,
        "owner_name": names[one["owner"]],
        "target_name": targets[one["target"]],
        "kind_name": (row.name if row else None) or one["kind"],
        "has_cards": row is not None and row.card,
        "may_issue": stands
        and row is not None
        and row.card
        and not one["card_on"]
        and (leads or one["owner"] == user.person_id),
        "may_end": stands and leads,
        "visit": f"/intake/visits/new?subject={one['target']}" if stands and one["target_kind"] == "subject" else "",
        "today": act.today(found).isoformat(),
        "back": f"/intake/pairings?programme={one['programme']}&kind={one['kind']}&owner={one['owner']}",
    }
    return ui.page(request, "pairing.html", view, fresh=shown)
