"""A request as intake registered it, from this service's own log, and the case that it opens."""

import asyncpg

from contracts.codec import decode
from contracts.intake import RequestRegistered
from services.chassis.decider import Rejected
from services.chassis.words import N_
from services.dispatch.domain.commands import OpenCase
from services.dispatch.read.service_lines import whose

REGISTERED = "SELECT payload FROM event WHERE stream = $1 AND type = $2 ORDER BY version LIMIT 1"


async def registered_as(pool: asyncpg.Pool, request_id: str) -> RequestRegistered:
    """The registration lies before the acceptance in the same source, so it is there."""
    payload = await pool.fetchval(REGISTERED, f"request-{request_id}", RequestRegistered.TYPE)
    if payload is None:
        raise Rejected("request-unknown", N_("没有这件诉求的登记记录。"))
    event = decode(payload).event
    assert isinstance(event, RequestRegistered), "asked for by its type"
    return event


async def opening_of(pool: asyncpg.Pool, case_id: str, request: RequestRegistered) -> OpenCase:
    """The opening of a case for this request alone; a part of a split case changes what is another's in it."""
    line, asker = await whose(pool, request.subject_id, request.territory_unit)
    return OpenCase(
        case_id=case_id,
        request_ids=(request.request_id,),
        title=request.title,
        text=request.text,
        channel=request.channel,
        received_at=request.received_at,
        visit_id=request.visit_id,
        subject_id=request.subject_id,
        requester_ref=request.requester_ref,
        caller_ref=request.caller_ref,
        territory_unit=request.territory_unit,
        category_hint=request.category_hint,
        urgency_hint=request.urgency_hint,
        complained_units=request.complained_units,
        grid_ids=request.grid_ids,
        service_line=line,
        requester_kind=asker,
    )
