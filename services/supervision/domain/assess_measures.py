"""The indicators of an assessment for one object (domain 2.9): which things count, and which of them well.

Rates of cases speak of the period's last moment (stock); answers, orders, checks and slots of the period (flow).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from contracts.supervision import FollowUpConducted
from services.supervision.domain import assess_owing
from services.supervision.domain.assess_facts import AnswerFact, CaseFact, OrderFact
from services.supervision.domain.assess_scope import Scope

ONE, NONE = Fraction(1), Fraction(0)
PETITION = "petition"
"""The class that asks for a leader where the pack names none."""


@dataclass(frozen=True, slots=True)
class Member:
    """One thing that an indicator looks at: a case, or a slot or subject by its own id; `counted` is what it adds."""

    ref: str
    counted: Fraction
    case_id: str | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """An indicator of one object."""

    members: tuple[Member, ...]

    @property
    def part(self) -> Fraction:
        return sum((member.counted for member in self.members), NONE)

    @property
    def whole(self) -> int:
        return len(self.members)

    @property
    def share(self) -> Fraction | None:
        """None where there was nothing to measure: neither nothing nor all."""
        return self.part / self.whole if self.members else None


def measure(scope: Scope, kpi: str) -> Measured:
    """One indicator; `contracts.pack.assessing.SCORED` names those there are."""
    return Measured(tuple(sorted(MEASURES[kpi](scope), key=lambda member: member.ref)))


Members = Iterable[Member]


def _of(cases: Iterable[CaseFact], good: Callable[[CaseFact], bool]) -> Members:
    return [Member(case.case_id, Fraction(good(case)), case.case_id) for case in cases]


def _of_orders(orders: Iterable[OrderFact], good: Callable[[OrderFact], bool]) -> Members:
    return [Member(order.order_id, Fraction(good(order)), order.case_id) for order in orders]


def coverage(s: Scope) -> Members:
    """K07 走访覆盖率: those whom the populations ask for, on the register of their day, that were reached by then."""
    return _of_members(s, "population")


def participation(s: Scope) -> Members:
    """K08 参与率: officials of the rosters with a visit of theirs on which somebody was met, of all who are obliged."""
    return _of_members(s, "roster")


def _of_members(s: Scope, of: str) -> Members:
    return [Member(one.ref, Fraction(one.reached_at is not None)) for one in s.on_ground(of) if one.what != "case"]


def leader_bound(s: Scope) -> Members:
    """K12 包案率: cases of the classes for which the pack asks for a leader that have one; else petitions (HA-06)."""
    rule = s.pack.order.leader_bound

    def asked(case: CaseFact) -> bool:
        return PETITION in case.classes if rule is None else s.pack.leader_within(case.classes) is not None

    return _of((case for case in s.cases() if asked(case)), lambda case: case.bound)


def contact_in_time(s: Scope) -> Members:
    """K14a 响应率 by the clock: reached within the limit, of those whose limit is over or who were reached."""
    due = [o for o in _standing(s) if o.contact_by and (o.contacted_at or o.contact_by <= s.period.as_of)]
    return _of_orders(due, lambda o: _within(o.contacted_at, o.contact_by))


def signing_in_time(s: Scope) -> Members:
    """K25 签收及时率."""
    due = [o for o in _standing(s) if o.sign_by and (o.signed_at or o.sign_by <= s.period.as_of)]
    return _of_orders(due, lambda o: _within(o.signed_at, o.sign_by))


def _standing(s: Scope) -> list[OrderFact]:
    """Orders that rightly went back were not theirs to answer."""
    return [order for order in s.orders() if not order.return_accepted]


def _within(moment: datetime | None, limit: datetime | None) -> bool:
    return moment is not None and limit is not None and moment <= limit


def completion(s: Scope) -> Members:
    """K15 办结率."""
    return _of(s.cases(), lambda case: case.done)


def solution(s: Scope) -> Members:
    """K16a 解决率 by the ledger."""
    return _of(s.cases(), lambda case: case.done and case.result == "solved")


def punctuality(s: Scope) -> Members:
    """K18 按期办结率: done in time, of what is done or due; a case that rests is not due."""
    return _of((c for c in s.cases() if c.done or c.overdue(s.period.as_of)), lambda c: c.done and c.on_time)


def strike_off(s: Scope) -> Members:
    """K21 销号率."""
    return _of(s.cases(), lambda case: case.status == "struck_off")


def rework(s: Scope) -> Members:
    """K24 重办率: in a second or later round, of all that were ever completed."""
    return _of((case for case in s.cases() if case.ever_completed), lambda case: case.round > 1)


def resting(s: Scope) -> Members:
    """K27 挂账率: suspended, of the open ones."""
    return _of((case for case in s.cases() if not case.done), lambda case: case.status == "suspended")


def _valid(s: Scope) -> Iterator[tuple[AnswerFact, FollowUpConducted]]:
    """Follow-ups that reached somebody."""
    return ((one, one.heard) for one in s.answers() if one.heard is not None and one.heard.reached)


def contacted(s: Scope) -> Members:
    """K14b 响应率 as requesters say it."""
    for answer, heard in _valid(s):
        if heard.contacted is not None:
            yield Member(answer.followup_id, Fraction(heard.contacted), answer.case_id)


def solved(s: Scope) -> Members:
    """K16b 解决率 as requesters say it."""
    for answer, heard in _valid(s):
        if heard.solved is not None:
            yield Member(answer.followup_id, Fraction(heard.solved), answer.case_id)


def satisfied(s: Scope) -> Members:
    """K17 满意率 among those who have a view; who was dissatisfied through nobody's fault may be left out."""
    worth = {"very": ONE, "satisfied": ONE, "basic": Fraction(s.rules.basic_counts)}
    for answer, heard in _valid(s):
        view = heard.satisfaction
        excused = heard.attributable is False and "not_attributable" in s.rules.leave_out
        if view is None or view == "no_view" or (view not in worth and excused):
            continue
        yield Member(answer.followup_id, worth.get(view, NONE), answer.case_id)


