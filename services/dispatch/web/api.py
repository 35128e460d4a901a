"""The JSON API: lists, one case with its proof, and every act."""

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contracts.dispatch import ConsultationHeld, OrderIssued
from services.chassis.handle import Outcome
from services.chassis.web import CurrentUser, User, accepted, fresh, require
from services.chassis.web.inputs import Rank
from services.dispatch.domain.decide import stream
from services.dispatch.read import cases, consultations, inbox, lists, proof, segments
from services.dispatch.web.consulting import hold
from services.dispatch.web.context import READ_WITHIN_S, case_context
from services.dispatch.web.inputs_of_case import ConsultationInput
from services.dispatch.web.reads import Reads, reads
from services.dispatch.web.recusal import refuse_recused
from services.dispatch.web.roles import (
    CASE_ACTS,
    CONSULTING,
    EXTENDING,
    ORDER_ACTS,
    RULING,
    SEEING,
    Act,
    OrderAct,
    permitted,
)
from services.dispatch.web.standing_in import stand_in_inbox

API = "/dispatch/api"
CaseId = Annotated[str, Path(max_length=100)]
OrderId = Annotated[str, Path(max_length=100)]
CASE_OF = "SELECT case_id FROM case_order WHERE order_id = $1"
router = APIRouter(prefix=API, tags=["dispatch"])
MAY_SEE = Depends(require(*SEEING))
SEEING_USER = Annotated[User, Depends(require(*SEEING))]
REQUESTER = ("requester_ref", "subject_id", "visit_id")
"""What leads to the person who asked."""


def _answer(case_id: str, outcome: Outcome) -> Response:
    issued = [
        {"order_id": event.order_id, "role": event.role, "unit": event.to_unit}
        for event in outcome.events
        if isinstance(event, OrderIssued)
    ]
    content = {
        "case_id": case_id,
        "version": outcome.version,
        "position": outcome.token,
        "repeated": outcome.repeated,
        "events": [event.TYPE for event in outcome.events],
        "orders": issued,
    }
    return accepted(outcome, content, status_code=201 if outcome.events and not outcome.repeated else 200)


def _case_endpoint(act: Act) -> Any:
    model = act.model

    async def endpoint(request: Request, user: CurrentUser, case_id: CaseId, data: model) -> Response:  # type: ignore[valid-type]
        role = act.role_of(user)
        return _answer(case_id, await act.run(await case_context(request, user, case_id, role), data))

    return endpoint


def _order_endpoint(act: OrderAct) -> Any:
    model = act.model

    async def endpoint(
        request: Request,
        user: CurrentUser,
        case_id: CaseId,
        order_id: OrderId,
        data: model,  # type: ignore[valid-type]
    ) -> Response:
        role = await act.role_of(request, user)
        context = await case_context(request, user, case_id, role)
        return _answer(case_id, await act.run(context, order_id, data))

    return endpoint


async def _case_of(request: Request, order_id: str) -> str:
    """Of an order that was just issued too: the read model is waited for before it counts as unknown."""
    service = request.app.state.service
    for look in ("now", "caught up"):
        case_id: str | None = await service.pool.fetchval(CASE_OF, order_id)
        if case_id is not None:
            return case_id
        if look == "now":
            await service.caught_up("case_order", (await service.log.head()).seq, READ_WITHIN_S)
    raise HTTPException(404)


def _short_endpoint(act: OrderAct) -> Any:
    model = act.model

    async def endpoint(request: Request, user: CurrentUser, order_id: OrderId, data: model) -> Response:  # type: ignore[valid-type]
        role = await act.role_of(request, user)
        case_id = await _case_of(request, order_id)
        context = await case_context(request, user, case_id, role)
        return _answer(case_id, await act.run(context, order_id, data))

    return endpoint


for _act in CASE_ACTS.values():
    router.add_api_route(
        f"/cases/{{case_id}}/{_act.name}", _case_endpoint(_act), methods=["POST"], name=f"case {_act.name}"
    )
for _order_act in ORDER_ACTS.values():
    router.add_api_route(
        f"/cases/{{case_id}}/orders/{{order_id}}/{_order_act.name}",
        _order_endpoint(_order_act),
        methods=["POST"],
        name=f"order {_order_act.name}",
    )
    router.add_api_route(
        f"/orders/{{order_id}}/{_order_act.name}",
        _short_endpoint(_order_act),
        methods=["POST"],
        name=f"order {_order_act.name} by its own id",
    )


@router.post("/consultations", name="consultation held")
async def post_consultation(request: Request, user: CurrentUser, data: ConsultationInput) -> Response:
    """A consultation that was held; the cases take note of it by themselves."""
    outcome = await hold(request, user, permitted(user, CONSULTING), data)
    held = [event for event in outcome.events if isinstance(event, ConsultationHeld)]
    content = {
        "consult_id": held[0].consult_id if held else data.consult_id,
        "position": outcome.token,
        "repeated": outcome.repeated,
        "events": [event.TYPE for event in outcome.events],
    }
    return accepted(outcome, content, status_code=201 if outcome.events and not outcome.repeated else 200)


@router.get("/consultations", dependencies=[MAY_SEE])
async def list_consultations(request: Request, case_id: str | None = None) -> dict[str, Any]:
    """The consultations of one case, or the latest."""
    await fresh(request, "consultation")
    rows = await consultations.listed(reads(request).pool, case_id)
    return {"items": [consultations.as_json(row) for row in rows]}


