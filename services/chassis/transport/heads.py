"""What services tell each other about how far they hold each source: the content of beacons and answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError


class Head(BaseModel):
    """How far one service holds one source, and up to when that source had said everything by then."""

    model_config = ConfigDict(frozen=True)

    source: str
    epoch: int = Field(ge=1)
    position: int = Field(ge=0)
    chain: str = Field(pattern=r"^[0-9a-f]{64}$")
    watermark: AwareDatetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A head and who holds it."""

    holder: str
    head: Head


class Unreadable(ValueError):
    """A beacon or an answer that is not in this form."""


class _Message(BaseModel):
    service: str
    heads: tuple[Head, ...]


def encode(service: str, heads: Sequence[Head]) -> bytes:
    """The bytes of a beacon, or of an answer to the question for heads."""
    return orjson.dumps({"service": service, "heads": [head.model_dump(exclude_none=True) for head in heads]})


def decode(body: bytes) -> tuple[Seen, ...]:
    """The heads in a beacon or answer; raises `Unreadable`."""
    try:
        message = _Message.model_validate_json(body)
    except ValidationError as error:
        raise Unreadable(str(error)) from error
    return tuple(Seen(message.service, head) for head in message.heads)
