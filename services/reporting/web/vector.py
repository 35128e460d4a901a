"""How far each source is read for a report: up to now, or up to a past instant."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request

from contracts.reporting import Input
from services.chassis.decider import Rejected
from services.chassis.log.types import SourceHead
from services.reference import place
from services.ui.i18n import N_

SOURCES = ("intake", "dispatch", "supervision")

CAUGHT_UP_WITHIN_S = 10.0
"""A report waits so long for the read models; during an import they are seconds behind."""


async def vector_at(request: Request, as_of: datetime) -> dict[str, Input]:
    """The last position of each source that was recorded at or before `as_of`, of what this service holds now.

    The read models show at least that far when this returns, so that the rows are those of exactly this vector.
    """
    log = request.app.state.service.log
    held = {source: await log.epochs(source) for source in SOURCES}
    await caught_up(request)
    return {source: await _last_of(log, epochs, as_of) for source, epochs in held.items() if epochs}


async def caught_up(request: Request) -> None:
    """Wait until the read models show all that the log holds now."""
    service = request.app.state.service
    seq = (await service.log.head()).seq
    if not await service.all_caught_up(seq, CAUGHT_UP_WITHIN_S):
        raise Rejected("not-ready", N_("统计数据正在更新，请稍后再试。"))


async def _last_of(log: Any, epochs: Sequence[SourceHead], as_of: datetime) -> Input:
    """In the newest epoch that had an event by then."""
    for head in epochs:
        position = await _last_within(log, head, as_of)
        if position:
            return Input(epoch=head.epoch, position=position)
    return Input(epoch=epochs[-1].epoch, position=0)


async def _last_within(log: Any, head: SourceHead, as_of: datetime) -> int:
    """Recorded time never goes back within a source, so halving finds the place."""
    if head.time is not None and head.time <= as_of:
        return head.position
    low, high = 0, head.position
    while low < high:
        middle = (low + high + 1) // 2
        found = await log.read_source(head.source, middle - 1, 1, head.epoch)
        if not found or found[0].time <= as_of:
            low = middle
        else:
            high = middle - 1
    return low


async def named(request: Request, given: Mapping[str, str | None]) -> dict[str, Input] | None:
    """A vector as a script wrote it: `position` in the epoch now in force, or `epoch:position`.

    What is not held here yet is refused: the same position would give other rows once it is.
    """
    found = {}
    for source, words in given.items():
        if words is not None:
            epoch, _, position = words.rpartition(":")
            held = await request.app.state.service.log.epochs(source)
            found[source] = _held(source, held, int(epoch) if epoch else None, int(position))
    return found or None


def _held(source: str, epochs: Sequence[SourceHead], epoch: int | None, position: int) -> Input:
    newest = epochs[0] if epochs else None
    head = newest if epoch is None else next((one for one in epochs if one.epoch == epoch), None)
    if head is not None and position <= head.position:
        return Input(epoch=head.epoch, position=position)
    if newest is None and epoch is None and position == 0:
        return Input(epoch=1, position=0)
    last = place.words(newest.epoch, newest.position) if newest else "0"
    raise Rejected("not-held", N_("没有这个位置；现有的最新位置是 {last}。"), source, last=last)


def places(inputs: Mapping[str, Input]) -> dict[str, int]:
    """The vector as the fact tables hold it."""
    return {source: place.place(one.epoch, one.position) for source, one in inputs.items()}


def shown(inputs: Mapping[str, Input]) -> list[tuple[str, str]]:
    """The vector for people."""
    return [(source, place.words(one.epoch, one.position)) for source, one in sorted(inputs.items())]
