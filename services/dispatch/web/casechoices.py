"""What can be chosen in the forms of one case: read only for the acts that this person is offered."""

from collections.abc import Sequence
from typing import Any

from services.chassis.web import User
from services.dispatch.domain.packrules import naming_roles
from services.dispatch.domain.state import Case
from services.dispatch.read.registered import registered_as
from services.dispatch.web import labels, pausing, wording
from services.dispatch.web.answering_choices import persons_by_unit, required_of
from services.dispatch.web.caseviews import OrderView
from services.dispatch.web.reads import Reads
from services.dispatch.web.recusal import barred
from services.dispatch.web.views import Options
from services.reference.held import held_as
from services.reference.programmes import ActivePack
from services.reference.words import CHANNELS, METHODS
from services.ui.formats import moment
from services.ui.i18n import gettext as _

APPROVED = frozenset({"suspend", "close-unhandled", "bind-leader", "complete"})
"""Acts that a leader's name stands under."""


async def choices(
    found: Reads,
    user: User,
    active: ActivePack | None,
    state: Case,
    orders: Sequence[OrderView],
    acts: frozenset[str],
    *,
    undecided: bool,
) -> dict[str, Any]:
    """Options by the kind of field."""
    offered = acts.union(*(order.acts for order in orders))
    without = await barred(found, state.complained)
    options: dict[str, Any] = {
        "results": wording.options(labels.RESULTS),
        "methods": wording.options(METHODS),
        "confirmations": wording.options(labels.CONFIRMATIONS),
        "returns": wording.options(labels.RETURN_REASONS),
        "naming_returns": wording.naming_returns(active.pack) if active else "",
        "reopen": _reopening(undecided=undecided),
        "close": wording.options(labels.CLOSE_REASONS),
        "links": wording.options(labels.LINKS),
        "bindings": wording.options(labels.BINDINGS),
    }
    if any(order.mine and order.acts for order in orders) or "sign" in offered:
        options["persons"] = await wording.persons(found, _working_unit(user, orders))
    if offered & {"rule", "return", "designate"}:
        units = await found.directory.units()
        options["units"] = wording.unit_groups(units, without)
        options["leads"] = wording.leading(active, units, without)
        options["required"] = required_of(active)
        options["anyone"] = await persons_by_unit(found, units, options["required"]) if "rule" in offered else []
    if offered & APPROVED:
        lead = state.lead.unit if state.lead else None
        options["approvers"] = await pausing.approvers(found, lead, user.person_id, without=without)
        options["leaders"] = await pausing.approvers(found, lead, without=without)
    if "designate" in acts and active is not None:
        naming = {"leading_group", *(held_as(role) for role in naming_roles(active.pack))}
        named = {one.person_id: one.name for role in sorted(naming) for one in await found.directory.in_role(role)}
        options["group"] = list(named.items())
    if "undo-join" in acts:
        options["joined"] = [(one.request_id, await _request_words(found, one.request_id)) for one in state.joined]
    if "split" in acts:
        several = state.request_ids if len(state.request_ids) > 1 else ()
        options["requests"] = [(one, await _request_words(found, one)) for one in several]
    if "split" in acts and active is not None:
        options["categories"] = [
            (group.name, [(leaf.code, leaf.name) for leaf in group.items]) for group in active.pack.categories
        ]
        areas = [unit for unit in await found.directory.units() if unit.level in ("town", "community", "village")]
        options["territories"] = [(unit.unit_id, unit.name) for unit in areas]
    return options


def _reopening(*, undecided: bool) -> Options:
    """A failed follow-up reopens by itself; a person gives it as the reason only where the rounds were spent."""
    failed = [pair for pair in wording.options(labels.REOPEN_REASONS) if pair[0] == "follow_up_failed"]
    others = [pair for pair in wording.options(labels.REOPEN_REASONS) if pair not in failed]
    return [*failed, *others] if undecided else others


async def _request_words(found: Reads, request_id: str) -> str:
    """A request as one tells it from the others: what it asks, whence and when it came."""
    said = await registered_as(found.pool, request_id)
    return " ".join(
        (await found.text(said.title), _(CHANNELS.get(said.channel, said.channel)), moment(said.received_at))
    )


def _working_unit(user: User, orders: Sequence[OrderView]) -> str:
    """Whose persons are offered: of the unit that one stands in for where the order is not one's own."""
    own = next((order for order in orders if order.mine and order.acts), None)
    if own is not None:
        return user.unit_id
    return next((order.order.unit for order in orders if "sign" in order.acts), user.unit_id)
