"""退回补充: a case goes back to whoever took its request in, and comes to the desk again with what was missing."""

from collections.abc import Sequence

from contracts.dispatch import CaseSentBack, CaseSupplemented
from contracts.event import Event
from services.chassis.decider import Rejected
from services.chassis.words import N_
from services.dispatch.domain.commands import SendBack, SupplementCase
from services.dispatch.domain.refusing import refuse_empty, refuse_ended, refuse_finished, refuse_suspended
from services.dispatch.domain.state import Case, OrderStatus


def send_back(case: Case, c: SendBack) -> Sequence[Event]:
    """Only before anybody has it: a unit that finds an order unclear returns it to the desk instead."""
    if case.missing == c.missing and case.missing:
        return []
    refuse_finished(case)
    refuse_suspended(case)
    if any(order.working or order.status is OrderStatus.COMPLETED for order in case.current):
        raise Rejected("handed-over", N_("已经交办，不能退回补充；请由承办单位退单或联系诉求人。"), "missing")
    refuse_empty(c.missing, "missing-unsaid", N_("请写明需要补充什么。"), "missing")
    return [CaseSentBack(case_id=case.case_id, case_no=c.case_no, missing=c.missing)]


def supplement(case: Case, c: SupplementCase) -> Sequence[Event]:
    """Also while it is worked on: whoever handles it reads what was added."""
    refuse_ended(case)
    if c.request_id not in case.request_ids:
        raise Rejected("no-such-request", N_("本件没有这件诉求。"))
    return [CaseSupplemented(case_id=case.case_id, case_no=c.case_no, request_id=c.request_id, text=c.text)]
