"""What pages and commands of this process read: the directory, the programmes, the clock, the keys."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from starlette.requests import Request

from contracts.sealed import Sealed
from services.chassis.clock import Clock
from services.chassis.keys import KeyRing, Unopened
from services.reference.directory import Directory
from services.reference.programmes import ActivePack, Programmes
from services.ui.i18n import gettext as _
from services.ui.i18n import language


@dataclass(frozen=True, slots=True)
class Reads:
    """One per process; programmes keep their parsed packs."""

    pool: asyncpg.Pool
    keys: KeyRing
    clock: Clock
    directory: Directory
    programmes: Programmes

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def programme(self, wanted: str | None) -> ActivePack | None:
        """The programme asked for, else the one activated last."""
        if wanted and (found := await self.programmes.active(wanted)):
            return found
        known = await self.programmes.all()
        return known[0] if known else None

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


def listed(words: Iterable[str]) -> str:
    """Several words after one another, in the manner of the language."""
    return ("、" if language() == "zh" else ", ").join(words)


def clauses(parts: Iterable[str]) -> str:
    """Several short statements after one another."""
    return ("；" if language() == "zh" else "; ").join(parts)


def title_of(row: Any) -> str:
    """The title as a list shows it."""
    if row["title_state"] == "open":
        return str(row["title"])
    return _("已依法删除") if row["title_state"] == "erased" else _("正文密钥未到")


def reads(request: Request) -> Reads:
    """Made at the first request of the process."""
    state = request.app.state
    found: Reads | None = getattr(state, "reads", None)
    if found is None:
        service = state.service
        found = Reads(
            service.pool,
            service.keys,
            service.clock,
            Directory(service.pool, service.keys),
            Programmes(service.pool),
        )
        state.reads = found
    return found
