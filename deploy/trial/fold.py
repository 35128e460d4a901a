"""An independent fold of the logs: what every report must say at any position, without reporting's tables."""

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from contracts.dispatch import (
    CaseClosedUnhandled,
    CaseMerged,
    CaseOpened,
    CaseReopened,
    CaseSplit,
    CaseStruckOff,
    MergeUndone,
    OrderIssued,
    OrderReturned,
    ReturnRuled,
)
from contracts.supervision import FollowUpConducted
from services.chassis.facts import Fact
from services.reporting.domain import r02, r03
from services.reporting.domain.case import HANDLED, Case, evolve
from services.reporting.domain.facts import FollowUpFact, OrderFact
from services.reporting.domain.window import Window


@dataclass
class Fold:
    """The state after some facts; counts beside it come from the raw events alone."""

    windows: list[Window]
    cases: dict[str, Case] = field(default_factory=dict)
    orders: dict[str, OrderFact] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    heard: dict[str, tuple[int, int, FollowUpFact]] = field(default_factory=dict)
    opened: int = 0
    struck_off: int = 0
    reopened_struck_off: int = 0
    gone: int = 0
    """Merged, split or closed unhandled, less what stands again."""
    carried: list[frozenset[str]] = field(default_factory=list)
    """Per window: the cases that were open just before it began."""

    def take(self, fact: Fact) -> None:
        """One event of any source, each source's in order."""
        if fact.source == "dispatch":
            self._begin_windows(fact.time)
        event = fact.event
        if isinstance(event, HANDLED):
            self.cases[event.case_id] = evolve(self.cases.get(event.case_id) or Case(event.case_id), fact)
        match event:
            case CaseOpened():
                self.opened += 1
            case CaseStruckOff():
                self.struck_off += 1
            case CaseReopened(was_struck_off=was):
                self.reopened_struck_off += was
            case CaseMerged() | CaseSplit() | CaseClosedUnhandled():
                self.gone += 1
            case MergeUndone():
                self.gone -= 1
            case OrderIssued() as e:
                self.orders[e.order_id] = OrderFact(e.order_id, e.case_id, e.to_unit, False, False)
            case OrderReturned() | ReturnRuled():
                self._returned(event)
            case FollowUpConducted() as e:
                self._heard(e, fact.position)
            case _:
                pass
        if (words := getattr(event, "measures", None) or (getattr(event, "text", None))) and isinstance(words, str):
            self.notes[fact.position] = words

    @property
    def standing(self) -> list[Case]:
        """What reports count: not what was merged, split or closed unhandled."""
        return [case for case in self.cases.values() if not case.gone]

    def window_of(self, at: datetime) -> int:
        """The number of the window that an instant lies in."""
        return next(n for n, window in enumerate(self.windows) if window.start <= at < window.end)

    def r03(self, as_of: datetime, planned: Fraction | None) -> r03.Input:
        """What R03 is computed from, as of now."""
        number = self.window_of(as_of)
        self._begin_windows(as_of)
        window = self.windows[number]
        return r03.Input(
            cases=self.standing,
            carried=self.carried[number],
            orders=[order for order in self.orders.values() if not self.cases[order.case_id].gone],
            window_from=window.start,
            window_to=window.end,
            as_of=as_of,
            planned=planned,
        )

    def r02(self, as_of: datetime) -> r02.Input:
        """What R02 is computed from; messages have no subject, so there are no villages."""
        followups = {case: fact for case, (_, _, fact) in self.heard.items()}
        return r02.Input(self.standing, self.notes, followups, {}, as_of)

    def _begin_windows(self, at: datetime) -> None:
        while len(self.carried) < len(self.windows) and self.windows[len(self.carried)].start <= at:
            self.carried.append(frozenset(case.case_id for case in self.standing if not case.done))

    def _returned(self, event: OrderReturned | ReturnRuled) -> None:
        order = self.orders[event.order_id]
        refused = order.refused or (isinstance(event, ReturnRuled) and not event.accepted)
        self.orders[event.order_id] = OrderFact(order.order_id, order.case_id, order.unit, True, refused)

    def _heard(self, event: FollowUpConducted, position: int) -> None:
        new = (event.round, position, FollowUpFact(event.case_id, event.round, event.verdict, event.satisfaction))
        if event.case_id not in self.heard or self.heard[event.case_id][:2] < new[:2]:
            self.heard[event.case_id] = new