@router.get("/extensions")
async def list_extensions(request: Request, user: CurrentUser) -> dict[str, Any]:
    """Extensions that wait for a decision, the one due first first."""
    permitted(user, EXTENDING)
    await fresh(request, "case_order", "case_board")
    return {"items": [dict(row) for row in await inbox.extensions(reads(request).pool)]}


@router.get("/ledger")
async def ledger(request: Request, user: SEEING_USER, asked: Annotated[lists.Ledger, Depends()]) -> dict[str, Any]:
    """销号台账: what was struck off, by whom, on which basis, and whether it was reported up in time."""
    await fresh(request, "case_board", "case_number")
    found = reads(request)
    page, above = await lists.ledger(found.pool, asked, found.now), await found.directory.above(user.unit_id)
    return {"items": [case_json(row, found, above) for row in page.rows], "next": page.next}


def case_json(row: Any, found: Reads, above: frozenset[str]) -> dict[str, Any]:
    """A case as a program gets it; units complained of, and those below them, are not told who complains.

    `above`: the asking user's unit and all that stand above it.
    """
    hidden = {"title_sealed", "title_key", "sort_group", "sort_key"}
    told = {name: value for name, value in dict(row).items() if name not in hidden}
    return {
        **told,
        **(dict.fromkeys(REQUESTER) if not above.isdisjoint(row["complained"]) else {}),
        "light": cases.light_of(row, found.now),
    }


@router.get("/cases")
async def list_cases(request: Request, user: SEEING_USER, asked: Annotated[cases.Filter, Depends()]) -> dict[str, Any]:
    """Filtered, what is due first first; `next` is the cursor of the following page."""
    await fresh(request, "case_board", "case_number")
    found = reads(request)
    page, above = await cases.find(found.pool, asked, found.now), await found.directory.above(user.unit_id)
    return {"items": [case_json(row, found, above) for row in page.rows], "next": page.next}


@router.get("/counts", dependencies=[MAY_SEE])
async def counts(request: Request, asked: Annotated[cases.Filter, Depends()]) -> dict[str, int]:
    """Cases per light."""
    found = reads(request)
    return await cases.count(found.pool, asked, found.now)


@router.get("/cases/{case_id}")
async def one_case(request: Request, user: SEEING_USER, case_id: CaseId) -> dict[str, Any]:
    """The case with its orders."""
    await fresh(request, "case_board", "case_number", "case_order", "case_segment", "consultation")
    found = reads(request)
    row = await cases.one(found.pool, case_id)
    if row is None:
        raise HTTPException(404)
    orders = [dict(order) for order in await inbox.of_case(found.pool, case_id)]
    more = {
        "orders": orders,
        "segments": [dict(one) for one in await segments.of_case(found.pool, case_id)],
        "extensions": [dict(one) for one in await inbox.extensions_of(found.pool, case_id)],
        "milestones": [dict(one) for one in await inbox.milestones_of(found.pool, case_id)],
        "consultations": [consultations.as_json(one) for one in await consultations.listed(found.pool, case_id)],
    }
    return {**case_json(row, found, await found.directory.above(user.unit_id)), **more}


@router.get("/orders", dependencies=[MAY_SEE])
async def list_orders(request: Request, unit: str) -> dict[str, Any]:
    """What a unit has to do."""
    await fresh(request, "case_order", "case_board")
    rows = await inbox.of_unit(reads(request).pool, unit, cases.LONGEST_PAGE)
    return {"items": [dict(row) for row in rows]}


@router.get("/orders/stand-in")
async def list_stand_in(request: Request, user: CurrentUser) -> dict[str, Any]:
    """What is addressed to those for whom the user stands in today (SH-39)."""
    await fresh(request, "case_order", "case_board", "persons")
    return {"items": [dict(row) for row in await stand_in_inbox(reads(request), user.person_id)]}


@router.get("/returns")
async def list_returns(request: Request, user: CurrentUser) -> dict[str, Any]:
    """Returns that wait for a ruling."""
    permitted(user, RULING)
    await fresh(request, "case_order", "case_board")
    return {"items": [dict(row) for row in await inbox.returns(reads(request).pool)]}


@router.get("/cases/{case_id}/proof")
async def proof_of(request: Request, user: SEEING_USER, case_id: CaseId, at: Rank | None = None) -> Response:
    """The exact bytes of the case's own records up to record `at` of its history, for anybody to hash again."""
    found = reads(request)
    row = await cases.one(found.pool, case_id)
    if row is None:
        raise HTTPException(404)
    await refuse_recused(found, user, row["complained"], SEEING)
    whole = await proof.records(found.pool, case_id, row["request_ids"])
    shown = whole[: at or len(whole)]
    checked = proof.check(shown, stream(case_id))
    own = [record for record in shown if record.stream == stream(case_id)]
    content = {
        "case_id": case_id,
        "stream": stream(case_id),
        "tail": checked.tail,
        "broken_at": checked.broken_at or None,
        "missing": checked.missing,
        "records": [
            {
                "version": record.version,
                "source": record.source,
                "position": record.position,
                "sha256": record.hash,
                "payload": base64.b64encode(record.payload).decode(),
            }
            for record in own
        ],
    }
    name = f"proof-{row['programme']}-{row['case_no']}.json"
    return JSONResponse(content, headers={"Content-Disposition": f'inline; filename="{name}"'})
