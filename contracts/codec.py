"""Events to and from the bytes that are hashed, stored and carried: structured CloudEvents 1.0 JSON.

The writer makes the object without its closing brace (`encode_open`); whoever holds the stream's lock adds
`streamversion`, `prev` and `time` (`close`), because only there they are known. After that the bytes never change.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from contracts.catalogue import TYPES
from contracts.envelope import Actor, Envelope, Meta
from contracts.event import UPCASTS, Event, utc_text

MAX_EVENT_BYTES = 256 * 1024
"""A feed message stays well under the broker's 1 MB default, with room for headers."""

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""As JSON writes it: after no backslash or an even number of them; otherwise it is the text of those six characters."""


class Unrecordable(ValueError):
    """An event that no reader could put into its tables; letting it into the log would stop them all: a bug."""


class Undecodable(Exception):
    """A payload that this build cannot read: unknown type, newer schema, or data that breaks its schema."""

    def __init__(self, type: str, version: int, reason: str) -> None:
        super().__init__(f"{type} v{version}: {reason}")
        self.type, self.version, self.reason = type, version, reason


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it was recorded."""

    envelope: Envelope
    event: Event


def encode_open(event: Event, meta: Meta, *, event_id: str, district: str, source: str) -> bytes:
    """The payload without its closing brace and the three attributes that the log adds.

    Raises `Unrecordable` for a NUL anywhere in it: what people and programs send is refused earlier, by its field.
    """
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": event_id,
        "type": event.TYPE,
        "source": f"/huiyin/{district}/{source}",
        "subject": event.stream,
        "datacontenttype": "application/json",
        "dataschema": f"/contracts/schemas/{event.TYPE}.v{event.VERSION}.json",
        "schemaversion": event.VERSION,
        "actorperson": meta.actor.person,
        "actorunit": meta.actor.unit,
        "actorrole": meta.actor.role,
        "commandid": meta.command_id,
    }
    optional = {
        "actingfor": meta.actor.acting_for,
        "programme": meta.programme,
        "packversion": meta.pack_version,
        "occurredat": utc_text(meta.occurred_at) if meta.occurred_at else None,
        "capturedat": utc_text(meta.captured_at) if meta.captured_at else None,
        "correlationid": meta.correlation_id,
        "causationid": meta.causation_id,
        "privacyclass": meta.privacy_class,
        "traceparent": meta.traceparent,
    }
    attributes.update((name, value) for name, value in optional.items() if value is not None)
    head = orjson.dumps(attributes)[:-1]
    body = head + b',"data":' + event.model_dump_json().encode()
    if b"u0000" in body and _NUL.search(body):
        raise Unrecordable(f"{event.TYPE} of {event.stream} holds a NUL, which no text in PostgreSQL can")
    return body


def close(open_body: bytes, *, version: int, prev: str, time: datetime) -> bytes:
    """What the append function does under the lock; here for tests, fakes and golden files."""
    return open_body + b',"streamversion":%d,"prev":"%s","time":"%s"}' % (
        version,
        prev.encode(),
        utc_text(time).encode(),
    )


def envelope_of(payload: bytes) -> Envelope:
    """The attributes of a stored payload, without reading its data as a model."""
    return _envelope(_load(payload))


def event_of(payload: bytes) -> Event:
    """What a stored payload says, without its attributes; for folding many. Raises `Undecodable` as `decode` does."""
    raw = _load(payload)
    try:
        type, version, data = raw["type"], raw["schemaversion"], raw["data"]
    except KeyError as error:
        raise Undecodable(str(raw.get("type")), 0, f"attribute missing: {error}") from error
    return read_data(type, version, data)


def decode(payload: bytes) -> Recorded:
    """Read a stored payload as the current version of its type; older data is lifted step by step.

    Raises `Undecodable` for an unknown type, a newer schema version or data that its schema refuses.
    """
    raw = _load(payload)
    return Recorded(_envelope(raw), read_data(raw["type"], raw["schemaversion"], raw["data"]))


def read_data(type: str, version: int, data: dict[str, Any]) -> Event:
    """Lift `data` to the current version and validate it, ignoring fields a later build may have added."""
    model = TYPES.get(type)
    if model is None:
        raise Undecodable(type, version, "unknown type")
    if version > model.VERSION:
        raise Undecodable(type, version, f"newer than this build, which reads up to v{model.VERSION}")
    for step in range(version, model.VERSION):
        data = UPCASTS[type, step](data)
    try:
        return model.model_validate(data, extra="ignore")
    except ValueError as error:
        raise Undecodable(type, version, str(error)) from error


def _load(payload: bytes) -> dict[str, Any]:
    try:
        raw = orjson.loads(payload)
        if raw["specversion"] != "1.0":
            raise Undecodable(str(raw.get("type")), 0, f"specversion {raw['specversion']!r}")
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise Undecodable("?", 0, f"not a CloudEvents 1.0 JSON object: {error}") from error
    return raw  # type: ignore[no-any-return]


def _moment(text: str | None) -> datetime | None:
    """A stored moment; a log may hold a year below 1000 without its zeros, which an earlier build wrote."""
    if not text:
        return None
    year, _, rest = text.partition("-")
    return datetime.fromisoformat(f"{year:0>4}-{rest}")


def _envelope(raw: dict[str, Any]) -> Envelope:
    try:
        _, _, district, source = raw["source"].split("/")
        meta = Meta(
            command_id=raw["commandid"],
            actor=Actor(raw["actorperson"], raw["actorunit"], raw["actorrole"], raw.get("actingfor")),
            programme=raw.get("programme"),
            pack_version=raw.get("packversion"),
            occurred_at=_moment(raw.get("occurredat")),
            captured_at=_moment(raw.get("capturedat")),
            correlation_id=raw.get("correlationid"),
            causation_id=raw.get("causationid"),
            privacy_class=raw.get("privacyclass"),
            traceparent=raw.get("traceparent"),
        )
        return Envelope(
            id=raw["id"],
            type=raw["type"],
            district=district,
            source=source,
            subject=raw["subject"],
            schema_version=raw["schemaversion"],
            stream_version=raw["streamversion"],
            prev=raw["prev"],
            time=datetime.fromisoformat(raw["time"]),
            meta=meta,
        )
    except (KeyError, ValueError) as error:
        raise Undecodable(str(raw.get("type")), 0, f"attribute missing or malformed: {error}") from error
