"""A request as intake registered it, from this service's own log."""

import asyncpg

from contracts.codec import decode
from contracts.intake import RequestRegistered
from services.chassis.decider import Rejected
from services.chassis.words import N_

REGISTERED = "SELECT payload FROM event WHERE stream = $1 AND type = $2 ORDER BY version LIMIT 1"


async def registered_as(pool: asyncpg.Pool, request_id: str) -> RequestRegistered:
    """The registration lies before the acceptance in the same source, so it is there."""
    payload = await pool.fetchval(REGISTERED, f"request-{request_id}", RequestRegistered.TYPE)
    if payload is None:
        raise Rejected("request-unknown", N_("没有这件诉求的登记记录。"))
    event = decode(payload).event
    assert isinstance(event, RequestRegistered), "asked for by its type"
    return event
