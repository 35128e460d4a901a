"""How a case's own events change it."""

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never, cast

from contracts.dispatch import (
    AbsorptionUndone,
    CaseAbsorbed,
    CaseClassified,
    CaseClosedUnhandled,
    CaseCompleted,
    CaseConsulted,
    CaseMerged,
    CaseOpened,
    CaseReopened,
    CaseResumed,
    CaseRouted,
    CaseSentBack,
    CaseShowcased,
    CaseSplit,
    CaseStruckOff,
    CaseSupplemented,
    CaseSuspended,
    DeadlinesRecomputed,
    FallbackBegun,
    JoinUndone,
    LeaderBoundToCase,
    LeadUnitDesignated,
    MeetingNoted,
    MergeUndone,
    OrderCancelled,
    OrderIssued,
    OrderReturned,
    RequestJoined,
    ReturnRuled,
    ShowcaseWithdrawn,
    StrikeOffReported,
    SuggestionDecided,
    SuspensionReviewed,
    VerificationStarted,
)
from contracts.event import Event
from services.dispatch.domain.order import OrderEvent, handled, issued
from services.dispatch.domain.state import (
    Absorbed,
    Case,
    Classified,
    Joined,
    Order,
    OrderStatus,
    Routed,
    Status,
    Suggested,
)

Preparing = (
    CaseOpened
    | CaseClassified
    | CaseRouted
    | LeadUnitDesignated
    | LeaderBoundToCase
    | SuggestionDecided
    | CaseConsulted
    | MeetingNoted
    | FallbackBegun
    | CaseSentBack
    | CaseSupplemented
)
Moving = CaseSuspended | SuspensionReviewed | CaseResumed | CaseCompleted | DeadlinesRecomputed
Ending = (
    VerificationStarted
    | CaseStruckOff
    | StrikeOffReported
    | CaseReopened
    | CaseClosedUnhandled
    | CaseShowcased
    | ShowcaseWithdrawn
)
Joining = RequestJoined | JoinUndone | CaseAbsorbed | AbsorptionUndone | CaseMerged | MergeUndone | CaseSplit

OwnEvent = Preparing | Moving | Ending | Joining | OrderIssued | OrderEvent
"""Every event of a case's stream; a test compares it with the contracts."""


def evolve(case: Case, event: Event) -> Case:
    """The case after one of its own events."""
    own = cast(OwnEvent, event)
    if isinstance(own, Preparing):
        return _prepared(case, own)
    if isinstance(own, Moving):
        return _moved(case, own)
    if isinstance(own, Ending):
        return _ended(case, own)
    if isinstance(own, Joining):
        return _joined(case, own)
    if isinstance(own, OrderIssued):
        order = issued(own, before=case.orders)
        return replace(case, orders=(*case.orders, order), status=Status.HANDLING, missing="", fallback=None)
    if isinstance(own, OrderEvent):
        return _of_order(case, own)
    assert_never(own)


def _prepared(case: Case, event: Preparing) -> Case:
    match event:
        case CaseOpened():
            return replace(
                case,
                case_id=event.case_id,
                status=Status.REGISTERED,
                own_requests=event.request_ids,
                own_complained=event.complained_units,
                received_at=event.received_at,
                split_from=event.split_from,
            )
        case CaseClassified():
            return replace(case, classified=_classified(event), durations=event.durations)
        case CaseRouted():
            way = Routed(
                event.lead,
                event.co,
                event.territory,
                event.order_kind,
                event.rule_id,
                event.excluded_units,
                event.draft,
            )
            status = Status.ROUTED if case.status is Status.REGISTERED else case.status
            interested = tuple(unit for unit in event.excluded_units if unit not in case.complained)
            return replace(case, routed=way, status=status, interested=interested)
        case LeadUnitDesignated():
            return replace(case, designated=event.unit)
        case LeaderBoundToCase():
            return replace(case, bound_leader=event.leader, bound_kind=event.kind)
        case SuggestionDecided():
            said = Suggested(event.what, event.suggested, event.chosen)
            return replace(case, suggestions=(*(s for s in case.suggestions if s.what != said.what), said))
        case CaseConsulted():
            return replace(case, consultations=(*case.consultations, event.consult_id), consulted=True)
        case MeetingNoted():
            return replace(case, meetings=(*case.meetings, event.meeting_id))
        case FallbackBegun():
            return replace(case, fallback=event.role)
        case CaseSentBack():
            return replace(case, missing=event.missing)
        case CaseSupplemented():
            return replace(case, missing="")
        case _:
            assert_never(event)


