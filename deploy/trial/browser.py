"""A small keep-alive HTTP client: thousands of commands a minute beside the services on the same two cores."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

ANSWER_WITHIN_S = 30.0
TRIES = 6
"""With the same Idempotency-Key, so that a repeat changes nothing."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 3.2
AGAIN = (502, 503, 504)
NOT_YET = ("not-yet-numbered", "not-yet-shown", "http-404", "no-key")
"""What has just been caused is on its way: ask again shortly."""


class NoAnswer(Exception):
    """The installation did not answer in time, however often it was asked."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON content."""

    status: int
    content: Any

    @property
    def ok(self) -> bool:
        return self.status < 400

    @property
    def code(self) -> str:
        """The refusal's code; of a form's refusal, the first field's."""
        content = self.content if isinstance(self.content, dict) else {}
        return str(content.get("code") or content.get("type") or self.status)


class Browser:
    """Connections to one address, as many as there are users acting at the same moment."""

    def __init__(self, url: str, most: int, *, tries: int = TRIES) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._free = asyncio.Semaphore(most)
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._tries = tries
        self.sent = 0

    async def get(self, path: str, token: str, **query: Any) -> Any:
        """The content; anything but success is a fault of the trial."""
        asked = {name: value for name, value in query.items() if value is not None}
        answer = await self.call("GET", f"{path}?{urlencode(asked)}" if asked else path, token)
        if not answer.ok:
            raise NoAnswer(f"GET {path}: {answer.status} {answer.content}")
        return answer.content

    async def post(self, path: str, token: str, body: Any, key: str) -> Answer:
        """One command under its own key."""
        self.sent += 1
        return await self.call("POST", path, token, orjson.dumps(body), key)

    async def call(self, method: str, path: str, token: str, body: bytes = b"", key: str = "") -> Answer:
        """Again while the installation is busy or away."""
        last: object = None
        async with self._free:
            for attempt in range(self._tries):
                try:
                    answer = await asyncio.wait_for(self._once(method, path, token, body, key), ANSWER_WITHIN_S)
                except (OSError, EOFError, TimeoutError) as error:
                    last = repr(error)
                else:
                    if answer.status not in AGAIN or answer.code in NOT_YET:
                        return answer
                    last = answer
                await asyncio.sleep(min(FIRST_PAUSE_S * 2**attempt, LONGEST_PAUSE_S))
        raise NoAnswer(f"{method} {path}: {last}")

    def close(self) -> None:
        """Idle connections end; nothing may be under way."""
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()

    async def _once(self, method: str, path: str, token: str, body: bytes, key: str) -> Answer:
        reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(self._head(method, path, token, body, key) + body)
            answer, keep = await _read(reader)
        except BaseException:
            writer.close()
            raise
        if keep:
            self._idle.append((reader, writer))
        else:
            writer.close()
        return answer

    def _head(self, method: str, path: str, token: str, body: bytes, key: str) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}:{self._port}", f"Authorization: Bearer {token}"]
        if method == "POST":
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}", f"Idempotency-Key: {key}"]
        return "\r\n".join([*lines, "", ""]).encode()


async def _read(reader: asyncio.StreamReader) -> tuple[Answer, bool]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(head[0].split(" ")[1])
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
    if fields.get("transfer-encoding") == "chunked":
        raw = await _chunks(reader)
    else:
        raw = await reader.readexactly(int(fields.get("content-length", "0")))
    content = orjson.loads(raw) if raw and "json" in fields.get("content-type", "") else raw
    return Answer(status, content), fields.get("connection", "").lower() != "close"


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int((await reader.readline()).split(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(parts)
