"""The reports there are: how the rows of each are made, at any moment, and how they become a file."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from services.chassis.clock import LOCAL
from services.reference.programmes import ActivePack
from services.reporting.domain import r02, r03, r04, r06, r08, r09, r11, r14, r16, r18, r19, r21, r22
from services.reporting.domain.canonical import Cell
from services.reporting.domain.shares import fraction
from services.reporting.domain.window import LAST_INSTANT, windows
from services.reporting.read.archive import Run
from services.reporting.read.coverage_facts import beside, covered
from services.reporting.read.enterprise_facts import r18_input
from services.reporting.read.group_facts import r04_input
from services.reporting.read.moments import Moment, Moments
from services.reporting.read.narrative_facts import r19_input
from services.reporting.read.owing_facts import owing
from services.reporting.read.slip_facts import steps
from services.reporting.read.weekly import r14_input
from services.reporting.web import duties, slips, weekly, workbook
from services.reporting.web.labels import REPORTS
from services.reporting.web.ledger import words_for
from services.reporting.web.reads import reads
from services.reporting.web.tables import TABLES
from services.ui.i18n import gettext as _
from services.ui.i18n import speaking

Report = Literal["R02", "R03", "R04", "R06", "R08", "R09", "R11", "R14", "R16", "R18", "R19", "R21", "R22"]
Rows = list[dict[str, Cell]]

PLANNED_KPI = "K16a"
"""序时进度 is the plan of the share solved."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One report: the version of its rules, and the one place where its rows are made, every time."""

    version: int
    rows: Callable[[Moments, Moment, ActivePack], Awaitable[Rows]]
    sealed: bool = False
    """Its file shows sealed titles or names: it is made anew for whoever may read them, and not kept."""


async def _r02(moments: Moments, moment: Moment, active: ActivePack) -> Rows:
    return r02.rows(await moments.r02(moment))


async def _r03(moments: Moments, moment: Moment, active: ActivePack) -> Rows:
    return r03.rows(await moments.r03(moment, planned(active, moment.as_of)))


async def _r06(moments: Moments, moment: Moment, active: ActivePack) -> Rows:
    return r06.rows(await r06_input(moments, moment, active))


async def r06_input(moments: Moments, moment: Moment, active: ActivePack) -> r06.Input:
    return r06.given(active.pack, await covered(moments.pool, moment))


async def _r22(moments: Moments, moment: Moment, active: ActivePack) -> Rows:
    return r22.rows(await r22_input(moments, moment, active))


async def r22_input(moments: Moments, moment: Moment, active: ActivePack) -> r22.Input:
    facts, cases = await covered(moments.pool, moment), await moments.cases(moment)
    return r22.given(active.pack, facts, cases, await beside(moments.pool, moment, active.pack))


async def _r04(moments: Moments, moment: Moment, active: ActivePack) -> Rows:
    return r04.rows(await r04_input(moments, moment, active.pack))


async def _r08(moments: Moments, moment: Moment, active: ActivePack) -> Rows:
    return r08.rows(await owing(moments.pool, moment, active.pack))


async def _r16(moments: Moments, moment: Moment, active: ActivePack) -> Rows:
    return r16.rows(await owing(moments.pool, moment, active.pack))


async def _r18(moments: Moments, moment: Moment, active: ActivePack) -> Rows:
    return r18.rows(await r18_input(moments, moment))


async def _r19(moments: Moments, moment: Moment, active: ActivePack) -> Rows:
    return r19.rows(await r19_input(moments, moment, active.pack))


async def _r21(moments: Moments, moment: Moment, active: ActivePack) -> Rows:
    return r21.rows(await owing(moments.pool, moment, active.pack))


async def _r09(moments: Moments, moment: Moment, active: ActivePack) -> Rows:
    return r09.rows(await moments.r09(moment))


async def _r11(moments: Moments, moment: Moment, active: ActivePack) -> Rows:
    return r11.rows(await steps(moments, moment), moment.as_of)


async def _r14(moments: Moments, moment: Moment, active: ActivePack) -> Rows:
    return r14.rows(await weekly_input(moments, moment, active))


