"""回避: a unit complained of, and what stands below it, gets no hand in the matter and is not told who complains."""

from collections.abc import Iterable
from typing import Any

from services.chassis.decider import Rejected
from services.chassis.web import Forbidden, User
from services.dispatch.domain.refusing import BELOW, ITSELF
from services.dispatch.web.reads import Reads
from services.ui.i18n import N_

NOT_TO_COMPLAINED = N_("诉求反映的是贵单位或其上级单位；原始记录载有诉求人的线索，不向贵单位提供。")


async def barred(found: Reads, complained: Iterable[str]) -> frozenset[str]:
    """The units complained of and all below them."""
    return await found.directory.below(complained)


async def recused(found: Reads, user: User, complained: Iterable[str]) -> bool:
    """Whether the user belongs to a unit complained of, or to one below such a unit (domain 2.5 (4))."""
    accused = frozenset(complained)
    return bool(accused) and bool(accused & await found.directory.above(user.unit_id))


async def recused_rows(found: Reads, user: User, rows: Iterable[Any]) -> frozenset[str]:
    """The cases among the rows (`case_id`, `complained`) from which the user is kept, in one question."""
    above = await found.directory.above(user.unit_id)
    return frozenset(row["case_id"] for row in rows if not above.isdisjoint(row["complained"]))


async def refuse_barred(found: Reads, complained: Iterable[str], units: Iterable[tuple[str, str]]) -> None:
    """Nobody handles a complaint about themselves or about the unit above them. `units`: field and unit."""
    accused = frozenset(complained)
    if not accused:
        return
    out = await barred(found, accused)
    for field, unit in units:
        if unit in out:
            raise Rejected("complained-unit", ITSELF if unit in accused else BELOW, field)


async def refuse_recused(found: Reads, user: User, complained: Iterable[str], roles: tuple[str, ...]) -> None:
    """403 for what would lead the unit complained of to whoever complains."""
    if await recused(found, user, complained):
        raise Forbidden(roles, NOT_TO_COMPLAINED)
