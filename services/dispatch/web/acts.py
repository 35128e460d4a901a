"""Every command of a case, filled from what was sent and what is known; forms and JSON come through here."""

from datetime import datetime

from contracts.dispatch import Dues, Milestone, OrderRole
from contracts.duration import parse_duration
from contracts.pack import CaseFacts
from contracts.sealed import Sealed
from services.chassis.deadlines import resume as resumed_due
from services.chassis.decider import NotYet, Rejected
from services.chassis.handle import Outcome
from services.chassis.identity import effect_id
from services.chassis.keys import Erased
from services.chassis.web import command_id
from services.dispatch.domain import commands as c
from services.dispatch.domain.state import Order, OrderStatus
from services.dispatch.read import inbox
from services.dispatch.web import inputs as i
from services.dispatch.web import pausing
from services.dispatch.web.context import NOT_SHOWN, READ_WITHIN_S, CaseContext, return_until
from services.ui.i18n import N_

NO_RULE = "route[none]"
"""No route of the pack applied: whoever dispatches decided (兜底)."""


def _classify(x: CaseContext, data: i.ClassifyInput) -> c.ClassifyCase:
    if x.active.pack.categories and data.category not in x.active.pack.category_names():
        raise Rejected("unknown-category", N_("本活动没有这个类别。"), "category")
    return c.ClassifyCase(
        category=data.category,
        scope=data.scope,
        urgency=data.urgency,
        durations=x.durations(data.urgency, data.finish_on),
        rule_id=f"urgency[{data.urgency}]",
        calendar_version=x.active.calendar.id,
        must_solve=data.must_solve,
        desk_suitable=data.desk_suitable,
    )


async def _route(x: CaseContext, data: i.RouteInput, said: c.ClassifyCase | None) -> c.RouteCase:
    await _known_unit(x, data.lead, "lead")
    for unit in data.co:
        await _known_unit(x, unit, "co")
    if data.territory:
        await _known_unit(x, data.territory, "territory")
    seen = x.state.classified
    facts = CaseFacts(
        scope=said.scope if said else seen.scope if seen else None,
        urgency=said.urgency if said else seen.urgency if seen else None,
        category=said.category if said else seen.category if seen else None,
        channel=x.row["channel"],
        desk_suitable=said.desk_suitable if said else bool(seen and seen.desk_suitable),
        departments=1 + len(data.co),
    )
    hit = x.active.pack.route(facts)
    return c.RouteCase(
        lead=data.lead,
        order_kind=data.order_kind or (hit.order_kind if hit else "assign"),
        rule_id=hit.rule_id if hit else NO_RULE,
        chosen_by="dispatcher",
        co=tuple(data.co),
        territory=data.territory,
    )


async def _known_unit(x: CaseContext, unit: str, field: str) -> None:
    if await x.reads.directory.unit(unit) is None:
        raise Rejected("unknown-unit", N_("没有这个单位；请从名册中选择。"), field)


def _orders(x: CaseContext, route: c.RouteCase, data: i.OrderInput, dues: Dues) -> tuple[c.NewOrder, ...]:
    """One for the lead, one per helper, one for the territory where that is another unit."""
    units: list[tuple[OrderRole, str]] = [("lead", route.lead), *(("co", unit) for unit in route.co)]
    if route.territory and route.territory not in {unit for _, unit in units}:
        units.append(("territory", route.territory))
    given = command_id(x.request)
    return tuple(
        c.NewOrder(
            # Derived from the command's id: sent twice it is the same order.
            order_id=effect_id(given, f"order-{number}"),
            role=role,
            to_unit=unit,
            kind=route.order_kind,
            dues=dues,
            responsible_person=data.responsible_person if role == "lead" else None,
            responsible_leader=data.responsible_leader if role == "lead" else None,
            responsible_dept=data.responsible_dept if role == "lead" else None,
            expected_outcome=data.expected_outcome,
            instruction=data.instruction,
        )
        for number, (role, unit) in enumerate(units)
    )