async def weekly_input(moments: Moments, moment: Moment, active: ActivePack) -> r14.Input:
    """With the week before, as the programme's rhythm had it."""
    last = (moment.window_from - LAST_INSTANT).astimezone(LOCAL).date()
    earlier = windows(active.pack, active.calendar, "R14", last) if last >= active.pack.programme.start else []
    before = earlier[-1].start if earlier and earlier[-1].end == moment.window_from else None
    return await r14_input(moments, moment, active.pack, before)


KINDS: Mapping[str, Kind] = {
    "R02": Kind(r02.VERSION, _r02, sealed=True),
    "R03": Kind(r03.VERSION, _r03),
    "R04": Kind(r04.VERSION, _r04, sealed=True),
    "R06": Kind(r06.VERSION, _r06),
    "R08": Kind(r08.VERSION, _r08, sealed=True),
    "R09": Kind(r09.VERSION, _r09),
    "R11": Kind(r11.VERSION, _r11, sealed=True),
    "R14": Kind(r14.VERSION, _r14),
    "R16": Kind(r16.VERSION, _r16, sealed=True),
    "R18": Kind(r18.VERSION, _r18, sealed=True),
    "R19": Kind(r19.VERSION, _r19),
    "R21": Kind(r21.VERSION, _r21, sealed=True),
    "R22": Kind(r22.VERSION, _r22, sealed=True),
}


def planned(active: ActivePack, as_of: datetime) -> Fraction | None:
    return fraction(active.pack.planned_share(PLANNED_KPI, as_of.astimezone(LOCAL).date()))


def title(active: ActivePack, report: str) -> str:
    """The report's name as the pack words it; on papers in Chinese."""
    return active.pack.report(report).title or REPORTS[report]


def shown_title(active: ActivePack, report: str) -> str:
    """The same on a page, where a name of our own is in the reader's language."""
    return active.pack.report(report).title or _(REPORTS[report])


def file_name(report: str, window_to: datetime) -> str:
    return f"{report}-{window_to.astimezone(LOCAL):%Y-%m-%d}.xlsx"


async def file(
    request: Request, active: ActivePack, report: str, paper: workbook.Paper, rows: Sequence[Mapping[str, Cell]]
) -> bytes:
    """The rows as a workbook, in Chinese like every official file."""
    if report == "R02":
        return workbook.r02(paper, rows, await words_for(request, active, rows))
    if report == "R11":
        names = await slips.names_for(request, rows)
        with speaking("zh"):
            return workbook.lines(paper, slips.COLUMNS, [slips.line(row, names) for row in rows], slips.LONG)
    if report == "R14":
        words = await weekly.names_for(request, active)
        with speaking("zh"):
            return workbook.lines(paper, weekly.FILE_HEADS, weekly.file_lines(rows, words), weekly.LONG)
    if report in duties.WORDS:
        people = await duties.names_for(request, active, report, rows)
        with speaking("zh"):
            heads = duties.heads(report, active.pack)
            made = duties.lines(report, rows, people)
            return workbook.lines(paper, heads, made, duties.WORDS[report].long(active.pack))
    return workbook.figures(paper, TABLES[report].columns, rows, await names_in(request, rows))


async def names_in(request: Request, rows: Sequence[Mapping[str, Cell]]) -> dict[str, str]:
    """Units, and the officials whom rows name by their codes."""
    directory = reads(request).directory
    codes = [code for row in rows for key in workbook.NAMED for code in str(row.get(key) or "").split(workbook.BETWEEN)]
    people = await directory.person_names(filter(None, codes))
    return {**people, **await directory.unit_names()}


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def answer(content: bytes, name: str) -> Response:
    """A workbook to download."""
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def paper_of(active: ActivePack, run: Run) -> workbook.Paper:
    """What a run on record says about itself."""
    return workbook.Paper(
        title(active, run.report),
        run.as_of,
        run.window_from,
        run.window_to,
        run.template_version,
        run.pack_sha256,
        run.report_id,
        run.rows_sha256,
        run.advice,
    )
