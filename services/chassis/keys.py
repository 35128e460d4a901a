"""Keys of sealed text: made and erased by the owning service, kept by entitled ones in their own database."""

import os
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from enum import Enum
from typing import NamedTuple

import asyncpg

from contracts.sealed import KEY_BYTES, NONCE_BYTES, Sealed, open_sealed, seal
from services.chassis.clock import monotonic_s

CACHED_KEYS = 50_000
"""Keys kept in memory, about 200 bytes each: every open request of a district."""

CACHED_FOR_S = 60.0
"""How long a process may open a text whose key another process of the same service erased while the broker was down."""

# A key id is a token of a broker's subject, so neither dots nor wildcards.
_KEY_ID = re.compile(r"^[A-Za-z0-9_=-]{1,100}$")

MAKE = """
INSERT INTO sealing_key (key_id, key) SELECT * FROM unnest($1::text[], $2::bytea[])
ON CONFLICT (key_id) DO NOTHING
"""
TAKE = """
INSERT INTO sealing_key (key_id, key, erased, revision, arrival)
VALUES ($1, $2, CASE WHEN $2::bytea IS NULL THEN clock_timestamp() END, $3, $4)
ON CONFLICT (key_id) DO UPDATE SET key = excluded.key, erased = excluded.erased, revision = excluded.revision,
   arrival = excluded.arrival
 WHERE sealing_key.erased IS NULL AND sealing_key.key IS DISTINCT FROM excluded.key
"""
NEXT_ARRIVAL = "UPDATE key_feed SET arrival = arrival + 1 RETURNING arrival"


class Unopened(Enum):
    """Why a sealed text shows nothing."""

    PENDING = "pending"
    """Its key has not arrived yet."""
    ERASED = "erased"
    """Its key was erased by law and will never come back: 「已依法删除」."""


class Erased(Exception):
    """A text was to be sealed under a key that has been erased."""


class Arrival(NamedTuple):
    """A key that became known, or was erased. `arrival` counts these changes in this service's database."""

    arrival: int
    key_id: str
    erased: bool


