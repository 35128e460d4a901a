"""Makes events and commands for the log's tests, in the shape that the codec gives them."""

import hashlib
import uuid
from collections.abc import Sequence
from typing import Any

import orjson

from services.chassis.log import Append, Claim, Draft, Expect, SideRow


def body(stream: str, *, source: str = "dispatch", type: str = "noted", command_id: str = "", **data: Any) -> bytes:
    attributes = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "type": type,
        "source": f"/huiyin/demo/{source}",
        "subject": stream,
        "schemaversion": 1,
        "commandid": command_id,
        "data": data,
    }
    return orjson.dumps(attributes)[:-1]


def draft(stream: str, *, type: str = "noted", command_id: str = "", source: str = "dispatch", **data: Any) -> Draft:
    return Draft(stream, type, 1, body(stream, type=type, command_id=command_id, source=source, **data))


def command(
    *streams: str,
    id: str | None = None,
    body_hash: bytes | None = None,
    expects: Sequence[Expect] = (),
    side: Sequence[SideRow] = (),
    claims: Sequence[Claim] = (),
    source: str = "dispatch",
    **data: Any,
) -> Append:
    """A command with one event on each of the streams named."""
    id = id or str(uuid.uuid4())
    drafts = [draft(stream, command_id=id, source=source, **data) for stream in streams]
    return Append(id, body_hash or hashlib.sha256(id.encode()).digest(), expects, drafts, side, claims)
