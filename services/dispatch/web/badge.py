"""The number in the navigation bar: what waits for this person."""

from starlette.requests import Request

from services.chassis.web import User
from services.dispatch.read import cases, inbox
from services.dispatch.web.reads import reads
from services.dispatch.web.roles import DESK, HANDLING, RULING


async def badge(request: Request, user: User | None) -> int:
    """What the desk hands over, rules on or reviews, the leading group decides, a unit has open; nothing for others."""
    if user is None:
        return 0
    found = reads(request)
    pool = found.pool
    number = 0
    if user.has(*DESK):
        number += await cases.waiting(pool) + await cases.to_review(pool, found.now)
    if user.has(*RULING):
        number += await inbox.pending_returns(pool)
    if user.has("leading_group"):
        number += await cases.undecided(pool)
    if user.has(*HANDLING):
        number += await inbox.to_do(pool, user.unit_id)
    return number
