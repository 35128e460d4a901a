"""Consultations: held once with everybody who must attend, then noted in every case they were about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never, cast

from contracts.dispatch import CaseConsulted, ConsultationHeld
from contracts.event import Event
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_
from services.dispatch.domain.commands import HoldConsultation, NewOrder, NoteConsultation
from services.dispatch.domain.issuing import issued, refuse_incomplete, refuse_undesignated
from services.dispatch.domain.opening import designate
from services.dispatch.domain.refusing import refuse_complained, refuse_empty, refuse_future
from services.dispatch.domain.state import Case, Status


@dataclass(frozen=True, slots=True)
class Consultation:
    """Whether it was held; one is never held twice."""

    held: bool = False


def _evolve(state: Consultation, event: Event) -> Consultation:
    own = cast(ConsultationHeld, event)
    match own:
        case ConsultationHeld():
            return Consultation(held=True)
        case _:
            assert_never(own)


def hold(state: Consultation, c: HoldConsultation) -> Sequence[Event]:
    """With its chair and whoever must attend, every step in order, and a decision or the reason why none."""
    if state.held:
        return []
    refuse_empty(c.chair, "no-chair", N_("请写明主持人。"), "chair")
    if c.chairs is not None and c.chair not in c.chairs:
        raise Rejected("wrong-chair", N_("按规定由{role}主持。"), "chair", role=c.chair_role)
    if not c.attendees:
        raise Rejected("no-attendee", N_("请写明参加单位或人员。"), "attendees")
    if missing := [one for one in c.must_attend if one not in (*c.attendees, c.chair)]:
        raise Rejected("attendee-missing", N_("按规定须参加的单位或人员未到会。"), "attendees", missing=missing)
    if not c.case_ids:
        raise Rejected("no-case", N_("请选定会商的问题。"), "case_ids")
    refuse_future(c.held_at, c.at, N_("会商时间不能在将来。"), "held_at")
    _refuse_skipped_steps(c)
    _refuse_bad_decisions(c)
    return [
        ConsultationHeld(
            consult_id=c.consult_id,
            kind=c.kind,
            chair=c.chair,
            attendees=c.attendees,
            case_ids=tuple(dict.fromkeys(c.case_ids)),
            held_at=c.held_at,
            place=c.place,
            steps=c.steps,
            decisions=c.decisions,
            no_decision=c.no_decision,
            evidence=c.evidence,
            advice=c.advice,
        )
    ]


def _refuse_skipped_steps(c: HoldConsultation) -> None:
    """民提、民议、民决、民评: each with its words, in this order (LT-19)."""
    told = [step.name for step in c.steps if step.name in c.required_steps and step.text.strip()]
    if tuple(told) != c.required_steps:
        raise Rejected("step-missing", N_("请按规定的步骤依次记录：{steps}。"), "steps", steps=list(c.required_steps))


def _refuse_bad_decisions(c: HoldConsultation) -> None:
    if not c.decisions:
        refuse_empty(c.no_decision, "no-decision", N_("请写明议定事项；没有议定的，请写明原因。"), "no_decision")
    if any(decision.due <= c.held_at for decision in c.decisions):
        raise Rejected("due-in-past", N_("议定事项的时限须晚于会商时间。"), "decisions")


consultation: Decider[Consultation, HoldConsultation] = Decider("consultation", Consultation(), _evolve, hold)


def consult_stream(consult_id: str) -> str:
    """The stream of a consultation."""
    return f"consult-{consult_id}"


def note(case: Case, c: NoteConsultation) -> Sequence[Event]:
    """The case remembers it; decisions become orders while a lead is at work with whom they can be joined.

    Otherwise they stay what they are, decisions of the consultation, for whoever hands the case over next.
    """
    if c.consult_id in case.consultations:
        return []
    noted = CaseConsulted(
        case_id=case.case_id,
        case_no=c.case_no,
        consult_id=c.consult_id,
        kind=c.kind,
        held_at=c.held_at,
        decisions=c.decisions,
    )
    if not c.orders or case.status is not Status.HANDLING or case.lead is None or not case.lead.working:
        return [noted]
    assert c.frame is not None, "orders come with their frame"
    fresh = _without_order_yet(case, c.orders)
    refuse_complained(case, [("decisions", order.to_unit) for order in fresh], c.frame.barred)
    for order in fresh:
        refuse_incomplete(order, c.frame)
    named = designate(case, c.designate) if fresh and c.designate and case.designated is None else ()
    if fresh and not named:
        refuse_undesignated(case, c.frame, [*case.working, *fresh])
    return [noted, *named, *(issued(case, c.frame, order, c.consult_id) for order in fresh)]


def _without_order_yet(case: Case, orders: Sequence[NewOrder]) -> list[NewOrder]:
    """One order per unit; who is at work on the case already knows what was decided."""
    busy = {order.unit for order in case.working}
    fresh: dict[str, NewOrder] = {}
    for order in orders:
        if order.to_unit not in busy and order.role == "co":
            fresh.setdefault(order.to_unit, order)
    return list(fresh.values())
