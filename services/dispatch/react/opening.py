"""An accepted request becomes a case, once, under the programme that its acceptance names."""

import asyncpg

from contracts.codec import decode
from contracts.intake import RequestAccepted
from contracts.supervision import ProgrammePackActivated
from services.chassis.decider import Rejected
from services.chassis.facts import Fact
from services.chassis.identity import effect_id
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.chassis.words import N_
from services.dispatch.domain.decide import dispatch_case, stream
from services.dispatch.read.registered import opening_of, registered_as

NAME = "open-case"
EFFECT = "open-case"
NO_PROGRAMME = "programme-not-active"
LONGEST_ID = 98
"""A code has 100 characters; a request id this long still takes the prefix."""

AT_ONCE = 8
"""Requests opened at the same time; an import brings thousands, and appends group."""

ACTIVE = "SELECT EXISTS (SELECT FROM event WHERE stream = $1 AND type = $2)"
DOCKETED = """
SELECT r.id, e.payload FROM refusal r JOIN event e USING (seq)
 WHERE r.reactor = $1 AND r.code = $2 AND r.settled_at IS NULL ORDER BY r.id
"""
SETTLE = "UPDATE refusal SET settled_at = clock_timestamp(), settled_by = $2 WHERE id = $1"


def case_id_of(request_id: str) -> str:
    """One case per request, whoever asks how often."""
    return f"c-{request_id}" if len(request_id) <= LONGEST_ID else effect_id(request_id, EFFECT)


async def react(fact: Fact, ctx: ReactContext) -> None:
    """Open the case; or, when a programme's rules arrive after its first requests, those that had to wait.

    What is to join another case is the business of `join-request`.
    """
    match fact.event:
        case RequestAccepted() as event:
            if event.join_case is None:
                await open_own(event.request_id, fact, ctx)
        case ProgrammePackActivated() as event:
            await _open_waiting(event.programme_id, fact, ctx)
        case _:
            pass  # `handles` names these two


async def open_own(request_id: str, accepted: Fact, ctx: ReactContext) -> None:
    """A case of its own for the request."""
    programme = accepted.envelope.meta.programme
    if programme is None or not await _is_active(ctx.pool, programme):
        raise Rejected(NO_PROGRAMME, N_("诉求所属的活动尚未启用，不能立案。"), programme=programme or "")
    registered = await registered_as(ctx.pool, request_id)
    case_id = case_id_of(request_id)
    command = await opening_of(ctx.pool, case_id, registered)
    await ctx.commands.handle(dispatch_case, stream(case_id), command, caused_by(accepted, EFFECT))


async def _is_active(pool: asyncpg.Pool, programme: str) -> bool:
    """Asked of the log itself: a read model may be a moment behind."""
    found: bool = await pool.fetchval(ACTIVE, f"programme-{programme}", ProgrammePackActivated.TYPE)
    return found


async def _open_waiting(programme: str, activated: Fact, ctx: ReactContext) -> None:
    """Requests that came before their programme's rules were docketed; now they get their cases."""
    for row in await ctx.pool.fetch(DOCKETED, NAME, NO_PROGRAMME):
        recorded = decode(row["payload"])
        if recorded.envelope.meta.programme != programme or not isinstance(recorded.event, RequestAccepted):
            continue
        envelope = recorded.envelope
        accepted = Fact(
            activated.seq,
            envelope.source,
            activated.position,
            envelope.subject,
            envelope.stream_version,
            envelope.time,
            envelope,
            recorded.event,
        )
        await open_own(recorded.event.request_id, accepted, ctx)
        await ctx.pool.execute(SETTLE, row["id"], NAME)


OPENING = Reactor(name=NAME, handles=(RequestAccepted, ProgrammePackActivated), react=react, parallel=AT_ONCE)
