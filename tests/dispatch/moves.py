"""What officials of a made-up district do with a case: the next step of its way, or anything else."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from contracts.dispatch import Dues, Durations, Evidence, Milestone
from services.chassis.deadlines import due
from services.dispatch.domain import commands as c
from services.dispatch.domain.limits import durations
from services.dispatch.domain.state import Case, Order, OrderStatus, Status
from tests.dispatch.lifecycle import District
from tests.dispatch.story import TEXT

UNITS = ("town-a", "bureau-b", "bureau-c", "community-d", "bureau-x")
URGENCIES = {"jw-2017": ("good", "real", "hard"), "lt-2019": ("emergency", "timely", "normal", "complex")}
DAY = timedelta(days=1)
PHOTO = Evidence(sha256="0" * 64, name="现场.jpg", media_type="image/jpeg", size=1000)
LAST_DAY = 60 * DAY
"""Longer than any fixed date of the packs lies ahead."""


def accept(d: District, pick: int) -> None:
    """A request is accepted and opens its case; some complain of a unit."""
    d.ask(
        case_id := d.new_id("c"),
        c.OpenCase(
            case_id,
            (d.new_id("r"),),
            TEXT,
            TEXT,
            "visit",
            d.now,
            complained_units=("bureau-x",) if pick % 3 == 0 else (),
        ),
    )


def limits(d: District, case: Case, urgency: str) -> tuple[Durations, Dues]:
    """The class's limits in this round, and where they end; a fixed day that has gone by is moved out by hand."""
    said = durations(d.pack, urgency, case.round)
    if said.finish.startswith("date:"):
        said = said.model_copy(update={"finish": f"date:{(d.now + LAST_DAY).date()}"})
    counted = {f"{kind}_by": due(d.now, limit, d.calendar) for kind, limit in said.model_dump().items() if limit}
    return said, Dues(**counted)


def frame(d: District, case_id: str, *orders: c.NewOrder) -> c.IssueOrders:
    order = d.pack.order
    return c.IssueOrders(
        d.number(case_id),
        orders,
        "office",
        "route[1]",
        d.calendar.id,
        d.now,
        order.required,
        lead_named_by="主要领导" if order.dual else None,
        never_lead=never_leading(d),
    )


def never_leading(d: District) -> tuple[str, ...]:
    return ("community-d",) if "community" in d.pack.order.never_lead_levels else ()


def new_order(d: District, role: Any, unit: str, dues: Dues) -> c.NewOrder:
    return c.NewOrder(
        d.new_id("o"), role, unit, "assign", dues, responsible_leader="p-leader", responsible_dept="综合科"
    )


def dispatch(d: District, case_id: str, pick: int) -> None:
    """Classify, route and issue; a helper now and then, the community wherever the pack is dual."""
    case = d.cases[case_id]
    lead, helper = UNITS[pick % 3], UNITS[(pick + 1) % 3] if pick % 4 == 0 else None
    lead = UNITS[3 + pick % 2] if pick % 11 == 0 else lead
    names = URGENCIES[d.pack.programme.id]
    urgency = case.classified.urgency if case.classified and case.round > 1 else names[pick % len(names)]
    said, dues = limits(d, case, urgency)
    territory = "community-d" if d.pack.order.dual else None
    if helper and d.pack.order.dual and pick % 8 == 0:
        d.ask(case_id, c.DesignateLead(d.number(case_id), lead, "p-main-leader", never_lead=never_leading(d)))
    classify = c.ClassifyCase("road", "individual", urgency, said, "urgency", d.calendar.id, must_solve=pick % 5 == 0)
    if case.classified and case.round > 1:
        classify = replace(classify, must_solve=case.classified.must_solve)
    orders = [new_order(d, "lead", lead, dues)]
    orders += [new_order(d, "co", helper, dues)] if helper else []
    orders += [new_order(d, "territory", territory, dues)] if territory else []
    issue = frame(d, case_id, *orders)
    route = c.RouteCase(
        lead,
        "assign",
        "route[1]",
        "dispatcher",
        (helper,) if helper else (),
        territory,
        dual=d.pack.order.dual,
        never_lead=issue.never_lead,
    )
    d.ask(case_id, c.Dispatch(classify, route, issue))


