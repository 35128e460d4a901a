"""The one way in which a report's rows become bytes: the hash of these bytes is the identity of a run."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

import orjson

Cell = str | int | bool | None
Row = Mapping[str, Cell]


def to_bytes(rows: Sequence[Row]) -> bytes:
    """Keys sorted, no spaces, UTF-8; cells are exact: whole numbers, words, or shares already printed."""
    return orjson.dumps(list(rows), option=orjson.OPT_SORT_KEYS)


def hash_of(rows: Sequence[Row]) -> str:
    return sha256(to_bytes(rows)).hexdigest()
