"""Whom a form names as answering: a person of the directory, and of the unit that the order goes to."""

from collections.abc import Iterable

from services.chassis.decider import Rejected
from services.dispatch.web.reads import Reads
from services.ui.i18n import N_

NOT_LISTED = N_("名册中没有这个人员；请从名册中选择。")
NOT_OF_UNIT = N_("所选人员不属于新的承办单位；请从该单位中选择。")


async def refuse_strangers(found: Reads, named: Iterable[tuple[str, str | None]], unit: str | None = None) -> None:
    """`named`: field and person, None where nobody is. With `unit` only who belongs to it, or to one below it, or
    holds a role for one of these."""
    given = [(field, person) for field, person in named if person]
    if not given:
        return
    known = await found.directory.units_of(person for _field, person in given)
    within = await found.directory.below([unit]) if unit else frozenset()
    for field, person in given:
        if person not in known:
            raise Rejected("unknown-person", NOT_LISTED, field)
        if unit and within.isdisjoint(known[person]):
            raise Rejected("unknown-person", NOT_OF_UNIT, field)
