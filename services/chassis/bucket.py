"""A key-value bucket of the broker, read by revision: what changed after one that is already known."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

import orjson
import structlog
from nats.aio.msg import Msg

from services.chassis.failures import passes, pause_s
from services.chassis.transport.link import TRANSIENT, ApiError, Link

ENTRIES = 256
"""Entries per request: a few dozen kilobytes."""

ANSWER_WITHIN_S = 3.0
"""A full answer takes milliseconds; a broker that needs longer is asked again."""

SETTLE_S = 0.02
"""A change is announced before it is stored; this long after, it can be read, and others have joined it."""

STREAM_NOT_FOUND = 10059
PURGED = ("DEL", "PURGE")

logger = structlog.get_logger(__name__)


class Entry(NamedTuple):
    """A key's last value (None: purged) and the revision that it has in this bucket."""

    key: str
    value: bytes | None
    revision: int


class BucketMissing(Exception):
    """Nobody has made this bucket, or it was lost."""


class Bucket:
    """One bucket. Everything raises `transport.link.TRANSIENT` errors while the broker is away."""

    def __init__(self, link: Link, name: str, *, replicas: int = 1) -> None:
        self._link, self._replicas = link, replicas
        self.name, self._stream, self._subjects = name, f"KV_{name}", f"$KV.{name}."

    async def ensure(self) -> None:
        """Make the bucket; nothing happens if it is there."""
        config = {
            "name": self._stream,
            "subjects": [f"{self._subjects}>"],
            "storage": "file",
            "num_replicas": self._replicas,
            "max_msgs_per_subject": 1,
            "discard": "new",
            "allow_rollup_hdrs": True,
            "deny_delete": True,
            "allow_direct": True,
        }
        await self._link.api(f"STREAM.CREATE.{self._stream}", config)

    async def created(self) -> str:
        """When it was made, to the nanosecond: another value means another bucket. Raises `BucketMissing`."""
        try:
            info = await self._link.api(f"STREAM.INFO.{self._stream}")
        except ApiError as error:
            if error.code == STREAM_NOT_FOUND:
                raise BucketMissing(self.name) from error
            raise
        return str(info["created"])

    async def put(self, key: str, value: bytes) -> int:
        """Store durably; returns the revision."""
        return await self._publish(key, value, {})

    async def purge(self, key: str) -> int:
        """Remove the value from the bucket and leave a mark that it was; returns the revision."""
        return await self._publish(key, b"", {"KV-Operation": "PURGE", "Nats-Rollup": "sub"})

    async def read(self, after: int) -> list[Entry]:
        """The entries changed after a revision, in that order; up to `ENTRIES` of them."""
        connection = self._link.nc
        inbox = connection.new_inbox()
        answers: asyncio.Queue[Msg] = asyncio.Queue()
        subscription = await connection.subscribe(inbox, cb=answers.put)
        try:
            question = {"seq": after + 1, "next_by_subj": f"{self._subjects}>", "batch": ENTRIES}
            await connection.publish(f"$JS.API.DIRECT.GET.{self._stream}", orjson.dumps(question), reply=inbox)
            entries = []
            async with asyncio.timeout(ANSWER_WITHIN_S):
                while entry := self._entry(await answers.get()):
                    entries.append(entry)
            return entries
        finally:
            if self._link.up.is_set():
                await subscription.unsubscribe()

    @asynccontextmanager
    async def changes(self) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever something changes. A missed change is found by asking now and then."""
        changed = asyncio.Event()

        async def tell(_message: Msg) -> None:
            changed.set()

        subscription = await self._link.nc.subscribe(f"{self._subjects}>", cb=tell)
        try:
            yield changed
        finally:
            if self._link.up.is_set():
                await subscription.unsubscribe()

    async def follow(self, look: Callable[[], Awaitable[None]], at_least_every_s: float) -> None:
        """Look now, at every change, and now and then in case one went unheard; until cancelled.

        Whatever the broker or a database do, it goes on when they are back.
        """
        failures = 0
        while True:
            try:
                await self._link.up.wait()
                async with self.changes() as changed:
                    while True:
                        await look()
                        failures = 0
                        await _until_changed(changed, at_least_every_s)
            except Exception as error:
                if not isinstance(error, TRANSIENT) and not passes(error):
                    raise
                failures += 1
                logger.info("the bucket is asked again", bucket=self.name, error=repr(error))
                await asyncio.sleep(pause_s(failures))

    async def _publish(self, key: str, value: bytes, headers: dict[str, str]) -> int:
        answer = orjson.loads((await self._link.request(f"{self._subjects}{key}", value, headers=headers or None)).data)
        if "error" in answer:
            raise ApiError(answer["error"].get("err_code", 0), answer["error"].get("description", ""))
        return int(answer["seq"])

    def _entry(self, message: Msg) -> Entry | None:
        headers = message.headers or {}
        if "Status" in headers:
            return None  # 204: the end of the answer; 404: there is nothing
        key = headers["Nats-Subject"].removeprefix(self._subjects)
        purged = headers.get("KV-Operation") in PURGED
        return Entry(key, None if purged else message.data, int(headers["Nats-Sequence"]))


async def _until_changed(changed: asyncio.Event, at_most_s: float) -> None:
    """Wait for a change, or for the time to look anyway."""
    try:
        # Not `wait_for`: in Python 3.11 it loses a cancellation that comes together with the change.
        async with asyncio.timeout(at_most_s):
            await changed.wait()
    except TimeoutError:
        return
    await asyncio.sleep(SETTLE_S)
    changed.clear()
