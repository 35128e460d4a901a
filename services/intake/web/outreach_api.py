"""The JSON API of pairs and activities."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import User, fresh, require
from services.chassis.web.commands import POSITION_HEADER
from services.chassis.web.inputs import Count
from services.intake.read import outreach
from services.intake.web import activity_acts, activity_pages, pairing_acts, roles
from services.intake.web.api import answered
from services.intake.web.outreach_inputs import (
    ActivityInput,
    CardInput,
    EndInput,
    PairingInput,
    PairingsInput,
    WithdrawnInput,
)
from services.intake.web.reads import reads

router = APIRouter(prefix="/intake/api", tags=["intake"])
Pairer = Annotated[User, Depends(require(*roles.PAIR_ALL, *roles.PAIR_UNIT))]
Doer = Annotated[User, Depends(require(*roles.VISIT, *roles.PAIR_ALL))]
Looker = Annotated[User, Depends(require(*roles.OUTREACH))]


@router.post("/pairings")
async def post_pairing(request: Request, user: Pairer, data: PairingInput) -> Response:
    """One pair; the pack's row says who, with whom, and how many at most."""
    pairing_id, outcome = await pairing_acts.establish(request, user, data)
    return answered(outcome, {"pairing_id": pairing_id})


@router.post("/pairings:batch")
async def post_pairings(request: Request, user: Pairer, data: PairingsInput) -> Response:
    """A list of pairs; every row is answered for, and the same list again changes nothing."""
    answers, token = await pairing_acts.take(request, user, data)
    return JSONResponse({"rows": answers}, headers={POSITION_HEADER: token} if token else None)


@router.post("/pairings/{pairing_id}/card")
async def post_card(request: Request, user: Doer, pairing_id: str, data: CardInput) -> Response:
    """联系卡 was handed over."""
    return answered(await pairing_acts.issue_card(request, user, pairing_id, data), {"pairing_id": pairing_id})


@router.post("/pairings/{pairing_id}/end")
async def post_end(request: Request, user: Pairer, pairing_id: str, data: EndInput) -> Response:
    """It is a pair no more."""
    return answered(await pairing_acts.end(request, user, pairing_id, data), {"pairing_id": pairing_id})


@router.get("/pairings")
async def get_pairings(
    request: Request,
    user: Looker,
    programme: str | None = None,
    kind: str | None = None,
    owner: str | None = None,
    offset: Count = 0,
    limit: Annotated[int, Query(ge=1, le=outreach.PAGE)] = outreach.PAGE,
) -> dict[str, Any]:
    """Pairs that stand: one's own, or anybody's for who looks after them; `total` tells how many there are in all."""
    await fresh(request, "pairings", "programmes")
    found = reads(request)
    active = await found.active(programme)
    if not user.has(*roles.OUTREACH_ALL):
        owner = user.person_id
    about = (active.programme_id, kind, owner, pairing_acts.today(found))
    rows = await outreach.pairs(found.pool, *about, limit, offset)
    total = await outreach.pairs_count(found.pool, *about)
    shown = ("pairing_id", "kind", "owner", "target", "target_kind", "since", "until", "basis", "card_on")
    return {"items": [{name: row[name] for name in shown} for row in rows], "offset": offset, "total": total}


@router.post("/activities")
async def post_activity(request: Request, user: Doer, data: ActivityInput) -> Response:
    """Something was done, or a paper written."""
    activity_id, outcome = await activity_acts.record(request, user, data)
    return answered(outcome, {"activity_id": activity_id})


@router.post("/activities/{activity_id}/withdraw")
async def post_withdraw(request: Request, user: Doer, activity_id: str, data: WithdrawnInput) -> Response:
    """It was entered by mistake."""
    return answered(await activity_acts.withdraw(request, user, activity_id, data), {"activity_id": activity_id})


@router.get("/activities/{activity_id}")
async def get_activity(request: Request, user: Looker, activity_id: str) -> dict[str, Any]:
    """One of them."""
    await fresh(request, "activities")
    row = await outreach.activity(reads(request).pool, activity_id)
    if row is None or not activity_pages.may_see(user, row):
        raise HTTPException(404)
    return {name: value for name, value in row.items() if not name.endswith("position")}
