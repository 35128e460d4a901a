"""An assigned common issue hands its members over: each gets an order of the department that answers (JW-17)."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from contracts.dispatch import CommonIssueAssigned, CommonMembersChanged, Dues, Durations, OrderRole
from contracts.pack import Pack
from services.chassis.deadlines import Calendar, DueInPast, due
from services.chassis.decider import Rejected
from services.chassis.facts import Fact
from services.chassis.identity import effect_id
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.chassis.words import N_
from services.dispatch.domain import commands as c
from services.dispatch.domain import grouping
from services.dispatch.domain.decide import dispatch_case, stream
from services.dispatch.domain.limits import durations, for_another_unit
from services.dispatch.domain.packrules import NO_RULE
from services.dispatch.domain.state import Case
from services.dispatch.read import cases
from services.dispatch.read.answering import answering
from services.dispatch.read.first_facts import first_urgency
from services.reference.directory import units_below
from services.reference.programmes import ActivePack, Programmes

POOLED = "pooled_list"
"""The kind of an order that comes by a pooled list."""

REASSIGNED = "共性问题改交其他职能部门，原交办单撤销。"
"""Stands in the event as an official wrote it: Chinese is the language of the record."""

LEVEL = "SELECT level FROM unit WHERE unit_id = $1"


async def react(fact: Fact, ctx: ReactContext) -> None:
    """By the assignment in force; a member that somebody leads already is left to them.

    Each member's command has an id of its own, so that what a crash left undone is done when the event comes again,
    and nothing twice.
    """
    event = fact.event
    assert isinstance(event, CommonIssueAssigned | CommonMembersChanged), "the two types it handles"
    issue, _ = await ctx.commands.load(grouping.common_issue, grouping.stream(event.common_id))
    if issue.stage is not grouping.Stage.ASSIGNED:
        return
    members = event.added if isinstance(event, CommonMembersChanged) else issue.members
    refused: list[Rejected] = []
    for case_id in members:
        try:
            await _hand_over(case_id, issue, fact, ctx)
        except Rejected as error:
            refused.append(error)  # the other members get theirs all the same
    if refused:
        raise refused[0]


async def _hand_over(case_id: str, issue: grouping.CommonIssue, fact: Fact, ctx: ReactContext) -> None:
    row = await cases.one(ctx.pool, case_id)
    active = await Programmes(ctx.pool).active(row["programme"]) if row else None
    if row is None or active is None:
        raise Rejected("no-such-case", N_("没有这件问题。"))
    case, _ = await ctx.commands.load(dispatch_case, stream(case_id))
    classify = _classify(issue, case, row, active)
    route = await _route(issue, row, active.pack, ctx.pool)
    limits = for_another_unit(case.durations, classify.durations)
    dues = _dues(limits, issue.finish_by or fact.time, fact.time, active.calendar)
    frame = c.IssueOrders(
        case_no=row["case_no"],
        orders=await _orders(case_id, issue, route, dues, fact, active.pack, ctx.pool),
        issued_by_unit=fact.envelope.actor.unit,
        rule_id=route.rule_id,
        calendar_version=active.calendar.id,
        at=fact.time,
        required=active.pack.order.required,
        never_lead=route.never_lead,
        barred=await units_below(ctx.pool, case.complained),
    )
    command = c.HandOverCommon(issue.common_id, classify, route, frame, REASSIGNED)
    meta = caused_by(fact, f"common:{case_id}", actor=fact.envelope.actor)
    await ctx.commands.handle(dispatch_case, stream(case_id), command, meta)


def _classify(issue: grouping.CommonIssue, case: Case, row: asyncpg.Record, active: ActivePack) -> c.ClassifyCase:
    pack = active.pack
    urgency = case.classified.urgency if case.classified else issue.urgency or first_urgency(row, pack)
    known = {one.code for one in pack.taxonomy.difficulty}
    return c.ClassifyCase(
        category=issue.category,
        scope="common",
        urgency=urgency,
        durations=durations(pack, urgency, case.round),
        rule_id=f"urgency[{urgency}]",
        calendar_version=active.calendar.id,
        must_solve=pack.must_solve(issue.category),
        difficulty=urgency if urgency in known else None,
    )


async def _route(issue: grouping.CommonIssue, row: asyncpg.Record, pack: Pack, pool: asyncpg.Pool) -> c.RouteCase:
    """By the pack's route for pooled lists, where it has one."""
    lead = issue.to_unit or ""
    number = next((n for n, one in enumerate(pack.lists.route, start=1) if one.order_kind == POOLED), None)
    level = await pool.fetchval(LEVEL, lead)
    return c.RouteCase(
        lead=lead,
        order_kind=POOLED,
        rule_id=f"route[{number}]" if number else NO_RULE,
        chosen_by="dispatcher",
        territory=row["territory"] if pack.order.dual else None,
        dual=pack.order.dual,
        never_lead=(lead,) if level in pack.order.never_lead_levels else (),
    )


async def _orders(
    case_id: str,
    issue: grouping.CommonIssue,
    route: c.RouteCase,
    dues: Dues,
    fact: Fact,
    pack: Pack,
    pool: asyncpg.Pool,
) -> tuple[c.NewOrder, ...]:
    units: Sequence[tuple[OrderRole, str]] = [("lead", route.lead)]
    if route.territory and route.territory != route.lead:
        units = [*units, ("territory", route.territory)]
    made = []
    for role, unit in units:
        who = await answering(pool, pack.order.required, unit)
        made.append(
            c.NewOrder(
                order_id=effect_id(fact.envelope.id, f"order:{case_id}:{unit}"),
                role=role,
                to_unit=unit,
                kind=POOLED,
                dues=dues,
                responsible_person=who.person,
                responsible_leader=who.leader,
                responsible_dept=who.dept,
                instruction=issue.instruction,
                common_id=issue.common_id,
            )
        )
    return tuple(made)


def _dues(limits: Durations, finish_by: datetime, at: datetime, calendar: Calendar) -> Dues:
    """The office set the finish; the other limits are the class's, and none of them lies behind it."""

    def until(limit: str | None) -> datetime | None:
        try:
            return min(due(at, limit, calendar), finish_by) if limit else None
        except DueInPast:
            return None

    return Dues(
        sign_by=until(limits.sign), contact_by=until(limits.contact), plan_by=until(limits.plan), finish_by=finish_by
    )


HANDING_OVER = Reactor(
    name="common-to-orders",
    handles=(CommonIssueAssigned, CommonMembersChanged),
    react=react,
    start_at="now",
    reads=("case_board", "case_number", "persons", "programmes", "units"),
)
"""`start_at`: what was assigned before was handed over by hand."""
