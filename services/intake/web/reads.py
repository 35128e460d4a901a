"""What pages and commands of this process read: the directory, the programmes, the clock, the keys."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

import asyncpg
from starlette.requests import Request

from contracts.sealed import Sealed
from services.chassis.clock import LOCAL, Clock
from services.chassis.decider import Rejected
from services.chassis.keys import KeyRing, Unopened
from services.chassis.service import Service
from services.intake.domain.words import N_
from services.reference.directory import Directory
from services.reference.programmes import ActivePack, Programmes
from services.ui.i18n import gettext as _

READ_WITHIN_S = 2.0
"""A command right after another waits this long for the read model that it is checked against."""


@dataclass(frozen=True, slots=True)
class Reads:
    """One per process; programmes keep their parsed packs."""

    service: Service
    pool: asyncpg.Pool
    keys: KeyRing
    clock: Clock
    directory: Directory
    programmes: Programmes

    @property
    def now(self) -> datetime:
        return self.clock.now()

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

    async def text(self, sealed: Sealed) -> str:
        """A sealed text, or what is said in its place."""
        return shown(await self.keys.opened(sealed))


def shown(text: str | Unopened) -> str:
    """The text itself; erased and not yet readable are told apart."""
    match text:
        case Unopened.ERASED:
            return _("已依法删除")
        case Unopened.PENDING:
            return _("正文密钥未到")
        case _:
            return text


def title_of(row: Any) -> str:
    """The title as a list shows it."""
    if row["title_state"] == "open":
        return str(row["title"])
    return _("已依法删除") if row["title_state"] == "erased" or row["erased"] else _("正文密钥未到")


def reads(request: Request) -> Reads:
    """Made at the first request of the process."""
    state = request.app.state
    found: Reads | None = getattr(state, "reads", None)
    if found is None:
        service: Service = state.service
        assert service.keys is not None, "intake owns the keys"
        found = Reads(
            service,
            service.pool,
            service.keys,
            service.clock,
            Directory(service.pool, service.keys),
            Programmes(service.pool),
        )
        state.reads = found
    return found
