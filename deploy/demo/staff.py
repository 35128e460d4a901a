"""The demo's officials as programs: they log in and act through the API like everybody else."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from deploy.demo.load import PASSWORD

CALL_WITHIN_S = 60.0
TRIES = 10
"""A busy machine shows the last change late, and a command is refused until it does."""


class Staff:
    """The demo's officials, each with a login."""

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=CALL_WITHIN_S, trust_env=False)
        self._tokens: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self._client.aclose()

    async def act(self, login: str, path: str, body: Mapping[str, Any], key: str) -> Any:
        """A command that must be taken; the same key again changes nothing."""
        headers = {**await self._headers(login), "Idempotency-Key": key}
        answer = await self._client.post(path, json=body, headers=headers)
        for _ in range(TRIES):
            if answer.status_code != 503:
                break
            await asyncio.sleep(1)
            answer = await self._client.post(path, json=body, headers=headers)
        if answer.is_error:
            raise RuntimeError(f"{login} {path}: {answer.status_code} {answer.text[:400]}")
        return answer.json()

    async def look(self, login: str, path: str, **asked: Any) -> Any:
        answer = await self._client.get(path, params=asked, headers=await self._headers(login))
        return answer.json() if answer.is_success else None

    async def open(self, login: str, path: str) -> None:
        """Look at a page."""
        (await self._client.get(path, headers=await self._headers(login))).raise_for_status()

    async def _headers(self, login: str) -> dict[str, str]:
        if login not in self._tokens:
            answer = await self._client.post("/intake/api/session", json={"login": login, "password": PASSWORD})
            answer.raise_for_status()
            self._tokens[login] = answer.json()["token"]
        return {"Authorization": f"Bearer {self._tokens[login]}"}
