"""A unit says done: its reply, what the requester said to it, and what the pack wants first."""

from contracts.dispatch import Evidence
from services.chassis.handle import Outcome
from services.dispatch.domain import commands as c
from services.dispatch.web import inputs as i
from services.dispatch.web import pausing
from services.dispatch.web.context import CaseContext, current_finish
from services.dispatch.web.knownpersons import refuse_strangers


async def complete(x: CaseContext, order_id: str, data: i.CompleteInput) -> Outcome:
    """The reply is sealed under the request's own key, so that erasing the request erases it too."""
    await refuse_strangers(x.reads, [("responsible_person", data.responsible_person)])
    reply = await x.sealed(data.reply, "reply") if data.reply else None
    if data.approved_by:
        await pausing.refuse_unknown(x, data.approved_by, "approved_by", x.user.person_id)
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
            (await current_finish(x)).get(x.state.lead.order_id) if x.state.lead else None,
            _shown(data),
            data.approved_by,
            _rules(x, order_id),
            data.approval_note,
            _heard(x, data.confirmation),
        )
    )


def _shown(data: i.CompleteInput) -> tuple[Evidence, ...]:
    """All files of the form; what came as a photograph of before or after says so."""
    before = (one.model_copy(update={"shows": "before"}) for one in data.photos_before)
    after = (one.model_copy(update={"shows": "after"}) for one in data.photos_after)
    return (*data.evidence, *before, *after)


def _heard(x: CaseContext, said: i.ConfirmationInput) -> c.Heard | None:
    """None where nothing of it was filled in."""
    if said == i.ConfirmationInput():
        return None
    return c.Heard(said.answer, said.at or x.now, said.method)


def _rules(x: CaseContext, order_id: str) -> c.CompletionRules:
    """What the pack wants first. One visit to the place serves the whole case; the plan and the meeting are the lead's.

    A completion without contact is a sign for the supervisors, not an error: the reply may have been the contact.
    """
    order, seen = x.state.order(order_id), x.state.classified
    if order is None or seen is None:
        return c.CompletionRules()
    needs = x.needs(seen.urgency, seen.difficulty)
    leads = order.role == "lead"
    seen_there = any(one.site_verified for one in x.state.current)
    return c.CompletionRules(
        site_visit=needs.site_visit and leads and not seen_there,
        plan_required=needs.plan and leads,
        consultation_required=needs.consultation and leads,
        evidence_required=needs.evidence,
        planned_needs_plan=x.active.pack.order.planned_needs_plan,
    )
