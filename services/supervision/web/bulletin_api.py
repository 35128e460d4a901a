"""The JSON API of 通报: the list, one notice, what the packs propose, issuing and withdrawing."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, fresh
from services.chassis.web.inputs import Count
from services.supervision.domain.bulletin import Kind
from services.supervision.read import bulletin_proposals, bulletins
from services.supervision.web import bulletin_acts as acts
from services.supervision.web.answers import answered
from services.supervision.web.bulletin_list import PROPOSED_FROM, visible_rows
from services.supervision.web.reads import reads

router = APIRouter(prefix="/supervision/api", tags=["supervision"])
Id = Annotated[str, Path(max_length=100)]


@router.get("/bulletins")
async def listed(
    request: Request,
    user: CurrentUser,
    programme: str | None = None,
    kind: Kind | None = None,
    target: str | None = None,
    state: Literal["standing", "withdrawn"] | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = bulletins.PAGE,
    offset: Count = 0,
) -> dict[str, Any]:
    """Notices, the newest first; those who are named see their own."""
    await fresh(request, "bulletins")
    rows, _all = await visible_rows(request, user, bulletins.Narrowed(programme, kind, target, state), limit, offset)
    return {"items": rows}


@router.get("/bulletin-proposals")
async def proposals(request: Request, user: CurrentUser) -> dict[str, Any]:
    """What the packs propose to those who may issue; nothing is issued by rule."""
    await fresh(request, "bulletins", *PROPOSED_FROM)
    found = reads(request)
    return {
        "items": [
            one
            for active in await acts.may_issue(found, user)
            for one in await bulletin_proposals.proposals(found.pool, active.pack, found.now)
        ]
    }


@router.post("/bulletin-proposals/decline")
async def decline(request: Request, user: CurrentUser, data: acts.DeclineInput) -> Response:
    """No notice on what a pack proposes; later facts may propose it again."""
    return answered(await acts.decline(request, user, data))


@router.post("/bulletins")
async def issue(request: Request, user: CurrentUser, data: acts.IssueInput) -> Response:
    """Issue a notice on grounds that the pack names."""
    bulletin_id, outcome = await acts.issue(request, user, data)
    return answered(outcome, bulletin_id=bulletin_id)


@router.get("/bulletins/{bulletin_id}")
async def bulletin(request: Request, user: CurrentUser, bulletin_id: Id) -> dict[str, Any]:
    """One notice with its grounds."""
    await fresh(request, "bulletins")
    return (await acts.on_bulletin(request, user, bulletin_id)).row


@router.post("/bulletins/{bulletin_id}/withdraw")
async def withdraw(request: Request, user: CurrentUser, bulletin_id: Id, data: acts.WithdrawInput) -> Response:
    """It should not have been issued; it stays on record."""
    x = await acts.on_bulletin(request, user, bulletin_id)
    return answered(await acts.withdraw(x, data), bulletin_id=bulletin_id)