def _issue(x: CaseContext, orders: tuple[c.NewOrder, ...], rule_id: str) -> c.IssueOrders:
    return c.IssueOrders(
        case_no=x.case_no,
        orders=orders,
        issued_by_unit=x.user.unit_id,
        rule_id=rule_id,
        calendar_version=x.active.calendar.id,
        at=x.now,
        required=x.active.pack.order.required,
    )


async def classify(x: CaseContext, data: i.ClassifyInput) -> Outcome:
    return await x.perform(_classify(x, data))


async def route(x: CaseContext, data: i.RouteInput) -> Outcome:
    return await x.perform(await _route(x, data, None))


async def issue(x: CaseContext, data: i.OrderInput) -> Outcome:
    """Orders for the routing in force, by the limits of the classification in force."""
    way, seen = x.state.routed, x.state.classified
    if way is None or seen is None:
        raise Rejected("not-routed", N_("请先定承办单位，再下交办单。"), "lead")
    kept = c.RouteCase(way.lead, way.order_kind, way.rule_id, "dispatcher", way.co, way.territory)
    orders = _orders(x, kept, data, x.dues(x.durations(seen.urgency)))
    working = {order.unit for order in x.state.current}
    fresh = tuple(order for order in orders if order.to_unit not in working)
    return await x.perform(_issue(x, fresh, way.rule_id))


async def dispatch(x: CaseContext, data: i.DispatchInput) -> Outcome:
    """The desk's one act."""
    said = _classify(x, data)
    way = await _route(x, data, said)
    orders = _orders(x, way, data, x.dues(said.durations))
    return await x.perform(c.Dispatch(said, way, _issue(x, orders, way.rule_id)))


async def sign(x: CaseContext, order_id: str, data: i.SignInput) -> Outcome:
    return await x.perform(c.SignOrder(order_id, x.case_no, x.user.unit_id, x.now, data.responsible_person))


async def return_order(x: CaseContext, order_id: str, data: i.ReturnInput) -> Outcome:
    if data.proposed_unit:
        await _known_unit(x, data.proposed_unit, "proposed_unit")
    return await x.perform(
        c.ReturnOrder(
            order_id,
            x.case_no,
            x.user.unit_id,
            data.reason_code,
            data.reason,
            x.active.pack.order.max_returns,
            x.now,
            await _return_until(x, order_id),
            data.proposed_unit,
        )
    )


async def _return_until(x: CaseContext, order_id: str) -> datetime | None:
    """None for what is no order of this case anyway."""
    if x.state.order(order_id) is None:
        return None
    rows = await inbox.of_case(x.reads.pool, x.case_id)
    row = next((row for row in rows if row["order_id"] == order_id), None)
    if row is None:
        raise NotYet("not-yet-shown", NOT_SHOWN)
    return return_until(x.active, row["issued_at"], disputed=bool(row["return_n"]))


async def rule(x: CaseContext, order_id: str, data: i.RuleInput) -> Outcome:
    """With a new unit named: straight on to it, by the limits of the case's class from now on."""
    order, seen = x.state.order(order_id), x.state.classified
    new: c.NewOrder | None = None
    frame: c.IssueOrders | None = None
    if data.new_unit and order is not None and seen is not None:
        await _known_unit(x, data.new_unit, "new_unit")
        new = await _replacement(x, order, data.new_unit, x.dues(x.durations(seen.urgency)))
        frame = _issue(x, (new,), x.state.routed.rule_id if x.state.routed else NO_RULE)
    return await x.perform(
        c.RuleReturn(
            order_id,
            x.case_no,
            data.accepted,
            data.reason,
            x.now,
            x.active.calendar,
            data.final,
            new,
            frame,
        )
    )


async def _replacement(x: CaseContext, order: Order, unit: str, dues: Dues) -> c.NewOrder:
    rows = await inbox.of_case(x.reads.pool, x.case_id)
    old = next((row for row in rows if row["order_id"] == order.order_id), None)
    return c.NewOrder(
        order_id=effect_id(command_id(x.request), "replacement"),
        role=order.role,
        to_unit=unit,
        kind=order.kind,
        dues=dues,
        expected_outcome=old["outcome"] if old else None,
        instruction=old["instruction"] if old else "",
    )


