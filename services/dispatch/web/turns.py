"""Whose turn it is: what one person may do with a case and its orders now, and for whom the others wait."""

from dataclasses import dataclass

from services.chassis.web import User
from services.dispatch.domain.state import Case, Order, OrderStatus, Status
from services.dispatch.web.pausing import may_pause
from services.dispatch.web.roles import CASE_ACTS, ORDER_ACTS
from services.dispatch.web.timeline import Names
from services.reference.programmes import ActivePack
from services.ui.i18n import gettext as _


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
    kept: frozenset[str] = frozenset()
    """Orders whose time to be returned is over."""

    def order_acts(self, order: Order) -> frozenset[str]:
        """What this user may do with the order now."""
        if not self.live:
            return frozenset()
        mine = order.unit == self.user.unit_id
        if order.status is OrderStatus.RETURNED:
            return frozenset({"rule", "contact"} if mine else {"rule"}) & self._permitted()
        if order.status is not OrderStatus.OPEN or not mine:
            return frozenset()
        if self.state.status is Status.SUSPENDED:
            return frozenset({"contact"} if order.signed else {"sign"}) & self._permitted()
        wanted = {"contact", "plan", "progress", "complete"} if order.signed else {"sign"}
        spent = order.returns >= self.active.pack.order.max_returns if self.active else False
        if not (order.planned or order.final or spent or order.order_id in self.kept):
            wanted.add("return")
        return frozenset(wanted) & self._permitted()

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
                wanted.add("dispatch")
            case Status.HANDLING:
                wanted |= {"suspend"} if self._pauses() and self._at_work() else set()
                wanted |= {"dispatch"} if self.state.lead is None else set()
                wanted |= {"rule"} if any(o.status is OrderStatus.RETURNED for o in self.state.current) else set()
            case Status.SUSPENDED:
                wanted |= {"resume"} if self._pauses() else set()
            case Status.COMPLETED:
                wanted |= {"reopen"} | ({"strike-off"} if self._strikes() else set())
            case Status.STRUCK_OFF:
                wanted.add("reopen")
            case Status.UNKNOWN:
                pass
        return frozenset(wanted) & self._permitted()

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

    def waits_for(self) -> str:
        """Whose turn it is, for those who can do nothing now."""
        match self.step:
            case "registered":
                return _("等待派单席交办。")
            case "issued":
                return _("等待%(unit)s签收。", unit=self.names.unit(self.lead_unit))
            case "returned":
                return _("等待派单席审理退单。")
            case "handling":
                return _("等待%(unit)s办理。", unit=self.names.unit(self.lead_unit))
            case "suspended":
                return _("已挂账，到复查日期再办。")
            case "completed":
                return self._closing_words()
            case _:
                return _("已销号，没有待办事项。")

    def _closing_words(self) -> str:
        by = self.active.pack.closure.by if self.active else "office"
        if by == "unit_self":
            return _("等待%(unit)s销号。", unit=self.names.unit(self.lead_unit))
        return _("等待回访结果。") if by == "follow_up" else _("等待活动办销号。")
