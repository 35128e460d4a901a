"""The indicators, each a pure function of cases, orders or requests at one moment; codes as in the packs."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from statistics import median

from services.reporting.domain.case import Case
from services.reporting.domain.facts import Heard, OrderFact, RequestFact
from services.reporting.domain.shares import Share

EXPLANATION = "explanation"
"""The leg of a visit that explains a decision: it asks nobody for a view anew, and counts in no rate."""

SATISFIED = frozenset({"very", "satisfied", "basic"})
"""基本满意 counts whole (w = 1)."""


def valid(heard: Collection[Heard]) -> list[Heard]:
    """Follow-ups that count: somebody was reached, and was asked rather than explained to."""
    return [one for one in heard if one.reached and one.leg != EXPLANATION]


def called_back(due: int, heard: Collection[Heard]) -> Share:
    """K22 回访率: concluded, of those that are to be made; who could not be reached is concluded."""
    return Share(len(heard), due)


def contacted_as_heard(heard: Collection[Heard]) -> Share:
    """K14b 响应率: the requester says that they were contacted, of valid follow-ups."""
    counted = valid(heard)
    return Share(sum(one.contacted is True for one in counted), len(counted))


def solved_as_heard(heard: Collection[Heard]) -> Share:
    """K16b 解决率: the requester says that it is solved, of valid follow-ups."""
    counted = valid(heard)
    return Share(sum(one.solved is True for one in counted), len(counted))


def satisfaction(heard: Collection[Heard]) -> Share:
    """K17 满意率: satisfied at least basically, of valid follow-ups with a view."""
    counted = [one for one in valid(heard) if one.satisfaction not in (None, "no_view")]
    return Share(sum(one.satisfaction in SATISFIED for one in counted), len(counted))


def requests_registered(requests: Collection[RequestFact], window: tuple[datetime, datetime]) -> int:
    """K13 诉求量: registered within [from, to)."""
    return sum(window[0] <= request.at < window[1] for request in requests)


def completion(cases: Collection[Case]) -> Share:
    """K15 办结率: completed of all opened."""
    return Share(sum(case.done for case in cases), len(cases))


def solution(cases: Collection[Case]) -> Share:
    """K16a 解决率: completed as solved, of all opened."""
    return Share(sum(case.solved for case in cases), len(cases))


def punctuality(cases: Collection[Case], at: datetime) -> Share:
    """K18 按期办结率: completed in time, of what was due or is completed; suspended cases are not due."""
    due = [case for case in cases if case.done or case.overdue(at)]
    return Share(sum(case.done and case.on_time is True for case in due), len(due))


def deviation(cases: Collection[Case], planned: Fraction | None) -> Fraction | None:
    """K19 序时进度偏差: share solved minus share planned; None without cases or before the plan begins."""
    actual = solution(cases).exact
    return None if actual is None or planned is None else actual - planned


def strike_off(cases: Collection[Case]) -> Share:
    """K21 销号率: struck off and not handled again, of all opened."""
    return Share(sum(case.status == "struck_off" for case in cases), len(cases))


def returns(orders: Collection[OrderFact]) -> Share:
    """K23 退单率: orders that were returned, of all issued."""
    return Share(sum(order.returned for order in orders), len(orders))


def refused_returns(orders: Collection[OrderFact]) -> Share:
    """K23b 不当退单率: returned orders whose return was refused, of all returned."""
    returned = [order for order in orders if order.returned]
    return Share(sum(order.refused for order in returned), len(returned))


def rework(cases: Collection[Case]) -> Share:
    """K24 重办率: cases in a second or later round, of all that were ever completed."""
    completed = [case for case in cases if case.ever_completed]
    return Share(sum(case.round > 1 for case in completed), len(completed))


def suspension(cases: Collection[Case]) -> Share:
    """K27 挂账率: suspended, of all not completed."""
    unfinished = [case for case in cases if not case.done]
    return Share(sum(case.status == "suspended" for case in unfinished), len(unfinished))


def suspension_age(cases: Sequence[Case], at: datetime) -> timedelta | None:
    """K27, second figure: the median time for which suspended cases have been so."""
    ages = [at - case.suspended_at for case in cases if case.status == "suspended" and case.suspended_at]
    return timedelta(seconds=median(age.total_seconds() for age in ages)) if ages else None
