"""The hashes that make a log prove its own order: a source's chain and a stream's prev."""

from collections.abc import Iterable
from hashlib import sha256

START = bytes(32)
"""The chain before position 1 of an epoch."""


def extend(chain: bytes, payload: bytes) -> bytes:
    """The chain after one more event."""
    return sha256(chain + payload).digest()


def chains(start: bytes, payloads: Iterable[bytes]) -> list[bytes]:
    """The chain after each of the payloads."""
    links = []
    for payload in payloads:
        start = extend(start, payload)
        links.append(start)
    return links


def prev_of(payload: bytes) -> str:
    """What the next event of the same stream carries as `prev`."""
    return sha256(payload).hexdigest()
