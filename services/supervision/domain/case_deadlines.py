"""What a case owes besides the dues of its orders: the steps of a plan (HA-28), a leader of its own (HA-06), and
another look on the day that its suspension names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from contracts.dispatch import (
    CaseClassified,
    CaseOpened,
    CaseReopened,
    CaseRouted,
    CaseSuspended,
    HandlingPlanFiled,
    LeaderBoundToCase,
    Milestone,
    OrderIssued,
    SuspensionReviewed,
)
from contracts.event import Event


def order_of(history: Iterable[Event], order_id: str) -> OrderIssued | None:
    return next((e for e in history if isinstance(e, OrderIssued) and e.order_id == order_id), None)


def orders(history: Iterable[Event]) -> list[str]:
    return [e.order_id for e in history if isinstance(e, OrderIssued)]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a timetable; `plan` counts the order's plans, since another plan replaces the steps of the last."""

    order_id: str
    plan: int
    number: int
    milestone: Milestone

    @property
    def clock_id(self) -> str:
        return f"{self.order_id}-step-{self.plan}.{self.number}"


def steps(history: Iterable[Event], order_id: str) -> list[list[Step]]:
    """The timetables of an order's plans, one after the other; the last is in force."""
    plans = [e for e in history if isinstance(e, HandlingPlanFiled) and e.order_id == order_id]
    return [list(_steps(order_id, place, plan)) for place, plan in enumerate(plans, start=1)]


def _steps(order_id: str, place: int, plan: HandlingPlanFiled) -> Iterator[Step]:
    for number, milestone in enumerate(plan.timetable, start=1):
        yield Step(order_id, place, number, milestone)


def classes_of(history: Iterable[Event]) -> tuple[str, ...]:
    """Urgency, difficulty and category as last classified: what the pack may name to ask for a leader."""
    last = next((e for e in reversed(list(history)) if isinstance(e, CaseClassified)), None)
    return tuple(code for code in (last.urgency, last.difficulty, last.category) if code) if last else ()


def bound(history: Iterable[Event]) -> bool:
    """Once a leader answers for a case, another only takes over from the first."""
    return any(isinstance(e, LeaderBoundToCase) for e in history)


def binding_clocks(case_id: str, history: Iterable[Event]) -> list[str]:
    """The clocks that may have run for a leader: each classification and each reopening may have asked for one."""
    asked = sum(isinstance(e, CaseClassified | CaseReopened) for e in history)
    return [f"{case_id}-bind-{number}" for number in range(1, asked + 1)]


def reviews(case_id: str, history: Iterable[Event]) -> list[str]:
    """The clocks of its suspensions, the latest last: each, and each review that upheld one, has a day of its own
    (挂账复查)."""
    count = sum(isinstance(e, CaseSuspended | SuspensionReviewed) for e in history)
    return [f"{case_id}-review-{number}" for number in range(1, count + 1)]


def awaited(history: Iterable[Event]) -> str:
    """What the last suspension waits for."""
    return next((e.condition for e in reversed(list(history)) if isinstance(e, CaseSuspended)), "")


def lead_of(history: Iterable[Event]) -> str | None:
    """Who handles it now: the unit of the last lead order."""
    return next((e.to_unit for e in reversed(list(history)) if isinstance(e, OrderIssued) and e.role == "lead"), None)


def area_of(history: Iterable[Event]) -> str | None:
    """Whose leader it is: of the area the case lies in, else of the unit that leads."""
    found: str | None = None
    for event in history:
        match event:
            case CaseOpened(territory_unit=unit) if unit:
                return unit
            case CaseRouted() as e:
                found = e.territory or e.lead
            case _:
                pass
    return found
