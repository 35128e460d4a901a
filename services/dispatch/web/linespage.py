"""归口汇总: each functional line's cases of a period, and its report to the programme's office (LT-41, LT-44)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

import asyncpg
from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contracts.dispatch import LineFigures
from contracts.pack.rows import FunctionalLine
from services.chassis.clock import LOCAL
from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.identity import effect_id
from services.chassis.web import (
    CurrentUser,
    Refusal,
    User,
    accepted,
    command_id,
    command_meta,
    fresh,
    perform,
    read_form,
    require,
    see_other,
)
from services.chassis.web.inputs import asked_day
from services.dispatch.domain.consolidating import Consolidate, line_report, stream
from services.dispatch.read import cases, lines
from services.dispatch.web import wording
from services.dispatch.web.inputs import Input, Words
from services.dispatch.web.packroles import acts_as
from services.dispatch.web.reads import Reads, reads
from services.dispatch.web.roles import SEEING, permitted
from services.dispatch.web.views import Options, RowView
from services.reference.programmes import ActivePack
from services.ui.forms import Form
from services.ui.i18n import N_
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/dispatch", include_in_schema=False)
api = APIRouter(prefix="/dispatch/api", tags=["dispatch"])
SEEING_USER = Annotated[User, Depends(require(*SEEING))]
DAYS = 7
"""A week, unless asked otherwise: 定期 is the programme's."""

NO_LINE = N_("本活动没有这个主管口。")
FIGURES = {
    "carried": N_("上期结转"),
    "opened": N_("新增"),
    "completed": N_("办结"),
    "solved": N_("解决"),
    "struck_off": N_("销号"),
    "at_work": N_("在办"),
    "overdue": N_("超期"),
    "suspended": N_("挂账"),
}


class LineInput(Input):
    """What a line says to its figures of a period; `until` is counted in."""

    programme: str | None = None
    since: date
    until: date
    text: Words = ""


@dataclass(frozen=True, slots=True)
class LineView:
    """One functional line."""

    code: str
    name: str
    categories: str
    figures: Sequence[tuple[str, int]]
    rows: Sequence[RowView]
    by: str
    mine: bool
    form: Form


@dataclass(frozen=True, slots=True)
class LinesView:
    """归口汇总."""

    programme: str
    programme_id: str
    programmes: Options
    since: date
    until: date
    lines: Sequence[LineView]
    reports: Sequence[tuple[str, str, str, Sequence[tuple[str, int]], str, datetime]]
    """Line, period, by whom, figures, words, when."""

    refused: Form


@router.get("/lines")
async def lines_page(
    request: Request, user: SEEING_USER, programme: str = "", since: str = "", until: str = ""
) -> Response:
    shown = await fresh(request, "case_board", "case_number", "line_report")
    return await _page(request, user, programme, _days(reads(request), since, until), {}, shown=shown)


def _days(found: Reads, since: str, until: str) -> tuple[date, date]:
    """The days asked for as far as they make sense; without any the last week."""
    today = found.now.astimezone(LOCAL).date()
    to, start = asked_day(until), asked_day(since)
    last = to if to and to <= today else today
    return (start if start and start <= last else last - timedelta(days=DAYS - 1)), last


def _moments(days: tuple[date, date]) -> tuple[datetime, datetime]:
    first, last = days
    return datetime.combine(first, time(), LOCAL), datetime.combine(last + timedelta(days=1), time(), LOCAL)


async def _page(
    request: Request,
    user: User,
    programme: str,
    days: tuple[date, date],
    forms: Mapping[str, Form],
    *,
    shown: bool = True,
) -> Response:
    found = reads(request)
    active = await found.programme(programme)
    if active is None:
        return page(request, "no_programme.html", {})
    told = await lines.reports(found.pool, active.programme_id)
    names = await found.directory.person_names(row["by_person"] for row in told)
    units = await found.directory.unit_names()
    known = {line.code: line.name for line in active.pack.lists.line}
    view = LinesView(
        programme=active.name,
        programme_id=active.programme_id,
        programmes=[(one.programme_id, one.name) for one in await found.programmes.all()],
        since=days[0],
        until=days[1],
        lines=[await _line(found, user, active, line, days, units, forms) for line in active.pack.lists.line],
        reports=[
            (
                known.get(row["line"], row["line"]),
                f"{row['since']} – {row['until']}",
                " ".join((units.get(row["by_unit"], row["by_unit"]), names.get(row["by_person"], row["by_person"]))),
                _told(json.loads(row["figures"])),
                row["text"],
                row["reported_at"],
            )
            for row in told
        ],
        refused=next((form.named(code) for code, form in forms.items()), Form()),
    )
    return page(request, "lines.html", view, fresh=shown)


