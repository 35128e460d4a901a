"""The JSON API of the rhythm: slots with what came of them, and meetings."""

import json
from typing import Any

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, fresh, require
from services.chassis.web.inputs import Count
from services.supervision.read import rhythms
from services.supervision.web import rhythm_acts as act
from services.supervision.web.acts import SEEING
from services.supervision.web.answers import answered
from services.supervision.web.meeting_outcomes import READ as OUTCOME_READ
from services.supervision.web.meeting_outcomes import outcome, outcomes_of
from services.supervision.web.reads import reads

router = APIRouter(prefix="/supervision/api", tags=["supervision"])
MAY_SEE = Depends(require(*SEEING))


@router.get("/cadence", dependencies=[MAY_SEE])
async def cadence(request: Request, programme: str) -> dict[str, Any]:
    """Every slot of a programme that has begun to be due, by unit: fulfilled, late, missed, or neither yet."""
    await fresh(request, "rhythm_board", "role_holders", "course")
    found = reads(request)
    slots = await rhythms.slots_until(found.pool, found.programmes, programme, found.now + rhythms.AHEAD)
    known = await rhythms.outcomes(found.pool, programme)
    held = await rhythms.holders(found.pool)
    items = []
    for one in rhythms.all_owed(programme, slots, held):
        row = known.get(one.of.slot_id)
        shown = {"slot_id": one.of.slot_id, "cadence": one.of.cadence_id, "slot": one.of.slot, "owner": one.of.owner}
        shown |= {"due": one.of.due, "fulfilled_at": row["fulfilled_at"] if row else None}
        shown |= {"late": bool(row and row["late"]), "ref": row["ref"] if row else None}
        items.append({**shown, "missed_due": row["missed_due"] if row else None})
    return {"items": items, "now": found.now}


@router.post("/meetings")
async def hold(request: Request, user: CurrentUser, data: act.MeetingInput) -> Response:
    """A meeting that was held; it fulfils at most one slot."""
    return answered(await act.hold(request, user, data), meeting_id=act.meeting_id_of(request))


@router.get("/meetings", dependencies=[MAY_SEE])
async def meetings(request: Request, programme: str | None = None, offset: Count = 0) -> dict[str, Any]:
    """Meetings, the latest first."""
    await fresh(request, "rhythm_board")
    return {"items": [_shown(row) for row in await rhythms.meetings(reads(request).pool, programme, offset)]}


@router.get("/meetings/{meeting_id}", dependencies=[MAY_SEE])
async def meeting(request: Request, meeting_id: str) -> dict[str, Any]:
    """One meeting with what groups brought, what was decided, and the order that carries each decision out."""
    await fresh(request, *OUTCOME_READ)
    found = reads(request)
    row = await rhythms.meeting(found.pool, meeting_id)
    if row is None:
        raise HTTPException(404)
    shown, known = _shown(row), await outcomes_of(found, [meeting_id])
    for decision in shown["decisions"]:
        came = outcome(known, meeting_id, decision)
        decision |= {"outcome": came.code, "order_id": came.order_id}
    return shown


def _shown(row: Any) -> dict[str, Any]:
    read = {"group_reports": json.loads(row["group_reports"]), "decisions": json.loads(row["decisions"])}
    return {**dict(row), **read}
