"""The JSON API: programmes, follow-ups and clocks."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, fresh, require
from services.chassis.web.inputs import Count
from services.supervision.read import clock_questions, queries
from services.supervision.web import acts
from services.supervision.web.answers import answered
from services.supervision.web.answers import permitted as permitted
from services.supervision.web.reads import reads

router = APIRouter(prefix="/supervision/api", tags=["supervision"])
MAY_SEE = Depends(require(*acts.SEEING))
FollowUpId = Annotated[str, Path(max_length=200)]


@router.post("/programmes")
async def activate(request: Request, user: CurrentUser) -> Response:
    """Put the pack in the body (TOML) in force."""
    role = permitted(user, acts.ACTIVATING)
    pack, outcome = await acts.activate(request, user, role, await request.body())
    return answered(outcome, programme=pack.programme.id, sha256=pack.sha256)


@router.get("/programmes", dependencies=[MAY_SEE])
async def programmes(request: Request) -> dict[str, Any]:
    """The newest version of every programme."""
    await fresh(request, "programmes")
    found = await reads(request).programmes.all()
    return {
        "items": [
            {
                "programme": one.programme_id,
                "name": one.name,
                "pack_version": one.pack_version,
                "sha256": one.sha256,
                "effective_from": one.effective_from,
            }
            for one in found
        ]
    }


@router.get("/followups", dependencies=[MAY_SEE])
async def followups(
    request: Request,
    state: Literal["due", "done"] = "due",
    programme: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = queries.PAGE,
    offset: Count = 0,
) -> dict[str, Any]:
    """What is still to be asked, or what was heard. No words of citizens and no names."""
    await fresh(request, "followup_queue")
    rows = await queries.followups(reads(request).pool, state, programme=programme, limit=limit, offset=offset)
    hidden = {"title", "text", "key_id"}
    return {"items": [{key: value for key, value in row.items() if key not in hidden} for row in rows]}


@router.post("/followups/{followup_id}/attempt")
async def attempt(request: Request, user: CurrentUser, followup_id: FollowUpId, data: acts.AttemptInput) -> Response:
    """Nobody answered."""
    outcome = await acts.attempt(await acts.as_reviewer(request, user, followup_id), data)
    return answered(outcome, followup_id=followup_id)


@router.post("/followups/{followup_id}/conduct")
async def conduct(request: Request, user: CurrentUser, followup_id: FollowUpId, data: acts.ConductInput) -> Response:
    """What the requester said."""
    outcome = await acts.conduct(await acts.as_reviewer(request, user, followup_id), data)
    verdict = next((event.verdict for event in outcome.events if hasattr(event, "verdict")), None)
    return answered(outcome, followup_id=followup_id, verdict=verdict)


@router.get("/clocks", dependencies=[MAY_SEE])
async def clocks(
    request: Request,
    unit: str | None = None,
    kind: str | None = None,
    case_id: str | None = None,
    overdue: bool = False,
    limit: Annotated[int, Query(ge=1, le=500)] = queries.PAGE,
) -> dict[str, Any]:
    """Open clocks by due instant; breached ones first."""
    await fresh(request, "clock_board")
    found = reads(request)
    rows = await clock_questions.clocks(
        found.pool, unit=unit, kind=kind, case_id=case_id, overdue_at=found.now if overdue else None, limit=limit
    )
    return {"items": [dict(row) for row in rows], "now": found.now}
