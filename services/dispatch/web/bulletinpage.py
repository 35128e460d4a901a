"""本单位办件通报: the draft for a period with its figures; a person edits the words and takes it as docx or PDF."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.clock import LOCAL
from services.chassis.decider import Rejected
from services.chassis.web import Refusal, User, fresh, read_form, require
from services.chassis.web.inputs import asked_day, possible
from services.dispatch.paper.bulletin import Bulletin, bulletin_paper, share, summary
from services.dispatch.read import unit_period
from services.dispatch.web import wording
from services.dispatch.web.inputs import Input, Words
from services.dispatch.web.reads import Reads, reads, title_of
from services.dispatch.web.roles import HANDLING
from services.reference.words import case_number
from services.ui.forms import Form
from services.ui.i18n import N_, speaking
from services.ui.i18n import gettext as _
from services.ui.papers.paper import minute
from services.ui.papers.pdf import render
from services.ui.papers.word import docx
from services.ui.render import page

router = APIRouter(prefix="/dispatch", include_in_schema=False)
AT_WORK = Annotated[User, Depends(require(*HANDLING))]
LONGEST_DAYS = 366
"""A year: a bulletin is about a month or a quarter."""

WRONG_PERIOD = N_("起止日期不对：止须不早于起，且不超过一年。")
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class BulletinInput(Input):
    """What a person made of the draft."""

    since: date
    until: date
    summary: Words = ""
    next_steps: Words = ""
    kind: Literal["docx", "pdf"] = "docx"


@dataclass(frozen=True, slots=True)
class BulletinView:
    """The page."""

    unit: str
    since: date
    until: date
    figures: Sequence[tuple[str, str]]
    categories: Sequence[tuple[str, int, int]]
    late: Sequence[tuple[str, str, datetime, str]]
    """Address, number, deadline, title."""

    form: Form


@router.get("/unit/bulletin")
async def bulletin(request: Request, user: AT_WORK, since: str = "", until: str = "") -> Response:
    """Without a period: this month up to now."""
    shown = await fresh(request, "case_order", "case_board")
    today = reads(request).now.astimezone(LOCAL).date()
    last = asked_day(until) or today
    first = asked_day(since) or last.replace(day=1)
    if _sound(first, last):
        return await _page(request, user, first, last, Form(), shown=shown)
    form = Form(errors={"until": _(WRONG_PERIOD)})
    return await _page(request, user, today.replace(day=1), today, form, shown=shown)


@router.post("/unit/bulletin")
async def paper(request: Request, user: AT_WORK) -> Response:
    """The file, with the words as they were edited. Nothing is recorded: the unit publishes it its own way."""

    async def again(refusal: Refusal) -> Response:
        today = reads(request).now.astimezone(LOCAL).date()
        return await _page(request, user, today.replace(day=1), today, Form.again(refusal))

    data = await read_form(request, BulletinInput, again)
    found = reads(request)
    start, end = _period(data.since, data.until, found.now)
    with speaking("zh"):
        categories = await _categories(found, user, start, end)
    figures = await unit_period.figures(found.pool, user.unit_id, start, end)
    late = [
        f"{case_number(row['programme'], row['case_no'])}　{title_of(row)}（期限{minute(row['finish_by'])}）"
        for row in await unit_period.late(found.pool, user.unit_id, start, end)
    ]
    made = bulletin_paper(
        Bulletin(user.unit_name, start, end, dict(figures), categories, late, data.summary, data.next_steps)
    )
    name = f"{user.unit_name}办件情况通报{data.since:%Y%m%d}-{data.until:%Y%m%d}"
    if data.kind == "pdf":
        content = await render([made], request.app.state.service.settings.fonts)
        return _file(content, PDF, f"{name}.pdf", "inline")
    return _file(docx([made]), DOCX, f"{name}.docx", "attachment")


def _file(content: bytes, media_type: str, name: str, shown: str) -> Response:
    headers = {"Content-Disposition": f"{shown}; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(content, media_type=media_type, headers=headers)


def _sound(since: date, until: date) -> bool:
    return possible(since) and possible(until) and 0 <= (until - since).days < LONGEST_DAYS


def _period(since: date, until: date, now: datetime) -> tuple[datetime, datetime]:
    """Local days, the last one counted in as far as it has gone by."""
    if not _sound(since, until):
        raise Rejected("wrong-period", WRONG_PERIOD, "until")
    start = datetime.combine(since, time(), LOCAL)
    return start, min(datetime.combine(until + timedelta(days=1), time(), LOCAL), max(now, start))


async def _categories(found: Reads, user: User, start: datetime, end: datetime) -> list[tuple[str, int, int]]:
    words = {code: name for one in await found.programmes.all() for code, name in wording.category_words(one).items()}
    return [
        (words.get(row["category"], row["category"] or _("未分类")), row["received"], row["completed"])
        for row in await unit_period.categories(found.pool, user.unit_id, start, end)
    ]


async def _page(request: Request, user: User, since: date, until: date, form: Form, *, shown: bool = True) -> Response:
    found = reads(request)
    start, end = _period(since, until, found.now)
    f = await unit_period.figures(found.pool, user.unit_id, start, end)
    draft = {"since": since, "until": until, "summary": summary(user.unit_name, start, end, dict(f))}
    view = BulletinView(
        unit=user.unit_name,
        since=since,
        until=until,
        figures=[
            (_("上期结转"), str(f["carried"])),
            (_("本期新收"), str(f["received"])),
            (_("本期办结"), str(f["completed"])),
            (_("期末在办"), str(f["open"])),
            (_("按时签收率"), share(f["signed_in_time"], f["signed"])),
            (_("按时办结率"), share(f["finished_in_time"], f["completed"])),
            (_("已解决率"), share(f["solved"], f["completed"])),
            (_("退单"), str(f["returned"])),
            (_("逾期未办结"), str(f["overdue"])),
        ],
        categories=await _categories(found, user, start, end),
        late=[
            (
                f"/dispatch/cases/{row['case_id']}",
                case_number(row["programme"], row["case_no"]),
                row["finish_by"],
                title_of(row),
            )
            for row in await unit_period.late(found.pool, user.unit_id, start, end)
        ],
        form=form if form.values else replace(form, values=draft),
    )
    return page(request, "bulletin.html", view, fresh=shown)
