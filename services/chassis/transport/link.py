"""The one connection of a process to the broker: it comes up when it can, and for ever comes back."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nats.errors
import orjson
from faststream.nats import NatsBroker
from faststream.nats.security import NatsCredentials, NatsSecurity, NatsUserPassword
from nats.aio.client import Client, ErrorCallback
from nats.aio.msg import Msg

from services.chassis.tasks import end

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 2
RECONNECT_SECONDS = 0.25
PING_SECONDS = 2
"""A frozen broker is noticed after two unanswered pings, well before leases change hands."""
DRAIN_SECONDS = 2
API_SECONDS = 3.0
"""A JetStream answer normally takes a millisecond; a cluster that elects a leader takes a second or two."""
PENDING_BYTES = 8 * 1024 * 1024
"""What may wait while the broker is away; everything in it may be lost, so more would be no use."""

REFUSALS = ("permissions violation", "authorization violation")
"""What the broker says to those who may not."""

TRANSIENT = (nats.errors.Error, OSError, asyncio.TimeoutError)
"""What a broker that is away, starting or moving its leader causes; tried again, never fatal."""


class LinkDown(nats.errors.Error):
    """There is no connection to the broker now."""

    def __str__(self) -> str:
        return "the broker is not reachable"


class ApiError(nats.errors.Error):
    """JetStream said no."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(f"{description} ({code})")
        self.code, self.description = code, description

    def __str__(self) -> str:
        return f"{self.description} ({self.code})"


@dataclass(frozen=True, slots=True)
class LinkOptions:
    """Where the broker is and who this process is to it."""

    url: str
    service: str
    user: str | None = None
    password: str | None = None
    creds: Path | None = None

    @property
    def inbox(self) -> str:
        """Answers come to an inbox that only this service may read, where accounts are in force."""
        return inbox_prefix(self.service)


def inbox_prefix(service: str) -> str:
    """The inbox prefix of a service; the broker's permissions name the same one."""
    return f"_INBOX_{service}"


class _Broker(NatsBroker):
    """FastStream's broker, which however gives up at a wrong password and leaves its socket open.

    A service must outlive that: passwords are changed while services run.
    """

    async def _connect(self) -> Client:
        client = Client()
        try:
            await client.connect(**self._connection_kwargs)
        except BaseException:
            await client.close()
            raise
        self.config.connect(client)
        return client

    def _log_connection_broken(self, error_cb: ErrorCallback | None = None) -> ErrorCallback:
        assert error_cb is not None
        return error_cb


class Link:
    """Holds the connection. `up` is set while connected; `generation` counts the connections made."""

    def __init__(self, options: LinkOptions) -> None:
        self.options = options
        self.up = asyncio.Event()
        self.generation = 0
        self.refused: str | None = None
        """The last thing the broker did not permit: a wrong set-up that nobody must overlook."""
        self._connecting: asyncio.Task[None] | None = None
        self._on_first: list[Callable[[], Awaitable[None]]] = []
        self._on_change: list[Callable[[], None]] = []
        self.broker = _Broker(
            options.url,
            name=f"huiyin-{options.service}",
            security=_security(options),
            inbox_prefix=options.inbox,
            allow_reconnect=True,
            max_reconnect_attempts=-1,
            connect_timeout=CONNECT_SECONDS,
            reconnect_time_wait=RECONNECT_SECONDS,  # type: ignore[arg-type]  # the client takes fractions
            ping_interval=PING_SECONDS,
            max_outstanding_pings=2,
            drain_timeout=DRAIN_SECONDS,
            pending_size=PENDING_BYTES,
            error_cb=self._error,
            disconnected_cb=self._lost,
            reconnected_cb=self._back,
            graceful_timeout=DRAIN_SECONDS,
            logger=logging.getLogger("huiyin.faststream"),
            log_level=logging.DEBUG,
        )

    def on_first(self, prepare: Callable[[], Awaitable[None]]) -> None:
        """Run once when the first connection is made; subscriptions then survive reconnects by themselves."""
        self._on_first.append(prepare)

    def on_change(self, tell: Callable[[], None]) -> None:
        """Called whenever the connection was made or lost."""
        self._on_change.append(tell)

    async def start(self) -> None:
        """Begin connecting; returns at once, because commands go on without a broker."""
        self._connecting = asyncio.create_task(self._connect(), name="link")

    async def stop(self) -> None:
        """Hand over what was sent, then close."""
        if self._connecting is not None:
            await end(self._connecting)
        self.up.clear()
        connection = self.broker._connection
        if connection is None:
            return
        try:
            if connection.is_connected:
                await connection.flush(DRAIN_SECONDS)
        except TRANSIENT as error:
            logger.info("closing without a last flush: %r", error)
        await connection.close()

    @property
    def nc(self) -> Client:
        """The connection for plain requests; raises `LinkDown` while there is none."""
        connection = self.broker._connection
        if connection is None or not connection.is_connected:
            raise LinkDown
        return connection

    @property
    def client(self) -> Client | None:
        """The connection object, also while it is reconnecting; None before the first connection."""
        return self.broker._connection

    async def request(
        self, subject: str, body: bytes = b"", *, headers: dict[str, str] | None = None, timeout: float = API_SECONDS
    ) -> Msg:
        """Ask and wait; raises one of `TRANSIENT` when nobody answers."""
        return await self.nc.request(subject, body, timeout=timeout, headers=headers)

    async def api(self, subject: str, body: Any = None) -> dict[str, Any]:
        """Ask JetStream itself; raises `ApiError` for its refusals."""
        answer = await self.request(f"$JS.API.{subject}", orjson.dumps(body) if body is not None else b"")
        content: dict[str, Any] = orjson.loads(answer.data)
        if "error" in content:
            raise ApiError(content["error"].get("err_code", 0), content["error"].get("description", ""))
        return content

    async def _connect(self) -> None:
        await self.broker.start()
        for prepare in self._on_first:
            await prepare()
        self._connected()

    def _connected(self) -> None:
        self.generation += 1
        self.refused = None
        self.up.set()
        for tell in self._on_change:
            tell()

    async def _back(self) -> None:
        if self._connecting is not None and self._connecting.done():
            self._connected()

    async def _lost(self) -> None:
        self.up.clear()
        for tell in self._on_change:
            tell()

    async def _error(self, error: Exception) -> None:
        if any(sign in str(error).lower() for sign in REFUSALS):
            self.refused = str(error)
            logger.error("the broker refused: %s", error)
        else:
            logger.info("broker: %r", error)


def _security(options: LinkOptions) -> NatsSecurity | None:
    if options.creds is not None:
        return NatsCredentials(str(options.creds))
    if options.user is not None:
        return NatsUserPassword(options.user, options.password or "")
    return None