def work(d: District, case_id: str, order: Order, pick: int) -> None:
    """What its unit does next with an order."""
    no, unit = d.number(case_id), order.unit
    case = d.cases[case_id]
    needs = rules(d, case)
    if not order.signed:
        d.ask(case_id, c.SignOrder(order.order_id, no, unit, d.now, "p1" if pick % 2 else None))
    elif not order.reached and order.attempts < d.pack.order.contact_attempts:
        d.ask(case_id, c.ContactRequester(order.order_id, no, unit, "phone", pick % 2 == 0, d.now, d.now))
    elif not order.planned and (needs.plan_required or pick % 6 == 0):
        plan(d, case_id, order)
    elif order.planned and len(order.milestones) < len(order.timetable) and pick % 2:
        d.ask(case_id, c.ReachMilestone(order.order_id, no, unit, 1 + len(order.milestones), d.now))
    elif needs.site_visit and not order.site_verified:
        d.ask(case_id, c.VerifyOnSite(order.order_id, no, unit, d.now, ("p1",), "已到现场", d.now))
    elif needs.consultation_required and not case.consulted:
        consult(d, case_id, pick)
    else:
        complete(d, case_id, order, pick)


def rules(d: District, case: Case) -> c.CompletionRules:
    if case.classified is None:
        return c.CompletionRules()
    needs = d.pack.completion(case.classified.urgency)
    return c.CompletionRules(needs.site_visit, needs.plan, needs.consultation, needs.evidence)


def plan(d: District, case_id: str, order: Order) -> None:
    by = order.finish_by if order.finish_by > d.now else d.now + DAY
    steps = (Milestone(name="进场", due=by), Milestone(name="验收", due=by))
    filed = c.FilePlan(order.order_id, d.number(case_id), order.unit, d.now, "p1", "p-leader", "综合科", "分段施工", by)
    wanted = d.pack.order.plan_parts
    d.ask(case_id, replace(filed, task_book="修复", road_map="先水后路", timetable=steps, parts=wanted))


def complete(d: District, case_id: str, order: Order, pick: int) -> None:
    done = c.CompleteOrder(
        order.order_id,
        d.number(case_id),
        order.unit,
        "explained" if pick % 6 == 0 else "solved",
        TEXT,
        d.now,
        d.now,
        d.calendar,
        policy_basis="补助办法" if pick % 12 == 0 else None,
        responsible_person="p1" if pick % 5 else None,
        evidence=(PHOTO,) if pick % 4 else (),
        approved_by="p9" if pick % 24 == 0 else None,
        rules=rules(d, d.cases[case_id]),
        approval_note="同意" if pick % 48 == 0 else "",
    )
    d.ask(case_id, done)


def consult(d: District, case_id: str, pick: int) -> None:
    _, dues = limits(d, d.cases[case_id], URGENCIES[d.pack.programme.id][-1])
    order = new_order(d, "co", UNITS[pick % 5], dues)
    noted = c.NoteConsultation(
        d.number(case_id), d.new_id("k"), "joint_handling", d.now, 1, (order,), frame(d, case_id)
    )
    d.ask(case_id, noted)


def advance(d: District, case_id: str, pick: int) -> None:
    """The next step on a case's way to its end."""
    case, no = d.cases[case_id], d.number(case_id)
    match case.status:
        case Status.REGISTERED | Status.ROUTED:
            dispatch(d, case_id, pick)
        case Status.HANDLING if disputed := [o for o in case.working if o.status is OrderStatus.RETURNED]:
            rule(d, case_id, disputed[0], pick)
        case Status.HANDLING if waiting := [o for o in case.working if o.asked]:
            decide_extension(d, case_id, waiting[0], pick)
        case Status.HANDLING if case.working:
            # Helpers and the territory first, because the lead is done last.
            work(d, case_id, sorted(case.working, key=lambda o: o.role == "lead")[0], pick)
        case Status.HANDLING:
            dispatch(d, case_id, pick)
        case Status.SUSPENDED if pick % 3:
            resume(d, case_id, pick)
        case Status.SUSPENDED:
            look_again(d, case_id, pick)
        case Status.COMPLETED if d.pack.closure.by == "unit_self" and pick % 3:
            strike_off(d, case_id, pick)
        case Status.COMPLETED:
            d.ask(case_id, c.StartVerification(no, f"f-{case_id}-{case.round}", case.round))
        case Status.VERIFYING:
            verdict(d, case_id, passed=pick % 4 != 0)
        case Status.STRUCK_OFF:
            d.ask(case_id, c.ReportUp(no, case.struck_off_by or "", d.now))
        case Status.MERGED if pick % 2:
            undo(d, case_id, pick)
        case _:
            accept(d, pick)