def _legible(text: str) -> str:
    """A NUL sealed by an earlier build shows as what cannot be shown: no read model can hold it, and all would stop."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


class KeyRing:
    """One process's door to the keys in its service's own database."""

    def __init__(self, pool: asyncpg.Pool, *, cached_keys: int = CACHED_KEYS) -> None:
        self._pool = pool
        self._cache: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._cached_keys = cached_keys
        self._on_key: list[Callable[[str], None]] = []
        self._on_erased: list[Callable[[str], None]] = []
        self.send: Callable[[Sequence[str]], Awaitable[None]] | None = None
        """Set by the key feed of the owning service: hand these keys to the bucket now if that is possible."""

    def on_key(self, tell: Callable[[str], None]) -> None:
        """Call `tell(key_id)` in this process whenever a key arrived. What must not be missed goes by `arrivals`."""
        self._on_key.append(tell)

    def on_erased(self, tell: Callable[[str], None]) -> None:
        """Call `tell(key_id)` in this process whenever a key was erased."""
        self._on_erased.append(tell)

    async def new(self, key_id: str) -> bytes:
        """Make a key and hand it out before anything sealed under it is recorded; the existing one if there is one."""
        return (await self.new_many([key_id]))[key_id]

    async def new_many(self, key_ids: Sequence[str]) -> dict[str, bytes]:
        """The same for many keys with one write. Raises `Erased` if one of them was erased."""
        for key_id in key_ids:
            if not _KEY_ID.match(key_id):
                raise ValueError(f"{key_id!r} cannot name a key")
        await self._pool.execute(MAKE, list(key_ids), [os.urandom(KEY_BYTES) for _ in key_ids])
        keys = await self._get_many(key_ids)
        for key_id in key_ids:
            if not isinstance(keys[key_id], bytes):
                raise Erased(key_id)
        if self.send is not None:
            await self.send(key_ids)
        return {key_id: key for key_id, key in keys.items() if isinstance(key, bytes)}

    async def get(self, key_id: str) -> bytes | None:
        """The key; None when it has not arrived or was erased (`opened` tells which)."""
        key = (await self._get_many([key_id]))[key_id]
        return key if isinstance(key, bytes) else None

    async def seal(self, text: str, key_id: str) -> Sealed:
        """Encrypt under a key that `new` made."""
        key = await self.get(key_id)
        if key is None:
            raise Erased(key_id)
        return seal(text, key_id, key, os.urandom(NONCE_BYTES))

    async def open(self, sealed: Sealed) -> str | None:
        """The text, or None when it cannot be read now or ever again."""
        text = await self.opened(sealed)
        return text if isinstance(text, str) else None

    async def opened(self, sealed: Sealed) -> str | Unopened:
        """The text, or why there is none."""
        return (await self.opened_many([sealed]))[0]

    async def opened_many(self, sealed: Collection[Sealed]) -> list[str | Unopened]:
        """Many texts with at most one query. Raises `contracts.sealed.BrokenSeal` for altered bytes."""
        keys = await self._get_many({one.key_id for one in sealed})
        return [
            _legible(open_sealed(one, key)) if isinstance(key := keys[one.key_id], bytes) else key for one in sealed
        ]

    async def erase(self, key_ids: Iterable[str]) -> None:
        """Destroy keys for ever, here and, through the bucket, everywhere. Only in the owning service; repeatable."""
        ids = list(key_ids)
        await self.forget(ids)
        if self.send is not None:
            await self.send(ids)

    async def forget(self, key_ids: Iterable[str]) -> None:
        """Destroy keys in this service only: what an entitled one does when it learns of an erasure from the log."""
        ids = list(key_ids)
        async with self._pool.acquire() as db, db.transaction():
            for key_id in ids:
                arrival = await db.fetchval(NEXT_ARRIVAL)
                await db.execute(TAKE, key_id, None, None, arrival)
        for key_id in ids:
            self._changed(key_id, erased=True)

    async def take(self, changes: Sequence[tuple[str, bytes | None, int]]) -> None:
        """Write down what the bucket said: (key id, key or None for erased, revision). An erased key stays erased."""
        changed = []
        async with self._pool.acquire() as db, db.transaction():
            arrival = await db.fetchval("SELECT arrival FROM key_feed FOR UPDATE")
            for key_id, key, revision in changes:
                if await db.execute(TAKE, key_id, key, revision, arrival + 1) == "INSERT 0 1":
                    arrival += 1
                    changed.append((key_id, key is None))
            await db.execute(
                "UPDATE key_feed SET arrival = $1, revision = greatest(revision, $2)", arrival, changes[-1][2]
            )
        for key_id, key, _ in changes:
            if key is None:
                self._cache.pop(key_id, None)
        for key_id, erased in changed:
            self._changed(key_id, erased=erased)

    async def arrivals(self, after: int, limit: int) -> list[Arrival]:
        """Changes of keys after `after`, in the order they were committed here."""
        rows = await self._pool.fetch(
            "SELECT arrival, key_id, key IS NULL FROM sealing_key WHERE arrival > $1 ORDER BY arrival LIMIT $2",
            after,
            limit,
        )
        return [Arrival(*row) for row in rows]

    def _changed(self, key_id: str, *, erased: bool) -> None:
        if erased:
            self._cache.pop(key_id, None)
        for tell in self._on_erased if erased else self._on_key:
            tell(key_id)

    async def _get_many(self, key_ids: Iterable[str]) -> dict[str, bytes | Unopened]:
        now = monotonic_s()
        found: dict[str, bytes | Unopened] = {}
        for key_id in key_ids:
            cached = self._cache.get(key_id)
            found[key_id] = cached[0] if cached and now < cached[1] else Unopened.PENDING
        missing = [key_id for key_id, key in found.items() if not isinstance(key, bytes)]
        if missing:
            rows = await self._pool.fetch("SELECT key_id, key FROM sealing_key WHERE key_id = ANY ($1)", missing)
            for key_id, key in rows:
                found[key_id] = Unopened.ERASED if key is None else key
                if key is not None:
                    self._remember(key_id, key, now)
        return found

    def _remember(self, key_id: str, key: bytes, now: float) -> None:
        self._cache[key_id] = (key, now + CACHED_FOR_S)
        self._cache.move_to_end(key_id)
        if len(self._cache) > self._cached_keys:
            self._cache.popitem(last=False)
