"""Whose turn it is: what one person may do with a case and its orders now, and for whom the others wait."""

from dataclasses import dataclass
from datetime import datetime

from services.chassis.web import User
from services.dispatch.domain.packrules import naming_roles
from services.dispatch.domain.state import ENDED, Case, Order, OrderStatus, Status
from services.dispatch.web.pausing import may_pause
from services.dispatch.web.roles import CASE_ACTS, ORDER_ACTS
from services.dispatch.web.saying import Names
from services.reference.programmes import ActivePack
from services.ui.i18n import gettext as _

MENDING = frozenset({"merge", "split", "close-unhandled", "bind-leader"})
"""What may be done with a case from the desk as long as it is not finished."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One person looking at one case. While looking at the past nothing may be done (`live` is false)."""

    user: User
    state: Case
    active: ActivePack | None
    names: Names
    step: str
    lead_unit: str | None
    live: bool
    now: datetime
    kept: frozenset[str] = frozenset()
    """Orders whose time to be returned is over."""

    undecided: bool = False
    """The last follow-up failed and the rounds are spent: only the leading group says whether there is another."""

    covered: frozenset[str] = frozenset()
    """Units for somebody of which the user stands in today (SH-39)."""

    def order_acts(self, order: Order) -> frozenset[str]:
        """What this user may do with the order now."""
        if not self.live:
            return frozenset()
        wanted = self._of_desk(order)
        if order.unit == self.user.unit_id:
            wanted |= self._of_own(order)
        permitted = wanted & self._permitted()
        if order.unit in self.covered and order.status is OrderStatus.OPEN and not order.signed:
            permitted |= {"sign"}
        return frozenset(permitted)

    def _of_desk(self, order: Order) -> set[str]:
        """What others decide about an order: never the unit that holds it."""
        wanted: set[str] = set()
        if order.status is OrderStatus.RETURNED and not self._only_the_group():
            wanted.add("rule")
        if order.asked is not None and order.unit != self.user.unit_id and self._may_extend(order):
            wanted.add("decide-extension")
        if order.status is OrderStatus.OPEN and order.role != "lead" and self.state.status is Status.HANDLING:
            wanted.add("cancel")
        return wanted

    def _only_the_group(self) -> bool:
        first = self.active.pack.order.group_rules_from if self.active else 0
        return bool(first) and self.state.returns >= first and not self.user.has("leading_group")

    def _may_extend(self, order: Order) -> bool:
        first = self.active.pack.order.leader_extends_from if self.active else 0
        return not first or order.extensions + 1 < first or self.user.has("leading_group")

    def _of_own(self, order: Order) -> set[str]:
        if order.status is OrderStatus.RETURNED:
            return {"contact"}
        if order.status is not OrderStatus.OPEN:
            return set()
        if self.state.status is Status.SUSPENDED:
            return {"contact"} if order.signed else {"sign"}
        wanted = self._at_work_on(order) if order.signed else {"sign"}
        spent = order.returns >= self.active.pack.order.max_returns if self.active else False
        if not (order.planned or order.final or spent or order.order_id in self.kept):
            wanted.add("return")
        return wanted

    def _at_work_on(self, order: Order) -> set[str]:
        wanted = {"contact", "plan", "progress", "complete", "verify-on-site"}
        rules = self.active.pack.order if self.active else None
        if len(order.milestones) < len(order.timetable):
            wanted.add("milestone")
        if rules and rules.analysis_note_by:
            wanted.add("findings")
        if rules and order.asked is None and order.extensions < rules.max_extensions and self.now < order.finish_by:
            wanted.add("request-extension")
        return wanted

    def _permitted(self) -> frozenset[str]:
        of_case = {name for name, act in CASE_ACTS.items() if self.user.has(*act.roles)}
        of_order = {name for name, act in ORDER_ACTS.items() if self.user.has(*act.roles)}
        return frozenset(of_case | of_order)

    def acts(self) -> frozenset[str]:
        """What this user may do with the case now."""
        if not self.live:
            return frozenset()
        wanted: set[str] = set()
        match self.state.status:
            case Status.REGISTERED | Status.ROUTED:
                wanted |= {"dispatch", *MENDING, *self._designating()}
                wanted |= set() if self.state.missing or self._held() else {"send-back"}
            case Status.HANDLING:
                wanted |= MENDING
                wanted |= {"suspend"} if self._pauses() and self._at_work() else set()
                wanted |= {"dispatch", *self._designating()} if self.state.lead is None else set()
                returned = any(o.status is OrderStatus.RETURNED for o in self.state.current)
                wanted |= {"rule"} if returned and not self._only_the_group() else set()
            case Status.SUSPENDED:
                wanted |= {"resume", "review-suspension"} if self._pauses() else set()
                wanted.add("close-unhandled")
            case Status.COMPLETED | Status.VERIFYING:
                wanted |= self._reopening() | ({"strike-off"} if self._strikes() else set())
                wanted |= {"close-unhandled"} if self.undecided else set()
                wanted.add(self._showing())
            case Status.STRUCK_OFF:
                wanted.add(self._showing())
                wanted |= self._reopening() | ({"report-up"} if self._reports_up() else set())
            case Status.MERGED:
                wanted.add("undo-merge")
            case Status.UNKNOWN | Status.SPLIT | Status.CLOSED_UNHANDLED:
                pass
        if self.state.joined and self.state.status not in ENDED:
            wanted.add("undo-join")
        return frozenset(wanted) & self._permitted()

    def _showing(self) -> str:
        return "withdraw-showcase" if self.state.showcased else "showcase"

    def _reopening(self) -> set[str]:
        return set() if self.undecided and not self.user.has("leading_group") else {"reopen"}

    def _designating(self) -> set[str]:
        """Where the pack leaves the lead of several departments to a leader, by its order or by a route."""
        if self.active is None:
            return set()
        return {"designate"} if naming_roles(self.active.pack) else set()

    def _held(self) -> bool:
        """Whether somebody has an order, so that it is too late to ask whoever took the request in."""
        return any(o.working or o.status is OrderStatus.COMPLETED for o in self.state.current)

    def _pauses(self) -> bool:
        lead = self.state.lead
        return may_pause(self.user, lead.unit if lead else None)

    def _at_work(self) -> bool:
        return any(o.signed and o.working for o in self.state.current)

    def _strikes(self) -> bool:
        by = self.active.pack.closure.by if self.active else None
        if by == "unit_self":
            return self.lead_unit == self.user.unit_id
        return by == "office" and self.user.has("programme_office")

    def _reports_up(self) -> bool:
        mine = self.state.struck_off_by == self.user.unit_id
        return mine and self.state.report_up_by is not None and not self.state.reported_up

    def waits_for(self) -> str:
        """Whose turn it is, for those who can do nothing now."""
        if self.undecided:
            return _("回访未过，办理轮次已用完；由领导小组决定是否再办。")
        match self.step:
            case "registered":
                return _("等待派单席交办。")
            case "sent_back":
                return _("补充后再派单。")
            case "issued":
                return _("等待%(unit)s签收。", unit=self.names.unit(self.lead_unit))
            case "returned":
                return _("等待派单席审理退单。")
            case "handling":
                return _("等待%(unit)s办理。", unit=self.names.unit(self.lead_unit))
            case "suspended":
                return _("已挂账，到复查日期再办。")
            case "completed" | "verifying":
                return self._closing_words()
            case "merged":
                return _("已并入另一件，在那一件中继续办理。")
            case "split":
                return _("已拆分，在拆分后的各件中继续办理。")
            case "closed_unhandled":
                return _("不予办理，已告知诉求人。")
            case _:
                return _("已销号，没有待办事项。")

    def _closing_words(self) -> str:
        by = self.active.pack.closure.by if self.active else "office"
        if self.step == "verifying" or by == "follow_up":
            return _("等待回访结果。")
        if by == "unit_self":
            return _("等待%(unit)s销号。", unit=self.names.unit(self.lead_unit))
        return _("等待活动办销号。")
