"""Who may issue orders and say who leads, by the pack and the roles that a person holds."""

from contracts.pack import Pack
from services.chassis.web import User
from services.dispatch.domain.commands import Issuers
from services.dispatch.domain.packrules import lead_named_by
from services.reference.held import held_as


def acts_as(user: User, role: str | None) -> bool:
    """Whether the person acts in a role that a pack names."""
    return role is not None and user.has(held_as(role))


def issuers(pack: Pack, rule_id: str, user: User) -> Issuers:
    """Who issues the orders of a case on this route, and whether this person is one of them."""
    wanted = issued_by(pack, rule_id)
    fallback = pack.order.fallback_role
    named = [role for role in (wanted, fallback) if role is not None]
    held = tuple(role for role in named if acts_as(user, role))
    return Issuers(wanted, fallback, held, {role: pack.role_name(role) for role in named})


def issued_by(pack: Pack, rule_id: str) -> str | None:
    """The role that a route of the pack names; a rule that is none of its routes names nobody."""
    rows = enumerate(pack.lists.route, start=1)
    return next((row.issued_by for n, row in rows if f"route[{n}]" == rule_id), None)


def lead_named_in_words(pack: Pack, rule_id: str) -> str | None:
    """Who says which of several departments leads on this route, as the programme calls them."""
    role = lead_named_by(pack, rule_id)
    return pack.role_name(role) if role else None
