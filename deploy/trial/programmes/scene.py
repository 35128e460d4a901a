"""The stage of a programme's trial: an installation with its people logged in, and days that pass for all of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import httpx

from contracts.pack import Pack, parse_pack
from deploy.cli.load_directory import installer_client
from deploy.cli.simulated import driver
from deploy.local.installation import SERVICES, Installation
from deploy.trial.browser import Browser
from deploy.trial.days import Days, half_days
from deploy.trial.programme import HASHES_AT_ONCE
from deploy.trial.programmes.cast import Cast
from deploy.trial.run import AT_ONCE, FOLLOWS_WITHIN_S, shows
from deploy.trial.staff import PASSWORD, Staff
from deploy.trial.watch import Watch
from services.chassis.clock import LOCAL
from services.chassis.deadlines import calendar_for
from services.chassis.simulation import Driver

OPENING = time(8, 30)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)
"""The smallest picture: evidence is about being there, not about pixels."""


@dataclass
class Scene:
    """Everything that the stories of a programme share."""

    cast: Cast
    pack: Pack
    installation: Installation
    browser: Browser
    staff: Staff
    watch: Watch
    clock: Driver
    seed: int
    days: Days = field(init=False)
    evidence: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        moments = half_days(calendar_for(self.pack), self.cast.begins, self.cast.ends)
        self.days = Days(moments, self.begin)

    async def begin(self, moment: datetime) -> None:
        """Every service shows the new time before anybody acts in it."""
        await self.watch.settled()
        await self.clock.set(moment)
        async with asyncio.timeout(FOLLOWS_WITHIN_S):
            for service in SERVICES:
                for url in self.installation.service_urls(service):
                    await shows(url, moment)

    def token(self, role: str, unit: str) -> str:
        return self.staff.token(self.staff.person(role, unit))

    async def found(self) -> None:
        """Directory, accounts, the pack, and one photograph that every unit shows."""
        async with installer_client(self.installation.url, self.installation.secret("session")) as client:
            key = {"Idempotency-Key": f"directory-{self.cast.programme}"}
            answer = await client.post("/intake/api/directory", json=self.cast.directory(), headers=key)
            answer.raise_for_status()
            if refused := [row for row in answer.json()["rows"] if row["status"] == "refused"]:
                raise RuntimeError(f"the directory was refused: {refused[:3]}")
            free = asyncio.Semaphore(HASHES_AT_ONCE)
            await asyncio.gather(*(self._account(client, free, one.person_id) for one in self.cast.people))
            toml = {"Content-Type": "application/toml", "Idempotency-Key": f"activate-{self.cast.programme}"}
            sent = await client.post("/supervision/api/programmes", content=self.cast.pack.read_bytes(), headers=toml)
            sent.raise_for_status()

    async def photograph(self) -> None:
        """Every clerk uploads the same picture; it is kept once, by its content."""
        clerks = [one for one in self.cast.people if "unit_clerk" in one.roles]
        async with httpx.AsyncClient(base_url=self.installation.url) as client:
            for clerk in clerks if self.pack.order.evidence_required else []:
                headers = {"Authorization": f"Bearer {self.staff.token(clerk.person_id)}"}
                picture = {"file": ("现场.png", PIXEL, "image/png")}
                answer = await client.post("/dispatch/api/files", files=picture, headers=headers)
                answer.raise_for_status()
                self.evidence = answer.json()

    async def _account(self, client: httpx.AsyncClient, free: asyncio.Semaphore, person: str) -> None:
        async with free:
            body = {"login": person, "person_id": person, "password": PASSWORD, "demo": True}
            (await client.post("/intake/api/accounts", json=body)).raise_for_status()


@asynccontextmanager
async def scenes(first: date, folder: Path, seed: int) -> AsyncIterator[Callable[[Cast], Awaitable[Scene]]]:
    """A new installation in which one programme after the other is acted out; time only goes forward."""
    async with Installation(folder, simulated_from=first, port=0, log_level="warning") as installation:
        await installation.wait_ready()
        watch = await Watch.open(installation, SERVICES)
        browser = Browser(installation.url, AT_ONCE)
        try:
            async with driver(installation.addresses) as clock:

                async def set_up(cast: Cast) -> Scene:
                    staff = Staff(browser, seed, cast.people)
                    pack = parse_pack(cast.pack.read_bytes())
                    stage = Scene(cast, pack, installation, browser, staff, watch, clock, seed)
                    await stage.begin(datetime.combine(cast.begins, OPENING, LOCAL))
                    await stage.found()
                    await watch.settled()
                    await staff.log_in()
                    await stage.photograph()
                    return stage

                yield set_up
        finally:
            browser.close()
            await watch.close()