def rule(d: District, case_id: str, order: Order, pick: int) -> None:
    ruled = c.RuleReturn(
        order.order_id,
        d.number(case_id),
        pick % 2 == 0,
        "属实",
        d.now,
        d.calendar,
        final=pick % 7 == 0,
        by_group=pick % 3 == 0,
        group_rules_from=d.pack.order.group_rules_from,
    )
    if pick % 4 == 0:
        _, dues = limits(d, d.cases[case_id], URGENCIES[d.pack.programme.id][0])
        new = new_order(d, order.role, UNITS[pick % 5], dues)
        ruled = replace(ruled, replacement=new, issue=frame(d, case_id, new))
    d.ask(case_id, ruled)


def ask_for_time(d: District, case_id: str, order: Order, _pick: int) -> None:
    later = order.finish_by + 5 * DAY
    d.ask(
        case_id,
        c.RequestExtension(
            order.order_id, d.number(case_id), order.unit, "材料未到", later, d.now, d.pack.order.max_extensions
        ),
    )


def decide_extension(d: District, case_id: str, order: Order, pick: int) -> None:
    decided = c.DecideExtension(
        order.order_id,
        d.number(case_id),
        pick % 3 != 0,
        "p9",
        "属实",
        d.now,
        None,
        d.now,
        by_leader=pick % 2 == 0,
        leader_extends_from=d.pack.order.leader_extends_from,
        approver_unit="office",
    )
    d.ask(case_id, decided)


def look_again(d: District, case_id: str, pick: int) -> None:
    later = d.now + (5 + pick % 9) * DAY
    d.ask(case_id, c.ReviewSuspension(d.number(case_id), "汛期未过", later, d.now, UNITS[pick % 3], pick % 4 != 0))


def resume(d: District, case_id: str, pick: int) -> None:
    case = d.cases[case_id]
    finish = {o.order_id: max(o.finish_by, d.now) + DAY for o in case.working}
    d.ask(case_id, c.ResumeCase(d.number(case_id), "恢复", UNITS[pick % 3], finish, by_desk=pick % 4 != 0))


def strike_off(d: District, case_id: str, pick: int) -> None:
    case, by = d.cases[case_id], d.pack.closure.by
    unit = case.lead.unit if case.lead and pick % 5 else UNITS[pick % 5]
    d.ask(case_id, c.StrikeOff(d.number(case_id), by, by, unit, report_up_by=d.now + DAY))


def verdict(d: District, case_id: str, *, passed: bool) -> None:
    """What the follow-up that was begun last says; it closes only where the pack says so."""
    case, no = d.cases[case_id], d.number(case_id)
    followup = case.verifications[-1] if case.verifications else None
    if not passed:
        d.ask(case_id, c.ReopenCase(no, "follow_up_failed", followup_id=followup, round=case.round))
    elif d.pack.closure.by == "follow_up":
        strike = c.StrikeOff(no, "follow_up", "follow_up", "supervisor", followup_id=followup, round=case.round)
        d.ask(case_id, strike)
    else:
        strike_off(d, case_id, 1)


def undo(d: District, case_id: str, _pick: int) -> None:
    into = d.cases[case_id].merged_into
    if into is None:
        return
    taking = c.UndoAbsorption(d.number(into), case_id, "不是一件事")
    undoing = c.UndoMerge(d.number(case_id), "不是一件事")
    d.ask_both([(case_id, lambda _events: undoing), (into, lambda _events: taking)])
