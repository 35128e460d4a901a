"""What pages and commands of this process read, and how several words stand after one another."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from services.chassis.keys import Unopened
from services.reference.grid import Grid
from services.reference.programmes import ActivePack
from services.reference.reads import Reads as ReferenceReads
from services.reference.reads import kept, shown
from services.ui.i18n import language


@dataclass(frozen=True, slots=True)
class Reads(ReferenceReads):
    """One per process; programmes keep their parsed packs."""

    grid: Grid

    async def programme(self, wanted: str | None) -> ActivePack | None:
        """The programme asked for, else the one activated last."""
        if wanted and (found := await self.programmes.active(wanted)):
            return found
        known = await self.programmes.all()
        return known[0] if known else None


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
    return shown(Unopened.ERASED if row["title_state"] == "erased" else Unopened.PENDING)


def reads(request: Request) -> Reads:
    """Made at the first request of the process."""
    return kept(request, lambda service, parts: Reads(*parts, Grid(service.pool)))
