"""Commands on a case until it is handed over, filled from what was sent and what is known."""

from collections.abc import Iterable

from contracts.dispatch import Dues, OrderRole
from contracts.pack import CaseFacts, RouteHit
from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.identity import effect_id
from services.chassis.web import command_id
from services.dispatch.domain import commands as c
from services.dispatch.domain.state import Classified
from services.dispatch.domain.whereabouts import Units
from services.dispatch.read.answering import Answering, answering
from services.dispatch.web import inputs as i
from services.dispatch.web import inputs_of_case as ic
from services.dispatch.web import pausing
from services.dispatch.web.context import CaseContext
from services.reference.directory import Unit
from services.ui.i18n import N_

NO_RULE = "route[none]"
"""No route of the pack applied: whoever dispatches decided (兜底)."""

NO_LEADER = N_("包案领导须是名册中的领导小组、活动办或主办单位负责人。")


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
        must_solve=data.must_solve or x.active.pack.must_solve(data.category),
        desk_suitable=data.desk_suitable,
        level=data.level,
        difficulty=_difficulty(x, data),
        focus=data.focus,
        sensitive=data.sensitive,
        site_scope=data.site_scope,
    )


def _difficulty(x: CaseContext, data: i.ClassifyInput) -> str | None:
    """好事、实事、难事: in a pack that words urgency by difficulty one choice says both."""
    known = {row.code for row in x.active.pack.taxonomy.difficulty}
    if data.difficulty and data.difficulty not in known:
        raise Rejected("unknown-difficulty", N_("本活动没有这个难易程度。"), "difficulty")
    return data.difficulty or (data.urgency if data.urgency in known else None)


async def _route(x: CaseContext, data: i.RouteInput, said: c.ClassifyCase | None) -> c.RouteCase:
    units = [("lead", data.lead), *(("co", unit) for unit in data.co)]
    units += [("territory", data.territory)] if data.territory else []
    found = [await known_unit(x, unit, field) for field, unit in units]
    await refuse_below_complained(x, units)
    hit = _hit(x, said or x.state.classified, 1 + len(data.co))
    return c.RouteCase(
        lead=data.lead,
        order_kind=data.order_kind or (hit.order_kind if hit else "assign"),
        rule_id=hit.rule_id if hit else NO_RULE,
        chosen_by="dispatcher",
        co=tuple(data.co),
        territory=data.territory,
        desk=hit is not None and hit.lead == "desk",
        supervised_by=hit.supervised_by if hit else None,
        reason=data.route_reason,
        dual=x.active.pack.order.dual,
        never_lead=never_leading(x, found),
    )


def never_leading(x: CaseContext, units: Iterable[Unit]) -> tuple[str, ...]:
    """Those that the pack lets help or stand for their territory, but never lead (LT-15)."""
    return tuple(unit.unit_id for unit in units if unit.level in x.active.pack.order.never_lead_levels)


def _hit(x: CaseContext, seen: c.ClassifyCase | Classified | None, departments: int) -> RouteHit | None:
    """The pack's route for what is known of the case."""
    if seen is None:
        return x.active.pack.route(CaseFacts(channel=x.row["channel"], departments=departments))
    return x.active.pack.route(
        CaseFacts(
            scope=seen.scope,
            difficulty=seen.difficulty,
            urgency=seen.urgency,
            category=seen.category,
            channel=x.row["channel"],
            desk_suitable=seen.desk_suitable,
            departments=departments,
            level=seen.level,
            site_scope=seen.site_scope,
            focus=seen.focus,
        )
    )


async def known_unit(x: CaseContext, unit: str, field: str) -> Unit:
    """The unit as the directory has it."""
    found = await x.reads.directory.unit(unit)
    if found is None:
        raise Rejected("unknown-unit", N_("没有这个单位；请从名册中选择。"), field)
    return found


async def refuse_below_complained(x: CaseContext, units: Iterable[tuple[str, str]]) -> None:
    """Nobody handles a complaint about the unit above them; the case itself refuses the one complained of."""
    complained = x.state.complained
    if not complained:
        return
    barred = Units(x.active.pack, await x.reads.directory.units(), complained, ()).barred
    for field, unit in units:
        if unit in barred and unit not in complained:
            raise Rejected("complained-unit", N_("诉求反映的是该单位的上级单位，不得交其办理；请另选单位。"), field)


