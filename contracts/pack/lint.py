"""What must agree between the tables of a pack beyond the shape of each; runs on whatever parts are readable."""

from contracts.pack import (
    lint_assessing,
    lint_covering,
    lint_dates,
    lint_duties,
    lint_lists,
    lint_notices,
    lint_policies,
    lint_routing,
)
from contracts.pack.parts import Finding, Parts

_RULES = (
    *lint_dates.RULES,
    *lint_lists.RULES,
    *lint_covering.RULES,
    *lint_duties.RULES,
    *lint_policies.RULES,
    *lint_routing.RULES,
    *lint_notices.RULES,
    *lint_assessing.RULES,
)


def lint(parts: Parts) -> list[Finding]:
    """All findings about how the parts agree."""
    return [finding for rule in _RULES for finding in rule(parts)]
