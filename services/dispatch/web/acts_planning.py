"""Taking an order and planning it: with the signature already, later, or once more."""

from contracts.dispatch import Milestone
from services.chassis.handle import Outcome
from services.dispatch.domain import commands as c
from services.dispatch.web import inputs as i
from services.dispatch.web import standing_in
from services.dispatch.web.context import CaseContext, current_finish
from services.dispatch.web.knownpersons import refuse_strangers

PLANNING = ("measures", "resolve_by", "responsible_dept", "task_book", "road_map", "timetable")
"""Whoever fills in one of these with the signature files the plan with it; a department only as another than the order
names, which stands in the form."""


async def sign(x: CaseContext, order_id: str, data: i.SignInput) -> Outcome:
    """By the unit, or by whoever stands in today for somebody of it (SH-39)."""
    order = x.state.order(order_id)
    unit, absent = await standing_in.signer(x, order) if order is not None else (x.user.unit_id, None)
    if order is not None and order.dept and data.responsible_dept in (order.dept, await _name(x, order.dept)):
        data = data.model_copy(update={"responsible_dept": None})
    plans = any(getattr(data, name) for name in PLANNING)
    await _refuse_strangers(x, data)
    if plans:
        # What the order names already need not be said again with the signature.
        known = {
            "responsible_leader": order.leader if order else None,
            "responsible_person": order.person if order else None,
            "responsible_dept": (order.dept if order else None) or unit,
        }
        data = data.model_copy(update={name: getattr(data, name) or said for name, said in known.items()})
    command = c.SignOrder(
        order_id,
        x.case_no,
        unit,
        x.now,
        data.responsible_person,
        absent,
        data.responsible_leader,
        await _filed(x, order_id, unit, data) if plans else None,
    )
    return await x.perform(command, acting_for=absent)


async def _name(x: CaseContext, unit: str) -> str | None:
    """As the form shows a department that is a unit of the directory."""
    found = await x.reads.directory.unit(unit)
    return found.name if found else None


async def plan(x: CaseContext, order_id: str, data: i.PlanInput) -> Outcome:
    await _refuse_strangers(x, data)
    return await x.perform(await _filed(x, order_id, x.user.unit_id, data))


async def _refuse_strangers(x: CaseContext, data: i.PlanInput) -> None:
    named = (("responsible_person", data.responsible_person), ("responsible_leader", data.responsible_leader))
    await refuse_strangers(x.reads, named)


async def _filed(x: CaseContext, order_id: str, unit: str, data: i.PlanInput) -> c.FilePlan:
    return c.FilePlan(
        order_id,
        x.case_no,
        unit,
        x.now,
        data.responsible_person,
        data.responsible_leader,
        data.responsible_dept,
        data.measures,
        data.resolve_by,
        data.task_book,
        data.road_map,
        tuple(Milestone(name=step.name, due=step.due) for step in data.timetable),
        x.active.pack.order.plan_parts if await _plans_whole(x, order_id) else (),
        (await current_finish(x)).get(order_id),
    )


async def _plans_whole(x: CaseContext, order_id: str) -> bool:
    """任务书、路线图、时间表 are asked of the lead of a matter whose class gives time to plan (JW-18)."""
    order, seen = x.state.order(order_id), x.state.classified
    if order is None or seen is None or order.role != "lead":
        return False
    return x.needs(seen.urgency, seen.difficulty).plan
