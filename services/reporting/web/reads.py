"""What pages and runs of this process read: facts as of a moment, directory, programmes, keys and the clock."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from starlette.requests import Request

from contracts.sealed import Sealed
from services.chassis.clock import Clock
from services.chassis.keys import KeyRing, Unopened
from services.reference.directory import Directory
from services.reference.programmes import Programmes
from services.reporting.read.moments import Moments
from services.ui.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Reads:
    """One per process; programmes keep their parsed packs."""

    pool: asyncpg.Pool
    keys: KeyRing
    clock: Clock
    directory: Directory
    programmes: Programmes
    moments: Moments

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def titles(self, cases: Sequence[str]) -> dict[str, str]:
        """Case titles by id, or what is said in their place."""
        sealed = await self.moments.titles(list(cases))
        opened = await self.keys.opened_many([Sealed.model_validate(json.loads(text)) for text in sealed.values()])
        return {case: _shown(text) for case, text in zip(sealed, opened, strict=True)}


def _shown(text: str | Unopened) -> str:
    match text:
        case Unopened.ERASED:
            return _("已依法删除")
        case Unopened.PENDING:
            return _("正文密钥未到")
        case _:
            return text


def reads(request: Request) -> Reads:
    """Made at the first request of the process."""
    state = request.app.state
    found: Reads | None = getattr(state, "reads", None)
    if found is None:
        service = state.service
        pool, keys = service.pool, service.keys
        found = Reads(pool, keys, service.clock, Directory(pool, keys), Programmes(pool), Moments(pool))
        state.reads = found
    return found
