"""实时得分: what the assessment of this month would say by now, put on no record (HA-30)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.clock import LOCAL
from services.chassis.web import CurrentUser, User, fresh
from services.reference.programmes import ActivePack
from services.supervision.domain.assess_scope import Period
from services.supervision.read.assessments import AssessmentRow, Known
from services.supervision.web import assess_acts as act
from services.supervision.web import assess_table
from services.supervision.web.answers import permitted
from services.supervision.web.assess_acts import OnAssessment
from services.supervision.web.assess_views import Line
from services.supervision.web.assess_words import OBJECTS
from services.supervision.web.reads import reads
from services.ui.formats import DASH, whole_moment
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/supervision/assessments", include_in_schema=False)
LIVE = "/supervision/assessments/live"

Code = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True, slots=True)
class LiveView:
    """The table of this month so far; a unit sees its own line only."""

    programmes: Sequence[tuple[str, str]]
    objects: Sequence[tuple[str, str]]
    here: str
    """Which programme and objects are shown, as an address."""

    parts: Sequence[str]
    heads: Sequence[tuple[str, str]]
    lines: Sequence[Line]
    ranked: bool


@router.get("/live")
async def live(request: Request, user: CurrentUser, programme: Code = "", objects: Code = "") -> Response:
    permitted(user, act.LOOKING)
    is_fresh = await fresh(request, "programmes")
    scored = [one for one in await reads(request).programmes.all() if one.pack.assessment is not None]
    active = next((one for one in scored if one.programme_id == programme), scored[0] if scored else None)
    if active is None or active.pack.assessment is None:
        return page(request, "assessment_live.html", LiveView((), (), LIVE, (), (), (), False), fresh=is_fresh)
    kinds = active.pack.assessment.object
    kind = objects if objects in kinds else kinds[0]
    x = await _computed(request, user, active, kind)
    all_lines = user.has(*act.SEEING_DRAFTS)
    lines = [_plain(one) for one in assess_table.lines(x, await x.names())]
    row = x.known.row
    assert row.as_of is not None, "computed a moment ago"
    view = LiveView(
        programmes=[(_address(one.programme_id), one.name) for one in scored],
        objects=[(_address(active.programme_id, code), _(OBJECTS[code])) for code in kinds],
        here=_address(active.programme_id, kind),
        parts=[active.name, _("截至 %(moment)s", moment=whole_moment(row.as_of)), _("未经公布，随数据变化")],
        heads=assess_table.heads(x),
        lines=lines if all_lines else [replace(one, rank=DASH) for one in lines if one.mine],
        ranked=all_lines,
    )
    return page(request, "assessment_live.html", view, fresh=is_fresh)


def _address(programme: str, objects: str = "") -> str:
    return f"{LIVE}?programme={programme}" + (f"&objects={objects}" if objects else "")


def _plain(line: Line) -> Line:
    """Nothing opens: what is behind a number belongs to a table on record."""
    return replace(line, cells=[replace(cell, href=None) for cell in line.cells])


async def _computed(request: Request, user: User, active: ActivePack, kind: str) -> OnAssessment:
    """By the rules in force, from the month's first day to what was known some minutes ago at the most."""
    rules = active.pack.assessment
    assert rules is not None, "asked before"
    today = reads(request).now.astimezone(LOCAL).date()
    since = _first(today, active)
    now, midnight = await act.as_of(request, since, today), datetime.combine(today, time(), LOCAL)
    found = await act.inputs(request).so_far(active.programme_id, active.pack, min(midnight, now), now)
    period = Period(since, today, found.moment.as_of)
    rows = act.table(found.facts, active, rules, kind, period)
    row = AssessmentRow(
        "live",
        active.programme_id,
        "stage",
        kind,
        since,
        today,
        period.as_of,
        active.sha256,
    )
    return OnAssessment(request, user, Known(row, rows, rows, dict(found.moment.positions), ()), active, rules)


def _first(today: date, active: ActivePack) -> date:
    """Nothing before the programme began counts."""
    return max(today.replace(day=1), min(active.pack.programme.start, today))
