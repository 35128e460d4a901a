"""What pages and runs of this process read besides what every service does: facts as of a moment."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from services.reference.reads import Reads as ReferenceReads
from services.reference.reads import kept
from services.reporting.read.moments import Moments


@dataclass(frozen=True, slots=True)
class Reads(ReferenceReads):
    """One per process; programmes keep their parsed packs."""

    moments: Moments

    async def titles(self, cases: Sequence[str]) -> dict[str, str]:
        """Case titles by id, or what is said in their place."""
        sealed = await self.moments.titles(list(cases))
        return dict(zip(sealed, await self.texts(list(sealed.values())), strict=True))

    async def request_titles(self, requests: Sequence[str]) -> dict[str, str]:
        """Titles of requests by id, or what is said in their place."""
        sealed = await self.moments.request_titles(list(requests))
        return dict(zip(sealed, await self.texts(list(sealed.values())), strict=True))


def reads(request: Request) -> Reads:
    """Made at the first request of the process."""
    return kept(request, lambda service, parts: Reads(*parts, Moments(service.pool)))
