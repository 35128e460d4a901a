"""Open deadlines counted anew because a year's rest days were published, without other rules for the programme."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException
from starlette.requests import Request

from services.chassis.decider import NotYet, Rejected
from services.chassis.web import CurrentUser, User, command_meta, perform
from services.dispatch.domain import commands as c
from services.dispatch.domain.decide import dispatch_case, stream
from services.dispatch.read.open_dues import by_calendar, open_orders
from services.dispatch.web.context import NOT_SHOWN, READ_WITHIN_S
from services.dispatch.web.inputs import Input, Words
from services.dispatch.web.reads import reads
from services.dispatch.web.roles import permitted
from services.reference.programmes import ActivePack

RECOMPUTING = ("programme_office", "admin")
router = APIRouter(prefix="/dispatch/api", tags=["dispatch"])


class RecomputeInput(Input):
    """Why; it stands in every case's history."""

    reason: Words = ""


@router.post("/programmes/{programme}/recompute")
async def recompute(
    request: Request,
    user: CurrentUser,
    programme: Annotated[str, Path(max_length=100)],
    data: RecomputeInput,
) -> dict[str, Any]:
    """Each case by itself; those whose deadlines stay the same hear nothing of it."""
    role = permitted(user, RECOMPUTING)
    service, found = request.app.state.service, reads(request)
    active = await found.programmes.active(programme)
    if active is None:
        raise HTTPException(404)
    head = (await service.log.head()).seq
    for view in ("case_order", "case_board"):
        if not await service.caught_up(view, head, READ_WITHIN_S):
            raise NotYet("not-yet-shown", NOT_SHOWN)
    moved, refused = [], []
    for case_id, rows in (await open_orders(found.pool, programme)).items():
        try:
            if await _recompute(request, user, role, active, case_id, rows, data.reason):
                moved.append(case_id)
        except Rejected as error:
            refused.append({"case_id": case_id, "code": error.code})
    return {"calendar": active.calendar.id, "moved": moved, "refused": refused}


async def _recompute(
    request: Request, user: User, role: str, active: ActivePack, case_id: str, rows: list[Any], reason: str
) -> bool:
    service = request.app.state.service
    case, _ = await service.commands.load(dispatch_case, stream(case_id))
    command = c.RecomputeDeadlines(
        case_no=rows[0]["case_no"],
        calendar_version=active.calendar.id,
        reason=reason,
        dues=by_calendar(rows, case.durations, active.calendar),
        at=service.clock.now(),
    )
    meta = command_meta(
        request,
        user,
        role=role,
        part=case_id,
        programme=active.programme_id,
        pack_version=str(active.pack_version),
    )
    outcome = await perform(request, dispatch_case, stream(case_id), command, meta, pinned=False)
    return bool(outcome.events)
