"""Events folded into the facts of an assessment, in the order of the log; the same positions give the same facts.

The counting clock is the recorded time; what supervision itself judges afterwards (a breach, a missed slot) counts by
the moment that it speaks of.
"""

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
from contracts.intake import (
    PersonRegistered,
    RequestRegistered,
    SubjectDataErased,
    SubjectRegistered,
    UnitRegistered,
    VisitRecorded,
)
from contracts.supervision import (
    BreachWithdrawn,
    CadenceFulfilled,
    CadenceMissed,
    DeadlineBreached,
    FollowUpConducted,
    FollowUpScheduled,
    MisreportEstablished,
    NoticeIssued,
    NoticeWithdrawn,
    SpotCheckConducted,
    SupervisionClosed,
    SupervisionNoticeIssued,
)
from services.supervision.domain import assess_owing
from services.supervision.domain.assess_coverage import COVERING, OF_A_PROGRAMME
from services.supervision.domain.assess_facts import (
    AnswerFact,
    BreachFact,
    BulletinFact,
    CaseFact,
    CheckFact,
    Facts,
    MisreportFact,
    OrderFact,
    SlipFact,
    SlotFact,
    Told,
)
from services.supervision.domain.case_deadlines import classes_of

JUDGED_LATER = (CadenceFulfilled, CadenceMissed, DeadlineBreached, BreachWithdrawn, NoticeWithdrawn)
"""These speak of an earlier moment, or take back what should never have counted."""

Step = Callable[[Facts, Any, Told], None]


def _unit(f: Facts, e: UnitRegistered, t: Told) -> None:
    f.units[e.unit_id] = e
    _covering(f, e, t)


def _person(f: Facts, e: PersonRegistered, t: Told) -> None:
    _covering(f, e, t)
    assess_owing.person(f, e, t)


def _visit(f: Facts, e: VisitRecorded, t: Told) -> None:
    _covering(f, e, t)
    assess_owing.visited(f, e, t)


def _covering(f: Facts, e: Event, t: Told) -> None:
    if t.programme == f.programme or not isinstance(e, OF_A_PROGRAMME):
        COVERING[type(e)](f.covered, e, t)


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


def _scheduled(f: Facts, c: CaseFact, e: FollowUpScheduled, t: Told) -> None:
    f.answers[e.followup_id] = AnswerFact(e.followup_id, e.case_id, e.round, e.leg)


def _heard(f: Facts, c: CaseFact, e: FollowUpConducted, t: Told) -> None:
    answer = f.answers.setdefault(e.followup_id, AnswerFact(e.followup_id, e.case_id, e.round, e.leg))
    answer.heard, answer.heard_at = e, t.time


def _checked(f: Facts, c: CaseFact, e: SpotCheckConducted, t: Told) -> None:
    f.checks.append(CheckFact(e.check_id, e.case_id or e.item, e.passed, t.time))


def _slot(f: Facts, e: CadenceFulfilled | CadenceMissed, t: Told) -> None:
    if e.programme_id != f.programme:
        return
    slot = f.slots.setdefault(e.slot_id, SlotFact(e.slot_id, e.cadence_id, e.slot, e.owner))
    if isinstance(e, CadenceMissed):
        slot.missed = True
    elif not e.late:
        slot.kept = True


def _slip(f: Facts, e: SupervisionNoticeIssued, t: Told) -> None:
    if e.programme_id == f.programme:
        f.slips[e.notice_id] = SlipFact(e.notice_id, e.target_unit, e.case_id, t.time)


def _slip_closed(f: Facts, e: SupervisionClosed, t: Told) -> None:
    if slip := f.slips.get(e.notice_id):
        slip.closed = True


def _breached(f: Facts, c: CaseFact, e: DeadlineBreached, t: Told) -> None:
    f.breaches[e.clock_id] = BreachFact(c.case_id, e.unit, e.kind, e.due)


def _kept_after_all(f: Facts, e: BreachWithdrawn, t: Told) -> None:
    f.breaches.pop(e.clock_id, None)


def _bulletin(f: Facts, e: NoticeIssued, t: Told) -> None:
    if e.programme_id == f.programme:
        f.bulletins[e.bulletin_id] = BulletinFact(e, t.time)


def _taken_back(f: Facts, e: NoticeWithdrawn, t: Told) -> None:
    f.bulletins.pop(e.bulletin_id, None)


def _misreport(f: Facts, e: MisreportEstablished, t: Told) -> None:
    if e.programme_id == f.programme:
        f.misreports[e.misreport_id] = MisreportFact(e, t.time)


def _case(step: Callable[[Facts, CaseFact, Any, Told], None]) -> Step:
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


STEPS: dict[type[Event], Step] = {
    UnitRegistered: _unit,
    **dict.fromkeys((SubjectRegistered, SubjectDataErased, RequestRegistered), _covering),
    PersonRegistered: _person,
    VisitRecorded: _visit,
    CaseOpened: _opened,
    CaseClassified: _case(_classified),
    LeaderBoundToCase: _case(_bound),
    OrderIssued: _case(_issued),
    OrderSigned: _order(_signed),
    HandlingPlanFiled: _order(_planned),
    RequesterContacted: _order(_contacted),
    OrderReturned: _order(_returned),
    ReturnRuled: _order(_ruled),
    OrderCancelled: _order(_cancelled),
    ExtensionDecided: _order(_extended),
    DeadlinesRecomputed: _case(_recomputed),
    CaseSuspended: _case(_suspended),
    CaseResumed: _case(_resumed),
    CaseCompleted: _case(_completed),
    CaseStruckOff: _case(_struck_off),
    CaseReopened: _case(_reopened),
    CaseMerged: _case(_gone),
    CaseSplit: _case(_gone),
    CaseClosedUnhandled: _case(_gone),
    MergeUndone: _case(_back),
    FollowUpScheduled: _case(_scheduled),
    FollowUpConducted: _case(_heard),
    SpotCheckConducted: _case(_checked),
    CadenceFulfilled: _slot,
    CadenceMissed: _slot,
    SupervisionNoticeIssued: _slip,
    SupervisionClosed: _slip_closed,
    DeadlineBreached: _case(_breached),
    BreachWithdrawn: _kept_after_all,
    NoticeIssued: _bulletin,
    NoticeWithdrawn: _taken_back,
    MisreportEstablished: _misreport,
    **assess_owing.STEPS,
}
"""Every type that an assessment looks at."""

ORDER = ("intake", "dispatch", "supervision")
"""In which order the sources are folded: a follow-up is of a case, a visit of a subject."""


def take(facts: Facts, told: Told) -> None:
    """One event more; what happened at or after the facts' moment is not there yet."""
    if told.time < facts.as_of or isinstance(told.event, JUDGED_LATER):
        STEPS[type(told.event)](facts, told.event, told)
