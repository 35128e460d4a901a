"""How far each source is read for a report: up to now, or up to a past instant."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request

from contracts.reporting import Input
from services.chassis.decider import Rejected
from services.ui.i18n import N_

SOURCES = ("intake", "dispatch", "supervision")

CAUGHT_UP_WITHIN_S = 10.0
"""A report waits so long for the read models; during an import they are seconds behind."""


async def vector_at(request: Request, as_of: datetime) -> dict[str, Input]:
    """The last position of each source that was recorded at or before `as_of`, of what this service holds now.

    The read models show at least that far when this returns, so that the rows are those of exactly this vector.
    """
    service = request.app.state.service
    heads = {head.source: head for head in await service.log.source_heads()}
    await caught_up(request)
    found = {}
    for source in SOURCES:
        head = heads.get(source)
        if head is None:
            continue
        position = head.position
        if head.time is not None and head.time > as_of:
            position = await _last_before(service.log, source, head.position, as_of)
        found[source] = Input(epoch=head.epoch, position=position)
    return found


async def caught_up(request: Request) -> None:
    """Wait until the read models show all that the log holds now."""
    service = request.app.state.service
    seq = (await service.log.head()).seq
    if not await service.all_caught_up(seq, CAUGHT_UP_WITHIN_S):
        raise Rejected("not-ready", N_("统计数据正在更新，请稍后再试。"))


async def _last_before(log: Any, source: str, head: int, as_of: datetime) -> int:
    """Recorded time never goes back within a source, so halving finds the place."""
    low, high = 0, head
    while low < high:
        middle = (low + high + 1) // 2
        found = await log.read_source(source, middle - 1, 1)
        if not found or found[0].time <= as_of:
            low = middle
        else:
            high = middle - 1
    return low


def positions(inputs: Mapping[str, Input]) -> dict[str, int]:
    return {source: one.position for source, one in inputs.items()}
