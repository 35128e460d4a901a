"""AB岗: who may sign in the place of whom today, because the person whose post it is has said that they are away."""

import asyncpg
from starlette.requests import Request

from services.chassis.web import Forbidden, User
from services.dispatch.domain.state import Order
from services.dispatch.read import inbox
from services.dispatch.web.context import CaseContext
from services.dispatch.web.reads import Reads, reads
from services.reference.absences import Absence, stood_in_for

SIGNING = ("unit_clerk", "unit_leader")
"""Who signs for a unit; a stand-in for somebody else has nothing to sign."""


async def absent_in(request: Request, user: User, roles: tuple[str, ...]) -> list[Absence]:
    """Those for whom the user stands in now and who hold one of `roles`."""
    found = reads(request)
    away = await stood_in_for(found.pool, user.person_id, found.now)
    return [one for one in away if not set(roles).isdisjoint(one.roles)]


async def role_for(request: Request, user: User, roles: tuple[str, ...]) -> str:
    """The user's own role, else the one of whom they stand in for; refuses with the roles that could."""
    away = [] if user.has(*roles) else await absent_in(request, user, roles)
    held = (role for role in roles if user.has(role) or any(role in one.roles for one in away))
    if (role := next(held, None)) is not None:
        return role
    raise Forbidden(roles)


async def signer(x: CaseContext, order: Order) -> tuple[str, str | None]:
    """In whose unit the user signs this order, and for which absent person, if they do not sign as themselves."""
    away = await stood_in_for(x.reads.pool, x.user.person_id, x.now)
    named = next((one for one in away if one.person_id == order.person and one.unit_id == order.unit), None)
    if named is not None:
        return order.unit, named.person_id
    if x.user.unit_id == order.unit and x.role is not None and x.user.has(x.role):
        return x.user.unit_id, None
    other = next((one for one in away if one.unit_id == order.unit and x.role in one.roles), None)
    return (order.unit, other.person_id) if other else (x.user.unit_id, None)


async def stand_in_inbox(found: Reads, person: str) -> list[asyncpg.Record]:
    """Open orders addressed to those for whom this person stands in, and what waits for a signature in their units."""
    away = [one for one in await stood_in_for(found.pool, person, found.now) if not set(SIGNING).isdisjoint(one.roles)]
    by_name = await inbox.of_absent(found.pool, [one.person_id for one in away])
    by_unit = await inbox.unsigned_of_units(found.pool, [one.unit_id for one in away])
    known = {row["order_id"] for row in by_name}
    return [*by_name, *(row for row in by_unit if row["order_id"] not in known)]
