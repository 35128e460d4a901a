"""Commands on a case until it is handed over, filled from what was sent and what is known."""

from collections.abc import Iterable
from dataclasses import replace

from contracts.dispatch import Dues, OrderDraft, OrderRole
from contracts.pack import CaseFacts, RouteHit
from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.identity import effect_id
from services.chassis.web import command_id
from services.dispatch.domain import commands as c
from services.dispatch.domain.decide import dispatch_case
from services.dispatch.domain.packrules import NO_RULE, difficulty_of, lead_named_by, naming_roles, redirect_by_words
from services.dispatch.domain.state import Classified
from services.dispatch.read.answering import Answering, answering
from services.dispatch.read.opening_words import words_of
from services.dispatch.web import inputs as i
from services.dispatch.web import inputs_of_case as ic
from services.dispatch.web import pausing
from services.dispatch.web.context import CaseContext
from services.dispatch.web.knownpersons import refuse_strangers
from services.dispatch.web.packroles import acts_as, issuers, lead_named_in_words
from services.dispatch.web.reads import Reads
from services.dispatch.web.recusal import barred, refuse_barred
from services.reference.directory import Unit
from services.reference.held import held_as
from services.ui.i18n import N_

NO_LEADER = N_("包案领导须是名册中的领导小组、活动办或主办单位负责人。")


def _classify(x: CaseContext, data: i.ClassifyInput) -> c.ClassifyCase:
    if x.active.pack.categories and data.category not in x.active.pack.category_names():
        raise Rejected("unknown-category", N_("本活动没有这个类别。"), "category")
    return c.ClassifyCase(
        category=data.category,
        scope=data.scope,
        urgency=data.urgency,
        durations=x.durations(data.urgency, data.finish_on, data.sign_on),
        rule_id=f"urgency[{data.urgency}]",
        calendar_version=x.active.calendar.id,
        must_solve=data.must_solve or x.active.pack.must_solve(data.category),
        desk_suitable=data.desk_suitable,
        level=data.level,
        difficulty=_difficulty(x, data),
        focus=data.focus or x.active.pack.in_focus(data.category),
        sensitive=data.sensitive,
        site_scope=data.site_scope,
        redirect=_redirect(x, data),
        secret=data.secret,
        service_line=data.service_line,
    )


def _redirect(x: CaseContext, data: i.ClassifyInput) -> str | None:
    known = {row.code for row in x.active.pack.lists.redirect}
    if data.redirect and data.redirect not in known:
        raise Rejected("unknown-redirect", N_("本活动没有这个转办类别。"), "redirect")
    return data.redirect or None


def _difficulty(x: CaseContext, data: i.ClassifyInput) -> str | None:
    known = {row.code for row in x.active.pack.taxonomy.difficulty}
    if data.difficulty and data.difficulty not in known:
        raise Rejected("unknown-difficulty", N_("本活动没有这个难易程度。"), "difficulty")
    return data.difficulty or difficulty_of(x.active.pack, data.urgency)


async def _route(x: CaseContext, data: i.RouteInput, said: c.ClassifyCase | None) -> c.RouteCase:
    units = [("lead", data.lead), *(("co", unit) for unit in data.co)]
    units += [("territory", data.territory)] if data.territory else []
    found = [await known_unit(x, unit, field) for field, unit in units]
    for unit in data.interested:
        await known_unit(x, unit, "interested")
    await refuse_barred(x.reads, x.state.complained, units)
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
        interested=tuple(sorted(await barred(x.reads, data.interested))),
        elsewhere=await _elsewhere(x),
    )


async def _elsewhere(x: CaseContext) -> c.Elsewhere | None:
    """The redirect class that words of the request make one think of."""
    row = redirect_by_words(x.active.pack, await words_of(x.reads.pool, x.reads.keys, x.case_id))
    return c.Elsewhere(row.name, row.channel) if row else None


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


async def _orders(x: CaseContext, route: c.RouteCase, data: i.OrderInput, dues: Dues) -> tuple[c.NewOrder, ...]:
    """One for the lead, one per helper, one for the territory where that is another unit.

    Whom the desk does not name is the unit's own leader; the person is named for the lead's only by the desk.
    """
    units: list[tuple[OrderRole, str]] = [("lead", route.lead), *(("co", unit) for unit in route.co)]
    if route.territory and route.territory not in {unit for _, unit in units}:
        units.append(("territory", route.territory))
    await _refuse_strangers(x, data)
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


