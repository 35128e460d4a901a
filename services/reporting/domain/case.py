"""A case as reports see it: one value that each of its events changes, so that any moment of it can be kept."""

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.dispatch import (
    CaseClassified,
    CaseClosedUnhandled,
    CaseCompleted,
    CaseMerged,
    CaseOpened,
    CaseReopened,
    CaseResumed,
    CaseShowcased,
    CaseSplit,
    CaseStruckOff,
    CaseSuspended,
    DeadlinesRecomputed,
    ExtensionDecided,
    HandlingPlanFiled,
    MergeUndone,
    OrderCancelled,
    OrderCompleted,
    OrderIssued,
    OrderSigned,
    ProgressReported,
    ReturnRuled,
    ShowcaseWithdrawn,
)
from services.chassis.facts import Fact
from services.reference.place import place_of

HANDLED = (
    CaseOpened,
    CaseClassified,
    OrderIssued,
    OrderSigned,
    ReturnRuled,
    HandlingPlanFiled,
    ProgressReported,
    OrderCompleted,
    CaseSuspended,
    CaseResumed,
    CaseCompleted,
    CaseStruckOff,
    CaseReopened,
    ExtensionDecided,
    DeadlinesRecomputed,
    OrderCancelled,
    CaseMerged,
    MergeUndone,
    CaseSplit,
    CaseClosedUnhandled,
    CaseShowcased,
    ShowcaseWithdrawn,
)
"""The events that change what a report says about a case."""

DONE = ("completed", "struck_off")
GONE = ("merged", "split", "closed_unhandled")
"""No report counts these: a merged or split case goes on in another one, and one closed unhandled was none (2.9)."""


@dataclass(frozen=True, slots=True)
class Case:
    """Status: `waiting` for an order, `handling`, `suspended`, `completed`, `struck_off`, or one of `GONE`.

    The lead unit of a case that is handled again stays until another order names one: the rework is counted with it.
    """

    case_id: str
    programme: str = ""
    opened_position: int = 0
    opened_at: datetime | None = None
    territory: str | None = None
    subject_id: str | None = None
    requester_ref: str | None = None
    category: str | None = None
    scope: str | None = None
    urgency: str | None = None
    site_scope: str | None = None
    """Inside the enterprise's wall or outside it (HA-16)."""
    status: str = "waiting"
    lead_unit: str | None = None
    lead_order: str | None = None
    person: str | None = None
    leader: str | None = None
    finish_by: datetime | None = None
    result: str | None = None
    on_time: bool | None = None
    completed_at: datetime | None = None
    struck_off_at: datetime | None = None
    suspended_at: datetime | None = None
    round: int = 1
    ever_completed: bool = False
    plan_position: int | None = None
    """Dispatch's place of the plan whose measures a ledger shows; the words lie in another table."""
    progress_position: int | None = None
    showcased: bool = False
    """典型案例 (HA-23); a case that is handled again is none any more."""

    @property
    def done(self) -> bool:
        return self.status in DONE

    @property
    def gone(self) -> bool:
        return self.status in GONE

    @property
    def solved(self) -> bool:
        return self.done and self.result == "solved"

    def overdue(self, at: datetime) -> bool:
        """Not done after its time limit; while it is suspended no time limit runs."""
        return self.status in ("waiting", "handling") and self.finish_by is not None and self.finish_by < at


def evolve(case: Case, fact: Fact) -> Case:
    """The case after one event of its stream; events that no report tells of change nothing."""
    match fact.event:
        case CaseOpened() as e:
            return replace(
                case,
                programme=fact.envelope.meta.programme or "",
                opened_position=place_of(fact),
                opened_at=fact.time,
                territory=e.territory_unit,
                subject_id=e.subject_id,
                requester_ref=e.requester_ref,
                category=e.category_hint,
                urgency=e.urgency_hint,
            )
        case CaseClassified() as e:
            return replace(case, category=e.category, scope=e.scope, urgency=e.urgency, site_scope=e.site_scope)
        case OrderIssued() as e:
            return _issued(case, e)
        case ReturnRuled(accepted=True, order_id=order) | OrderCancelled(order_id=order) if order == case.lead_order:
            return replace(case, status="waiting", lead_unit=None, lead_order=None, finish_by=None)
        case ExtensionDecided(granted=True, order_id=order) as e if order == case.lead_order:
            return replace(case, finish_by=e.finish_by)
        case DeadlinesRecomputed() as e if case.lead_order in e.dues:
            return replace(case, finish_by=e.dues[case.lead_order].finish_by)
        case CaseMerged() | MergeUndone() | CaseSplit() | CaseClosedUnhandled() as e:
            return replace(case, status=_STANDING[type(e)], suspended_at=None)
        case HandlingPlanFiled() | ProgressReported() | OrderSigned() | OrderCompleted() as e:
            return _worked(case, e, place_of(fact))
        case CaseSuspended():
            return replace(case, status="suspended", suspended_at=fact.time)
        case CaseResumed() as e:
            due = e.finish_by.get(case.lead_order or "", case.finish_by)
            return replace(case, status="handling", suspended_at=None, finish_by=due)
        case CaseShowcased() | ShowcaseWithdrawn() as e:
            return replace(case, showcased=isinstance(e, CaseShowcased))
        case CaseCompleted() | CaseStruckOff() | CaseReopened() as e:
            return _closed(case, e, fact.time)
        case _:
            return case


_STANDING: dict[type, str] = {
    CaseMerged: "merged",
    MergeUndone: "waiting",  # orders that the merge cancelled do not come back
    CaseSplit: "split",
    CaseClosedUnhandled: "closed_unhandled",
}


def _issued(case: Case, e: OrderIssued) -> Case:
    if e.role != "lead":
        return case
    return replace(
        case,
        status="handling",
        lead_unit=e.to_unit,
        lead_order=e.order_id,
        person=e.responsible_person,
        leader=e.responsible_leader,
        finish_by=e.dues.finish_by,
    )


def _worked(case: Case, e: HandlingPlanFiled | ProgressReported | OrderSigned | OrderCompleted, position: int) -> Case:
    if e.order_id != case.lead_order:
        return case
    match e:
        case HandlingPlanFiled():
            return replace(case, person=e.responsible_person, leader=e.responsible_leader, plan_position=position)
        case ProgressReported():
            return replace(case, progress_position=position)
        case OrderSigned():
            return replace(case, person=e.responsible_person or case.person, leader=e.responsible_leader or case.leader)
        case OrderCompleted():
            return replace(case, person=e.responsible_person)


def _closed(case: Case, e: CaseCompleted | CaseStruckOff | CaseReopened, at: datetime) -> Case:
    match e:
        case CaseCompleted():
            return replace(
                case,
                status="completed",
                result=e.result,
                on_time=e.on_time,
                completed_at=at,
                suspended_at=None,
                lead_unit=e.lead_unit,
                ever_completed=True,
            )
        case CaseStruckOff():
            return replace(case, status="struck_off", struck_off_at=at)
        case CaseReopened():
            return replace(
                case,
                status="waiting",
                round=e.round,
                result=None,
                on_time=None,
                completed_at=None,
                struck_off_at=None,
                finish_by=None,
                lead_order=None,
                showcased=False,
            )
