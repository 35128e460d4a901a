"""What a pack says about routes that more than the proposal asks: whose word is needed, which words point elsewhere."""

from contracts.pack import Pack
from contracts.pack.rows import Redirect

NO_RULE = "route[none]"
"""No route of the pack applied, or none led to a unit: the fallback role decides (兜底)."""


def lead_named_by(pack: Pack, rule_id: str | None = None) -> str | None:
    """The role that says which of several departments leads: the route's own (LT-16), else the pack's (JW-13).

    Without a rule, as when units come together later, any route that leaves it to somebody counts.
    """
    for number, row in enumerate(pack.lists.route, start=1):
        if rule_id in (None, f"route[{number}]") and row.lead.startswith("designated_by:"):
            return row.lead.removeprefix("designated_by:")
    return pack.order.multi_department_lead


def naming_roles(pack: Pack) -> frozenset[str]:
    """Every role that may have to say who leads."""
    routes = range(1, 1 + len(pack.lists.route))
    return frozenset(role for n in routes if (role := lead_named_by(pack, f"route[{n}]")) is not None)


def difficulty_of(pack: Pack, urgency: str | None) -> str | None:
    """好事、实事、难事: in a pack that words urgency by difficulty one choice says both."""
    return urgency if urgency in {row.code for row in pack.taxonomy.difficulty} else None


def redirect_by_words(pack: Pack, text: str) -> Redirect | None:
    """The redirect class that words of a request make one think of, emergencies first."""
    rows = sorted(pack.lists.redirect, key=lambda row: row.kind != "emergency")
    return next((row for row in rows if any(word in text for word in row.words)), None)
