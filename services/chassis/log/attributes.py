"""The few attributes of a payload that the log keeps as columns, read without knowing its data."""

from datetime import datetime
from typing import NamedTuple

import orjson


class Attributes(NamedTuple):
    """The columns of an event that its payload decides."""

    stream: str
    version: int
    type: str
    schema: int
    time: datetime
    source: str
    prev: str


class Malformed(ValueError):
    """Bytes that are not a payload of this log."""


def read_attributes(payload: bytes) -> Attributes:
    """Read the attributes; raises `Malformed` when the payload is not a whole event."""
    try:
        raw = orjson.loads(payload)
        found = Attributes(
            stream=raw["subject"],
            version=raw["streamversion"],
            type=raw["type"],
            schema=raw["schemaversion"],
            time=datetime.fromisoformat(raw["time"]),
            source=raw["source"],
            prev=raw["prev"],
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise Malformed(f"not an event: {error!r}") from error
    for name, kind in Attributes.__annotations__.items():
        if type(getattr(found, name)) is not kind:
            raise Malformed(f"attribute {name} is not a {kind.__name__}")
    return found


def source_attribute(district: str, source: str) -> str:
    """The CloudEvents `source` of a log."""
    return f"/huiyin/{district}/{source}"