async def _refuse_strangers(x: CaseContext, data: i.OrderInput) -> None:
    named = (("responsible_person", data.responsible_person), ("responsible_leader", data.responsible_leader))
    await refuse_strangers(x.reads, named)


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
        lead_named_by=lead_named_in_words(x.active.pack, rule_id),
        never_lead=never_lead,
    )


async def _issuing(x: CaseContext, frame: c.IssueOrders) -> c.IssueOrders:
    """Issued at the desk: by the role that the route names."""
    names = await x.reads.directory.unit_names()
    return replace(frame, issuers=issuers(x.active.pack, frame.rule_id, x.user), unit_names=names)


def own_word(x: CaseContext, lead: str, rule_id: str, never_lead: tuple[str, ...]) -> c.DesignateLead | None:
    """Whoever decides and is the one to say who leads says so with the lead they choose."""
    if not acts_as(x.user, lead_named_by(x.active.pack, rule_id)):
        return None
    return c.DesignateLead(x.case_no, lead, x.user.person_id, never_lead=never_lead)


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
    return await x.perform(await _issuing(x, issue_frame(x, fresh, way.rule_id)))


async def prepare(x: CaseContext, data: i.PrepareInput) -> Outcome:
    """拟办: for whoever issues the orders (JW-17)."""
    await _refuse_strangers(x, data)
    said = _classify(x, data)
    words = OrderDraft.model_validate(data.model_dump(include=set(OrderDraft.model_fields)))
    return await x.perform(c.Prepare(said, replace(await _route(x, data, said), draft=words)))


async def dispatch(x: CaseContext, data: i.DispatchInput) -> Outcome:
    """The desk's one act."""
    return await x.perform(await dispatching(x, data))


async def would_refuse(x: CaseContext, data: i.DispatchInput) -> Rejected | None:
    """What the case would say to the desk's form as it stands; nothing is recorded by asking."""
    try:
        dispatch_case.decide(x.state, await dispatching(x, data))
    except Rejected as refused:
        return refused
    return None


async def dispatching(x: CaseContext, data: i.DispatchInput) -> c.Dispatch:
    """Helpers and the territory that kept their orders when the lead's fell away get no second."""
    said = _classify(x, data)
    way = await _route(x, data, said)
    kept = {(order.role, order.unit) for order in x.state.current if order.role != "lead"}
    orders = await _orders(x, way, data, x.dues(said.durations))
    orders = tuple(order for order in orders if (order.role, order.to_unit) not in kept)
    issuing = await _issuing(x, issue_frame(x, orders, way.rule_id, way.never_lead))
    return c.Dispatch(said, way, issuing, own_word(x, way.lead, way.rule_id, way.never_lead))


async def designate(x: CaseContext, data: ic.DesignateInput) -> Outcome:
    """The word of whoever names the lead by the pack, or of the leading group; the desk may enter it for them."""
    found = await known_unit(x, data.unit, "unit")
    await refuse_barred(x.reads, x.state.complained, [("unit", data.unit)])
    by = x.user.person_id
    naming = {"leading_group", *(held_as(role) for role in naming_roles(x.active.pack))}
    if not x.user.has(*naming):
        if data.by not in await leaders_naming(x.reads, naming):
            raise Rejected("unknown-leader", N_("请选定作出指定的人员。"), "by")
        by = data.by or ""
    return await x.perform(c.DesignateLead(x.case_no, data.unit, by, data.reason, never_leading(x, [found])))


async def send_back(x: CaseContext, data: ic.SendBackInput) -> Outcome:
    """To whoever took the request in; the case comes back to the desk with what they add."""
    return await x.perform(c.SendBack(x.case_no, data.missing))


async def leaders_naming(found: Reads, roles: Iterable[str]) -> set[str]:
    """Whose word on the lead counts."""
    return {person.person_id for role in roles for person in await found.directory.in_role(role)}


async def bind_leader(x: CaseContext, data: ic.BindLeaderInput) -> Outcome:
    lead = x.state.lead
    known = await pausing.approvers(
        x.reads, lead.unit if lead else None, without=await barred(x.reads, x.state.complained)
    )
    if data.leader not in {person for person, _ in known}:
        raise Rejected("unknown-leader", NO_LEADER, "leader")
    return await x.perform(c.BindLeader(x.case_no, data.leader, data.kind))


async def decide_suggestion(x: CaseContext, data: ic.SuggestionInput) -> Outcome:
    return await x.perform(
        c.DecideSuggestion(x.case_no, data.what, data.suggested, data.chosen, data.matching, data.looked_at)
    )
