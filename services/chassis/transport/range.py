"""Ranges of a source's events on request: the way around a hole, to bootstrap, and back from a restored copy."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from nats.aio.msg import Msg
from pydantic import BaseModel, Field, ValidationError

from contracts import feeds
from services.chassis.log.log import Log
from services.chassis.log.types import Stored
from services.chassis.transport.link import ApiError, Link

PAGE_EVENTS = 500
PAGE_BYTES = 512 * 1024
"""A page with one largest event on top still fits the broker's message limit of 1 MB."""
ANSWER_SECONDS = 5.0
ERROR_HEADER = "Huiyin-Error"
_FRAME = struct.Struct("!q32sI")

Item = tuple[int, bytes, bytes]
"""Position, payload and chain of an event."""


class Holder(Protocol):
    """What reading a range needs of a log."""

    async def read_source(self, source: str, after_position: int, limit: int) -> Sequence[Stored]: ...


class Question(BaseModel):
    """Which events are wanted: those of `source` in `epoch` after position `after`."""

    source: str
    epoch: int = Field(ge=1)
    after: int = Field(ge=0)
    limit: int = Field(default=PAGE_EVENTS, ge=1, le=PAGE_EVENTS)


@dataclass(frozen=True, slots=True)
class RangeServer:
    """Answers for every source that this service's log holds."""

    log: Log
    link: Link
    district: str
    service: str

    async def listen(self) -> None:
        """Several instances share the questions."""
        await self.link.nc.subscribe(
            feeds.read_subject(self.district, self.service), queue=self.service, cb=self._answer
        )

    async def _answer(self, message: Msg) -> None:
        try:
            question = Question.model_validate_json(message.data)
        except ValidationError as error:
            await self.link.nc.publish(message.reply, headers={ERROR_HEADER: f"not a question: {error.error_count()}"})
            return
        events = await self.log.read_source(question.source, question.after, question.limit, epoch=question.epoch)
        await self.link.nc.publish(message.reply, pack([(e.position, e.payload, e.chain) for e in events]))


async def fetch(link: Link, district: str, holder: str, question: Question) -> list[Item]:
    """One page of what `holder` has; empty when it has nothing after the position. The caller verifies it."""
    answer = await link.request(
        feeds.read_subject(district, holder), question.model_dump_json().encode(), timeout=ANSWER_SECONDS
    )
    if answer.headers and ERROR_HEADER in answer.headers:
        raise ApiError(0, f"{holder}: {answer.headers[ERROR_HEADER]}")
    return unpack(answer.data)


def pack(items: Sequence[Item]) -> bytes:
    """As many of the events, from the first on, as go into a page."""
    parts: list[bytes] = []
    size = 0
    for position, payload, chain in items:
        size += _FRAME.size + len(payload)
        if parts and size > PAGE_BYTES:
            break
        parts.append(_FRAME.pack(position, chain, len(payload)) + payload)
    return b"".join(parts)


def unpack(page: bytes) -> list[Item]:
    """The events of a page; raises `ApiError` when it was cut off."""
    items: list[Item] = []
    at = 0
    while at < len(page):
        if len(page) - at < _FRAME.size:
            raise ApiError(0, "a page of events was cut off")
        position, chain, length = _FRAME.unpack_from(page, at)
        at += _FRAME.size
        payload = page[at : at + length]
        if len(payload) != length:
            raise ApiError(0, "a page of events was cut off")
        items.append((position, payload, chain))
        at += length
    return items
