"""Commands on a case as a whole: it rests, goes on, is struck off, handled again, or ends unhandled."""

from datetime import datetime, timedelta

from contracts.duration import parse_duration
from services.chassis.deadlines import due
from services.chassis.deadlines import resume as resumed_due
from services.chassis.handle import Outcome
from services.dispatch.domain import commands as c
from services.dispatch.domain.limits import rework
from services.dispatch.domain.state import OrderStatus
from services.dispatch.read.registered import registered_as
from services.dispatch.web import inputs as i
from services.dispatch.web import inputs_of_case as ic
from services.dispatch.web import pausing
from services.dispatch.web.context import CaseContext, current_finish


async def suspend(x: CaseContext, data: i.SuspendInput) -> Outcome:
    """By a person of the directory who may approve it, whoever's case it is."""
    if data.approver:
        await pausing.refuse_unknown(x, data.approver, "approver")
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
            requester_told_at=data.requester_told_at,
            approval_note=data.approval_note,
        )
    )


async def review_suspension(x: CaseContext, data: ic.ReviewInput) -> Outcome:
    return await x.perform(
        c.ReviewSuspension(x.case_no, data.note, data.review_on, x.now, x.user.unit_id, by_desk=pausing.at_desk(x.user))
    )


async def resume(x: CaseContext, data: i.ReasonInput) -> Outcome:
    """What was left of each open order's time is left again."""
    finish = await current_finish(x)
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


async def strike_off(x: CaseContext, data: i.NothingInput) -> Outcome:
    """On the basis the pack names; who may is decided by the case."""
    by = x.active.pack.closure.by
    within = x.active.pack.closure.report_up_within
    return await x.perform(
        c.StrikeOff(
            x.case_no,
            by,
            by,
            x.user.unit_id,
            by_office=x.user.has("programme_office"),
            programme_position=x.active.position,
            report_up_by=due(x.now, within, x.active.calendar) if by == "unit_self" and within else None,
        )
    )


async def report_up(x: CaseContext, data: ic.ReportUpInput) -> Outcome:
    return await x.perform(c.ReportUp(x.case_no, x.user.unit_id, x.now, data.text))


async def reopen(x: CaseContext, data: i.ReopenInput) -> Outcome:
    """With the shorter limits of the next round; a relapse counts for so many days after the strike-off."""
    struck: datetime | None = x.row["struck_off_at"]
    seen = x.state.classified
    return await x.perform(
        c.ReopenCase(
            x.case_no,
            data.reason,
            data.text,
            followup_id=x.row["failed_followup"] if data.reason == "follow_up_failed" else None,
            durations=rework(x.active.pack, seen.urgency, x.state.round + 1) if seen else None,
            relapse_until=struck + timedelta(days=x.active.pack.closure.relapse_days) if struck else None,
            at=x.now,
            by_oversight=True,
            max_rounds=x.active.pack.closure.max_rounds,
            by_group=x.user.has("leading_group"),
        )
    )


async def showcase(x: CaseContext, data: ic.ShowcaseInput) -> Outcome:
    """What was told in confidence stays so with whatever case its request goes on in."""
    asked = [await registered_as(x.reads.pool, one) for one in x.state.request_ids]
    confidential = any(one.confidential for one in asked)
    return await x.perform(c.Showcase(x.case_no, data.reason, x.now, data.consented_at, confidential))


async def withdraw_showcase(x: CaseContext, data: i.ReasonInput) -> Outcome:
    return await x.perform(c.WithdrawShowcase(x.case_no, data.reason))


async def close_unhandled(x: CaseContext, data: ic.CloseUnhandledInput) -> Outcome:
    """Approved by a leader of the directory, never by whoever asks for it."""
    if data.approver:
        await pausing.refuse_unknown(x, data.approver, "approver")
    return await x.perform(
        c.CloseUnhandled(
            x.case_no,
            data.reason_code,
            data.reason,
            data.approver,
            data.told_at,
            x.now,
            data.channel,
            by_person=x.user.person_id,
            approval_note=data.approval_note,
        )
    )
