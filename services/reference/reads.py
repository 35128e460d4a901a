"""What the pages and commands of any service read: the directory, the programmes, the clock, the keys."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import asyncpg
from starlette.requests import Request

from contracts.sealed import Sealed
from services.chassis.clock import Clock
from services.chassis.keys import KeyRing, Unopened
from services.chassis.service import Service
from services.reference.directory import Directory
from services.reference.programmes import Programmes
from services.ui.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Reads:
    """One per process; programmes keep their parsed packs. A service adds what only it reads."""

    pool: asyncpg.Pool
    keys: KeyRing
    clock: Clock
    directory: Directory
    programmes: Programmes

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def text(self, sealed: Sealed) -> str:
        """A sealed text, or what is said in its place."""
        return shown(await self.keys.opened(sealed))

    async def texts(self, stored: Sequence[str]) -> list[str]:
        """Sealed texts as they lie in a read model, or what is said in their place."""
        opened = await self.keys.opened_many([Sealed.model_validate(json.loads(text)) for text in stored])
        return [shown(text) for text in opened]


def shown(text: str | Unopened) -> str:
    """The text itself; erased and not yet readable are told apart."""
    match text:
        case Unopened.ERASED:
            return _("已依法删除")
        case Unopened.PENDING:
            return _("正文密钥未到")
        case _:
            return text


AnyReads = TypeVar("AnyReads", bound=Reads)
Parts = tuple[asyncpg.Pool, KeyRing, Clock, Directory, Programmes]


def kept(request: Request, make: Callable[[Service, Parts], AnyReads]) -> AnyReads:
    """What this process reads with, made at its first request."""
    state = request.app.state
    found: AnyReads | None = getattr(state, "reads", None)
    if found is None:
        service: Service = state.service
        assert service.keys is not None, "every service opens sealed text"
        pool, keys = service.pool, service.keys
        found = make(service, (pool, keys, service.clock, Directory(pool, keys), Programmes(pool)))
        state.reads = found
    return found
