"""A demo district at work on the four real services: clients that never give up on a command."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from deploy.demo.load import PASSWORD
from deploy.local.installation import Installation

ANSWER_WITHIN_S = 3.0
"""Shorter than a freeze: the client gives up and asks again while its first request may still be carried out."""

GIVE_UP_S = 150.0
"""Longer than everything that is done to the servers, with their restarts."""

PAUSE_S, LONGEST_PAUSE_S = 0.1, 1.0
POLL_S = 0.05
ON_ITS_WAY = ("http-404", "not-yet-numbered", "no-key", "conflict")
"""What has just been caused in another service has not arrived; or another process acted at the same moment."""

LEADS = {"dept-traffic": "jiaotong", "dept-housing": "zhujian", "dept-farm": "nongye", "town-west": "xizhen"}
"""Units that get the orders, and who signs for them."""

REPLY = "已按您反映的情况办理完毕，并电话告知结果。"


class Refused(Exception):
    """A command that the rules should have let through was refused."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A command that was answered: where the answer says that its last event lies, and how many it made."""

    key: str
    login: str
    path: str
    body: dict[str, Any]
    source: str
    position: int
    events: int


@dataclass
class Load:
    """Clients at work. What was acknowledged and what was not answered is counted here."""

    client: httpx.AsyncClient
    run: str
    acknowledged: list[Acknowledged] = field(default_factory=list)
    accepted: set[str] = field(default_factory=set)
    unanswered: Counter[str] = field(default_factory=Counter)
    stories: int = 0
    _tokens: dict[str, str] = field(default_factory=dict)
    _persons: dict[str, str] = field(default_factory=dict)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _may_send: asyncio.Event = field(default_factory=asyncio.Event)
    _under_way: int = 0

    def __post_init__(self) -> None:
        self._may_send.set()

    async def log_in(self) -> None:
        for login in ("shouli", "paidan", *LEADS.values()):
            answer = await self.client.post("/intake/api/session", json={"login": login, "password": PASSWORD})
            answer.raise_for_status()
            self._tokens[login] = answer.json()["token"]
            self._persons[login] = answer.json()["user"]["person_id"]

    async def work(self, number: int, pause_s: float) -> None:
        """One client: story after story until it is told to stop; the story under way is told to its end."""
        turn = 0
        while not self._stop.is_set():
            await self._tell(f"{self.run}-{number}-{turn}", number + turn)
            turn += 1
            await asyncio.sleep(pause_s)

    def stop(self) -> None:
        self._stop.set()

    async def progress(self, more: int) -> None:
        """Until that many more commands were acknowledged."""
        goal = len(self.acknowledged) + more
        async with asyncio.timeout(GIVE_UP_S):
            while len(self.acknowledged) < goal:
                await asyncio.sleep(POLL_S)

    @asynccontextmanager
    async def resting(self) -> AsyncIterator[None]:
        """During the block no command is under way; what was begun is answered first."""
        self._may_send.clear()
        async with asyncio.timeout(GIVE_UP_S):
            while self._under_way:
                await asyncio.sleep(POLL_S)
        yield
        self._may_send.set()

    async def send(self, login: str, path: str, body: dict[str, Any], key: str) -> tuple[dict[str, Any], str]:
        """The content and the position of the answer, however often it must be asked for under the same key."""
        headers = {"Authorization": f"Bearer {self._tokens[login]}", "Idempotency-Key": key}
        deadline, pause = time.monotonic() + GIVE_UP_S, PAUSE_S
        while True:
            said, answer = await self._once(path, body, headers)
            if answer is not None and not answer.is_error:
                return answer.json(), answer.headers["Huiyin-Position"]
            if said not in ON_ITS_WAY:
                if answer is not None and answer.status_code < 500:
                    raise Refused(f"{key}: {answer.status_code} {answer.text[:300]}")
                self.unanswered[said] += 1
            if time.monotonic() > deadline:
                raise TimeoutError(f"{key}: {said} for {GIVE_UP_S:.0f} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _once(
        self, path: str, body: dict[str, Any], headers: dict[str, str]
    ) -> tuple[str, httpx.Response | None]:
        try:
            answer = await self.client.post(path, json=body, headers=headers)
        except httpx.TransportError as error:
            return type(error).__name__, None
        content = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        return str(content.get("code", answer.status_code)), answer

    async def _act(self, login: str, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        await self._may_send.wait()
        self._under_way += 1
        content, token = await self.send(login, path, body, key)
        self._under_way -= 1
        source, _, position = token.partition(":")
        events = len(content.get("events", ())) or 1
        self.acknowledged.append(Acknowledged(key, login, path, body, source, int(position), events))
        return content

    async def _tell(self, name: str, turn: int) -> None:
        """From the registration to the strike-off."""
        lead, clerk = list(LEADS.items())[turn % len(LEADS)]
        said = {"channel": "hotline", "title": f"示例诉求 {name}", "text": "示例路灯不亮，请尽快修复。"}
        requester = {"name": "示例来电人", "phone": "13800000000"}
        body: dict[str, Any] = {**said, "territory": "town-east", "requester": requester}
        registered = await self._act("shouli", "/intake/api/requests", body, f"{name}-register")
        request = registered["request_id"]
        await self._act("shouli", f"/intake/api/requests/{request}/accept", {}, f"{name}-accept")
        self.accepted.add(request)
        case = f"/dispatch/api/cases/c-{request}"
        form = {"category": "road-lamp", "scope": "individual", "urgency": "real", "lead": lead}
        issued = await self._act("paidan", f"{case}/dispatch", form, f"{name}-dispatch")
        order = f"{case}/orders/{issued['orders'][0]['order_id']}"
        await self._act(clerk, f"{order}/sign", {}, f"{name}-sign")
        await self._act(clerk, f"{order}/contact", {"method": "phone", "reached": True}, f"{name}-contact")
        done = {"result": "solved", "reply": REPLY, "responsible_person": self._persons[clerk]}
        await self._act(clerk, f"{order}/complete", done, f"{name}-complete")
        await self._act(clerk, f"{case}/strike-off", {}, f"{name}-strike-off")
        self.stories += 1


def client_of(installation: Installation, most: int) -> httpx.AsyncClient:
    """One that gives up early, as an impatient person does."""
    limits = httpx.Limits(max_connections=most, max_keepalive_connections=most)
    return httpx.AsyncClient(base_url=installation.url, timeout=ANSWER_WITHIN_S, trust_env=False, limits=limits)


@asynccontextmanager
async def at_work(installation: Installation, run: str, clients: int, pause_s: float = 0.0) -> AsyncIterator[Load]:
    """Clients that work during the block and end their stories after it; what went wrong with one fails the block."""
    async with client_of(installation, clients) as client:
        load = Load(client, run)
        await load.log_in()
        async with asyncio.TaskGroup() as group:
            for number in range(clients):
                group.create_task(load.work(number, pause_s))
            yield load
            load.stop()
