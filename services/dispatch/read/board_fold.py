"""One case's row from its events, in memory: the list folds it in batches, the page of a case up to any record."""

import json
from datetime import datetime
from typing import cast

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
    ExtensionDecided,
    ExtensionRequested,
    FallbackBegun,
    JoinUndone,
    LeaderBoundToCase,
    LeadUnitDesignated,
    MergeUndone,
    OrderCancelled,
    OrderIssued,
    OrderReturned,
    OrderSigned,
    RequestJoined,
    ReturnRuled,
    ShowcaseWithdrawn,
    StrikeOffReported,
    SuspensionReviewed,
    VerificationStarted,
)
from contracts.duration import Unit, parse_duration
from contracts.supervision import FollowUpConducted
from services.chassis.deadlines import mark_at
from services.chassis.facts import Fact
from services.dispatch.domain.verdicts import failed
from services.dispatch.read.board_joining import joined
from services.dispatch.read.board_row import CLOSED, DONE, PAUSED, RUNNING, WAITING, BoardRow
from services.dispatch.read.packs import Packs


def opened(fact: Fact, event: CaseOpened) -> BoardRow:
    """A new case, waiting at the desk."""
    return BoardRow(
        case_id=event.case_id,
        programme=fact.envelope.meta.programme or "",
        channel=event.channel,
        received_at=event.received_at,
        opened_at=fact.time,
        updated_at=fact.time,
        title_sealed=json.dumps(event.title.model_dump()),
        title_key=event.title.key_id,
        request_ids=list(event.request_ids),
        complained=list(event.complained_units),
        subject_id=event.subject_id,
        requester_ref=event.requester_ref,
        visit_id=event.visit_id,
        caller_ref=event.caller_ref,
        cells=list(event.grid_ids.values()),
        service_line=event.service_line,
        territory=event.territory_unit,
        category=event.category_hint,
        urgency=event.urgency_hint,
        split_from=event.split_from,
        records=1,
        version=fact.version,
        sort_key=fact.time.timestamp(),
    )


def project(row: BoardRow, fact: Fact, packs: Packs) -> None:
    """One of the case's own later events into its row."""
    row.records, row.version, row.updated_at = row.records + 1, fact.version, fact.time
    match fact.event:
        case CaseClassified() | CaseRouted() | LeadUnitDesignated() | LeaderBoundToCase() | CaseConsulted() as event:
            _prepared(row, event)
        case FallbackBegun() as event:
            row.fallback = event.role
        case CaseSentBack():
            row.step = "sent_back"
        case CaseSupplemented():
            row.step = "registered" if row.step == "sent_back" else row.step
        case OrderIssued() as event:
            _issued(row, fact, event, packs)
        case OrderSigned() as event if event.order_id == row.lead_order:
            row.lead_signed, row.step = True, "handling"
        case OrderReturned() as event:
            row.returns += 1
            row.step = "returned" if event.order_id == row.lead_order else row.step
        case ReturnRuled() as event:
            _ruled(row, event)
        case OrderCancelled() as event:
            _gone(row, event.order_id)
        case ExtensionRequested() | ExtensionDecided() as event:
            _extended(row, event, packs)
        case RequestJoined() | JoinUndone() | CaseAbsorbed() | AbsorptionUndone() as event:
            joined(row, event)
        case CaseMerged() | MergeUndone() | CaseSplit() | CaseClosedUnhandled() as event:
            _ended(row, fact, event)
        case event:
            _closed(row, fact, cast(object, event), packs)
    place(row)


def _prepared(
    row: BoardRow, event: CaseClassified | CaseRouted | LeadUnitDesignated | LeaderBoundToCase | CaseConsulted
) -> None:
    match event:
        case CaseClassified():
            row.category, row.urgency, row.scope = event.category, event.urgency, event.scope
            row.classified, row.must_solve = True, event.must_solve
            row.difficulty, row.level, row.site_scope = event.difficulty, event.level, event.site_scope
            row.sensitive, row.focus = event.sensitive, event.focus
            row.service_line = event.service_line or row.service_line
            row.finish_unit = parse_duration(event.durations.finish).unit
        case CaseRouted():
            row.territory = event.territory or row.territory
            row.supervised_by = event.supervised_by
            row.interested = [unit for unit in event.excluded_units if unit not in row.complained]
            if row.step == "registered":
                row.prepared_rule, row.prepared_lead, row.prepared_co = event.rule_id, event.lead, list(event.co)
        case LeadUnitDesignated():
            row.designated = event.unit
        case LeaderBoundToCase():
            row.leader, row.leader_kind = event.leader, event.kind
        case CaseConsulted():
            row.consultation_count += 1


def _extended(row: BoardRow, event: ExtensionRequested | ExtensionDecided, packs: Packs) -> None:
    others = [order for order in row.extending if order != event.order_id]
    if isinstance(event, ExtensionRequested):
        row.extending = [*others, event.order_id]
        return
    row.extending = others
    if event.granted:
        row.extension_count += 1
        if event.order_id == row.lead_order:
            set_due(row, event.finish_by, packs)


def _ended(row: BoardRow, fact: Fact, event: CaseMerged | MergeUndone | CaseSplit | CaseClosedUnhandled) -> None:
    row.ended_at = fact.time
    match event:
        case CaseMerged():
            row.step, row.merged_into, row.end_reason = "merged", event.into, event.reason
        case MergeUndone():
            # Orders that ran were cancelled by the merge, so it stands at the desk again.
            row.step, row.merged_into, row.end_reason, row.ended_at = "registered", None, None, None
        case CaseSplit():
            row.step, row.split_into, row.end_reason = "split", list(event.into), event.reason
        case CaseClosedUnhandled():
            row.step, row.end_reason, row.showcased = "closed_unhandled", event.reason_code, False


