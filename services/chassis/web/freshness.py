"""Read your own write: a page asked for with `?after=` waits until it can show that position."""

import asyncio
from time import monotonic

from starlette.requests import Request

from services.chassis.log.log import Log

FRESH_WITHIN_S = 2.0
"""Longer, and a person thinks the page hangs; the rest is finished live (the page says 「已提交，正在更新」)."""

LONGEST_POSITION = 18
"""Digits of a number that surely fits the database's 64 bits."""


async def fresh(request: Request, *projections: str) -> bool:
    """Wait ≤ 2 s until this service shows every `?after=<source>:<position>`; false when it does not yet.

    Name the projections that the page reads; none means all of the service's.
    """
    service = request.app.state.service
    until = monotonic() + FRESH_WITHIN_S
    for after in request.query_params.getlist("after"):
        source, _, position = after.rpartition(":")
        if not source or not is_number(position) or int(position) == 0:
            continue  # not a position: a page asked for with nonsense shows what there is
        seq = await _held(service.log, source, int(position), until)
        if seq is None:
            return False
        names = projections or service.projection_names
        waits = (service.caught_up(name, seq, max(0.0, until - monotonic())) for name in names)
        if not all(await asyncio.gather(*waits)):
            return False
    return True


def is_number(text: str) -> bool:
    """Whether a text is a number that a log may have given to an event."""
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_POSITION


async def _held(log: Log, source: str, position: int, until: float) -> int | None:
    """The local seq of a source's position, once the log holds it."""
    while True:
        # Asked before looking: what arrives in between wakes the wait at once.
        seen = (await log.head()).seq
        found = await log.read_source(source, position - 1, 1)
        if found:
            return found[0].seq
        left = until - monotonic()
        if left <= 0:
            return None
        await log.wait(seen, left)
