"""Who kept a day's duty and who did not: 走动式联合办公 of one day, by person (LT-36)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, fresh, require
from services.supervision.read import duties, rhythms
from services.supervision.web.acts import SEEING
from services.supervision.web.answers import permitted
from services.supervision.web.cadence_board import state_of
from services.supervision.web.reads import reads
from services.supervision.web.rhythm_words import STATES, duty_name, who_owes
from services.ui.formats import whole_day
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/supervision", include_in_schema=False)
api = APIRouter(prefix="/supervision/api", tags=["supervision"])

READ = ("rhythm_board", "role_holders", "attendance", "units", "course", "programmes")


@dataclass(frozen=True, slots=True)
class DutyView:
    """One day of a duty."""

    programme: str
    name: str
    day: str
    who: str
    counted: str
    rows: list[dict[str, Any]]


@router.get("/cadence/duties/{kind}")
async def duty(request: Request, user: CurrentUser, kind: str, programme: str, day: date) -> Response:
    permitted(user, SEEING)
    is_fresh = await fresh(request, *READ)
    found = reads(request)
    active = await found.programmes.active(programme)
    quota = next((row for row in active.pack.lists.quota if row.kind == kind and row.slots), None) if active else None
    if active is None or quota is None:
        raise HTTPException(404)
    slots = await duties.slots_until(found.pool, found.programmes, programme, found.now + rhythms.AHEAD)
    of_day = [slot for slot in slots if slot.quota.kind == kind and slot.day == day]
    owed = duties.all_owed(programme, of_day, await duties.people(found.pool))
    known = await rhythms.outcomes(found.pool, programme)
    states = [state_of(one.of, known, found.now) for one in owed]
    units = await found.directory.unit_names()
    people = await found.directory.person_names([one.of.owner for one in owed])
    view = DutyView(
        programme=programme,
        name=duty_name(quota),
        day=whole_day(day),
        who=who_owes(quota, active.pack),
        counted=_("应到 %(n)s 人，已到 %(k)s 人", n=len(owed), k=sum(state in ("kept", "late") for state in states)),
        rows=[
            {
                "unit": units.get(one.unit, one.unit),
                "person": people.get(one.of.owner, one.of.owner),
                "word": _("到岗") if state == "kept" else _(STATES[state][0]),
                "tone": STATES[state][1],
            }
            for one, state in sorted(zip(owed, states, strict=True), key=lambda pair: (pair[0].unit, pair[0].of.owner))
        ],
    )
    return page(request, "duty.html", view, fresh=is_fresh)


@api.get("/duties", dependencies=[Depends(require(*SEEING))])
async def all_duties(request: Request, programme: str) -> dict[str, Any]:
    """Every duty slot that has begun to be due, by person: fulfilled, missed, or neither yet."""
    await fresh(request, *READ)
    found = reads(request)
    slots = await duties.slots_until(found.pool, found.programmes, programme, found.now + rhythms.AHEAD)
    known = await rhythms.outcomes(found.pool, programme)
    items = []
    for one in duties.all_owed(programme, slots, await duties.people(found.pool)):
        row = known.get(one.of.slot_id)
        shown = {"slot_id": one.of.slot_id, "duty": one.of.cadence_id, "slot": one.of.slot, "person": one.of.owner}
        shown |= {"unit": one.unit, "due": one.of.due, "visit": row["ref"] if row else None}
        shown |= {"fulfilled_at": row["fulfilled_at"] if row else None}
        items.append({**shown, "missed_due": row["missed_due"] if row else None})
    return {"items": items, "now": found.now}
