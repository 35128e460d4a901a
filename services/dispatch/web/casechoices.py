"""What can be chosen in the forms of one case: read only for the acts that this person is offered."""

from collections.abc import Sequence
from typing import Any

from services.chassis.web import User
from services.dispatch.domain.state import Case
from services.dispatch.web import labels, pausing, wording
from services.dispatch.web.caseviews import OrderView
from services.dispatch.web.reads import Reads
from services.reference.programmes import ActivePack
from services.reference.words import METHODS

APPROVED = frozenset({"suspend", "close-unhandled", "bind-leader", "complete"})
"""Acts that a leader's name stands under."""


async def choices(
    found: Reads,
    user: User,
    active: ActivePack | None,
    state: Case,
    orders: Sequence[OrderView],
    acts: frozenset[str],
) -> dict[str, Any]:
    """Options by the kind of field."""
    offered = acts.union(*(order.acts for order in orders))
    options: dict[str, Any] = {
        "results": wording.options(labels.RESULTS),
        "methods": wording.options(METHODS),
        "returns": wording.options(labels.RETURN_REASONS),
        "reopen": [pair for pair in wording.options(labels.REOPEN_REASONS) if pair[0] != "follow_up_failed"],
        "close": wording.options(labels.CLOSE_REASONS),
        "links": wording.options(labels.LINKS),
        "bindings": wording.options(labels.BINDINGS),
    }
    if any(order.mine and order.acts for order in orders) or "sign" in offered:
        options["persons"] = await wording.persons(found, _working_unit(user, orders))
    if offered & {"rule", "return", "designate"}:
        options["units"] = wording.unit_groups(await found.directory.units(), state.complained)
    if offered & APPROVED:
        lead = state.lead.unit if state.lead else None
        options["approvers"] = await pausing.approvers(found, lead, user.person_id)
        options["leaders"] = await pausing.approvers(found, lead)
    if "designate" in acts:
        options["group"] = [(one.person_id, one.name) for one in await found.directory.in_role("leading_group")]
    if "split" in acts and active is not None:
        options["categories"] = [
            (group.name, [(leaf.code, leaf.name) for leaf in group.items]) for group in active.pack.categories
        ]
        areas = [unit for unit in await found.directory.units() if unit.level in ("town", "community", "village")]
        options["territories"] = [(unit.unit_id, unit.name) for unit in areas]
    return options


def _working_unit(user: User, orders: Sequence[OrderView]) -> str:
    """Whose persons are offered: of the unit that one stands in for where the order is not one's own."""
    own = next((order for order in orders if order.mine and order.acts), None)
    if own is not None:
        return user.unit_id
    return next((order.order.unit for order in orders if "sign" in order.acts), user.unit_id)
