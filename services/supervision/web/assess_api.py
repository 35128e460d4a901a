"""考核 as JSON: the same acts as the pages."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, fresh
from services.chassis.web.inputs import Count
from services.supervision.read import assessments
from services.supervision.web import assess_acts as act
from services.supervision.web.answers import answered, permitted
from services.supervision.web.assess_acts import OnAssessment
from services.supervision.web.assess_behind import things
from services.supervision.web.reads import reads

router = APIRouter(prefix="/supervision/api/assessments", tags=["supervision"])

Name = Annotated[str, Query(max_length=100)]


@router.get("")
async def listed(request: Request, user: CurrentUser, offset: Count = 0) -> dict[str, Any]:
    """Assessments, the latest period first; drafts for those who make them."""
    permitted(user, act.LOOKING)
    await fresh(request, "assessments")
    rows = await assessments.listed(reads(request).pool, drafts=user.has(*act.SEEING_DRAFTS), offset=offset)
    hidden = ("rows", "final_rows", "positions")
    return {"items": [{key: value for key, value in row.items() if key not in hidden} for row in rows]}


@router.post("")
async def score(request: Request, user: CurrentUser, data: act.ScoreInput) -> Response:
    """Compute a table and put it on record; once more while it is a draft."""
    made, outcome = await act.compute(request, user, data)
    return answered(outcome, assessment_id=made)


async def _on(request: Request, user: CurrentUser, assessment_id: str) -> OnAssessment:
    await fresh(request, "assessments")
    return await act.on(request, user, assessment_id)


@router.get("/{assessment_id}")
async def one(request: Request, user: CurrentUser, assessment_id: str) -> dict[str, Any]:
    """One assessment: its table, its appeals, and the positions that it was computed from."""
    x = await _on(request, user, assessment_id)
    row = x.known.row
    return {
        "assessment_id": row.assessment_id,
        "programme": row.programme,
        "kind": row.kind,
        "objects": row.objects,
        "since": row.since,
        "until": row.until,
        "as_of": row.as_of,
        "stage": row.stage,
        "run": row.run,
        "pack_sha256": row.pack_sha256,
        "positions": x.known.positions,
        "appeals_until": row.appeals_until,
        "uses": row.uses,
        "rows": [one.model_dump(mode="json") for one in x.known.rows],
        "appeals": [
            {
                "appeal_id": filed.appeal_id,
                "object": filed.object,
                "reason": filed.reason,
                "upheld": filed.upheld,
                "ruling": filed.ruling,
                "adjustments": [one.model_dump(mode="json") for one in points],
            }
            for filed, points in x.known.appeals
        ],
    }


@router.get("/{assessment_id}/check")
async def check(request: Request, user: CurrentUser, assessment_id: str) -> dict[str, bool]:
    """Whether the table computed again at its positions is the one on record."""
    return {"same": await act.same_again(await _on(request, user, assessment_id))}


@router.get("/{assessment_id}/behind")
async def behind(
    request: Request,
    user: CurrentUser,
    assessment_id: str,
    object: Name,
    kind: Literal["kpi", "bonus", "deduct"] = "kpi",
    item: Name = "",
) -> dict[str, Any]:
    """What is behind one number of one object."""
    _scope, found = await things(await _on(request, user, assessment_id), object, kind, item)
    return {
        "items": [
            {"ref": one.ref, "case_id": one.case_id, "code": one.code, "counted": float(one.counted)} for one in found
        ]
    }


@router.post("/{assessment_id}/publish")
async def publish(request: Request, user: CurrentUser, assessment_id: str) -> Response:
    """Show it to those assessed."""
    return answered(await act.publish(await _on(request, user, assessment_id)))


@router.post("/{assessment_id}/appeals")
async def appeal(request: Request, user: CurrentUser, assessment_id: str, data: act.AppealInput) -> Response:
    """An object disagrees with its row."""
    made, outcome = await act.appeal(await _on(request, user, assessment_id), data)
    return answered(outcome, appeal_id=made)


@router.post("/{assessment_id}/appeals/{appeal_id}/ruling")
async def rule(
    request: Request, user: CurrentUser, assessment_id: str, appeal_id: str, data: act.RuleInput
) -> Response:
    """Somebody else rules."""
    return answered(await act.rule(await _on(request, user, assessment_id), appeal_id, data))


@router.post("/{assessment_id}/finalise")
async def finalise(request: Request, user: CurrentUser, assessment_id: str) -> Response:
    """What is used from now on."""
    return answered(await act.finalise(await _on(request, user, assessment_id)))
