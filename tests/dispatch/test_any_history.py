"""Whatever is asked in whatever order: a refusal or own events, nothing on repeat, and the invariants of a case."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from contracts.dispatch import CaseCompleted, CaseStruckOff, OrderCompleted, OrderIssued
from contracts.event import Event
from services.chassis.decider import Rejected
from services.dispatch.domain.commands import (
    Command,
    ContactRequester,
    Dispatch,
    NewOrder,
    ReopenCase,
    ReportProgress,
    ResumeCase,
    RuleReturn,
)
from services.dispatch.domain.decide import dispatch_case
from services.dispatch.domain.state import Case, OrderStatus, Status
from tests.dispatch.story import (
    DAY,
    NOON,
    accept_return,
    classify_it,
    complete_it,
    issue_it,
    new_order,
    open_it,
    plan_it,
    refuse_return,
    return_it,
    route_it,
    sign_it,
    strike_it_off,
    suspend_it,
)

UNITS = ("town-a", "bureau-b", "bureau-x")
REPEATS = (ContactRequester, ReportProgress)
"""What people may say twice. Everything else changes nothing the second time, or is refused."""

Ask = tuple[int, int]
"""Which kind of command, and a number that picks its order and unit."""


def _dispatch(case: Case, pick: int) -> Command:
    unit, helper = UNITS[pick % 3], (None, *UNITS)[pick % 4]
    order_id = f"o{len(case.orders) + pick % 2}"
    lead = replace(new_order, order_id=order_id, to_unit=unit)
    more = (NewOrder(f"{order_id}h", "co", helper, "assign", new_order.dues),) if helper else ()
    co = (helper,) if helper else ()
    return Dispatch(classify_it, replace(route_it, lead=unit, co=co), replace(issue_it, orders=(lead, *more)))


def _of_order(command: Any) -> Callable[[Case, int], Command]:
    """Mostly of an order that there is, by its own unit; now and then by another."""

    def ask(case: Case, pick: int) -> Command:
        known = case.orders[pick % len(case.orders)] if case.orders else None
        order_id = known.order_id if known else "o0"
        unit = known.unit if known and pick % 7 else UNITS[pick % 3]
        found: Command = (
            replace(command, order_id=order_id)
            if isinstance(command, RuleReturn)
            else replace(command, order_id=order_id, by_unit=unit)
        )
        return found

    return ask


def _resume(case: Case, pick: int) -> Command:
    return ResumeCase(
        1, "恢复", UNITS[pick % 3], {o.order_id: NOON + 20 * DAY for o in case.current}, by_desk=pick % 2 == 0
    )


def _done(case: Case, pick: int) -> Command:
    done = replace(
        complete_it, at=NOON + timedelta(hours=2), replied_at=NOON, responsible_person=("p1", None)[pick % 2]
    )
    return _of_order(done)(case, pick)


KINDS: tuple[Callable[[Case, int], Command], ...] = (
    _dispatch,
    _dispatch,
    lambda case, pick: replace(route_it, lead=UNITS[pick % 3]),
    _of_order(sign_it),
    _of_order(sign_it),
    _of_order(return_it),
    _of_order(refuse_return),
    _of_order(accept_return),
    _of_order(plan_it),
    _of_order(ContactRequester("", 1, "", "phone", True, NOON, NOON)),
    _of_order(ReportProgress("", 1, "", "进展")),
    _done,
    _done,
    _done,
    lambda case, pick: replace(suspend_it, by_unit=UNITS[pick % 3], by_desk=pick % 2 == 0),
    _resume,
    lambda case, pick: replace(strike_it_off, by_unit=case.lead.unit if case.lead and pick % 3 else UNITS[0]),
    lambda case, pick: ReopenCase(1, "spot_check", "现场未修", by_oversight=True),
)
ASKED = st.lists(st.tuples(st.integers(0, len(KINDS) - 1), st.integers(0, 20)), min_size=10, max_size=60)


@settings(max_examples=150, deadline=None)
@for_any(ASKED)
def test_no_order_of_asking_breaks_a_case(asked: list[Ask]) -> None:
    case = dispatch_case.fold(dispatch_case.decide(Case(), open_it))
    history: list[Event] = []
    for kind, pick in asked:
        command = KINDS[kind](case, pick)
        try:
            events = list(dispatch_case.decide(case, command))
        except Rejected:
            continue
        assert all(event.OWNER == "dispatch" and event.stream == "case-c1" for event in events)
        case = dispatch_case.fold(events, case)
        history += events
        if not isinstance(command, REPEATS):
            assert_no_second_effect(case, command)
        assert_sound(case, history)


def assert_no_second_effect(case: Case, command: Command) -> None:
    """Sent again under another id it may be refused; a plan may be filed anew, everything else gives nothing."""
    try:
        again = dispatch_case.decide(case, command)
    except Rejected:
        return
    assert all(event.TYPE == "handling-plan-filed" for event in again)


def assert_sound(case: Case, history: list[Event]) -> None:
    """Invariants 4 and 11, one lead at a time, and no completion behind an open order."""
    assert sum(1 for o in case.current if o.role == "lead" and o.working) <= 1
    done = {event.order_id for event in history if isinstance(event, OrderCompleted)}
    assert all(o.person for o in case.orders if o.status is OrderStatus.COMPLETED)
    assert {o.order_id for o in case.orders if o.status is OrderStatus.COMPLETED} <= done
    assert not [event for event in history if isinstance(event, OrderIssued) and event.to_unit == "bureau-x"]
    completions = [event for event in history if isinstance(event, CaseCompleted)]
    strikes = [event for event in history if isinstance(event, CaseStruckOff)]
    assert len(strikes) <= len(completions)
    if case.status in (Status.COMPLETED, Status.STRUCK_OFF):
        assert all(o.status is OrderStatus.COMPLETED for o in case.current)
        assert completions[-1].round == case.round
