"""Every act by its name in addresses: what it takes, who may do it, what carries it out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from services.chassis.handle import Outcome
from services.chassis.web import Forbidden, User
from services.dispatch.web import acts, acts_closing, acts_completing, acts_joining, acts_order, acts_planning
from services.dispatch.web import inputs as i
from services.dispatch.web import inputs_of_case as ic
from services.dispatch.web.context import CaseContext
from services.dispatch.web.pausing import PAUSING
from services.dispatch.web.standing_in import role_for

DESK = ("dispatcher", "programme_office", "work_group_lead")
RULING = ("dispatcher", "programme_office", "leading_group")
HANDLING = ("unit_clerk", "unit_leader")
LEADING = ("unit_leader",)
OFFICE = ("dispatcher", "programme_office")
"""Who merges, splits, cancels and closes."""

DESIGNATING = ("leading_group", *DESK)
"""Whom the pack has say who leads; the desk may enter their word."""

EXTENDING = ("leading_group", "programme_office")
CONSULTING = (*DESK, "leading_group", *HANDLING)
STRIKING = ("unit_clerk", "unit_leader", "programme_office")
SHOWING = ("programme_office",)
"""Who holds a case up as an example (HA-23)."""

REOPENING = ("supervisor", "discipline", "programme_office", "leading_group")

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
    by_backup: bool = False
    """Whoever stands in today for somebody of the unit may do it too (AB岗)."""

    async def role_of(self, request: Request, user: User) -> str:
        """The role in which this user may do it, their own or the absent person's."""
        return await role_for(request, user, self.roles) if self.by_backup else permitted(user, self.roles)


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
        Act("prepare", i.PrepareInput, DESK, acts.prepare),
        Act("send-back", ic.SendBackInput, DESK, acts.send_back),
        Act("designate", ic.DesignateInput, DESIGNATING, acts.designate),
        Act("bind-leader", ic.BindLeaderInput, DESIGNATING, acts.bind_leader),
        Act("decide-suggestion", ic.SuggestionInput, DESK, acts.decide_suggestion),
        Act("merge", ic.MergeInput, OFFICE, acts_joining.merge),
        Act("undo-merge", i.ReasonInput, OFFICE, acts_joining.undo_merge),
        Act("undo-join", ic.UndoJoinInput, OFFICE, acts_joining.undo_join),
        Act("split", ic.SplitInput, OFFICE, acts_joining.split),
        Act("suspend", i.SuspendInput, PAUSING, acts_closing.suspend),
        Act("review-suspension", ic.ReviewInput, PAUSING, acts_closing.review_suspension),
        Act("resume", i.ReasonInput, PAUSING, acts_closing.resume),
        Act("strike-off", i.NothingInput, STRIKING, acts_closing.strike_off),
        Act("report-up", ic.ReportUpInput, HANDLING, acts_closing.report_up),
        Act("reopen", i.ReopenInput, REOPENING, acts_closing.reopen),
        Act("showcase", ic.ShowcaseInput, SHOWING, acts_closing.showcase),
        Act("withdraw-showcase", i.ReasonInput, SHOWING, acts_closing.withdraw_showcase),
        Act("close-unhandled", ic.CloseUnhandledInput, OFFICE, acts_closing.close_unhandled),
    )
}
ORDER_ACTS = {
    act.name: act
    for act in (
        OrderAct("sign", i.SignInput, HANDLING, acts_planning.sign, by_backup=True),
        OrderAct("return", i.ReturnInput, LEADING, acts_order.return_order),
        OrderAct("rule", i.RuleInput, RULING, acts_order.rule),
        OrderAct("contact", i.ContactInput, HANDLING, acts_order.contact),
        OrderAct("plan", i.PlanInput, HANDLING, acts_planning.plan),
        OrderAct("progress", i.ProgressInput, HANDLING, acts_order.progress),
        OrderAct("milestone", i.ReachedInput, HANDLING, acts_order.milestone),
        OrderAct("verify-on-site", i.SiteInput, HANDLING, acts_order.verify_on_site),
        OrderAct("findings", i.FindingsInput, HANDLING, acts_order.findings),
        OrderAct("request-extension", i.ExtendInput, HANDLING, acts_order.request_extension),
        OrderAct("decide-extension", i.ExtensionInput, EXTENDING, acts_order.decide_extension),
        OrderAct("cancel", i.ReasonInput, OFFICE, acts_order.cancel),
        OrderAct("complete", i.CompleteInput, HANDLING, acts_completing.complete),
    )
}
