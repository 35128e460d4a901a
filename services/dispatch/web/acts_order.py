"""What the unit that holds an order does with it, and what is decided about one: filled from what is known."""

from datetime import datetime

import asyncpg

from contracts.dispatch import Dues
from services.chassis.deadlines import due
from services.chassis.decider import NotYet
from services.chassis.handle import Outcome
from services.chassis.identity import effect_id
from services.chassis.web import command_id
from services.dispatch.domain import commands as c
from services.dispatch.domain.packrules import NO_RULE
from services.dispatch.domain.state import Order
from services.dispatch.read import inbox
from services.dispatch.read.answering import answering
from services.dispatch.web import inputs as i
from services.dispatch.web.acts import issue_frame, known_unit, never_leading, own_word
from services.dispatch.web.context import NOT_SHOWN, CaseContext, current_finish, return_until
from services.dispatch.web.knownpersons import refuse_strangers
from services.dispatch.web.recusal import refuse_barred


async def return_order(x: CaseContext, order_id: str, data: i.ReturnInput) -> Outcome:
    if data.proposed_unit:
        await known_unit(x, data.proposed_unit, "proposed_unit")
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
            tuple(data.evidence),
            x.active.pack.order.return_names_unit,
        )
    )


async def _return_until(x: CaseContext, order_id: str) -> datetime | None:
    """None for what is no order of this case anyway."""
    if x.state.order(order_id) is None:
        return None
    row = await _row(x, order_id)
    if row is None:
        raise NotYet("not-yet-shown", NOT_SHOWN)
    return return_until(x.active, row["issued_at"], disputed=bool(row["return_n"]))


async def _row(x: CaseContext, order_id: str) -> asyncpg.Record | None:
    rows = await inbox.of_case(x.reads.pool, x.case_id)
    return next((row for row in rows if row["order_id"] == order_id), None)


async def rule(x: CaseContext, order_id: str, data: i.RuleInput) -> Outcome:
    """With a new unit named: straight on to it, by the limits of the case's class from now on."""
    order, seen = x.state.order(order_id), x.state.classified
    new: c.NewOrder | None = None
    frame: c.IssueOrders | None = None
    finish = await current_finish(x)
    if data.new_unit and order is not None and seen is not None:
        found = await known_unit(x, data.new_unit, "new_unit")
        await refuse_barred(x.reads, x.state.complained, [("new_unit", data.new_unit)])
        named = (("responsible_person", data.responsible_person), ("responsible_leader", data.responsible_leader))
        await refuse_strangers(x.reads, named, data.new_unit)
        new = await _replacement(x, order, data, x.dues(x.standing_durations(seen.urgency)))
        rule_id = x.state.routed.rule_id if x.state.routed else NO_RULE
        frame = issue_frame(x, (new,), rule_id, never_leading(x, [found]))
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
            by_group=x.user.has("leading_group"),
            group_rules_from=x.active.pack.order.group_rules_from,
            finish_now=finish.get(x.state.lead.order_id) if x.state.lead else None,
            designate=own_word(x, data.new_unit, frame.rule_id, frame.never_lead) if data.new_unit and frame else None,
        )
    )


async def _replacement(x: CaseContext, order: Order, data: i.RuleInput, dues: Dues) -> c.NewOrder:
    """What the old one asked for; who answers is of the new unit: whom the ruling names, else its leader."""
    unit = data.new_unit or ""
    old, who = await _row(x, order.order_id), await answering(x.reads.pool, x.active.pack.order.required, unit)
    return c.NewOrder(
        order_id=effect_id(command_id(x.request), "replacement"),
        role=order.role,
        to_unit=unit,
        kind=order.kind,
        dues=dues,
        responsible_person=data.responsible_person or who.person,
        responsible_leader=data.responsible_leader or who.leader,
        responsible_dept=data.responsible_dept or who.dept,
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


async def progress(x: CaseContext, order_id: str, data: i.ProgressInput) -> Outcome:
    return await x.perform(
        c.ReportProgress(
            order_id,
            x.case_no,
            x.user.unit_id,
            data.text,
            data.next_step,
            data.stage,
            data.next_report_by,
            tuple(data.evidence),
            data.percent,
        )
    )


async def milestone(x: CaseContext, order_id: str, data: i.ReachedInput) -> Outcome:
    return await x.perform(
        c.ReachMilestone(order_id, x.case_no, x.user.unit_id, data.milestone, x.now, data.text),
    )


async def verify_on_site(x: CaseContext, order_id: str, data: i.SiteInput) -> Outcome:
    """By whoever sends it, unless others are named; these must be in the directory."""
    await refuse_strangers(x.reads, [("visitors", person) for person in data.visitors])
    return await x.perform(
        c.VerifyOnSite(
            order_id,
            x.case_no,
            x.user.unit_id,
            data.visited_at or x.now,
            tuple(data.visitors) or (x.user.person_id,),
            data.found,
            x.now,
            tuple(data.evidence),
        )
    )


async def findings(x: CaseContext, order_id: str, data: i.FindingsInput) -> Outcome:
    """Due within the pack's time from the order's issue, late but never refused."""
    limit = x.active.pack.order.analysis_note_by
    row = await _row(x, order_id)
    due_by = due(row["issued_at"], limit, x.active.calendar) if row and limit else None
    return await x.perform(c.ReportFindings(order_id, x.case_no, x.user.unit_id, data.text, x.now, due_by))


async def request_extension(x: CaseContext, order_id: str, data: i.ExtendInput) -> Outcome:
    return await x.perform(
        c.RequestExtension(
            order_id,
            x.case_no,
            x.user.unit_id,
            data.reason,
            data.finish_by,
            x.now,
            x.active.pack.order.max_extensions,
            (await current_finish(x)).get(order_id),
        )
    )


async def decide_extension(x: CaseContext, order_id: str, data: i.ExtensionInput) -> Outcome:
    """By whoever sends it; the case knows from which extension on a leader must."""
    return await x.perform(
        c.DecideExtension(
            order_id,
            x.case_no,
            data.granted,
            x.user.person_id,
            data.reason,
            x.now,
            data.finish_by,
            data.requester_told_at,
            by_leader=x.user.has("leading_group"),
            leader_extends_from=x.active.pack.order.leader_extends_from,
            finish_now=(await current_finish(x)).get(order_id),
            approver_unit=x.user.unit_id,
        )
    )


async def cancel(x: CaseContext, order_id: str, data: i.ReasonInput) -> Outcome:
    lead = x.state.lead
    finish = await current_finish(x)
    return await x.perform(
        c.CancelOrder(
            order_id,
            x.case_no,
            data.reason,
            at=x.now,
            calendar=x.active.calendar,
            finish_now=finish.get(lead.order_id) if lead else None,
        )
    )
