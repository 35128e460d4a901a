"""What a meeting of supervision decided about a case: an order for each unit that has none, said once (LT-42)."""

from collections.abc import Sequence
from typing import Literal

from contracts.dispatch import MeetingNoted, OrderIssued, Taken
from contracts.event import Event
from services.chassis.decider import Rejected
from services.dispatch.domain.commands import NewOrder, NoteMeeting
from services.dispatch.domain.issuing import issued, refuse_incomplete, refuse_undesignated
from services.dispatch.domain.opening import designate
from services.dispatch.domain.refusing import refuse_complained, refuse_redirected
from services.dispatch.domain.state import DONE, ENDED, Case, Order, Status

Outcome = Literal[
    "ordered", "at_work", "not_handed_over", "finished", "elsewhere", "incomplete", "no_designated_lead", "past"
]
WHY: dict[str, Outcome] = {
    "complained-unit": "elsewhere",
    "interested-unit": "elsewhere",
    "redirected": "elsewhere",
    "order-incomplete": "incomplete",
    "due-in-past": "past",
    "no-designated-lead": "no_designated_lead",
}
"""Refusals of an order as a meeting is told of them; who is complained of is told to nobody."""


def note(case: Case, c: NoteMeeting) -> Sequence[Event]:
    """Once for each meeting. What cannot become an order stays on record for whoever hands the case over next."""
    if c.meeting_id in case.meetings:
        return []
    taken: list[Taken] = []
    orders: list[OrderIssued] = []
    named: Sequence[Event] = ()
    for order in c.orders:
        outcome, order_id = _outcome(case, c, order)
        if outcome == "ordered":
            named = designate(case, c.designate) if c.designate and case.designated is None else ()
            orders.append(issued(case, c.frame, order))
        due = order.dues.finish_by
        taken.append(Taken(unit=order.to_unit, text=order.instruction, due=due, order_id=order_id, outcome=outcome))
    noted = MeetingNoted(
        case_id=case.case_id,
        case_no=c.case_no,
        meeting_id=c.meeting_id,
        kind=c.kind,
        held_at=c.held_at,
        taken=tuple(taken),
    )
    return [noted, *named, *orders]


def _outcome(case: Case, c: NoteMeeting, order: NewOrder) -> tuple[Outcome, str | None]:
    if case.status in (*DONE, *ENDED):
        return "finished", None
    busy = _order_of(case, order.to_unit)
    if busy is not None:
        return "at_work", busy.order_id
    if case.status is not Status.HANDLING or case.lead is None or not case.lead.working:
        return "not_handed_over", None
    try:
        refuse_redirected(case)
        refuse_complained(case, [("decisions", order.to_unit)], c.frame.barred)
        refuse_incomplete(order, c.frame)
        if c.designate is None:
            refuse_undesignated(case, c.frame, [*case.working, order])
    except Rejected as error:
        return WHY[error.code], None
    return "ordered", order.order_id


def _order_of(case: Case, unit: str) -> Order | None:
    """Who is at work on the case already needs no second order: it is told what was decided."""
    return next((order for order in case.working if order.unit == unit), None)
