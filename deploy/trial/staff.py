"""The scripted users: logged in by role and unit, every command under its own key, every refusal counted."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from deploy.trial.browser import NOT_YET, Answer, Browser
from deploy.trial.district import Official, officials

PASSWORD = "trial-of-huiyin"  # noqa: S105 - of invented officials in a folder that is thrown away
AGAIN_SHARE = 0.01
"""Commands that are sent once more at the end, under the same key."""

ON_ITS_WAY_S = 60.0
FIRST_LOOK_S = 0.1


class Unexpected(Exception):
    """A command that the rules should have let through was refused."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A command that can be sent again."""

    path: str
    token: str
    body: Any
    key: str
    answer: Answer


@dataclass
class Tally:
    """What was sent and what came back."""

    commands: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    unexpected: Counter[tuple[str, str]] = field(default_factory=Counter)
    waited: int = 0


class Staff:
    """All officials of the district at their desks."""

    def __init__(self, browser: Browser, seed: int, people: Sequence[Official] | None = None) -> None:
        self.browser, self.tally = browser, Tally()
        self._people = list(officials() if people is None else people)
        self.again: list[Sent] = []
        self._tokens: dict[str, str] = {}
        self._random = random.Random(seed)  # noqa: S311 - which commands are repeated is no secret
        self._by_role: dict[tuple[str, str], list[str]] = {}

    async def log_in(self) -> None:
        """Everybody with the password of the day."""
        await asyncio.gather(*(self._log_in(one) for one in self._people))
        for one in self._people:
            for role in one.roles:
                self._by_role.setdefault((role, one.unit_id), []).append(one.person_id)

    def person(self, role: str, unit: str, turn: int = 0) -> str:
        """One of those who hold a role in a unit."""
        found = self._by_role[role, unit]
        return found[turn % len(found)]

    def token(self, person: str) -> str:
        """Of somebody who is logged in."""
        return self._tokens[person]

    async def act(self, what: str, person: str, path: str, body: Any, key: str) -> Any:
        """A command that must be taken; the story ends where it is not."""
        answer = await self._send(what, person, path, body, key)
        if answer.ok:
            return answer.content
        self.tally.unexpected[what, answer.code] += 1
        raise Unexpected(f"{what}: {answer.status} {answer.content}")

    async def ask(self, what: str, person: str, path: str, body: Any, key: str, codes: Sequence[str]) -> Answer:
        """A command that may be refused with one of these codes: then somebody else, or more, is needed first."""
        answer = await self._send(what, person, path, body, key)
        if answer.ok:
            return answer
        if answer.code not in codes:
            self.tally.unexpected[what, answer.code] += 1
            raise Unexpected(f"{what}: {answer.status} {answer.content}")
        self.tally.refused[what, answer.code] += 1
        return answer

    async def attempt(self, what: str, person: str, path: str, body: Any, key: str, codes: Sequence[str]) -> None:
        """A command that must be refused, with one of these codes."""
        answer = await self._send(what, person, path, body, key)
        if not answer.ok and answer.code in codes:
            self.tally.refused[what, answer.code] += 1
        else:
            self.tally.unexpected[what, answer.code if not answer.ok else "taken"] += 1

    async def _send(self, what: str, person: str, path: str, body: Any, key: str) -> Answer:
        token, waited, pause = self._tokens[person], 0.0, FIRST_LOOK_S
        while True:
            answer = await self.browser.post(path, token, body, key)
            if answer.ok or answer.code not in NOT_YET or waited > ON_ITS_WAY_S:
                break
            self.tally.waited += 1
            await asyncio.sleep(pause)
            waited, pause = waited + pause, min(pause * 2, 2.0)
        self.tally.commands[what] += 1
        if answer.ok and (self._random.random() < AGAIN_SHARE or not self.again):
            self.again.append(Sent(path, token, body, key, answer))
        return answer

    async def _log_in(self, one: Official) -> None:
        body = {"login": one.person_id, "password": PASSWORD}
        answer = await self.browser.post("/intake/api/session", "", body, f"session-{one.person_id}")
        if not answer.ok:
            raise Unexpected(f"{one.person_id} cannot log in: {answer.content}")
        self._tokens[one.person_id] = answer.content["token"]
