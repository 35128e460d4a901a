"""Ids: time-ordered ones for events, deterministic ones for effects, and the hash that tells two bodies apart."""

import dataclasses
import hashlib
import os
import time
import uuid
from typing import Any

import orjson
from pydantic import BaseModel

EFFECTS = uuid.UUID("6f3d8a52-0c4e-5b7a-9e61-2d1f4c8b7a90")
"""Name space of command ids that are derived from an event; changing it would repeat every effect."""


def uuid7() -> str:
    """A UUIDv7. It takes the machine's time even in a simulation: an id has to be unique, not to tell the time."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    head = (milliseconds & ((1 << 48) - 1)) << 16 | 0x7 << 12 | random >> 68
    value = head << 64 | 0b10 << 62 | random & ((1 << 62) - 1)
    return str(uuid.UUID(int=value))


def effect_id(event_id: str, effect: str) -> str:
    """The id of the command called `effect` that event `event_id` causes: the same however often it is redelivered."""
    return str(uuid.uuid5(EFFECTS, f"{event_id}/{effect}"))


def body_hash(body: Any) -> bytes:
    """Equal for equal bodies, however their keys are ordered."""
    if isinstance(body, bytes):
        return hashlib.sha256(body).digest()
    if dataclasses.is_dataclass(body):
        # Two commands with the same fields are not the same command.
        body = {type(body).__name__: body}
    return hashlib.sha256(orjson.dumps(body, default=_plain, option=orjson.OPT_SORT_KEYS)).digest()


def _plain(value: Any) -> Any:
    match value:
        case BaseModel():
            return value.model_dump(mode="json")
        case set() | frozenset():
            return sorted(value)
        case bytes():
            return value.hex()
        case _:
            return str(value)