def called_back(s: Scope) -> Members:
    """K22 回访率: rounds of cases with a concluded follow-up, of those where one was due; unreachable is concluded."""
    rounds: dict[tuple[str, int], bool] = {}
    for answer in s.all_answers():
        key = (answer.case_id, answer.round)
        rounds[key] = rounds.get(key, False) or answer.heard is not None
    return [Member(f"{case}#{n}", Fraction(done), case) for (case, n), done in rounds.items()]


def returns(s: Scope) -> Members:
    """K23 退单率."""
    return _of_orders(s.orders(), lambda order: order.returned_at is not None)


def refused_returns(s: Scope) -> Members:
    """K23b 不当退单率: refused, of those that were returned."""
    return _of_orders((o for o in s.orders() if o.returned_at), lambda order: order.return_accepted is False)


def extensions(s: Scope) -> Members:
    """K26 延期率."""
    return _of_orders(s.orders(), lambda order: order.extended)


def slips_closed(s: Scope) -> Members:
    """K28 督办办结率."""
    for slip in s.facts.slips.values():
        if s.answers_for(slip.case_id, slip.unit) and s.period.has(slip.issued_at):
            yield Member(slip.notice_id, Fraction(slip.closed), slip.case_id)


def checks_passed(s: Scope) -> Members:
    """K29 抽查合格率."""
    for check in s.facts.checks:
        if s.period.has(check.at) and s.owns(s.facts.cases[check.case_id]):
            yield Member(f"{check.check_id}/{check.case_id}", Fraction(check.passed), check.case_id)


def meetings(s: Scope) -> Members:
    """K34 例会按期率: slots with a meeting in time, of those that were due."""
    held = {row.id for row in s.pack.lists.cadence if row.meeting}
    for slot in s.facts.slots.values():
        if slot.owner == s.object and slot.cadence in held and s.period.since <= slot.day <= s.period.until:
            yield Member(slot.slot_id, Fraction(slot.kept))


def _owed(of: Callable[[Scope], Iterable[tuple[str, Fraction]]]) -> Callable[[Scope], Members]:
    return lambda s: (Member(ref, share) for ref, share in of(s))


MEASURES: dict[str, Callable[[Scope], Members]] = {
    "K05": _owed(assess_owing.cards),
    "K06": _owed(assess_owing.paired),
    "K07": coverage,
    "K08": participation,
    "K11": _owed(assess_owing.cells),
    "K12": leader_bound,
    "K14a": contact_in_time,
    "K14b": contacted,
    "K15": completion,
    "K16a": solution,
    "K16b": solved,
    "K17": satisfied,
    "K18": punctuality,
    "K20": _owed(assess_owing.quotas),
    "K21": strike_off,
    "K22": called_back,
    "K23": returns,
    "K23b": refused_returns,
    "K24": rework,
    "K25": signing_in_time,
    "K26": extensions,
    "K27": resting,
    "K28": slips_closed,
    "K29": checks_passed,
    "K34": meetings,
}
