"""Every act by its name in addresses: what it takes, who may do it, what carries it out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from services.chassis.handle import Outcome
from services.chassis.web import Forbidden, User
from services.dispatch.web import acts
from services.dispatch.web import inputs as i
from services.dispatch.web.context import CaseContext
from services.dispatch.web.pausing import PAUSING

DESK = ("dispatcher", "programme_office", "work_group_lead")
RULING = ("dispatcher", "programme_office", "leading_group")
HANDLING = ("unit_clerk", "unit_leader")
LEADING = ("unit_leader",)
STRIKING = ("unit_clerk", "unit_leader", "programme_office")
REOPENING = ("supervisor", "discipline", "programme_office")

SEEING = (
    *DESK,
    *HANDLING,
    "leading_group",
    "supervisor",
    "discipline",
    "auditor",
    "intake_clerk",
    "visitor",
    "admin",
)
"""Cases carry no names or phones, so every logged-in official may look."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act on a case."""

    name: str
    model: type[i.Input]
    roles: tuple[str, ...]
    run: Callable[[CaseContext, Any], Awaitable[Outcome]]

    def role_of(self, user: User) -> str:
        """The role in which this user may do it; refuses with the roles that could."""
        return permitted(user, self.roles)


@dataclass(frozen=True, slots=True)
class OrderAct:
    """One act on an order of a case."""

    name: str
    model: type[i.Input]
    roles: tuple[str, ...]
    run: Callable[[CaseContext, str, Any], Awaitable[Outcome]]

    def role_of(self, user: User) -> str:
        return permitted(user, self.roles)


def permitted(user: User, roles: tuple[str, ...]) -> str:
    """The first of `roles` that the user holds."""
    for role in roles:
        if user.has(role):
            return role
    raise Forbidden(roles)


CASE_ACTS = {
    act.name: act
    for act in (
        Act("classify", i.ClassifyInput, DESK, acts.classify),
        Act("route", i.RouteInput, DESK, acts.route),
        Act("orders", i.OrderInput, DESK, acts.issue),
        Act("dispatch", i.DispatchInput, DESK, acts.dispatch),
        Act("suspend", i.SuspendInput, PAUSING, acts.suspend),
        Act("resume", i.ReasonInput, PAUSING, acts.resume),
        Act("strike-off", i.NothingInput, STRIKING, acts.strike_off),
        Act("reopen", i.ReopenInput, REOPENING, acts.reopen),
    )
}
ORDER_ACTS = {
    act.name: act
    for act in (
        OrderAct("sign", i.SignInput, HANDLING, acts.sign),
        OrderAct("return", i.ReturnInput, LEADING, acts.return_order),
        OrderAct("rule", i.RuleInput, RULING, acts.rule),
        OrderAct("contact", i.ContactInput, HANDLING, acts.contact),
        OrderAct("plan", i.PlanInput, HANDLING, acts.plan),
        OrderAct("progress", i.ProgressInput, HANDLING, acts.progress),
        OrderAct("complete", i.CompleteInput, HANDLING, acts.complete),
    )
}
