"""What dispatch records of cases and orders, folded into the facts of an assessment."""

from collections.abc import Callable
from typing import Any

from contracts.dispatch import (
    CaseClassified,
    CaseClosedUnhandled,
    CaseCompleted,
    CaseMerged,
    CaseOpened,
    CaseReopened,
    CaseResumed,
    CaseSplit,
    CaseStruckOff,
    CaseSuspended,
    DeadlinesRecomputed,
    ExtensionDecided,
    HandlingPlanFiled,
    LeaderBoundToCase,
    MergeUndone,
    OrderCancelled,
    OrderIssued,
    OrderReturned,
    OrderSigned,
    RequesterContacted,
    ReturnRuled,
)
from contracts.event import Event
from services.supervision.domain.assess_facts import CaseFact, Facts, OrderFact, Told
from services.supervision.domain.case_deadlines import classes_of

Step = Callable[[Facts, Any, Told], None]


def _opened(f: Facts, e: CaseOpened, t: Told) -> None:
    if t.programme == f.programme:
        hinted = (e.urgency_hint,) if e.urgency_hint else ()
        f.cases[e.case_id] = CaseFact(e.case_id, t.time, e.territory_unit, classes=hinted)


def _classified(f: Facts, c: CaseFact, e: CaseClassified, t: Told) -> None:
    c.classes = classes_of([e])


def _bound(f: Facts, c: CaseFact, e: LeaderBoundToCase, t: Told) -> None:
    c.bound, c.bound_to = True, e.leader


def _issued(f: Facts, c: CaseFact, e: OrderIssued, t: Told) -> None:
    f.orders[e.order_id] = OrderFact(
        e.order_id, e.case_id, e.to_unit, e.role, e.dues.sign_by, e.dues.contact_by, t.time, e.responsible_leader
    )
    if e.role == "territory":
        c.territory = e.to_unit
    if e.role == "lead":
        c.lead, c.lead_order, c.status, c.finish_by = e.to_unit, e.order_id, "handling", e.dues.finish_by
        c.leads[c.round] = e.to_unit
        if e.responsible_leader:
            c.heads[c.round] = e.responsible_leader


def _planned(f: Facts, o: OrderFact, e: HandlingPlanFiled, t: Told) -> None:
    _led(f, o, e.responsible_leader)


def _led(f: Facts, o: OrderFact, leader: str) -> None:
    o.leader = leader
    case = f.cases[o.case_id]
    if case.lead_order == o.order_id:
        case.heads[case.round] = leader


def _signed(f: Facts, o: OrderFact, e: OrderSigned, t: Told) -> None:
    o.signed_at = o.signed_at or t.time
    if e.responsible_leader:
        _led(f, o, e.responsible_leader)


def _contacted(f: Facts, o: OrderFact, e: RequesterContacted, t: Told) -> None:
    if e.reached:
        o.contacted_at = o.contacted_at or t.time


def _returned(f: Facts, o: OrderFact, e: OrderReturned, t: Told) -> None:
    o.returned_at = o.returned_at or t.time


def _ruled(f: Facts, o: OrderFact, e: ReturnRuled, t: Told) -> None:
    o.return_accepted = e.accepted
    if e.accepted:
        _without_lead(f.cases[o.case_id], o)


def _cancelled(f: Facts, o: OrderFact, e: OrderCancelled, t: Told) -> None:
    o.cancelled = True
    _without_lead(f.cases[o.case_id], o)


def _without_lead(c: CaseFact, o: OrderFact) -> None:
    if c.lead_order == o.order_id:
        c.lead, c.lead_order, c.status, c.finish_by = None, None, "waiting", None


def _extended(f: Facts, o: OrderFact, e: ExtensionDecided, t: Told) -> None:
    if e.granted:
        o.extended = True
        case = f.cases[o.case_id]
        if case.lead_order == o.order_id:
            case.finish_by = e.finish_by


def _recomputed(f: Facts, c: CaseFact, e: DeadlinesRecomputed, t: Told) -> None:
    for order_id, dues in e.dues.items():
        if order := f.orders.get(order_id):
            order.sign_by, order.contact_by = dues.sign_by, dues.contact_by
        if order_id == c.lead_order:
            c.finish_by = dues.finish_by


def _suspended(f: Facts, c: CaseFact, e: CaseSuspended, t: Told) -> None:
    c.status = "suspended"


def _resumed(f: Facts, c: CaseFact, e: CaseResumed, t: Told) -> None:
    c.status = "handling"
    c.finish_by = e.finish_by.get(c.lead_order or "", c.finish_by)


def _completed(f: Facts, c: CaseFact, e: CaseCompleted, t: Told) -> None:
    c.status, c.result, c.on_time, c.lead, c.ever_completed = "completed", e.result, e.on_time, e.lead_unit, True
    c.leads[c.round] = e.lead_unit


def _struck_off(f: Facts, c: CaseFact, e: CaseStruckOff, t: Told) -> None:
    c.status = "struck_off"


def _reopened(f: Facts, c: CaseFact, e: CaseReopened, t: Told) -> None:
    c.reopenings.append((t.time, c.lead))
    c.status, c.round, c.result, c.on_time = "waiting", e.round, None, False
    c.lead_order, c.finish_by = None, None


def _gone(f: Facts, c: CaseFact, e: Event, t: Told) -> None:
    c.status = "gone"


def _back(f: Facts, c: CaseFact, e: MergeUndone, t: Told) -> None:
    c.status = "waiting"


def of_case(step: Callable[[Facts, CaseFact, Any, Told], None]) -> Step:
    """For events of a case that the programme has; those of other programmes change nothing."""

    def take(f: Facts, event: Any, told: Told) -> None:
        if (case := f.cases.get(event.case_id)) is not None:
            step(f, case, event, told)

    return take


def _order(step: Callable[[Facts, OrderFact, Any, Told], None]) -> Step:
    def take(f: Facts, event: Any, told: Told) -> None:
        if (order := f.orders.get(event.order_id)) is not None:
            step(f, order, event, told)

    return take


OF_CASES: dict[type[Event], Step] = {
    CaseOpened: _opened,
    CaseClassified: of_case(_classified),
    LeaderBoundToCase: of_case(_bound),
    OrderIssued: of_case(_issued),
    OrderSigned: _order(_signed),
    HandlingPlanFiled: _order(_planned),
    RequesterContacted: _order(_contacted),
    OrderReturned: _order(_returned),
    ReturnRuled: _order(_ruled),
    OrderCancelled: _order(_cancelled),
    ExtensionDecided: _order(_extended),
    DeadlinesRecomputed: of_case(_recomputed),
    CaseSuspended: of_case(_suspended),
    CaseResumed: of_case(_resumed),
    CaseCompleted: of_case(_completed),
    CaseStruckOff: of_case(_struck_off),
    CaseReopened: of_case(_reopened),
    CaseMerged: of_case(_gone),
    CaseSplit: of_case(_gone),
    CaseClosedUnhandled: of_case(_gone),
    MergeUndone: of_case(_back),
}
"""Every type of dispatch that an assessment looks at."""
