"""The JSON API of the ladder: slips, interviews, rectifications, referrals."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, fresh, require
from services.chassis.web.inputs import Count
from services.supervision.read import ladder_questions as questions
from services.supervision.web import ladder_acts as acts
from services.supervision.web import measure_acts as measures
from services.supervision.web.answers import answered, permitted
from services.supervision.web.reads import reads

router = APIRouter(prefix="/supervision/api", tags=["supervision"])
Id = Annotated[str, Path(max_length=100)]
State = Literal["open", "replied", "late", "living", "closed"]
MAY_SEE_RESTRICTED = Depends(require(*measures.RESTRICTED))
HIDDEN = frozenset({"title"})


@router.get("/notices")
async def notices(
    request: Request,
    user: CurrentUser,
    programme: str | None = None,
    unit: str | None = None,
    level: str | None = None,
    state: State | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = questions.PAGE,
    offset: Count = 0,
) -> dict[str, Any]:
    """督办台账; a unit sees its own."""
    permitted(user, (*acts.SEEING_ALL, *acts.SEEING_OWN))
    await fresh(request, "notice_board", "notice_number")
    found = reads(request)
    own = unit if user.has(*acts.SEEING_ALL) else user.unit_id
    rows = await questions.notices(
        found.pool, questions.Narrowed(programme, own, level, state), found.now, limit=limit, offset=offset
    )
    return {"items": [{key: value for key, value in row.items() if key not in HIDDEN} for row in rows]}


@router.post("/notices")
async def issue(request: Request, user: CurrentUser, data: acts.IssueInput) -> Response:
    """Issue a slip: one matter, one slip."""
    notice_id, outcome = await acts.issue(request, user, permitted(user, acts.ISSUING), data)
    return answered(outcome, notice_id=notice_id)


@router.post("/notices/{notice_id}/reply")
async def reply(request: Request, user: CurrentUser, notice_id: Id, data: acts.ReplyInput) -> Response:
    """The unit answers."""
    x = await acts.on_notice(request, user, permitted(user, acts.REPLYING), notice_id)
    return answered(await acts.reply(x, data), notice_id=notice_id)


@router.post("/notices/{notice_id}/verify")
async def verify(request: Request, user: CurrentUser, notice_id: Id, data: acts.VerifyInput) -> Response:
    """It holds and is closed, or it does not and rises."""
    x = await acts.on_notice(request, user, permitted(user, acts.VERIFYING), notice_id)
    return answered(await acts.verify(x, data), notice_id=notice_id)


@router.post("/notices/{notice_id}/raise")
async def raise_(request: Request, user: CurrentUser, notice_id: Id, data: acts.RaiseInput) -> Response:
    """A leader's override; the level never sinks."""
    x = await acts.on_notice(request, user, permitted(user, acts.RAISING), notice_id)
    return answered(await acts.raise_(x, data), notice_id=notice_id)


@router.post("/notices/{notice_id}/close")
async def close(request: Request, user: CurrentUser, notice_id: Id, data: acts.CloseInput) -> Response:
    """销督."""
    x = await acts.on_notice(request, user, permitted(user, acts.VERIFYING), notice_id)
    return answered(await acts.close(x, data), notice_id=notice_id)


@router.post("/interviews")
async def interview(request: Request, user: CurrentUser, data: measures.InterviewInput) -> Response:
    """约谈, written down after it was held."""
    role = permitted(user, measures.INTERVIEWING)
    interview_id, outcome = await measures.interview(request, user, role, data)
    return answered(outcome, interview_id=interview_id)


@router.get("/interviews", dependencies=[MAY_SEE_RESTRICTED])
async def interviews(request: Request) -> dict[str, Any]:
    await fresh(request, "interviews")
    return {"items": [dict(row) for row in await questions.interviews(reads(request).pool)]}


@router.get("/rectifications")
async def rectifications(request: Request, user: CurrentUser) -> dict[str, Any]:
    """A unit sees its own."""
    permitted(user, (*acts.SEEING_ALL, *acts.SEEING_OWN))
    await fresh(request, "rectifications")
    own = None if user.has(*acts.SEEING_ALL) else user.unit_id
    return {"items": [dict(row) for row in await questions.rectifications(reads(request).pool, own)]}


@router.post("/rectifications")
async def order(request: Request, user: CurrentUser, data: measures.RectifyInput) -> Response:
    role = permitted(user, measures.ORDERING)
    rectification_id, outcome = await measures.order_rectification(request, user, role, data)
    return answered(outcome, rectification_id=rectification_id)


@router.post("/rectifications/{rectification_id}/report")
async def report(request: Request, user: CurrentUser, rectification_id: Id, data: measures.ReportInput) -> Response:
    role = permitted(user, measures.REPORTING)
    row = await measures.rectification_for(request, user, rectification_id)
    return answered(await measures.report(request, user, role, row, data), rectification_id=rectification_id)


@router.post("/rectifications/{rectification_id}/verify")
async def look(request: Request, user: CurrentUser, rectification_id: Id, data: measures.LookInput) -> Response:
    role = permitted(user, measures.ORDERING)
    row = await measures.rectification_for(request, user, rectification_id)
    return answered(await measures.look(request, user, role, row, data), rectification_id=rectification_id)


@router.get("/referrals", dependencies=[MAY_SEE_RESTRICTED])
async def referrals(request: Request) -> dict[str, Any]:
    await fresh(request, "referrals")
    return {"items": [dict(row) for row in await questions.referrals(reads(request).pool)]}


@router.post("/referrals")
async def propose(request: Request, user: CurrentUser, data: measures.ProposeInput) -> Response:
    """A person's proposal; a decision is another step."""
    role = permitted(user, measures.REFERRING)
    referral_id, outcome = await measures.propose(request, user, role, data)
    return answered(outcome, referral_id=referral_id)


@router.post("/referrals/{referral_id}/refer")
async def refer(request: Request, user: CurrentUser, referral_id: Id, data: measures.ReferInput) -> Response:
    role = permitted(user, measures.REFERRING)
    row = await measures.referral_for(request, referral_id)
    return answered(await measures.refer(request, user, role, row, data), referral_id=referral_id)


@router.post("/referrals/{referral_id}/decline")
async def decline(request: Request, user: CurrentUser, referral_id: Id, data: measures.DeclineInput) -> Response:
    role = permitted(user, measures.REFERRING)
    row = await measures.referral_for(request, referral_id)
    return answered(await measures.decline(request, user, role, row, data), referral_id=referral_id)