def _told(figures: Mapping[str, Any]) -> list[tuple[str, int]]:
    return [(_(word), figures[name]) for name, word in FIGURES.items()]


async def _line(
    found: Reads,
    user: User,
    active: ActivePack,
    line: FunctionalLine,
    days: tuple[date, date],
    units: Mapping[str, str],
    forms: Mapping[str, Form],
) -> LineView:
    pack, words = active.pack, wording.category_words(active)
    codes = pack.line_categories(line)
    counted = await lines.figures(found.pool, active.programme_id, codes, _moments(days), found.now)
    rows = await lines.most_urgent(found.pool, active.programme_id, codes)
    return LineView(
        line.code,
        line.name,
        "、".join(words[code] for code in codes),
        _told(counted.model_dump()),
        [wording.case_row(row, cases.light_of(row, found.now), units, words, found.now) for row in rows],
        pack.role_name(line.by),
        acts_as(user, line.by),
        forms.get(line.code, Form()).named(line.code),
    )


@router.post("/lines/{line}")
async def report_form(request: Request, user: CurrentUser, line: str) -> Response:
    """上报, and back to the page."""
    role = permitted(user, SEEING)

    async def again(refusal: Refusal) -> Response:
        form = Form.again(refusal)
        days = _days(reads(request), form.value("since"), form.value("until"))
        return await _page(request, user, form.value("programme"), days, {line: form})

    data = await read_form(request, LineInput, again)
    outcome = await _report(request, user, role, line, data)
    asked = urlencode({"programme": data.programme or "", "since": data.since, "until": data.until})
    return see_other(outcome, f"/dispatch/lines?{asked}")


@api.post("/lines/{line}", name="line report")
async def report(request: Request, user: CurrentUser, line: str, data: LineInput) -> Response:
    """What a functional line reports up for a period."""
    outcome = await _report(request, user, permitted(user, SEEING), line, data)
    content = {
        "position": outcome.token,
        "repeated": outcome.repeated,
        "events": [event.TYPE for event in outcome.events],
    }
    return accepted(outcome, content, status_code=201 if outcome.events and not outcome.repeated else 200)


async def _report(request: Request, user: User, role: str, code: str, data: LineInput) -> Outcome:
    """With the figures of this moment; the same command again has the first one's."""
    found = reads(request)
    await fresh(request, "case_board")
    active = await found.programme(data.programme)
    line = next((one for one in active.pack.lists.line if one.code == code), None) if active else None
    if active is None or line is None:
        raise Rejected("no-such-line", NO_LINE)
    days = (data.since, data.until)
    counted = LineFigures(**dict.fromkeys(FIGURES, 0))
    if data.since <= data.until:
        categories = active.pack.line_categories(line)
        counted = await lines.figures(found.pool, active.programme_id, categories, _moments(days), found.now)
    command = Consolidate(
        # Derived from the command's id: sent twice it is the same report.
        report_id=effect_id(command_id(request), "line-report"),
        programme_id=active.programme_id,
        line=code,
        since=data.since,
        until=data.until,
        today=found.now.astimezone(LOCAL).date(),
        as_of=found.now,
        figures=counted,
        text=data.text,
        by_unit=user.unit_id,
        role=active.pack.role_name(line.by),
        held=acts_as(user, line.by),
    )
    meta = command_meta(request, user, role=role, programme=active.programme_id, pack_version=str(active.pack_version))
    return await perform(request, line_report, stream(command.report_id), command, meta)


@api.get("/lines")
async def list_reports(request: Request, user: SEEING_USER, programme: str) -> dict[str, Any]:
    """What the functional lines of a programme reported, the latest first."""
    await fresh(request, "line_report")
    found = reads(request)
    if await found.programmes.active(programme) is None:
        raise HTTPException(404)
    return {"items": [_as_json(row) for row in await lines.reports(found.pool, programme)]}


def _as_json(row: asyncpg.Record) -> dict[str, Any]:
    return {**dict(row), "figures": json.loads(row["figures"])}