async def _orders(x: CaseContext, route: c.RouteCase, data: i.OrderInput, dues: Dues) -> tuple[c.NewOrder, ...]:
    """One for the lead, one per helper, one for the territory where that is another unit.

    Whom the desk does not name is the unit's own leader; the person is named for the lead's only by the desk.
    """
    units: list[tuple[OrderRole, str]] = [("lead", route.lead), *(("co", unit) for unit in route.co)]
    if route.territory and route.territory not in {unit for _, unit in units}:
        units.append(("territory", route.territory))
    given = command_id(x.request)
    who = [await answering(x.reads.pool, x.active.pack.order.required, unit) for _, unit in units]
    who[0] = Answering(
        data.responsible_person, data.responsible_leader or who[0].leader, data.responsible_dept or who[0].dept
    )
    return tuple(
        c.NewOrder(
            # Derived from the command's id: sent twice it is the same order.
            order_id=effect_id(given, f"order-{number}"),
            role=role,
            to_unit=unit,
            kind=route.order_kind,
            dues=dues,
            responsible_person=who[number].person,
            responsible_leader=who[number].leader,
            responsible_dept=who[number].dept,
            expected_outcome=data.expected_outcome,
            instruction=data.instruction,
        )
        for number, (role, unit) in enumerate(units)
    )


def issue_frame(
    x: CaseContext, orders: tuple[c.NewOrder, ...], rule_id: str, never_lead: tuple[str, ...] = ()
) -> c.IssueOrders:
    """Office, rule, calendar and the pack's fields around the orders."""
    return c.IssueOrders(
        case_no=x.case_no,
        orders=orders,
        issued_by_unit=x.user.unit_id,
        rule_id=rule_id,
        calendar_version=x.active.calendar.id,
        at=x.now,
        required=x.active.pack.order.required,
        designated_lead_required=_designated(x, rule_id),
        never_lead=never_lead,
    )


def _designated(x: CaseContext, rule_id: str) -> bool:
    """Whether the rule that routed the case leaves it to a leader to say who leads (LT-16)."""
    rows = x.active.pack.lists.route
    return any(f"route[{n}]" == rule_id and row.lead.startswith("designated_by:") for n, row in enumerate(rows, 1))


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
    orders = await _orders(x, kept, data, x.dues(x.state.durations or x.durations(seen.urgency)))
    working = {order.unit for order in x.state.current}
    fresh = tuple(order for order in orders if order.to_unit not in working)
    return await x.perform(issue_frame(x, fresh, way.rule_id))


async def dispatch(x: CaseContext, data: i.DispatchInput) -> Outcome:
    """The desk's one act. Helpers and the territory that kept their orders when the lead's fell away get no second."""
    said = _classify(x, data)
    way = await _route(x, data, said)
    kept = {(order.role, order.unit) for order in x.state.current if order.role != "lead"}
    orders = await _orders(x, way, data, x.dues(said.durations))
    orders = tuple(order for order in orders if (order.role, order.to_unit) not in kept)
    return await x.perform(c.Dispatch(said, way, issue_frame(x, orders, way.rule_id, way.never_lead)))


async def designate(x: CaseContext, data: ic.DesignateInput) -> Outcome:
    """The main leader's word, sent by themselves or entered by the desk."""
    found = await known_unit(x, data.unit, "unit")
    await refuse_below_complained(x, [("unit", data.unit)])
    by = x.user.person_id
    if not x.user.has("leading_group"):
        leaders = {person.person_id for person in await x.reads.directory.in_role("leading_group")}
        if data.by not in leaders:
            raise Rejected("unknown-leader", N_("请选定作出指定的领导小组成员。"), "by")
        by = data.by or ""
    return await x.perform(c.DesignateLead(x.case_no, data.unit, by, data.reason, never_leading(x, [found])))


async def bind_leader(x: CaseContext, data: ic.BindLeaderInput) -> Outcome:
    lead = x.state.lead
    known = await pausing.approvers(x.reads, lead.unit if lead else None)
    if data.leader not in {person for person, _ in known}:
        raise Rejected("unknown-leader", NO_LEADER, "leader")
    return await x.perform(c.BindLeader(x.case_no, data.leader, data.kind))


async def decide_suggestion(x: CaseContext, data: ic.SuggestionInput) -> Outcome:
    return await x.perform(
        c.DecideSuggestion(x.case_no, data.what, data.suggested, data.chosen, data.matching, data.looked_at)
    )
