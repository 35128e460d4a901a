"""One case told in events and commands, for the specs; persons and units are made up."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from contracts.dispatch import (
    CaseAbsorbed,
    CaseClassified,
    CaseClosedUnhandled,
    CaseCompleted,
    CaseMerged,
    CaseOpened,
    CaseReopened,
    CaseRouted,
    CaseSplit,
    CaseStruckOff,
    CaseSuspended,
    Dues,
    Durations,
    ExtensionRequested,
    HandlingPlanFiled,
    Milestone,
    OrderCancelled,
    OrderCompleted,
    OrderIssued,
    OrderReturned,
    OrderSigned,
    ReturnRuled,
    VerificationStarted,
)
from contracts.sealed import Sealed
from services.chassis.deadlines import Calendar
from services.dispatch.domain.commands import (
    AbsorbCase,
    CancelOrder,
    ClassifyCase,
    CloseUnhandled,
    CompleteOrder,
    DecideExtension,
    FilePlan,
    IssueOrders,
    JoinRequest,
    MergeCase,
    NewOrder,
    OpenCase,
    ReopenCase,
    RequestExtension,
    ReturnOrder,
    RouteCase,
    RuleReturn,
    SignOrder,
    SplitCase,
    StartVerification,
    StrikeOff,
    SuspendCase,
    UndoMerge,
)

NOON = datetime(2017, 7, 17, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
DAY = timedelta(days=1)
TEXT = Sealed(key_id="request-r1", box="AAECAwQFBgcICQoL")
CALENDAR = Calendar("CN-2017@1", ((time(8, 30), time(12)), (time(14), time(18))))
SEVEN_DAYS = Durations(sign="1wd", contact="24h", finish="7d")
DUES = Dues(sign_by=NOON + DAY, contact_by=NOON + DAY, finish_by=NOON + 7 * DAY)
REQUIRED = ("responsible_person_id", "finish_by", "expected_outcome")

opened = CaseOpened(
    case_id="c1",
    request_ids=("r1",),
    title=TEXT,
    text=TEXT,
    channel="visit",
    territory_unit="town-a",
    complained_units=("bureau-x",),
    received_at=NOON - DAY,
)
classified = CaseClassified(
    case_id="c1",
    category="road",
    scope="individual",
    urgency="real",
    durations=SEVEN_DAYS,
    rule_id="urgency[real]",
    calendar_version="CN-2017@1",
)
routed = CaseRouted(
    case_id="c1",
    rule_id="route[2]",
    order_kind="assign",
    lead="town-a",
    excluded_units=("bureau-x",),
    chosen_by="dispatcher",
)


def issued(order_id: str = "o1", to_unit: str = "town-a", role: Any = "lead", round: int = 1) -> OrderIssued:
    return OrderIssued(
        case_id="c1",
        order_id=order_id,
        case_no=1,
        kind="assign",
        role=role,
        to_unit=to_unit,
        dues=DUES,
        issued_by_unit="office",
        rule_id="route[2]",
        calendar_version="CN-2017@1",
        round=round,
    )


def signed(order_id: str = "o1", *, late: bool = False, person: str | None = "p1") -> OrderSigned:
    return OrderSigned(case_id="c1", order_id=order_id, case_no=1, responsible_person=person, late=late)


def returned(n: int = 1, order_id: str = "o1") -> OrderReturned:
    return OrderReturned(
        case_id="c1",
        order_id=order_id,
        case_no=1,
        reason_code="not-ours",
        reason="职责不符",
        proposed_unit="bureau-b",
        n=n,
    )


def ruled(*, accepted: bool, final: bool = False, new_unit: str | None = None) -> ReturnRuled:
    return ReturnRuled(
        case_id="c1", order_id="o1", case_no=1, accepted=accepted, final=final, new_unit=new_unit, reason="属实"
    )


def order_done(order_id: str = "o1", result: Any = "solved") -> OrderCompleted:
    return OrderCompleted(
        case_id="c1",
        order_id=order_id,
        case_no=1,
        result=result,
        reply=TEXT,
        replied_at=NOON + DAY,
        responsible_person="p1",
    )


case_done = CaseCompleted(
    case_id="c1",
    case_no=1,
    result="solved",
    on_time=True,
    elapsed_s=2 * 86400,
    working_s=11 * 3600,
    lead_unit="town-a",
    round=1,
)
planned = HandlingPlanFiled(
    case_id="c1",
    order_id="o1",
    case_no=1,
    responsible_person="p1",
    responsible_leader="p3",
    responsible_dept="城建办",
    measures="分段施工",
    resolve_by=NOON + 6 * DAY,
)
struck_off = CaseStruckOff(case_id="c1", case_no=1, by_unit="town-a", basis="unit_self", on_time=True)
suspended = CaseSuspended(
    case_id="c1",
    case_no=1,
    reason="汛期无法施工",
    condition="汛期结束",
    review_on=NOON + 5 * DAY,
    approver="p9",
    requester_told_at=NOON,
)

verifying = VerificationStarted(case_id="c1", case_no=1, followup_id="f1", round=1)
reopened = CaseReopened(
    case_id="c1", case_no=1, reason="follow_up_failed", round=2, followup_id="f1", was_struck_off=False
)
merged = CaseMerged(
    case_id="c1",
    case_no=1,
    into="c2",
    into_no=2,
    request_ids=("r1",),
    link="merged",
    reason="同一路段",
    complained_units=("bureau-x",),
)
absorbed = CaseAbsorbed(case_id="c1", case_no=1, from_case="c2", from_no=2, request_ids=("r2",), link="merged")
split = CaseSplit(case_id="c1", case_no=1, into=("c1a", "c1b"), reason="两件事")
closed = CaseClosedUnhandled(
    case_id="c1", case_no=1, reason_code="withdrawn", reason="诉求人撤回", approver="p9", told_at=NOON
)
asked = ExtensionRequested(case_id="c1", order_id="o1", case_no=1, reason="材料未到", finish_by=NOON + 10 * DAY, n=1)
TIMETABLE = (Milestone(name="进场", due=NOON + 2 * DAY), Milestone(name="验收", due=NOON + 5 * DAY))


def cancelled(order_id: str = "o1", cause: Any = "desk", reason: str = "派错单位") -> OrderCancelled:
    return OrderCancelled(case_id="c1", order_id=order_id, case_no=1, cause=cause, reason=reason)


HANDED_OVER = (opened, classified, routed, issued())
AT_WORK = (*HANDED_OVER, signed())
DONE = (*AT_WORK, order_done(), case_done)

open_it = OpenCase(
    case_id="c1",
    request_ids=("r1",),
    title=TEXT,
    text=TEXT,
    channel="visit",
    territory_unit="town-a",
    complained_units=("bureau-x",),
    received_at=NOON - DAY,
)
classify_it = ClassifyCase("road", "individual", "real", SEVEN_DAYS, "urgency[real]", "CN-2017@1")
route_it = RouteCase("town-a", "assign", "route[2]", "dispatcher")
new_order = NewOrder("o1", "lead", "town-a", "assign", DUES)
issue_it = IssueOrders(1, (new_order,), "office", "route[2]", "CN-2017@1", NOON)
sign_it = SignOrder("o1", 1, "town-a", NOON + timedelta(hours=1), "p1")
return_it = ReturnOrder("o1", 1, "town-a", "not-ours", "职责不符", 2, NOON, NOON + DAY, "bureau-b")
refuse_return = RuleReturn("o1", 1, False, "属实", NOON, CALENDAR)
accept_return = replace(refuse_return, accepted=True)
plan_it = FilePlan("o1", 1, "town-a", NOON, "p1", "p3", "城建办", measures="分段施工", resolve_by=NOON + 6 * DAY)
complete_it = CompleteOrder("o1", 1, "town-a", "solved", TEXT, NOON + DAY, NOON + DAY, CALENDAR)
suspend_it = SuspendCase(
    1, "汛期无法施工", "汛期结束", NOON + 5 * DAY, "p9", NOON, "town-a", "p3", requester_told_at=NOON
)
strike_it_off = StrikeOff(1, "unit_self", "unit_self", "town-a")
cancel_it = CancelOrder("o1", 1, "派错单位", at=NOON, calendar=CALENDAR)
ask_for_time = RequestExtension("o1", 1, "town-a", "材料未到", NOON + 10 * DAY, NOON, 2)
grant_it = DecideExtension("o1", 1, True, "p9", "同意", NOON, None, NOON, False, approver_unit="office")
start_verifying = StartVerification(1, "f1", 1)
reopen_it = ReopenCase(1, "spot_check", "现场未修", by_oversight=True)
close_it = CloseUnhandled(1, "withdrawn", "诉求人撤回", "p9", NOON, NOON, by_person="p8")
join_it = JoinRequest(1, "r9", "merged", "visit", TEXT, TEXT, NOON)
merge_it = MergeCase(1, "c2", 2, "merged", "同一路段", same_programme=True)
absorb_it = AbsorbCase(1, "c2", 2, ("r2",), "merged")
undo_it = UndoMerge(1, "不是一件事")
part_a = replace(open_it, case_id="c1a", complained_units=())
part_b = replace(part_a, case_id="c1b")
split_it = SplitCase(1, "两件事", (part_a, part_b))
