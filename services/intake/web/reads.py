"""What pages and commands of this process read, and how they wait for what was just written."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from starlette.requests import Request

from services.chassis.clock import LOCAL
from services.chassis.decider import Rejected
from services.chassis.keys import Unopened
from services.chassis.service import Service
from services.chassis.words import N_
from services.reference.grid import Grid
from services.reference.programmes import ActivePack
from services.reference.reads import Reads as ReferenceReads
from services.reference.reads import kept, shown

READ_WITHIN_S = 2.0
"""A command right after another waits this long for the read model that it is checked against."""


@dataclass(frozen=True, slots=True)
class Reads(ReferenceReads):
    """One per process; programmes keep their parsed packs."""

    service: Service
    grid: Grid

    @property
    def today(self) -> datetime:
        """The beginning of the local day."""
        return datetime.combine(self.now.astimezone(LOCAL).date(), time(), LOCAL)

    async def programme(self, wanted: str | None = None) -> ActivePack | None:
        """The programme asked for, else the one activated last."""
        if wanted:
            return await self.programmes.active(wanted)
        known = await self.programmes.all()
        return known[0] if known else None

    async def active(self, wanted: str | None) -> ActivePack:
        """The same, or a refusal: a request is accepted under a programme's rules."""
        found = await self.programme(wanted)
        if found is None:
            await self.caught_up("programmes")
            found = await self.programme(wanted)
        if found is None:
            raise Rejected("programme-not-active", N_("诉求所属的活动尚未启用，不能受理。"), "programme")
        return found

    async def caught_up(self, name: str) -> bool:
        """Let a read model come up to what the log holds now; False when it did not in time."""
        return await self.service.caught_up(name, (await self.service.log.head()).seq, READ_WITHIN_S)


def title_of(row: Any) -> str:
    """The title as a list shows it."""
    if row["title_state"] == "open":
        return str(row["title"])
    erased = row["erased"] or row["title_state"] == "erased"
    return shown(Unopened.ERASED if erased else Unopened.PENDING)


def reads(request: Request) -> Reads:
    """Made at the first request of the process."""
    return kept(request, lambda service, parts: Reads(*parts, service, Grid(service.pool)))
