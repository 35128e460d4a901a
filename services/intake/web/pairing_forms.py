"""结对联系: the form of a new pair, and the page of one pair with what may be done about it."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contracts.pack import Pairing
from services import ui
from services.chassis.web import Refusal, User, fresh, read_form, see_other
from services.intake.read import outreach
from services.intake.web import pairing_acts as act
from services.intake.web import roles
from services.intake.web.outreach_inputs import CardInput, EndInput, PairingInput
from services.intake.web.pairing_pages import READ, Asked, Looker, bounds, names_of, overseen, owing, target_names
from services.intake.web.reads import Reads, reads
from services.reference.ledger import midnight
from services.reference.members import members
from services.reference.owed import owners
from services.reference.programmes import ActivePack

router = APIRouter(prefix="/intake", include_in_schema=False)


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
    names = await names_of(found, [one.id for one in asked])
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
        names = await names_of(found, [one.id for one in asked])
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
    over = overseen(user)
    if one["owner"] != user.person_id and over not in ("", unit):
        raise HTTPException(404)
    active = await found.active(one["programme"])
    row = next((row for row in active.pack.lists.pairing if row.kind == one["kind"]), None)
    names = await names_of(found, [one["owner"]])
    targets = await target_names(found, [one], meets=user.has(*roles.MEETS))
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
