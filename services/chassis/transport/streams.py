"""The broker's streams as this product uses them: declared here, asked about, read at single positions."""

import base64
from dataclasses import dataclass
from typing import Any

from contracts import feeds
from services.chassis.transport.link import ApiError, Link

NO_STREAM = 10059
NO_MESSAGE = 10037
NAME_IN_USE = 10058
WRONG_LAST_SEQUENCE = 10071
ATOMIC_DISABLED = 10174


@dataclass(frozen=True, slots=True)
class StreamState:
    """What the broker says of a stream. `first` > `last` when it holds nothing."""

    name: str
    created: str
    first: int
    last: int
    messages: int
    deleted: int
    stragglers: tuple[str, ...] = ()
    """Replicas that are offline or behind the leader."""

    def holds(self, position: int) -> bool:
        return self.messages > 0 and self.first <= position <= self.last


def configuration(district: str, source: str, epoch: int, *, first: int, replicas: int) -> dict[str, Any]:
    """A stream that only grows, and whose first sequence is the first position it will hold."""
    return {
        "name": feeds.stream_name(district, source, epoch),
        "subjects": [feeds.subjects_filter(district, source, epoch)],
        "storage": "file",
        "retention": "limits",
        "discard": "old",
        "max_msgs": -1,
        "max_bytes": -1,
        "max_age": 0,
        "num_replicas": replicas,
        "compression": "s2",
        "deny_delete": True,
        "deny_purge": True,
        "allow_direct": True,
        "allow_atomic": True,
        "first_seq": first,
    }


async def state(link: Link, name: str) -> StreamState | None:
    """How the stream stands; None when there is none."""
    try:
        return _state(name, await link.api(f"STREAM.INFO.{name}"))
    except ApiError as error:
        if error.code == NO_STREAM:
            return None
        raise


async def declare(link: Link, district: str, source: str, epoch: int, *, first: int, replicas: int) -> StreamState:
    """Make the stream unless it is there; an existing one is left as it is."""
    config = configuration(district, source, epoch, first=first, replicas=replicas)
    name = config["name"]
    try:
        return _state(name, await link.api(f"STREAM.CREATE.{name}", config))
    except ApiError as error:
        if error.code != NAME_IN_USE:
            raise
    found = await state(link, name)
    if found is None:
        raise ApiError(NO_STREAM, f"{name} came and went")
    return found


async def message(link: Link, name: str, position: int) -> tuple[bytes, bytes] | None:
    """Payload and chain of one message, from the leader; None when the stream does not hold it."""
    try:
        found = (await link.api(f"STREAM.MSG.GET.{name}", {"seq": position}))["message"]
    except ApiError as error:
        if error.code in (NO_MESSAGE, NO_STREAM):
            return None
        raise
    return base64.b64decode(found.get("data", "")), _chain_header(base64.b64decode(found.get("hdrs", "")))


def _chain_header(raw: bytes) -> bytes:
    for line in raw.decode().split("\r\n"):
        name, _, text = line.partition(":")
        if name == feeds.CHAIN_HEADER:
            return bytes.fromhex(text.strip())
    return b""


def _state(name: str, content: dict[str, Any]) -> StreamState:
    found = content["state"]
    replicas = (content.get("cluster") or {}).get("replicas") or []
    return StreamState(
        name=name,
        created=content["created"],
        first=found["first_seq"],
        last=found["last_seq"],
        messages=found["messages"],
        deleted=found.get("num_deleted", 0),
        stragglers=tuple(r["name"] for r in replicas if r.get("offline") or not r.get("current")),
    )
