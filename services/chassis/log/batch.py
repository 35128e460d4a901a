"""A batch of commands as the flat arrays that the append function takes, and its answers as results."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from services.chassis.log.types import (
    MAX_EVENT_BYTES,
    Append,
    Appended,
    ClaimTaken,
    CommandReused,
    Conflict,
    EventTooLarge,
    LogError,
    SideRowRefused,
)

OWN_EPOCH = "(SELECT max(h.epoch) FROM installation n JOIN source_head h ON h.source = n.source)"
APPEND_SQL = "SELECT o_status, o_detail, o_head, {} FROM append_batch({})".format(  # noqa: S608 - only numbers
    OWN_EPOCH, ", ".join(f"${n}" for n in range(1, 19))
)

SUFFIX_BYTES = 160
"""No less than the attributes that the function adds to an open body."""

DONE, REPEATED, OTHER_BODY, CONFLICT, CLAIM_TAKEN, SIDE_REFUSED = range(6)


def check_size(append: Append) -> int:
    """The size of the command's events; refuses an event that is too large, by its type."""
    total = 0
    for draft in append.drafts:
        size = len(draft.body) + SUFFIX_BYTES
        if size > MAX_EVENT_BYTES:
            raise EventTooLarge(draft.type, size)
        total += size
    return total


def arguments(appends: Sequence[Append], now: datetime) -> tuple[Any, ...]:
    """The function's arguments. Streams and claim keys are listed once; the rest points at them by index."""
    streams: dict[str, int] = {}
    keys: dict[str, int] = {}
    expect_until, expect_stream, expect_version = [], [], []
    draft_until, draft_stream, draft_type, draft_schema, draft_body = [], [], [], [], []
    claim_until, claim_key, claim_stream, claim_release = [], [], [], []
    for append in appends:
        for expect in append.expects:
            expect_stream.append(streams.setdefault(expect.stream, len(streams) + 1))
            expect_version.append(expect.version)
        for draft in append.drafts:
            draft_stream.append(streams.setdefault(draft.stream, len(streams) + 1))
            draft_type.append(draft.type)
            draft_schema.append(draft.schema)
            draft_body.append(draft.body)
        for claim in append.claims:
            claim_key.append(keys.setdefault(claim.key, len(keys) + 1))
            claim_stream.append(claim.stream)
            claim_release.append(claim.release)
        expect_until.append(len(expect_stream))
        draft_until.append(len(draft_stream))
        claim_until.append(len(claim_key))
    return (
        now,
        [append.command_id for append in appends],
        [append.body_hash for append in appends],
        [_sides(append) for append in appends],
        list(streams),
        expect_until,
        expect_stream,
        expect_version,
        draft_until,
        draft_stream,
        draft_type,
        draft_schema,
        draft_body,
        list(keys),
        claim_until,
        claim_key,
        claim_stream,
        claim_release,
    )


def _sides(append: Append) -> str | None:
    if not append.side:
        return None
    rows = [{"table": side.table, "mode": side.mode, "row": dict(side.row)} for side in append.side]
    return orjson.dumps(rows, default=_plain).decode()


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(f"a side row cannot hold a {type(value).__name__}")


def outcome(command_id: str, status: int, detail: str) -> Appended | LogError:
    """One command's answer."""
    found = orjson.loads(detail)
    match status:
        case 0 | 1:
            return appended(command_id, found, repeated=status == REPEATED)
        case 2:
            return CommandReused(command_id)
        case 3:
            return Conflict(found["stream"], found["expected"], found["actual"])
        case 4:
            return ClaimTaken(found["key"], found["stream"])
        case 5:
            return SideRowRefused(found["table"], found["constraint"], found["message"])
        case _:
            raise AssertionError(f"append_batch answered {status}")


def appended(command_id: str, result: dict[str, Any], *, repeated: bool) -> Appended:
    """A command's stored result."""
    versions = tuple(result["versions"])
    if not versions:
        return Appended(command_id, repeated)
    seq, position = result["seq"], result["position"]
    return Appended(
        command_id,
        repeated,
        tuple(range(seq, seq + len(versions))),
        tuple(range(position, position + len(versions))),
        versions,
    )