def _issued(row: BoardRow, fact: Fact, event: OrderIssued, packs: Packs) -> None:
    if event.role == "lead":
        row.lead_unit, row.lead_order, row.lead_signed = event.to_unit, event.order_id, False
        row.issued_at, row.step = fact.time, "issued"
        _not_prepared(row)
        set_due(row, event.dues.finish_by, packs)
    else:
        row.co_units, row.co_orders = [*row.co_units, event.to_unit], [*row.co_orders, event.order_id]
        if event.role == "territory":
            row.territory = event.to_unit


def set_due(row: BoardRow, due: datetime, packs: Packs) -> None:
    """The deadline and from when it is near; without the programme's pack the last fifth of the time counts as near."""
    row.finish_by = due
    start = row.issued_at or row.opened_at
    rules = packs.rules(row.programme)
    if rules is None:
        row.yellow_from = start + (due - start) * 0.8
    else:
        row.yellow_from = mark_at(start, due, row.finish_unit or Unit.DAY, rules.yellow, rules.calendar)


def _ruled(row: BoardRow, event: ReturnRuled) -> None:
    if event.accepted:
        if event.order_id == row.lead_order and row.lead_unit == row.designated:
            row.designated = None  # refuted by the ruling: whoever names the lead does so anew
        _gone(row, event.order_id)
    elif event.order_id == row.lead_order:
        row.step = "handling" if row.lead_signed else "issued"


def _gone(row: BoardRow, order_id: str) -> None:
    """An order fell away: without its lead a case waits for the desk again."""
    row.extending = [order for order in row.extending if order != order_id]
    if order_id == row.lead_order:
        row.step, row.lead_unit, row.lead_order = "registered", None, None
        row.lead_signed, row.finish_by, row.yellow_from = False, None, None
        row.suspended_at = row.review_on = None
    elif order_id in row.co_orders:
        place = row.co_orders.index(order_id)
        row.co_orders = [*row.co_orders[:place], *row.co_orders[place + 1 :]]
        row.co_units = [*row.co_units[:place], *row.co_units[place + 1 :]]


def _closed(row: BoardRow, fact: Fact, event: object, packs: Packs) -> None:
    match event:
        case CaseSuspended():
            row.step, row.suspended_at, row.review_on = "suspended", fact.time, event.review_on
        case SuspensionReviewed():
            row.review_on = event.review_on
        case CaseResumed():
            row.step = "handling" if row.lead_signed else "issued"
            row.suspended_at = row.review_on = None
            if row.lead_order in event.finish_by:
                set_due(row, event.finish_by[row.lead_order], packs)
        case CaseCompleted():
            row.step, row.completed_at = "completed", fact.time
            row.result, row.on_time = event.result, event.on_time
        case CaseStruckOff():
            row.step, row.struck_off_at = "struck_off", fact.time
            row.struck_by, row.struck_basis, row.report_up_by = event.by_unit, event.basis, event.report_up_by
        case StrikeOffReported():
            row.reported_up_at, row.report_late = fact.time, event.late
        case VerificationStarted():
            # What the unit has struck off itself stays so until a verdict says otherwise.
            row.step = "verifying" if row.step == "completed" else row.step
        case DeadlinesRecomputed():
            if row.lead_order in event.dues:
                set_due(row, event.dues[row.lead_order].finish_by, packs)
        case CaseReopened():
            row.step, row.round = "registered", event.round
            row.lead_unit = row.lead_order = row.finish_by = row.yellow_from = None
            row.completed_at = row.struck_off_at = row.result = row.on_time = None
            row.struck_by = row.struck_basis = row.report_up_by = row.reported_up_at = row.report_late = None
            row.co_units, row.co_orders, row.extending, row.lead_signed = [], [], [], False
            row.designated = row.failed_followup = None
            row.showcased = False
            _not_prepared(row)
            if event.durations is not None:
                row.finish_unit = parse_duration(event.durations.finish).unit
        case CaseShowcased() | ShowcaseWithdrawn():
            row.showcased = isinstance(event, CaseShowcased)
        case _:
            pass  # contact, plan, progress, a helper's signature: the case stands where it stood


def judged(row: BoardRow, event: FollowUpConducted) -> None:
    """Supervision's verdict: failed, it is followed at once by another round, or somebody must decide."""
    if failed(event) and event.round == row.round:
        row.failed_followup = event.followup_id


def _not_prepared(row: BoardRow) -> None:
    row.fallback = row.prepared_rule = row.prepared_lead = None
    row.prepared_co = []


def place(row: BoardRow) -> None:
    if ended := row.struck_off_at or row.ended_at:
        row.sort_group, row.sort_key = CLOSED, -ended.timestamp()
    elif row.completed_at:
        row.sort_group, row.sort_key = DONE, row.completed_at.timestamp()
    elif row.step == "suspended":
        row.sort_group, row.sort_key = PAUSED, (row.review_on or row.updated_at).timestamp()
    elif row.finish_by and row.step != "returned":
        row.sort_group, row.sort_key = RUNNING, row.finish_by.timestamp()
    else:
        row.sort_group, row.sort_key = WAITING, row.opened_at.timestamp()