async def contact(x: CaseContext, order_id: str, data: i.ContactInput) -> Outcome:
    return await x.perform(
        c.ContactRequester(
            order_id,
            x.case_no,
            x.user.unit_id,
            data.method,
            data.reached,
            data.contacted_at or x.now,
            x.now,
        )
    )


async def plan(x: CaseContext, order_id: str, data: i.PlanInput) -> Outcome:
    return await x.perform(
        c.FilePlan(
            order_id,
            x.case_no,
            x.user.unit_id,
            x.now,
            data.responsible_person,
            data.responsible_leader,
            data.responsible_dept,
            data.measures,
            data.resolve_by,
            data.task_book,
            data.road_map,
            tuple(Milestone(name=step.name, due=step.due) for step in data.timetable),
        )
    )


async def progress(x: CaseContext, order_id: str, data: i.ProgressInput) -> Outcome:
    return await x.perform(c.ReportProgress(order_id, x.case_no, x.user.unit_id, data.text, data.next_step))


async def complete(x: CaseContext, order_id: str, data: i.CompleteInput) -> Outcome:
    """The reply is sealed under the request's own key, so that erasing the request erases it too."""
    reply = await _sealed(x, data.reply) if data.reply else None
    return await x.perform(
        c.CompleteOrder(
            order_id,
            x.case_no,
            x.user.unit_id,
            data.result,
            reply,
            data.replied_at or (x.now if reply else None),
            x.now,
            x.active.calendar,
            data.policy_basis,
            data.responsible_person,
            x.row["finish_by"],
        )
    )


async def _sealed(x: CaseContext, text: str) -> Sealed:
    try:
        return await x.reads.keys.seal(text, x.row["title_key"])
    except Erased as error:
        raise Rejected(
            "no-key", N_("此件的正文密钥未到，或已依法删除，不能写入答复；请稍后再试或转受理单位。"), "reply"
        ) from error


async def suspend(x: CaseContext, data: i.SuspendInput) -> Outcome:
    """By a person of the directory who may approve it, whoever's case it is."""
    if data.approver:
        lead = x.state.lead
        known = await pausing.approvers(x.reads, lead.unit if lead else None)
        if data.approver not in {person for person, _ in known}:
            raise Rejected("unknown-approver", pausing.NO_LEADER, "approver")
    return await x.perform(
        c.SuspendCase(
            x.case_no,
            data.reason,
            data.condition,
            data.review_on,
            data.approver,
            x.now,
            x.user.unit_id,
            x.user.person_id,
            by_desk=pausing.at_desk(x.user),
        )
    )


async def resume(x: CaseContext, data: i.ReasonInput) -> Outcome:
    """What was left of each open order's time is left again."""
    finish = await _current_finish(x)
    since: datetime = x.row["suspended_at"] or x.now
    unit = x.row["finish_unit"] or parse_duration("1d").unit
    finish_by = {
        order.order_id: resumed_due(finish[order.order_id], since, x.now, unit, x.active.calendar)
        for order in x.state.current
        if order.status in (OrderStatus.OPEN, OrderStatus.RETURNED)
    }
    return await x.perform(
        c.ResumeCase(x.case_no, data.reason, x.user.unit_id, finish_by, by_desk=pausing.at_desk(x.user))
    )


async def _current_finish(x: CaseContext) -> dict[str, datetime]:
    """Every order's finish as it stands: a refused return moved it by supervision's word, not in this stream."""
    service = x.request.app.state.service
    if not await service.caught_up("case_order", (await service.log.head()).seq, READ_WITHIN_S):
        raise NotYet("not-yet-shown", NOT_SHOWN)
    return {row["order_id"]: row["finish_by"] for row in await inbox.of_case(x.reads.pool, x.case_id)}


async def strike_off(x: CaseContext, data: i.NothingInput) -> Outcome:
    """On the basis the pack names; who may is decided by the case."""
    by = x.active.pack.closure.by
    return await x.perform(
        c.StrikeOff(
            x.case_no,
            by,
            by,
            x.user.unit_id,
            by_office=x.user.has("programme_office"),
            programme_position=x.active.position,
        )
    )


async def reopen(x: CaseContext, data: i.ReopenInput) -> Outcome:
    return await x.perform(c.ReopenCase(x.case_no, data.reason, data.text))
