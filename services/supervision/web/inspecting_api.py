"""The JSON API of spot checks, reviews, signals and misreports."""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.handle import Outcome
from services.chassis.web import CurrentUser, accepted, fresh, require
from services.chassis.web.inputs import Count
from services.supervision.read import inspected
from services.supervision.web import inspecting as act
from services.supervision.web import settling
from services.supervision.web.acts import REVIEWING
from services.supervision.web.api import permitted
from services.supervision.web.reads import reads

router = APIRouter(prefix="/supervision/api", tags=["supervision"])
MAY_LOOK = Depends(require(*act.LOOKING))
Id = Annotated[str, Path(max_length=200)]


def _answer(outcome: Outcome, **more: Any) -> Response:
    content = {
        **more,
        "position": outcome.token,
        "repeated": outcome.repeated,
        "events": [event.TYPE for event in outcome.events],
    }
    return accepted(outcome, content, status_code=201 if outcome.events and not outcome.repeated else 200)


def _asked(request: Request, user: CurrentUser, roles: tuple[str, ...]) -> act.Asked:
    return act.Asked(request, user, permitted(user, roles))


@router.post("/checks")
async def commit(request: Request, user: CurrentUser, data: act.CommitInput) -> Response:
    """Announce a draw: the hash of its seed is published, the population lies in the future."""
    outcome = await act.commit(_asked(request, user, act.CHECKING), data)
    return _answer(outcome, check_id=act.new_check_id(request))


@router.get("/checks", dependencies=[MAY_LOOK])
async def checks(request: Request) -> dict[str, Any]:
    """Announced and made draws, the latest first."""
    await fresh(request, "spot_checks")
    rows = await inspected.checks(reads(request).pool)
    return {"items": [{**dict(row), "positions": json.loads(row["positions"])} for row in rows]}


@router.get("/checks/{check_id}", dependencies=[MAY_LOOK])
async def one_check(request: Request, check_id: Id) -> dict[str, Any]:
    """One draw with what was found."""
    await fresh(request, "spot_checks")
    pool = reads(request).pool
    row = await inspected.check(pool, check_id)
    if row is None:
        raise HTTPException(404)
    items = await inspected.items(pool, check_id)
    return {**dict(row), "positions": json.loads(row["positions"]), "items": [dict(one) for one in items.values()]}


@router.post("/checks/{check_id}/items/{item}")
async def conduct(request: Request, user: CurrentUser, check_id: Id, item: Id, data: act.CheckInput) -> Response:
    """What was found at one drawn item."""
    outcome = await act.conduct(_asked(request, user, act.CHECKING), check_id, item, data)
    return _answer(outcome, check_id=check_id, item=item)


@router.post("/reviews/{case_id}")
async def review(request: Request, user: CurrentUser, case_id: Id, data: act.ReviewInput) -> Response:
    """Whether the evidence of a completed case holds."""
    outcome = await act.review(_asked(request, user, REVIEWING), case_id, data)
    return _answer(outcome, case_id=case_id)


@router.get("/signals", dependencies=[MAY_LOOK])
async def signals(
    request: Request,
    state: Literal["open", "settled"] = "open",
    kind: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = inspected.PAGE,
    offset: Count = 0,
) -> dict[str, Any]:
    """What looks made up and why; nothing here is a finding."""
    await fresh(request, "signal_docket")
    rows = await inspected.signals(reads(request).pool, state, kind, offset, limit)
    shown = [{name: value for name, value in row.items() if name != "title"} for row in rows]
    return {"items": [{**one, "measured": json.loads(one["measured"])} for one in shown]}


@router.post("/signals/{signal_id}/settle")
async def settle(request: Request, user: CurrentUser, signal_id: Id, data: settling.SettleInput) -> Response:
    """What somebody found who looked."""
    outcome = await settling.settle(_asked(request, user, act.CHECKING), signal_id, data)
    return _answer(outcome, signal_id=signal_id)


@router.post("/misreports")
async def establish(request: Request, user: CurrentUser, data: settling.MisreportInput) -> Response:
    """A false report is proved on a check."""
    outcome = await settling.establish(_asked(request, user, act.CHECKING), data)
    return _answer(outcome)