def _classified(event: CaseClassified) -> Classified:
    return Classified(
        event.category,
        event.scope,
        event.urgency,
        event.must_solve,
        event.desk_suitable,
        event.level,
        event.difficulty,
        event.focus,
        event.sensitive,
        event.site_scope,
        event.redirect,
        event.secret,
        event.service_line,
    )


def _moved(case: Case, event: Moving) -> Case:
    match event:
        case CaseSuspended():
            return replace(case, status=Status.SUSPENDED, review_on=event.review_on)
        case SuspensionReviewed():
            return replace(case, review_on=event.review_on)
        case CaseResumed():
            orders = tuple(replace(o, finish_by=event.finish_by.get(o.order_id, o.finish_by)) for o in case.orders)
            return replace(case, status=Status.HANDLING, orders=orders)
        case CaseCompleted():
            return replace(case, status=Status.COMPLETED, on_time=event.on_time)
        case DeadlinesRecomputed():
            return replace(case, orders=tuple(_recomputed(o, event) for o in case.orders))
        case _:
            assert_never(event)


def _recomputed(order: Order, event: DeadlinesRecomputed) -> Order:
    dues = event.dues.get(order.order_id)
    if dues is None:
        return order
    return replace(
        order, sign_by=dues.sign_by, contact_by=dues.contact_by, plan_by=dues.plan_by, finish_by=dues.finish_by
    )


def _ended(case: Case, event: Ending) -> Case:
    match event:
        case VerificationStarted():
            status = Status.VERIFYING if case.status is Status.COMPLETED else case.status
            return replace(case, status=status, verifications=(*case.verifications, event.followup_id))
        case CaseStruckOff():
            return replace(case, status=Status.STRUCK_OFF, struck_off_by=event.by_unit, report_up_by=event.report_up_by)
        case StrikeOffReported():
            return replace(case, reported_up=True)
        case CaseReopened():
            return replace(
                case,
                status=Status.REGISTERED,
                round=event.round,
                routed=None,
                fallback=None,
                designated=None,
                durations=event.durations or case.durations,
                consulted=False,
                verifications=(),
                struck_off_by=None,
                report_up_by=None,
                reported_up=False,
                showcased=False,
            )
        case CaseClosedUnhandled():
            return replace(case, status=Status.CLOSED_UNHANDLED, showcased=False)
        case CaseShowcased() | ShowcaseWithdrawn():
            return replace(case, showcased=isinstance(event, CaseShowcased))
        case _:
            assert_never(event)


def _joined(case: Case, event: Joining) -> Case:
    match event:
        case RequestJoined():
            return replace(case, joined=(*case.joined, Joined(event.request_id, event.complained_units)))
        case JoinUndone():
            return replace(case, joined=tuple(one for one in case.joined if one.request_id != event.request_id))
        case CaseAbsorbed():
            taken = Absorbed(event.from_case, event.request_ids, event.complained_units)
            return replace(case, absorbed=(*case.absorbed, taken))
        case AbsorptionUndone():
            return replace(case, absorbed=tuple(one for one in case.absorbed if one.case_id != event.to_case))
        case CaseMerged():
            return _merged(case, event)
        case MergeUndone():
            back = case.status_before_merge or Status.REGISTERED
            return replace(case, status=back, merged_into=None, status_before_merge=None)
        case CaseSplit():
            return replace(case, status=Status.SPLIT, split_into=event.into)
        case _:
            assert_never(event)


def _merged(case: Case, event: CaseMerged) -> Case:
    """Where it stood, for undoing; orders that the merge cancelled do not come back, so it would start again."""
    handed_over = case.status in (Status.HANDLING, Status.SUSPENDED)
    return replace(
        case,
        status=Status.MERGED,
        merged_into=event.into,
        status_before_merge=Status.REGISTERED if handed_over else case.status,
        routed=None if handed_over else case.routed,
    )


def _of_order(case: Case, event: OrderEvent) -> Case:
    changed = _with_order(case, event.order_id, lambda order: handled(order, event))
    if isinstance(event, OrderReturned):
        return replace(changed, returns=case.returns + 1)
    if isinstance(event, ReturnRuled) and event.accepted:
        order = case.order(event.order_id)
        refuted = order is not None and order.role == "lead" and order.unit == case.designated
        changed = replace(changed, designated=None if refuted else case.designated)
    if not isinstance(event, ReturnRuled | OrderCancelled):
        return changed
    nothing_left = not any(o.working or o.status is OrderStatus.COMPLETED for o in changed.current)
    if case.status is Status.HANDLING and nothing_left:
        return replace(changed, status=Status.REGISTERED, routed=None)
    return changed


def _with_order(case: Case, order_id: str, change: Callable[[Order], Order]) -> Case:
    return replace(case, orders=tuple(change(o) if o.order_id == order_id else o for o in case.orders))
