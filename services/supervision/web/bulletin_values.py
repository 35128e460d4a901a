"""The value behind a ground of a notice, where the service can reckon it itself: then nobody types it (K07, K08)."""

from collections.abc import Mapping, Sequence

from starlette.requests import Request

from services.chassis.decider import Rejected
from services.chassis.words import N_
from services.reference.coverage.rules import asked_for_in_time
from services.reference.programmes import ActivePack
from services.supervision.domain.bulletin import Target
from services.supervision.read import coverage
from services.supervision.web.coverage_acts import all_shown
from services.supervision.web.reads import reads

RECKONED: Mapping[str, str] = {"K07": "population", "K08": "roster"}
"""Shares of who is to be reached and who is to take part, on the ground of those who are named."""


async def reckoned(request: Request, active: ActivePack, kpi: str, targets: Sequence[Target], field: str) -> str:
    """In percent with two places, of all targets together: units with what lies below them, officials by themselves.

    The ground is visiting in time: a visit after the day improves nothing, and one that was just recorded counts.
    """
    found = reads(request)
    await all_shown(request)
    units = await found.directory.below(one.code for one in targets if one.code == one.unit)
    people = {one.code for one in targets if one.code != one.unit}
    facts = await coverage.facts(found.pool, active)
    members = [
        one
        for one in asked_for_in_time(active.pack, RECKONED[kpi], facts, found.now)
        if one.what != "case" and (one.ref in people or {one.unit, one.community} & units)
    ]
    if not members:
        raise Rejected("nothing-to-reckon", N_("方案没有要求通报对象走访（参加），算不出这项指标。"), field)
    whole = len(members)
    hundredths = (20_000 * sum(one.reached_at is not None for one in members) + whole) // (2 * whole)
    return f"{hundredths // 100}.{hundredths % 100:02}"
