"""Which programme and which slot a page is about, and the foot under every report."""

from datetime import date
from typing import Annotated

from fastapi import Query
from starlette.requests import Request

from services.chassis.clock import LOCAL
from services.reference.programmes import ActivePack
from services.reporting.read.archive import Run
from services.reporting.web import acts
from services.reporting.web.acts import Computed
from services.reporting.web.reads import reads
from services.reporting.web.reports import KINDS
from services.reporting.web.vector import shown
from services.reporting.web.views import Choice, Foot
from services.ui.i18n import gettext as _

Asked = Annotated[str | None, Query(max_length=100)]


async def chosen(request: Request, programme: str | None) -> ActivePack | None:
    """The asked programme, or the one activated last; None when there is none."""
    programmes = reads(request).programmes
    if programme:
        found = await programmes.active(programme)
        if found is not None:
            return found
    active = await programmes.all()
    return active[0] if active else None


async def choice(request: Request, active: ActivePack, report: str, slot: date | None) -> Choice:
    found = reads(request)
    windows = acts.slots(active, report, found.now)
    today = found.now.astimezone(LOCAL).date()
    shown = slot or (windows[-1].slot if windows else today)
    return Choice(
        programme=active.programme_id,
        programme_name=active.name,
        programmes=[(one.programme_id, one.name) for one in await found.programmes.all()],
        slot=shown.isoformat(),
        slots=[
            (one.slot.isoformat(), _("{day}（本期至今）").format(day=one.slot) if one.slot > today else str(one.slot))
            for one in reversed(windows)
        ],
    )


def foot(made: Computed) -> Foot:
    moment = made.moment
    return Foot(
        moment.as_of,
        moment.window_from,
        moment.window_to,
        KINDS[made.report].version,
        made.active.sha256,
        made.sha256,
        shown(made.inputs),
    )


def foot_of(run: Run) -> Foot:
    return Foot(
        run.as_of,
        run.window_from,
        run.window_to,
        run.template_version,
        run.pack_sha256,
        run.rows_sha256,
        shown(run.inputs),
        run.report_id,
    )
